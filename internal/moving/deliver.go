package moving

import (
	"context"
	"time"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/packet"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// message is a packet to be delivered.
type message struct {
	id, hub          string
	kind             packet.Kind
	transfer, child  int64
	digest, sealed   []byte
	created, expires time.Time
	// claimed is until when it is this delivery's alone; it names the claim.
	claimed time.Time
	// answer is what an answer says; it is put into a packet when it is delivered.
	answer packet.Answer
}

// Jobs deliver what is queued and tell what stays undelivered; none without partners.
func (x *Exchange) Jobs() []jobs.Job {
	if len(x.Partners) == 0 {
		return nil
	}
	return []jobs.Job{
		{Name: "moving.deliver", Every: time.Minute, Step: x.deliver},
		{Name: "moving.unreached", Every: time.Hour, Step: tell},
	}
}

// lease is how long a packet is one delivery's alone: longer than any delivery takes.
const lease = time.Minute

// deliver claims one packet, brings it to its hub while no transaction is open, and notes
// what came of it. The receiver knows a packet by its id: a hub that is killed on the way
// delivers it again when the claim is over, and nothing is doubled.
func (x *Exchange) deliver(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
	m, found, err := claimDue(ctx, tx, now, x.Now())
	if err != nil || !found {
		return jobs.Done{}, err
	}
	return jobs.Done{Outside: func(ctx context.Context) jobs.Step {
		refused := x.bring(ctx, m, x.Now())
		return func(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
			return m.brought(ctx, tx, refused, now)
		}
	}}, nil
}

// brought notes a delivery, unless it is no longer this one's: the claim was over, or the
// other hub has answered meanwhile.
func (m message) brought(ctx context.Context, tx postgres.Tx, refused error, now time.Time) (jobs.Done, error) {
	if refused != nil {
		return jobs.Done{More: true}, later(ctx, tx, m, fault.CodeOf(refused), now)
	}
	ours, err := received(ctx, tx, m)
	if err != nil || !ours {
		return jobs.Done{More: true}, err
	}
	if err := task.Finish(ctx, tx, task.Subject{Table: table, ID: m.transfer}, 0, now, Unreached()); err != nil {
		return jobs.Done{}, err
	}
	return jobs.Done{Children: []int64{m.child}, Reason: string(m.kind), More: true}, nil
}

// bring delivers a packet and checks the receipt.
func (x *Exchange) bring(ctx context.Context, m message, now time.Time) error {
	to, ok := x.Partners.Named(m.hub)
	if !ok {
		return fault.New(fault.NotFound, "此枢纽已不在伙伴名单。", "This hub is a partner no more.")
	}
	if m.kind == packet.AnswerKind {
		var err error
		p := packet.Packet{ID: m.id, From: x.Own.Hub, To: to.Hub, Kind: m.kind, Issued: m.created.Unix(), Expires: m.expires.Unix(), Answer: &m.answer}
		if m.digest, err = p.Digest(); err != nil {
			return err
		}
		if m.sealed, err = x.Own.Seal(p, to); err != nil {
			return err
		}
	}
	sealed, err := x.Carry(ctx, to.URL, m.sealed)
	if err != nil {
		return err
	}
	receipt, err := x.Own.Open(sealed, x.Partners, now)
	if err != nil {
		return err
	}
	return receipt.Receipted(m.id, m.digest, to)
}

// tell lets whoever sent a packet know that it was not received in time.
func tell(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
	m, staff, err := takeUnreached(ctx, tx, now)
	if err != nil || m.id == "" {
		return jobs.Done{}, err
	}
	done := jobs.Done{Children: []int64{m.child}, Reason: "UNREACHED", More: true}
	if staff == 0 {
		return done, nil
	}
	return done, task.Open(ctx, tx, task.New{Kind: Unreached(), Child: m.child, Subject: table, SubjectID: m.transfer, Staff: staff, From: now})
}
