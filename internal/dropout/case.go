package dropout

import (
	"context"
	"fmt"
	"slices"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/policy"
)

// subject is the table that tasks of a case name.
const subject = "dropout_case"

// Result is what a move came to, and what a repetition of it is answered with.
type Result struct {
	ID      int64
	State   string
	Version int
}

// file is a case in the hand of somebody who moves it.
type file struct {
	id, child                                        int64
	stage, ledger, outcome                           string
	version                                          int
	officer, proposer                                int64
	evidence, reference                              string
	responsible                                      []string
	today, found, absentSince, returned, watch, town string
	watched                                          bool
}

// move makes one move of the case that d is about: the version that was seen must be
// the newest and the machine must allow it, work does what is particular to it, and
// tasks follow the stage. Faults: NotFound, Conflict, whatever work returns.
func move(ctx context.Context, tx postgres.Tx, d disclosure.Decided, name string, version int, work func(f *file) error) (disclosure.Changed, error) {
	f, err := take(ctx, tx, d)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if err := flow.AsRead(version, f.version); err != nil {
		return disclosure.Changed{}, err
	}
	return f.move(ctx, tx, d, name, work)
}

// move is the move of a case that is held already.
func (f *file) move(ctx context.Context, tx postgres.Tx, d disclosure.Decided, name string, work func(f *file) error) (disclosure.Changed, error) {
	to, err := Machine().Next(f.stage, name)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if err := work(f); err != nil {
		return disclosure.Changed{}, err
	}
	stays := f.stage == to
	f.stage = to
	if err := f.save(ctx, tx, d); err != nil {
		return disclosure.Changed{}, err
	}
	if !stays {
		if err := f.follow(ctx, tx, d); err != nil {
			return disclosure.Changed{}, err
		}
	}
	return disclosure.Changed{Result: Result{f.id, f.stage, f.version}, Reason: f.stage}, nil
}

// plain is a move without facts of its own.
func plain(*file) error { return nil }

// follow lets tasks, work items and cards follow the stage that was entered.
func (f *file) follow(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	if err := task.Finish(ctx, tx, task.Subject{Table: subject, ID: f.id}, d.Caller.Staff.ID, d.Now); err != nil {
		return err
	}
	for _, n := range nextIn(f.stage) {
		if err := f.give(ctx, tx, d, n); err != nil {
			return fmt.Errorf("%s: %w", n.kind.Code, err)
		}
	}
	if err := f.due(ctx, tx); err != nil {
		return err
	}
	switch f.stage {
	case Alert:
		return f.warn(ctx, tx, d)
	case Township:
		return f.card(ctx, tx, d, "SUP", "请会同学校组织劝返")
	case Returned, Settled:
		return f.cardsDone(ctx, tx)
	case Cancelled:
		if err := f.cardsDone(ctx, tx); err != nil {
			return err
		}
		return f.dismiss(ctx, tx, d)
	default:
		return nil
	}
}

// warn lets school and village know of an alert: the teacher gets the work item, the
// director a card that gives no reason.
func (f *file) warn(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	who, err := f.holder(ctx, tx, d, next{role: "HT"})
	if err != nil {
		return err
	}
	if who != 0 {
		if _, err := f.ticket(ctx, tx, d, who); err != nil {
			return err
		}
	}
	return f.card(ctx, tx, d, "DIR", "学校反映多日未到校，请核实")
}

// give opens a task of the stage, with the work item that opens the file for it. Its
// deadline runs from the first day of absence for the ledger, from the end of the
// watch for the cancellation, and else from now.
func (f *file) give(ctx context.Context, tx postgres.Tx, d disclosure.Decided, n next) error {
	who, err := f.holder(ctx, tx, d, n)
	if err != nil || who == 0 {
		return err
	}
	ticket, err := f.ticket(ctx, tx, d, who)
	if err != nil {
		return err
	}
	t := task.New{Kind: n.kind, Child: f.child, Subject: subject, SubjectID: f.id, Staff: who, Ticket: ticket, From: d.Now}
	switch {
	case n.kind.Code == ledger.Code:
		t.From, err = noon(f.absentSince, d)
	case n.kind.Code == propose.Code && f.stage == Returned:
		t.From, err = noon(f.watch, d)
	}
	if err != nil {
		return err
	}
	return task.Open(ctx, tx, t)
}

// holder is whose task it is: the officer of the case while in office, for the review another
// officer, else the holder of the role. Nobody in post, or somebody who declared a
// conflict of interest, is stood in for by the supervisor or the officer.
func (f *file) holder(ctx context.Context, tx postgres.Tx, d disclosure.Decided, n next) (int64, error) {
	switch {
	case n.kind.Code == review.Code:
		return reviewer(ctx, tx, f.proposer, d.Now)
	case n.role == "DPS" && f.officer != 0:
		if there, err := inOffice(ctx, tx, f.officer, f.child, d.Now); err != nil || there {
			return f.officer, err
		}
	}
	for _, role := range standIns(n.role) {
		who, err := task.HolderBut(ctx, tx, policy.Role(role), f.child, 0, d.Now)
		if err != nil || who != 0 {
			return who, err
		}
	}
	return 0, nil
}

// standIns are the roles that a task falls to, the first in post.
func standIns(role string) []string {
	return slices.Compact(append(map[string][]string{"DIR": {"DIR", "SUP"}, "HT": {"HT"}, "SUP": {"SUP"}}[role], "DPS"))
}

// name writes down who is responsible: officer, school, village and township.
func (f *file) name(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	var who []int64
	for _, role := range []string{"DPS", "HT", "DIR", "SUP"} {
		id, err := f.holder(ctx, tx, d, next{role: role})
		if err != nil {
			return err
		}
		if id != 0 && !slices.Contains(who, id) {
			who = append(who, id)
		}
	}
	var err error
	f.responsible, err = codes(ctx, tx, who)
	return err
}
