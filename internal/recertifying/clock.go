package recertifying

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/tongxin-hub/tongxin/internal/access"
	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// A step looks at batch posts and ends most of them at the most: few enough that its
// entry names all that it ended.
const (
	batch = 500
	most  = 3
)

// Jobs are what the clock does about rights.
func Jobs() []jobs.Job {
	return []jobs.Job{
		{Name: "access.use", Every: time.Hour, Step: lapse},
		{Name: "access.quarter", Every: time.Hour, Step: ask},
		{Name: "access.remind", Every: time.Hour, Step: remind},
		{Name: "access.clients", Every: time.Hour, Step: seen},
	}
}

// post is one that is in force, with when it was last used.
type post struct {
	id, staff   int64
	subject     string
	used        string // the newest of use, confirmation and beginning
	noticed     string
	unused, due bool // beyond the days without use; beyond those after the notice
}

// lapse looks once a day at each post in force: used ones are left alone, unused ones
// announced, and those that stayed unused after the notice are ended.
func lapse(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
	today := chinatime.Day(now)
	list, err := unlooked(ctx, tx, today)
	if err != nil {
		return jobs.Done{}, fmt.Errorf("posts in force: %w", err)
	}
	var ended []string
	for _, p := range list {
		gone, err := p.judge(ctx, tx, now, today)
		if err != nil {
			return jobs.Done{}, fmt.Errorf("post %d: %w", p.id, err)
		}
		if gone {
			ended = append(ended, p.subject)
		}
	}
	done := jobs.Done{More: len(list) > 0}
	if len(ended) > 0 {
		done.Reason = "POST_UNUSED " + strings.Join(ended, ", ")
	}
	return done, nil
}

// judge decides on one post and reports whether it ended.
func (p post) judge(ctx context.Context, tx postgres.Tx, now time.Time, today string) (ended bool, err error) {
	about := task.Subject{Table: "post", ID: p.id}
	switch {
	case !p.unused:
		if p.noticed == "" {
			return false, nil
		}
		if err := notice(ctx, tx, p.id, ""); err != nil {
			return false, err
		}
		return false, task.Finish(ctx, tx, about, 0, now, toUse())
	case p.noticed == "":
		if err := notice(ctx, tx, p.id, today); err != nil {
			return false, err
		}
		return false, task.Open(ctx, tx, task.New{Kind: toUse(), Subject: about.Table, SubjectID: about.ID, Staff: p.staff, From: now})
	case !p.due:
		return false, nil
	}
	if err := end(ctx, tx, p.id, today); err != nil {
		return false, err
	}
	if err := task.Finish(ctx, tx, about, 0, now, toUse()); err != nil {
		return false, err
	}
	return true, access.Note(ctx, tx, access.Noted{
		What: "lapsePost", Subject: p.subject, Before: "最近使用 last used " + p.used, After: "自动收回 lapsed " + today,
		Reason: "长期未用且未获确认 unused and not confirmed", At: now,
	})
}

// ask opens a quarter once and asks every head who has something to confirm.
func ask(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
	round, heads, err := openRound(ctx, tx, now, chinatime.Day(now))
	if err != nil || round == 0 {
		return jobs.Done{}, err
	}
	for _, staff := range heads {
		if err := task.Open(ctx, tx, task.New{Kind: toConfirm(), Subject: table, SubjectID: round, Staff: staff, From: now}); err != nil {
			return jobs.Done{}, err
		}
	}
	return jobs.Done{}, nil
}

// remind tells people whose vetting or authorisation is about to end, once for each end,
// and administrators of contracts that are over.
func remind(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
	today := chinatime.Day(now)
	for _, list := range []struct {
		sql  string
		kind task.Kind
		on   string
	}{{vettingSQL, toRenew(), "staff"}, {authorisationSQL, toRenew(), "post"}, {overSQL, toReturn(), "contract"}} {
		due, err := ending(ctx, tx, list.sql, today)
		if err != nil {
			return jobs.Done{}, fmt.Errorf("what ends soon: %w", err)
		}
		for _, e := range due {
			n := task.New{Kind: list.kind, Subject: list.on, SubjectID: e.id, Staff: e.staff, From: now, Until: e.until}
			if err := task.Open(ctx, tx, n); err != nil {
				return jobs.Done{}, err
			}
		}
	}
	return jobs.Done{}, renewed(ctx, tx, now, today)
}

// seen notes of each client system the newest day on which the log has a request of it:
// no answer waits for it, and a system is written at most once a day.
func seen(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
	if err := noteSeen(ctx, tx, chinatime.Day(now)); err != nil {
		return jobs.Done{}, fmt.Errorf("systems that asked: %w", err)
	}
	return jobs.Done{}, nil
}
