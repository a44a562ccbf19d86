package readnotice

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/internal/ticket"
	"github.com/tongxin-hub/tongxin/policy"
)

// batch is how many digests one step tells of.
const batch = 20

// Jobs tell the stewards of the owners.
func Jobs() []jobs.Job {
	return []jobs.Job{{Name: "readnotice.tell", Every: time.Minute, Step: tell}}
}

// Kinds are the notices; each ends when one steward of the owner has taken note.
func Kinds() []task.Kind { return []task.Kind{alert(), daily()} }

func alert() task.Kind {
	return task.Kind{
		Code: "READ_ALERT", Text: flow.Text{ZH: "本单位的高度敏感数据被查阅", EN: "highly sensitive data of your agency was read"},
		Due: "read_notice_days", Unit: flow.WorkingDays,
	}
}

func daily() task.Kind {
	return task.Kind{
		Code: "READ_DIGEST", Text: flow.Text{ZH: "本单位数据的首次与异常查阅（日报）", EN: "first and unusual reads of your agency's data, by the day"},
		Due: "read_notice_days", Unit: flow.WorkingDays,
	}
}

// tell opens, for the stewards of an owner, the task to take note of an alert or of a day
// that is over, with the work item that lets them read it.
func tell(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
	if err := tidy(ctx, tx, now); err != nil {
		return jobs.Done{}, fmt.Errorf("tidy: %w", err)
	}
	day, err := over(ctx, tx, now)
	if err != nil {
		return jobs.Done{}, fmt.Errorf("followed days: %w", err)
	}
	if err := noteUnusual(ctx, tx, day); err != nil {
		return jobs.Done{}, fmt.Errorf("unusual reads: %w", err)
	}
	list, err := take(ctx, tx, now, day)
	if err != nil {
		return jobs.Done{}, fmt.Errorf("digests: %w", err)
	}
	for _, d := range list {
		if err := d.tell(ctx, tx, now); err != nil {
			return jobs.Done{}, fmt.Errorf("digest %d: %w", d.id, err)
		}
	}
	return jobs.Done{More: len(list) == batch}, nil
}

func (d digest) tell(ctx context.Context, tx postgres.Tx, now time.Time) error {
	told, err := stewards(ctx, tx, d.owner, now)
	if err != nil {
		return err
	}
	kind := daily()
	if d.kind == "ALERT" {
		kind = alert()
	}
	for _, staff := range told {
		item, err := ticket.Open(ctx, tx, ticket.New{
			Kind: "CORRECTION", Purpose: string(policy.DataQuality), Staff: staff, Reason: "知悉本单位数据的查阅", From: now,
		})
		if err != nil {
			return err
		}
		if err := task.Open(ctx, tx, task.New{Kind: kind, Subject: "read_digest", SubjectID: d.id, Staff: staff, Ticket: item, From: now}); err != nil {
			return err
		}
	}
	return nil
}
