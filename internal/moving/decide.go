package moving

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/packet"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/registering"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// Accepting is where a child from another county lives here, and since when; of one whose
// home county leads still, the risk by which it is visited, which a named person sets.
type Accepting struct {
	Area  string  `json:"area"`
	Since *string `json:"since"`
	Risk  *string `json:"riskLevel"`
}

func (in Accepting) check(mode string, now time.Time) error {
	if mode == packet.StillLeftBehind {
		if in.Risk == nil {
			return fault.At("riskLevel", fault.New(fault.BadRequest, "户籍地继续牵头的，请确定本地走访的风险等级。", "Where the home county leads, say by which risk the child is visited here."))
		}
		return nil
	}
	if in.Since == nil {
		return fault.At("since", fault.New(fault.BadRequest, "请填写随父母居住本地的起始日期。", "Say since when the child lives here with its parents."))
	}
	if day, err := time.Parse(time.DateOnly, *in.Since); err != nil || day.After(now) {
		return fault.At("since", fault.New(fault.BadRequest, "请填写不晚于今天的日期（YYYY-MM-DD）。", "Give a date (YYYY-MM-DD) that is not after today."))
	}
	return nil
}

// Accept takes a child from another county over. With its parents it is surveyed like
// any nominated child, and may be registered as a migrant child once the months of the
// parameter are over; one whose home county leads is visited from now on. Faults:
// NotFound, Conflict, BadRequest.
func (x *Exchange) Accept(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Accepting) (disclosure.Changed, error) {
	m, err := x.decide(ctx, tx, d, AcceptMove)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if err := in.check(m.mode, d.Now); err != nil {
		return disclosure.Changed{}, err
	}
	settled, err := settleHere(ctx, tx, m.child, in.Area)
	if err != nil {
		return disclosure.Changed{}, fmt.Errorf("settle: %w", err)
	}
	if !settled {
		return disclosure.Changed{}, fault.At("area", fault.New(fault.BadRequest, "请填写本镇街的12位村（社区）代码。", "Give the 12-digit code of a village of this township."))
	}
	if m.mode == packet.WithParents {
		err = registering.Arrive(ctx, tx, d, *in.Since)
	} else {
		err = registering.Host(ctx, tx, d, *in.Risk)
	}
	if err != nil {
		return disclosure.Changed{}, err
	}
	return m.result(), x.reply(ctx, tx, d, m, "")
}

// Refuse sends a child back whence it came, for a reason, and forgets who it is. Faults:
// NotFound, Conflict.
func (x *Exchange) Refuse(ctx context.Context, tx postgres.Tx, d disclosure.Decided, reason string) (disclosure.Changed, error) {
	m, err := x.decide(ctx, tx, d, RefuseMove)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if err := forget(ctx, tx, m, d.Now); err != nil {
		return disclosure.Changed{}, fmt.Errorf("forget: %w", err)
	}
	return m.result(), x.reply(ctx, tx, d, m, reason)
}

func (x *Exchange) decide(ctx context.Context, tx postgres.Tx, d disclosure.Decided, move string) (moving, error) {
	m, err := takeBetween(ctx, tx, d.ChildID, true)
	if err != nil {
		return m, err
	}
	m.state, err = Between().Next(m.state, move)
	return m, err
}

// reply notes the decision, ends the task and queues the answer to the sender.
func (x *Exchange) reply(ctx context.Context, tx postgres.Tx, d disclosure.Decided, m moving, reason string) error {
	m.supervisor = d.Caller.Staff.ID
	if err := decided(ctx, tx, m, reason, d.Now); err != nil {
		return fmt.Errorf("decided: %w", err)
	}
	if err := task.Finish(ctx, tx, task.Subject{Table: table, ID: m.id}, m.supervisor, d.Now, ToDecide()); err != nil {
		return err
	}
	expires, err := expiry(ctx, tx, d.Now)
	if err != nil {
		return err
	}
	id, err := x.name()
	if err != nil {
		return err
	}
	return enqueue(ctx, tx, message{id: id, hub: m.hub, kind: packet.AnswerKind, transfer: m.id, created: d.Now, expires: expires})
}
