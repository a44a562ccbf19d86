package moving

import (
	"context"
	"errors"
	"fmt"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/packet"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/registering"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// Receive takes a sealed packet in, once, and returns the sealed receipt: the same packet
// again gets its receipt and has no effect. What it had is on record with the child; so
// is what a known hub was refused. Faults: those of packet.Own.Open, Conflict for an id
// that was another packet's, NotFound for a place or transfer that is not here.
func (x *Exchange) Receive(ctx context.Context, sealed []byte) ([]byte, error) {
	now := x.Now()
	o, err := x.Own.Open(sealed, x.Partners, now)
	if err == nil && o.Kind == packet.ReceiptKind {
		err = fault.New(fault.BadRequest, "此处不收回执。", "Receipts are not taken here.")
	}
	if err == nil {
		err = postgres.InTx(ctx, x.DB, func(tx postgres.Tx) error { return x.take(ctx, tx, o) })
	}
	if err != nil {
		if o.Hub == "" {
			return nil, err
		}
		refused := func(tx postgres.Tx) error {
			return x.record(ctx, tx, o, audit.Entry{Outcome: audit.Denied, Reason: string(fault.CodeOf(err))})
		}
		return nil, errors.Join(err, postgres.InTx(ctx, x.DB, refused))
	}
	return x.receipt(o)
}

// take keeps a packet and does what it asks for, unless it came before.
func (x *Exchange) take(ctx context.Context, tx postgres.Tx, o packet.Opened) error {
	digest, err := o.Digest()
	if err != nil {
		return err
	}
	known, err := cameBefore(ctx, tx, o.Hub, o.ID, digest)
	if err != nil || known {
		return err
	}
	var child, transfer int64
	reason := string(o.Kind)
	if o.Kind == packet.TransferKind {
		child, transfer, err = x.arrive(ctx, tx, o)
	} else {
		reason += " " + o.Answer.Decision
		child, transfer, err = x.answered(ctx, tx, o)
	}
	if err != nil {
		return err
	}
	if err := keep(ctx, tx, o, transfer, digest, x.Now()); err != nil {
		return fmt.Errorf("keep: %w", err)
	}
	return x.record(ctx, tx, o, audit.Entry{Outcome: audit.Allowed, Reason: reason, Disclosures: []audit.Disclosure{{ChildID: child}}})
}

// record appends what came of a packet; the hub that sent it stands for who acted.
func (x *Exchange) record(ctx context.Context, tx postgres.Tx, o packet.Opened, e audit.Entry) error {
	e.At, e.System, e.Operation, e.Requested = x.Now(), o.Hub, "transfer.receive", []string{"transfer:receive"}
	_, err := x.Log.AppendTx(ctx, tx, e)
	return err
}

// arrive opens an incoming transfer. The child stands at the township alone, where its
// supervisor decides; on the register it is not.
func (x *Exchange) arrive(ctx context.Context, tx postgres.Tx, o packet.Opened) (child, transfer int64, err error) {
	town, err := place(ctx, tx, o.Move.ToArea)
	if err != nil {
		return 0, 0, fmt.Errorf("place: %w", err)
	}
	if town == 0 {
		return 0, 0, fault.New(fault.NotFound, "本枢纽没有此地。", "This place is not in this hub's area.")
	}
	if child, transfer, err = arrival(ctx, tx, o, town, x.Now()); err != nil {
		return 0, 0, fmt.Errorf("arrival: %w", err)
	}
	supervisor, err := task.HolderBut(ctx, tx, "SUP", child, 0, x.Now())
	if err != nil {
		return 0, 0, err
	}
	if supervisor == 0 { // the arrival is undone with the transaction
		return 0, 0, fault.New(fault.Unavailable, "当地镇街暂无在岗督导员。", "No supervisor of that township is in post.")
	}
	return child, transfer, task.Open(ctx, tx, task.New{
		Kind: ToDecide(), Child: child, Subject: table, SubjectID: transfer, Staff: supervisor, From: x.Now(),
	})
}

// answered moves the sender's transfer to where the receiving place decided. Only an
// accepted move with the parents ends the child's being left behind here.
func (x *Exchange) answered(ctx context.Context, tx postgres.Tx, o packet.Opened) (child, transfer int64, err error) {
	m, err := takeSent(ctx, tx, o.Hub, o.Answer.Transfer)
	if err != nil {
		return 0, 0, err
	}
	move := RefuseMove
	if o.Answer.Decision == packet.Accepted {
		move = AcceptMove
	}
	if m.state, err = Between().Next(m.state, move); err != nil {
		return 0, 0, err
	}
	if err := conclude(ctx, tx, m, o.Answer.Reason, x.Now()); err != nil {
		return 0, 0, fmt.Errorf("conclude: %w", err)
	}
	if m.mode == packet.WithParents && m.state == packet.Accepted {
		if err := registering.LeaveWithParents(ctx, tx, m.child, m.supervisor, x.Now()); err != nil {
			return 0, 0, err
		}
	}
	if err := task.Finish(ctx, tx, task.Subject{Table: table, ID: m.id}, 0, x.Now(), Unreached()); err != nil || m.supervisor == 0 {
		return m.child, m.id, err
	}
	return m.child, m.id, task.Open(ctx, tx, task.New{Kind: ToKnow(), Child: m.child, Subject: table, SubjectID: m.id, Staff: m.supervisor, From: x.Now()})
}

// receipt says that a packet is kept.
func (x *Exchange) receipt(o packet.Opened) ([]byte, error) {
	digest, err := o.Digest()
	if err != nil {
		return nil, err
	}
	id, err := x.name()
	if err != nil {
		return nil, err
	}
	now := x.Now().Unix()
	return x.Own.Seal(packet.Packet{
		ID: id, From: x.Own.Hub, To: o.Hub, Kind: packet.ReceiptKind, Issued: now, Expires: now + receiptLife, Receipt: &packet.Receipt{Packet: o.ID, Digest: digest},
	}, o.Partner)
}

// receiptLife is for how many seconds a receipt is good.
const receiptLife = 600
