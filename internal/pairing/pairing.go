package pairing

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/consent"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/plaintext"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/internal/ticket"
	"github.com/tongxin-hub/tongxin/policy"
)

// table is the subject of the tasks.
const table = "pairing"

// Result is where a pairing, or a volunteer's record, stands.
type Result struct {
	ID      int64
	State   string
	Version int
}

// New is a pairing that follows from an accepted match.
type New struct {
	Child, Volunteer, Keeper int64
	// ConsentRef names the guardian's consent.
	ConsentRef string
}

// Propose makes the pairing, with the work item that opens the child to its
// coordinator and nobody else. Faults: Conflict without a consent.
func Propose(ctx context.Context, tx postgres.Tx, d disclosure.Decided, n New) error {
	if n.ConsentRef == "" {
		return fault.New(fault.Conflict, "尚无监护人同意。", "The guardian has not agreed.")
	}
	item, err := ticket.Open(ctx, tx, ticket.New{
		Kind: "PAIRING_CONSENT", Purpose: string(policy.Pairing), Staff: n.Keeper, Child: n.Child, Reason: "结对对接", From: d.Now,
	})
	if err != nil {
		return err
	}
	id, err := insert(ctx, tx, d, n, item)
	if err != nil {
		return fmt.Errorf("insert pairing: %w", err)
	}
	return task.Open(ctx, tx, task.New{
		Kind: ToStart(), Child: n.Child, Subject: table, SubjectID: id, Staff: n.Keeper, Ticket: item, From: d.Now,
	})
}

// Forget ends the pairing of a need that was taken back before it was signed.
func Forget(ctx context.Context, tx postgres.Tx, child, offer int64, d disclosure.Decided) error {
	p, err := unsigned(ctx, tx, child, offer)
	if err != nil || p.ID == 0 {
		return err
	}
	p.next = Ended
	_, err = p.finish(ctx, tx, d, "WITHDRAWN")
	return err
}

// Unconsented ends every pairing of the child, signed or not, because the consent was
// taken back: its tasks, every work item that opened the child for it, and with them the
// access, at once. Coordinators are told to have the volunteers stop.
func Unconsented(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	list, err := running(ctx, tx, d.ChildID)
	if err != nil {
		return fmt.Errorf("pairings of the child: %w", err)
	}
	for _, p := range list {
		if p.next, err = Machine().Next(p.State, UnconsentedMove); err != nil {
			return err
		}
		if _, err := p.finish(ctx, tx, d, "CONSENT_WITHDRAWN"); err != nil {
			return err
		}
		if err := consent.Stop(ctx, tx, d, task.Subject{Table: table, ID: p.ID}, p.Coordinator); err != nil {
			return err
		}
	}
	return closeItems(ctx, tx, d.ChildID, d.Now)
}

// pair is a pairing in the hand of somebody who moves it.
type pair struct {
	ID, Child, Ticket, Volunteer, Coordinator int64
	State                                     string
	Version                                   int
	Consented                                 bool
	VettedUntil                               time.Time
	next                                      string
}

// begin takes a pairing for a move. Faults: Conflict, NotFound.
func begin(ctx context.Context, tx postgres.Tx, d disclosure.Decided, move string, version int) (pair, error) {
	p, err := load(ctx, tx, d.SubjectID)
	if err != nil {
		return p, err
	}
	if err := flow.AsRead(version, p.Version); err != nil {
		return p, err
	}
	p.next, err = Machine().Next(p.State, move)
	return p, err
}

// end saves where a move leads.
func (p pair) end(ctx context.Context, tx postgres.Tx) (disclosure.Changed, error) {
	version, err := setState(ctx, tx, p.ID, p.next)
	return disclosure.Changed{Reason: p.next, Result: Result{p.ID, p.next, version}}, err
}

// Contract is what is signed.
type Contract struct {
	Version       int    `json:"version"`
	ContractFrom  string `json:"contractFrom"`
	ContractUntil string `json:"contractUntil"`
	Frequency     string `json:"frequency"`
}

// Start signs the pairing. The contract ends no later than the vetting of the
// volunteer, and the consent has not been withdrawn. Faults: BadRequest, Conflict.
func Start(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Contract) (disclosure.Changed, error) {
	var none disclosure.Changed
	p, err := begin(ctx, tx, d, StartMove, in.Version)
	if err != nil {
		return none, err
	}
	from, err := day("contractFrom", in.ContractFrom)
	if err != nil {
		return none, err
	}
	until, err := day("contractUntil", in.ContractUntil)
	if err != nil {
		return none, err
	}
	if !until.After(from) || until.Format(time.DateOnly) <= today(d.Now) {
		return none, fault.At("contractUntil", fault.New(fault.BadRequest, "协议止期须晚于起期和今天。", "The contract ends after it begins, and after today."))
	}
	switch {
	case p.Volunteer == 0 || until.After(p.VettedUntil):
		return none, fault.At("contractUntil", fault.New(fault.Conflict,
			"协议期超出志愿者审查有效期，请先更新审查。", "The contract is longer than the volunteer's vetting; renew that first."))
	case !p.Consented:
		return none, fault.New(fault.Conflict, "监护人同意已撤回。", "The guardian's consent has been withdrawn.")
	}
	if err := signed(ctx, tx, p.ID, in); err != nil {
		return none, fmt.Errorf("sign: %w", err)
	}
	if err := task.Finish(ctx, tx, task.Subject{Table: table, ID: p.ID}, d.Caller.Staff.ID, d.Now); err != nil {
		return none, err
	}
	return p.end(ctx, tx)
}

