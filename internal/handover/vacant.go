package handover

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/policy"
)

// township is the subject of the task to fill a post there.
const township = "division"

// ToFill is a township of whose children nobody is in post: their visits are given to
// nobody, and whoever stands in may not make them. It ends when somebody is in post.
func ToFill() task.Kind {
	return task.Kind{
		Code: "POST_VACANT", Text: flow.Text{ZH: "镇街儿童主任、督导员均空缺，走访无人承担，请落实人员", EN: "a township has neither director nor supervisor in post, and nobody visits: have a post filled"},
		Due: "post_vacant_days", Unit: flow.WorkingDays,
	}
}

// Watching is the job that tells the case manager of such townships, and later, as of all
// late work, whoever leads civil affairs.
func Watching() jobs.Job {
	return jobs.Job{Name: "handover.vacant", Every: time.Hour, Step: watch}
}

func watch(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
	list, err := vacancies(ctx, tx, now)
	if err != nil || len(list) == 0 {
		return jobs.Done{}, err
	}
	who, err := task.Holder(ctx, tx, policy.CM, 0, now)
	if err != nil {
		return jobs.Done{}, err
	}
	var done jobs.Done
	for _, v := range list {
		switch {
		case v.filled:
			err = task.Finish(ctx, tx, task.Subject{Table: township, ID: v.town}, 0, now, ToFill())
		case who.Staff != 0:
			err = task.Open(ctx, tx, task.New{Kind: ToFill(), Subject: township, SubjectID: v.town, Staff: who.Staff, From: now})
		default:
			continue // nobody is left to tell
		}
		if err != nil {
			return done, fmt.Errorf("township %d: %w", v.town, err)
		}
		done.Reason = ToFill().Code
	}
	return done, nil
}
