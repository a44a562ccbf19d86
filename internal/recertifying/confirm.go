package recertifying

import (
	"context"

	"github.com/tongxin-hub/tongxin/internal/access"
	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// Confirm notes that a post is needed, and ends the task of the quarter with the last
// of them. Faults: NotFound outside of what the head answers for, Forbidden for one's
// own post, Conflict.
func Confirm(ctx context.Context, tx postgres.Tx, d disclosure.Decided, a access.Aim) (disclosure.Changed, error) {
	p, err := access.Take(ctx, tx, d, "confirmPost", a)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if err := access.InCharge(ctx, tx, d, p); err != nil {
		return disclosure.Changed{}, err
	}
	if p.Staff == d.Caller.Staff.ID {
		return disclosure.Changed{}, fault.At("id", fault.New(fault.Forbidden, "不能确认自己的岗位，须由另一人办理。", "Nobody confirms a post of their own; another person must."))
	}
	today := chinatime.Day(d.Now)
	version, err := confirm(ctx, tx, p.ID, d.Caller.Staff.ID, today)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if err := task.Finish(ctx, tx, task.Subject{Table: "post", ID: p.ID}, d.Caller.Staff.ID, d.Now, toUse()); err != nil {
		return disclosure.Changed{}, err
	}
	if err := finishRound(ctx, tx, d, today); err != nil {
		return disclosure.Changed{}, err
	}
	n := access.Noted{
		What: "confirmPost", Subject: p.Subject(), After: "确认 confirmed " + today, Reason: "季度确认 quarterly confirmation", By: d.Caller.Staff.ID, At: d.Now,
	}
	if err := access.Note(ctx, tx, n); err != nil {
		return disclosure.Changed{}, err
	}
	return disclosure.Changed{Result: access.Result{Type: "AccessPost", ID: p.ID, State: access.Held, Version: version}, Reason: access.Because(n)}, nil
}

// finishRound ends the head's task of the quarter when nothing is left to confirm.
func finishRound(ctx context.Context, tx postgres.Tx, d disclosure.Decided, today string) error {
	round, left, err := unconfirmed(ctx, tx, d.Caller.Agency.ID, today)
	if err != nil || round == 0 || left > 0 {
		return err
	}
	return answered(ctx, tx, round, d)
}

// table is what the tasks of a quarter are about.
const table = "recertification"
