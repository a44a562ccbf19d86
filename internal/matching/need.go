package matching

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/consent"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/pairing"
	"github.com/tongxin-hub/tongxin/internal/plaintext"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// The tables that tasks name.
const (
	needTable    = "need_match"
	requestTable = "match_request"
)

// Result is where a need, an offer or a request stands.
type Result struct {
	ID      int64
	State   string
	Version int
}

// need is a need in the hand of somebody who moves it.
type need struct {
	ID, Child, Author, Offer int64
	Need, State, Consent     string
	Version                  int
	next                     string
}

// contact are the kinds of needs for which a volunteer meets the child.
var contact = map[string]bool{"COMPANY": true, "TUTORING": true}

// today is the day of a change in the district.
func today(d disclosure.Decided) string { return chinatime.Day(d.Now) }

// begin takes a need for a move. Faults: Conflict, NotFound.
func begin(ctx context.Context, tx postgres.Tx, id int64, move string, version int) (need, error) {
	n, err := loadNeed(ctx, tx, id)
	if err != nil {
		return n, err
	}
	if version != 0 {
		if err := flow.AsRead(version, n.Version); err != nil {
			return n, err
		}
	}
	n.next, err = Machine().Next(n.State, move)
	return n, err
}

// end saves where a move leads.
func (n need) end(ctx context.Context, tx postgres.Tx) (disclosure.Changed, error) {
	version, err := moveNeed(ctx, tx, n)
	if err != nil {
		return disclosure.Changed{}, fmt.Errorf("move need: %w", err)
	}
	return disclosure.Changed{Reason: n.next, Result: Result{n.ID, n.next, version}}, nil
}

// New is a need as its handler publishes it.
type New struct {
	Need        string  `json:"need"`
	WantedUntil string  `json:"wantedUntil"`
	ConsentRef  *string `json:"consentRef"`
	// Plan is the internal id of the plan of support behind it, 0 for none.
	Plan int64 `json:"-"`
}

// Publish puts a child's need on the board, without the child. Where a volunteer is
// to meet the child, the guardian has agreed first. Faults: BadRequest.
func Publish(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in New) (disclosure.Changed, error) {
	var none disclosure.Changed
	if err := ahead("wantedUntil", in.WantedUntil, d, 365); err != nil {
		return none, err
	}
	if contact[in.Need] && in.ConsentRef == nil {
		return none, fault.At("consentRef", fault.New(fault.BadRequest,
			"志愿者与儿童接触须先取得监护人同意，请填写同意书编号。", "A volunteer meets a child by the guardian's consent only; give its reference."))
	}
	if in.ConsentRef != nil {
		if err := plaintext.Need("consentRef", *in.ConsentRef, 40); err != nil {
			return none, err
		}
	}
	id, err := insertNeed(ctx, tx, d, in)
	if err != nil {
		return none, fmt.Errorf("insert need: %w", err)
	}
	if in.ConsentRef != nil {
		if err := consent.Keep(ctx, tx, d, consent.Pairing, "", today(d)); err != nil {
			return none, err
		}
	}
	return disclosure.Changed{Reason: Published, Result: Result{id, Published, 1}}, nil
}

// ahead demands a day from today on and within so many days.
func ahead(member, text string, d disclosure.Decided, days int) error {
	t, err := time.Parse(time.DateOnly, text)
	last := d.Now.In(chinatime.Zone()).AddDate(0, 0, days).Format(time.DateOnly)
	if err != nil || t.Format(time.DateOnly) < today(d) || t.Format(time.DateOnly) > last {
		return fault.At(member, fault.New(fault.BadRequest,
			fmt.Sprintf("请填写今天到%s之间的日期（YYYY-MM-DD）。", last), fmt.Sprintf("Give a day (YYYY-MM-DD) from today to %s.", last)))
	}
	return nil
}

// Proposal is which offer is asked for.
type Proposal struct {
	Version int
	Offer   int64
}