// day reads a day.
func day(member, text string) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return t, fault.At(member, fault.New(fault.BadRequest, "日期须写作YYYY-MM-DD。", "Write the day as YYYY-MM-DD."))
	}
	return t, nil
}

// today is a moment's day in the district.
func today(now time.Time) string { return chinatime.Day(now) }

// Contact is what the coordinator notes of a contact, in codes.
type Contact struct {
	Version     int    `json:"version"`
	ContactedOn string `json:"contactedOn"`
	Mode        string `json:"mode"`
	Topic       string `json:"topic"`
	NeedFound   bool   `json:"needFound"`
}

// Note notes a contact. Faults: BadRequest, Conflict.
func Note(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Contact) (disclosure.Changed, error) {
	var none disclosure.Changed
	on, err := day("contactedOn", in.ContactedOn)
	if err != nil {
		return none, err
	}
	if on.Format(time.DateOnly) > today(d.Now) {
		return none, fault.At("contactedOn", fault.New(fault.BadRequest, "日期不晚于今天。", "A day not after today."))
	}
	p, err := begin(ctx, tx, d, ContactMove, in.Version)
	if err != nil {
		return none, err
	}
	if err := note(ctx, tx, p.ID, in, d.Caller.Staff.ID); err != nil {
		return none, fmt.Errorf("note: %w", err)
	}
	return p.end(ctx, tx)
}

// Ending is why a pairing ends.
type Ending struct {
	Version int    `json:"version"`
	Reason  string `json:"reason"`
}

// End ends a pairing before its contract does. Faults: Conflict.
func End(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Ending) (disclosure.Changed, error) {
	p, err := begin(ctx, tx, d, EndMove, in.Version)
	if err != nil {
		return disclosure.Changed{}, err
	}
	return p.finish(ctx, tx, d, in.Reason)
}

// finish ends the pairing, its tasks and the work item.
func (p pair) finish(ctx context.Context, tx postgres.Tx, d disclosure.Decided, reason string) (disclosure.Changed, error) {
	if err := task.Finish(ctx, tx, task.Subject{Table: table, ID: p.ID}, d.Caller.Staff.ID, d.Now); err != nil {
		return disclosure.Changed{}, err
	}
	if err := ticket.Close(ctx, tx, p.Ticket, d.Now); err != nil {
		return disclosure.Changed{}, err
	}
	if err := ended(ctx, tx, p.ID, today(d.Now), reason); err != nil {
		return disclosure.Changed{}, fmt.Errorf("end: %w", err)
	}
	return p.end(ctx, tx)
}

// batch is how many pairings end in one transaction.
const batch = 100

// Expiry is the job that ends pairings with their contract. They open nothing from the
// day after it on, whether the job has run or not.
func Expiry() jobs.Job {
	return jobs.Job{
		Name: "pairing.expiry", Every: time.Hour,
		Step: func(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
			children, err := expire(ctx, tx, today(now), now)
			return jobs.Done{Children: children, More: len(children) == batch}, err
		},
	}
}

// Vetting is what the federation notes of a volunteer's vetting.
type Vetting struct {
	Volunteer    *string `json:"volunteer"`
	Kind         string  `json:"kind"`
	VettingRef   string  `json:"vettingRef"`
	VettedOn     string  `json:"vettedOn"`
	VettedUntil  string  `json:"vettedUntil"`
	TownshipCode *string `json:"townshipCode"`
}

// Vet notes that a volunteer was vetted, a new one or one that is known by reference;
// it holds for a year at most. Faults: BadRequest, NotFound.
func Vet(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Vetting) (disclosure.Changed, error) {
	var none disclosure.Changed
	if err := plaintext.Need("vettingRef", in.VettingRef, 40); err != nil {
		return none, err
	}
	on, err := day("vettedOn", in.VettedOn)
	if err != nil {
		return none, err
	}
	until, err := day("vettedUntil", in.VettedUntil)
	if err != nil {
		return none, err
	}
	longest, err := vettingDays(ctx, tx)
	if err != nil {
		return none, err
	}
	if on.Format(time.DateOnly) > today(d.Now) || !until.After(on) || until.After(on.AddDate(0, 0, longest)) {
		return none, fault.At("vettedUntil", fault.New(fault.BadRequest,
			"审查日期不晚于今天，有效期不超过一年。", "The vetting is not of a day to come, and holds for a year at most."))
	}
	to, err := vet(ctx, tx, d, in)
	if err != nil {
		return none, err
	}
	return disclosure.Changed{Reason: "VETTED", Result: to}, nil
}

// Vetted is the id of a volunteer whose vetting holds to a day. Faults: BadRequest.
func Vetted(ctx context.Context, tx postgres.Tx, code, until string) (int64, error) {
	return vetted(ctx, tx, code, until)
}
