package moving

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/packet"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// Exchange hands children to partner hubs and takes them from them. Without partners,
// what goes out of the district goes on paper.
type Exchange struct {
	Own      packet.Own
	Partners packet.Partners
	DB       postgres.Beginner
	Log      jobs.Recorder
	Now      func() time.Time
	Random   io.Reader
	// Carry brings a sealed packet to a hub and its sealed receipt back.
	Carry func(ctx context.Context, address string, sealed []byte) ([]byte, error)
}

// Reading asks Minimum on behalf of whoever hands a child over.
type Reading func(ctx context.Context) ([]byte, error)

// dispatch reads, seals and queues the packet of a child that goes to another hub.
func (x *Exchange) dispatch(ctx context.Context, tx postgres.Tx, d disclosure.Decided, m moving, in Handing, read Reading) error {
	to, ok := x.Partners.Named(m.hub)
	if !ok {
		return fmt.Errorf("partner %s is gone", m.hub)
	}
	data, err := read(ctx)
	if err != nil {
		return fmt.Errorf("read packet: %w", err)
	}
	t, err := minimum(data)
	if err != nil {
		return err
	}
	t.Mode, t.FromArea, t.ToArea, t.Agency, t.Contact = m.kind(in), m.fromArea, in.To, d.Caller.Agency.Name, x.Own.Contact
	expires, err := expiry(ctx, tx, d.Now)
	if err != nil {
		return err
	}
	p := packet.Packet{ID: m.packet, From: x.Own.Hub, To: to.Hub, Kind: packet.TransferKind, Issued: d.Now.Unix(), Expires: expires.Unix(), Move: &t}
	sealed, err := x.Own.Seal(p, to)
	if err != nil {
		return err
	}
	digest, err := p.Digest()
	if err != nil {
		return err
	}
	return enqueue(ctx, tx, message{id: p.ID, hub: to.Hub, kind: p.Kind, transfer: m.id, digest: digest, sealed: sealed, created: d.Now, expires: expires})
}

// name is a fresh id for a packet.
func (x *Exchange) name() (string, error) {
	var id [16]byte
	if _, err := io.ReadFull(x.Random, id[:]); err != nil {
		return "", err
	}
	return hex.EncodeToString(id[:]), nil
}

// Withdraw takes back what the other hub has not received, so that it goes on paper: the
// case manager is asked for that. Faults: NotFound, Conflict.
func Withdraw(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
	m, err := takeBetween(ctx, tx, d.ChildID, false)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if m.state, err = Between().Next(m.state, WithdrawMove); err != nil {
		return disclosure.Changed{}, err
	}
	withdrawn, err := withdraw(ctx, tx, m.id, d.Now)
	if err != nil {
		return disclosure.Changed{}, fmt.Errorf("withdraw: %w", err)
	}
	if !withdrawn {
		return disclosure.Changed{}, fault.New(fault.Conflict,
			"对方枢纽已收到，或正在送达，请等待答复，或电话联系对方。", "The other hub has received it, or it is on the road at this moment; wait for the answer or call there.")
	}
	if err := task.Finish(ctx, tx, task.Subject{Table: table, ID: m.id}, d.Caller.Staff.ID, d.Now, Unreached()); err != nil {
		return disclosure.Changed{}, err
	}
	return m.result(), m.onPaper(ctx, tx, d)
}

// onPaper asks the case manager to send the minimum of the file by the way of paper.
func (m moving) onPaper(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	manager, err := task.Holder(ctx, tx, "CM", m.child, d.Now)
	if err != nil || manager.Staff == 0 {
		return err
	}
	return task.Open(ctx, tx, task.New{Kind: ToSend(), Child: m.child, Subject: table, SubjectID: m.id, Staff: manager.Staff, For: manager.For, From: d.Now})
}
