package registering

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/internal/ticket"
	"github.com/tongxin-hub/tongxin/policy"
)

// batch is how many children one step of the night takes.
const batch = 500

// reminders is how many children one step tells of: each is a line in a few statements.
const reminders = 2000

// Jobs are the nightly work on the register. They begin every hour and find nothing to
// do but once a day.
func Jobs() []jobs.Job {
	return []jobs.Job{
		{Name: "register.switch", Every: time.Hour, Step: switches},
		{Name: "register.remind", Every: time.Hour, Step: remind},
		{Name: "register.tell", Every: time.Hour, Step: tell},
		{Name: "register.draw", Every: time.Hour, Step: draw},
	}
}

// switches makes what age alone decides: at 16 left behind ends, and with it the file
// if there is no hardship; with hardship it ends at 18.
func switches(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
	for _, move := range []string{EndMove, AgeMove} {
		if _, err := Machine().Next(Registered, move); err != nil {
			return jobs.Done{}, err
		}
	}
	children, left, err := age(ctx, tx, now)
	if err != nil {
		return jobs.Done{}, fmt.Errorf("age: %w", err)
	}
	if err := wind(ctx, tx, left, now); err != nil {
		return jobs.Done{}, fmt.Errorf("wind up: %w", err)
	}
	return jobs.Done{Children: children, More: len(children) == batch}, nil
}

// reminder is one thing to be told, to whom, and of which children.
type reminder struct {
	kind      task.Kind
	role, sql string
}

// remind tells directors of birthdays to come and registrations to be verified anew,
// and supervisors of parents who are back long enough.
func remind(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
	for _, r := range []reminder{
		{turning(), "DIR", turningSQL}, {toReverify(), "DIR", reverifySQL}, {returned(), "SUP", returnedSQL},
	} {
		list, err := due(ctx, tx, r, now)
		if err != nil {
			return jobs.Done{}, fmt.Errorf("%s: %w", r.kind.Code, err)
		}
		if len(list) == 0 {
			continue
		}
		done := jobs.Done{More: true}
		var each []task.Each
		for _, c := range list {
			done.Children = append(done.Children, c.child)
		}
		items, err := workItems(ctx, tx, list, now)
		if err != nil {
			return done, err
		}
		for _, c := range list {
			if c.staff != 0 {
				each = append(each, task.Each{Child: c.child, SubjectID: c.child, Staff: c.staff, Ticket: items[c.child]})
			}
		}
		return done, task.OpenAll(ctx, tx, task.New{Kind: r.kind, Subject: table, From: now}, each)
	}
	return jobs.Done{}, nil
}

// workItems opens those without which a director may not ask for the children; a
// supervisor needs none.
func workItems(ctx context.Context, tx postgres.Tx, list []reminded, now time.Time) (map[int64]int64, error) {
	var each []ticket.Each
	for _, c := range list {
		if c.director {
			each = append(each, ticket.Each{Staff: c.staff, Child: c.child})
		}
	}
	ids, err := ticket.OpenAll(ctx, tx, ticket.New{Kind: "VISIT_TASK", Purpose: string(policy.Visit), Reason: "登记复核与衔接", From: now}, each)
	items := map[int64]int64{}
	for i, id := range ids {
		items[each[i].Child] = id
	}
	return items, err
}

// tell lets everybody know who has read a registration that was an error, as the log
// has it.
func tell(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
	child, err := takeError(ctx, tx, now)
	if err != nil || child == 0 {
		return jobs.Done{}, err
	}
	return jobs.Done{Children: []int64{child}, More: true}, tellReaders(ctx, tx, child, now)
}

// tellReaders gives everybody who has read the registration of a child a word that it was
// an error.
func tellReaders(ctx context.Context, tx postgres.Tx, child int64, now time.Time) error {
	readers, err := readersOf(ctx, tx, child)
	if err != nil {
		return fmt.Errorf("readers: %w", err)
	}
	each := make([]task.Each, len(readers))
	for i, staff := range readers {
		each[i] = task.Each{SubjectID: child, Staff: staff}
	}
	return task.OpenAll(ctx, tx, task.New{Kind: WasError(), Subject: table, From: now}, each)
}