// Propose asks the keeper of an offer for it; the keeper learns kind, age band and
// township as far as those hide the child. Faults: BadRequest, Conflict.
func Propose(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Proposal) (disclosure.Changed, error) {
	var none disclosure.Changed
	n, err := begin(ctx, tx, d.SubjectID, ProposeMove, in.Version)
	if err != nil {
		return none, err
	}
	o, err := takeOffer(ctx, tx, in.Offer, n, today(d))
	if err != nil {
		return none, err
	}
	request, err := insertRequest(ctx, tx, n, o, today(d))
	if err != nil {
		return none, fmt.Errorf("insert request: %w", err)
	}
	n.Offer = o.ID
	if err := task.Finish(ctx, tx, task.Subject{Table: needTable, ID: n.ID}, d.Caller.Staff.ID, d.Now); err != nil {
		return none, err
	}
	err = task.Open(ctx, tx, task.New{Kind: ToAnswer(), Subject: requestTable, SubjectID: request, Staff: o.Keeper, From: d.Now})
	if err != nil {
		return none, err
	}
	return n.end(ctx, tx)
}

// Delivery is what a need came to.
type Delivery struct {
	Version     int      `json:"version"`
	DeliveredOn string   `json:"deliveredOn"`
	Value       *float64 `json:"value"`
}

// Deliver notes that the need is met. Faults: BadRequest, Conflict.
func Deliver(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Delivery) (disclosure.Changed, error) {
	var none disclosure.Changed
	t, err := time.Parse(time.DateOnly, in.DeliveredOn)
	if err != nil || t.Format(time.DateOnly) > today(d) || in.Value != nil && (*in.Value < 0 || *in.Value > 1e6) {
		return none, fault.At("deliveredOn", fault.New(fault.BadRequest, "日期不晚于今天，价值在0到100万元之间。", "A day not after today, a value from 0 to 1,000,000."))
	}
	n, err := begin(ctx, tx, d.SubjectID, DeliverMove, in.Version)
	if err != nil {
		return none, err
	}
	if err := delivered(ctx, tx, n.ID, in); err != nil {
		return none, fmt.Errorf("delivered: %w", err)
	}
	return n.close(ctx, tx, d)
}

// Withdraw takes a need back, the request for it, and a pairing that has not begun.
// Faults: Conflict.
func Withdraw(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	n, err := begin(ctx, tx, d.SubjectID, WithdrawMove, version)
	if err != nil {
		return disclosure.Changed{}, err
	}
	return n.withdraw(ctx, tx, d)
}

// withdraw takes back whatever the need had come to.
func (n need) withdraw(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
	var none disclosure.Changed
	request, err := withdrawRequest(ctx, tx, n)
	if err != nil {
		return none, fmt.Errorf("withdraw request: %w", err)
	}
	if err := task.Finish(ctx, tx, task.Subject{Table: requestTable, ID: request}, d.Caller.Staff.ID, d.Now); err != nil {
		return none, err
	}
	if n.State == Accepted {
		if err := release(ctx, tx, n.Offer); err != nil {
			return none, fmt.Errorf("release offer: %w", err)
		}
		if err := pairing.Forget(ctx, tx, n.Child, n.Offer, d); err != nil {
			return none, err
		}
	}
	return n.close(ctx, tx, d)
}

// Unconsented takes back the needs for which a volunteer was to meet the child, because
// the guardian's consent was taken back; their handlers are told.
func Unconsented(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	list, err := resting(ctx, tx, d.ChildID)
	if err != nil {
		return fmt.Errorf("needs of the child: %w", err)
	}
	for _, n := range list {
		if n.next, err = Machine().Next(n.State, UnconsentedMove); err != nil {
			return err
		}
		if _, err := n.withdraw(ctx, tx, d); err != nil {
			return err
		}
		if err := consent.Stop(ctx, tx, d, task.Subject{Table: needTable, ID: n.ID}, n.Author); err != nil {
			return err
		}
	}
	return nil
}

// close ends the handler's tasks and saves the move.
func (n need) close(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
	if err := task.Finish(ctx, tx, task.Subject{Table: needTable, ID: n.ID}, d.Caller.Staff.ID, d.Now); err != nil {
		return disclosure.Changed{}, err
	}
	return n.end(ctx, tx)
}
