package dropoutreport

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// The tasks: the month of a school, the quarter of the county.
var (
	month   = kind("DROPOUT_MONTH", "学校控辍保学月报", "monthly report of the school", "dropout_month_days")
	quarter = kind("DROPOUT_QUARTER", "控辍保学县级季度核查", "quarterly review of the county", "dropout_quarter_days")
)

// kind declares a task of which its holder is reminded when it is late.
func kind(code, zh, en, due string) task.Kind {
	return task.Kind{
		Code: code, Text: flow.Text{ZH: zh, EN: en}, Due: due, Unit: flow.WorkingDays,
		Ladder: []task.Rung{{After: "dropout_remind_days"}},
	}
}

// Kinds are the tasks of this area.
func Kinds() []task.Kind { return []task.Kind{month, quarter} }

// subject is the table that the tasks name.
const subject = "dropout_report"

// Result is what handing in came to.
type Result struct{ State string }

// batch is how many reports come due in one transaction.
const batch = 100

// Due is the job that asks for the month that is over, of each school with classes
// of compulsory schooling, and for the quarter that is over.
func Due() jobs.Job {
	return jobs.Job{
		Name: "dropout.reports", Every: time.Hour,
		Step: func(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
			list, err := missing(ctx, tx, now)
			if err != nil {
				return jobs.Done{}, err
			}
			for _, m := range list {
				if err := m.ask(ctx, tx, now); err != nil {
					return jobs.Done{}, fmt.Errorf("report of %s: %w", m.firstDay, err)
				}
			}
			return jobs.Done{More: len(list) == batch}, nil
		},
	}
}

// ask writes down that a report is due and gives the task to somebody of the school
// or to an officer of the county.
func (m due) ask(ctx context.Context, tx postgres.Tx, now time.Time) error {
	id, err := m.open(ctx, tx, now)
	if err != nil || m.staff == 0 {
		return err
	}
	k := month
	if m.school == 0 {
		k = quarter
	}
	return task.Open(ctx, tx, task.New{Kind: k, Subject: subject, SubjectID: id, Staff: m.staff, From: now})
}

// By is who hands a report in, and when; School is 0 for the county.
type By struct {
	Staff, School int64
	Now           time.Time
}

// Submit hands in the report of a school, or the county's review where the post has no
// school. Faults: BadRequest for a day that is none, Conflict for a report that is not
// due or was handed in.
func Submit(ctx context.Context, tx postgres.Tx, by By, day string) (Result, error) {
	when, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return Result{}, fault.New(fault.BadRequest, "日期须写作YYYY-MM-DD。", "Write the day as YYYY-MM-DD.")
	}
	first := time.Date(when.Year(), when.Month(), 1, 0, 0, 0, 0, time.UTC)
	if by.School == 0 {
		first = time.Date(when.Year(), (when.Month()-1)/3*3+1, 1, 0, 0, 0, 0, time.UTC)
	}
	id, err := submit(ctx, tx, by, first)
	if err != nil {
		return Result{}, err
	}
	return Result{"SUBMITTED"}, task.Finish(ctx, tx, task.Subject{Table: subject, ID: id}, by.Staff, by.Now)
}
