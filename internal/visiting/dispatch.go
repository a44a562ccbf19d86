package visiting

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/internal/ticket"
	"github.com/tongxin-hub/tongxin/policy"
)

// handing is a planned visit with the visitors it goes to.
type handing struct {
	ID, Child, Visitor, Second, Ticket int64
	State                              string
	Planned                            time.Time
	// StandsIn: the village has no director, and the township's supervisor goes.
	StandsIn bool
}

// Dispatch gives planned visits, which the caller holds, to whoever is each child's
// director on the day, with the supervisor beside where two have to go. It takes a few
// statements for all of them and returns their children; a visit without a director
// waits for one.
func Dispatch(ctx context.Context, tx postgres.Tx, ids []int64, now time.Time) ([]int64, error) {
	list, err := handings(ctx, tx, ids, now)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	var visits, old, children []int64
	var items []ticket.Each
	for _, h := range list {
		if _, err := Machine().Next(h.State, AssignMove); err != nil {
			return nil, err
		}
		visits, children = append(visits, h.ID), append(children, h.Child)
		items = append(items, ticket.Each{Staff: h.Visitor, Child: h.Child})
		if h.Ticket != 0 {
			old = append(old, h.Ticket)
		}
	}
	if err := ticket.CloseAll(ctx, tx, old, now); err != nil {
		return nil, err
	}
	if err := task.FinishAll(ctx, tx, table, visits, now, ToVisit(), ToRevisit(), ToReassign(), ToPersuade()); err != nil {
		return nil, err
	}
	opened, err := ticket.OpenAll(ctx, tx, ticket.New{Kind: "VISIT_TASK", Purpose: string(policy.Visit), Reason: "走访任务", From: now}, items)
	if err != nil {
		return nil, err
	}
	if err := handedAll(ctx, tx, list, opened, now); err != nil {
		return nil, fmt.Errorf("hand: %w", err)
	}
	if err := task.OpenAll(ctx, tx, task.New{Kind: ToVisit(), Subject: table, From: now}, toVisit(list, opened, now)); err != nil {
		return nil, err
	}
	slices.Sort(children)
	return slices.Compact(children), nil
}

// toVisit are the tasks of the visitors, each until the end of the planned day.
func toVisit(list []handing, items []int64, now time.Time) []task.Each {
	out := make([]task.Each, len(list))
	for i, h := range list {
		out[i] = task.Each{Child: h.Child, SubjectID: h.ID, Staff: h.Visitor, Ticket: items[i]}
		if h.StandsIn {
			out[i].For = policy.DIR
		}
		if end := h.Planned.AddDate(0, 0, 1); end.After(now) {
			out[i].Until = end
		}
	}
	return out
}
