package visiting

import (
	"context"
	"fmt"
	"strconv"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/internal/ticket"
	"github.com/tongxin-hub/tongxin/policy"
)

// Check is the supervisor's word that the record is complete; of the supervisor's own
// visit another one's, or the case manager's who was asked. Faults: Conflict, Forbidden.
func Check(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	s, err := begin(ctx, tx, d, CheckMove, version)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if err := s.byAnother(d); err != nil {
		return disclosure.Changed{}, err
	}
	if err := closeCheck(ctx, tx, s.ID, ToCheck().Code, d.Now); err != nil {
		return disclosure.Changed{}, fmt.Errorf("close work item: %w", err)
	}
	if err := checked(ctx, tx, s.ID, d.Caller.Staff.ID, d.Now); err != nil {
		return disclosure.Changed{}, fmt.Errorf("checked: %w", err)
	}
	if err := task.Finish(ctx, tx, task.Subject{Table: table, ID: s.ID}, d.Caller.Staff.ID, d.Now, ToCheck()); err != nil {
		return disclosure.Changed{}, err
	}
	return s.end(ctx, tx)
}

// byAnother lets nobody check a visit of their own, and a case manager none but the one
// that she was asked to check.
func (s standing) byAnother(d disclosure.Decided) error {
	switch me := d.Caller.Staff.ID; {
	case me == s.Visitor, me == s.Author:
		return fault.New(fault.Forbidden, "本人的走访由他人核查。", "A visit of one's own is checked by somebody else.")
	case d.Post.Role == string(policy.CM) && me != s.Checker:
		return fault.New(fault.Forbidden, "这次走访没有交您核查。", "You were not asked to check this visit.")
	}
	return nil
}

// differs is the result of a call that found something else than the record says.
const differs = "DIFFERS"

// Spot is what a call found.
type Spot struct {
	Version int    `json:"version"`
	Result  string `json:"result"`
}

// SpotCheck closes a visit by a call; where the call finds something else, an urgent
// visit is planned. Faults: Conflict, Forbidden.
func SpotCheck(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Spot) (disclosure.Changed, error) {
	s, err := begin(ctx, tx, d, SpotMove, in.Version)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if err := s.byAnother(d); err != nil {
		return disclosure.Changed{}, err
	}
	if err := closeCheck(ctx, tx, s.ID, ToCall().Code, d.Now); err != nil {
		return disclosure.Changed{}, fmt.Errorf("close work item: %w", err)
	}
	if err := spotted(ctx, tx, s.ID, d.Caller.Staff.ID, in.Result, d.Now); err != nil {
		return disclosure.Changed{}, fmt.Errorf("spotted: %w", err)
	}
	if in.Result == differs {
		if _, err := planUrgent(ctx, tx, d, s.Child, strconv.FormatInt(s.ID, 10), s.Visitor); err != nil {
			return disclosure.Changed{}, fmt.Errorf("plan urgent: %w", err)
		}
	}
	if err := task.Finish(ctx, tx, task.Subject{Table: table, ID: s.ID}, d.Caller.Staff.ID, d.Now, ToCall()); err != nil {
		return disclosure.Changed{}, err
	}
	if err := ticket.Close(ctx, tx, s.Ticket, d.Now); err != nil {
		return disclosure.Changed{}, err
	}
	return s.end(ctx, tx)
}

// FocusDecision is a supervisor's answer to a proposal.
type FocusDecision struct {
	Version int  `json:"version"`
	Agree   bool `json:"agree"`
}

// ConfirmFocus is the supervisor's decision on a proposal for focus visits: the plan
// follows it, not the proposal. Faults: Conflict.
func ConfirmFocus(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in FocusDecision) (disclosure.Changed, error) {
	s, err := load(ctx, tx, d.SubjectID)
	if err != nil {
		return disclosure.Changed{}, fmt.Errorf("load: %w", err)
	}
	if err := flow.AsRead(in.Version, s.Version); err != nil {
		return disclosure.Changed{}, err
	}
	if !s.AddToFocus || s.FocusDecided {
		return disclosure.Changed{}, fault.New(fault.Conflict,
			"这次走访没有待确认的重点关注建议。", "This visit has no proposal for focus visits that waits for a decision.")
	}
	if err := decideFocus(ctx, tx, s, in.Agree, d.Now); err != nil {
		return disclosure.Changed{}, fmt.Errorf("decide focus: %w", err)
	}
	if err := task.Finish(ctx, tx, task.Subject{Table: table, ID: s.ID}, d.Caller.Staff.ID, d.Now, ToConfirmFocus()); err != nil {
		return disclosure.Changed{}, err
	}
	s.next = s.State
	return s.end(ctx, tx)
}

// Informing says how the guardian was told of a concern about the mind.
type Informing struct {
	Version    int    `json:"version"`
	InformedOn string `json:"informedOn"`
	How        string `json:"how"`
}

// InformGuardian notes the proof that the guardian was told, and only then lets the
// school's psychologist know. Faults: Conflict, BadRequest.
func InformGuardian(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Informing) (disclosure.Changed, error) {
	s, err := load(ctx, tx, d.SubjectID)
	if err != nil {
		return disclosure.Changed{}, fmt.Errorf("load: %w", err)
	}
	if err := flow.AsRead(in.Version, s.Version); err != nil {
		return disclosure.Changed{}, err
	}
	if err := past("informedOn", in.InformedOn, d.Now); err != nil {
		return disclosure.Changed{}, err
	}
	if len([]rune(in.How)) < 4 || !fine(in.How) {
		return disclosure.Changed{}, fault.At("how", fault.New(fault.BadRequest,
			"请用4到200字写明告知方式与凭证，不写号码。", "Say in 4 to 200 characters how the guardian was told and what proves it, without numbers."))
	}
	f := s.finding(d)
	if !s.handedIn() || s.Informed || !f.OfMind() {
		return disclosure.Changed{}, fault.New(fault.Conflict,
			"这次走访没有待告知监护人的心理关注。", "This visit has no concern about the mind of which the guardian still has to be told.")
	}
	if err := informed(ctx, tx, s.ID, in); err != nil {
		return disclosure.Changed{}, fmt.Errorf("informed: %w", err)
	}
	if err := f.Refer(ctx, tx); err != nil {
		return disclosure.Changed{}, err
	}
	s.next = s.State
	return s.end(ctx, tx)
}

// handedIn reports whether the record is out of the visitor's hands.
func (s standing) handedIn() bool {
	return s.State == Submitted || s.State == Checked || s.State == Closed
}

// Answered are the kinds of this area that end with their holder's own answer.
func Answered() []task.Kind { return []task.Kind{ToPersuade(), ToHandOver()} }
