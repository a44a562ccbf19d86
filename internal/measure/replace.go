package measure

import (
	"context"
	"fmt"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/report"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// Replacement names a handler.
type Replacement struct {
	Step
	// Leaving and Successor are staff codes; Leaving is "" for a handler who is not in
	// post any more, or for none where fewer than two are named.
	Leaving, Successor string
}

// named is a handler of a child, and whether in post and as a case manager.
type named struct {
	Staff             int64
	Code              string
	Serves, AsManager bool
}

// Replace puts a named handler in the place of another, who loses the child at once: an
// open report goes over with its tasks, and so does a signature that is waited for. One
// of the two is always a case manager, who alone can propose the end. Faults: those of
// begin; BadRequest where the one or the other cannot be.
func Replace(ctx context.Context, tx postgres.Tx, a Actor, in Replacement) (Done, error) {
	m, to, err := begin(ctx, tx, a, in.Step, ReplaceMove)
	if err != nil {
		return Done{}, err
	}
	list, err := handlers(ctx, tx, m.Child, a.Today)
	if err != nil {
		return Done{}, fmt.Errorf("handlers: %w", err)
	}
	old, err := leaving(list, in.Leaving)
	if err != nil {
		return Done{}, err
	}
	heir, err := successor(ctx, tx, m.Child, a, in.Successor)
	if err != nil {
		return Done{}, err
	}
	desk, err := handsOver(ctx, tx, m.Child, old)
	if err != nil {
		return Done{}, fmt.Errorf("reports in hand: %w", err)
	}
	if !heir.AsManager && (desk || !managed(list, old)) {
		return Done{}, fault.At("successor", fault.New(fault.BadRequest,
			"两名经办人中至少一名须为个案管理员，在办报告由个案管理员接手。",
			"One of the two handlers must be a case manager, and a report in hand goes over to one."))
	}
	if err := swap(ctx, tx, m.Child, old, heir.Staff, a.Today); err != nil {
		return Done{}, fmt.Errorf("replace handler: %w", err)
	}
	if old != 0 {
		if err := report.HandOver(ctx, tx, report.Actor{Staff: a.Staff, Now: a.Now, Today: a.Today}, report.Heir{Child: m.Child, From: old, To: heir.Staff}); err != nil {
			return Done{}, err
		}
	}
	if err := m.settle(ctx, tx, a, old); err != nil {
		return Done{}, err
	}
	return m.written(ctx, tx, a, in.Step, ReplaceMove, to)
}

// settle puts the inbox in order after a change of handlers: what the one who left had to
// do is the clock's to give out again, a signature is asked for anew.
func (m standing) settle(ctx context.Context, tx postgres.Tx, a Actor, old int64) error {
	if old != 0 {
		if err := task.FinishOwn(ctx, tx, m.about(), old, a.Now, toReview()); err != nil {
			return err
		}
	}
	if err := task.Finish(ctx, tx, m.about(), a.Staff, a.Now, toName()); err != nil || m.State != Proposed {
		return err
	}
	if err := task.Finish(ctx, tx, m.about(), a.Staff, a.Now, toSign()); err != nil {
		return err
	}
	return m.ask(ctx, tx, a)
}

// leaving is who goes: the one named; else one who is not in post any more; 0 where there
// are fewer than two.
func leaving(list []named, code string) (int64, error) {
	for _, h := range list {
		if code == h.Code || code == "" && !h.Serves {
			return h.Staff, nil
		}
	}
	if code == "" && len(list) < 2 {
		return 0, nil
	}
	return 0, fault.At("leaving", fault.New(fault.BadRequest,
		"请写明由谁交出：须为现任指定经办人。", "Say who goes: one of the named handlers."))
}

// managed reports whether a case manager is left when one goes.
func managed(list []named, without int64) bool {
	for _, h := range list {
		if h.Staff != without && h.AsManager {
			return true
		}
	}
	return false
}
