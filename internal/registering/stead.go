package registering

import (
	"context"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/policy"
)

// directs lets a supervisor do the director's part only where the village has none.
// Faults: Forbidden.
func (e *entry) directs(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	if d.Post.Role != string(policy.SUP) {
		return nil
	}
	return e.vacant(ctx, tx, d, policy.DIR, 0)
}

// askToDecide asks a supervisor, or who stands in, but not who has checked the child.
func (e *entry) askToDecide(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	who, err := task.Holder(ctx, tx, policy.SUP, e.child, d.Now, e.claimer)
	if err != nil || who.Staff == 0 {
		return err
	}
	return e.give(ctx, tx, toConfirm(), who, true, d.Now)
}

// byAnother has a registration decided by somebody else than who checked it at home: a
// supervisor, or where there is no other one the case manager. Faults: Forbidden.
func (e *entry) byAnother(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	if e.claimer == d.Caller.Staff.ID {
		return fault.New(fault.Forbidden, "本人核实的儿童由他人确认。", "Whom one has checked at home somebody else decides about.")
	}
	if d.Post.Role != string(policy.CM) {
		return nil
	}
	return e.vacant(ctx, tx, d, policy.SUP, e.claimer)
}

// vacant refuses what somebody else is in post for, but one who may not do it.
func (e *entry) vacant(ctx context.Context, tx postgres.Tx, d disclosure.Decided, role policy.Role, but int64) error {
	holder, err := task.HolderBut(ctx, tx, role, e.child, but, d.Now)
	if err != nil || holder == 0 || holder == d.Caller.Staff.ID {
		return err
	}
	return fault.New(fault.Forbidden, "该岗位有人在岗，由其办理。", "The post is held: whoever holds it does this.")
}
