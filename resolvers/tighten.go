package resolvers

import (
	"context"
	"strconv"
	"time"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/minimisation"
	"github.com/tongxin-hub/tongxin/internal/policychange"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/replay"
	"github.com/tongxin-hub/tongxin/policy"
)

// person is who changes the policy.
func person(d disclosure.Decided) policychange.Person {
	return policychange.Person{ID: d.Caller.Staff.ID, Code: d.Caller.Agency.Code + "/" + d.Caller.Staff.Code, Now: d.Now}
}

// proposePolicy records a proposal.
func (r *Resolver) proposePolicy(ctx context.Context, in model.ProposePolicyInput) (*model.ProposePolicyPayload, error) {
	var got policychange.Proposed
	c := disclosure.Change{Mutation: "proposePolicy", Key: in.Key, Input: in}
	m, err := r.change(ctx, c, &got, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		p := policychange.Proposal{Base: in.Base, Reason: in.Reason, Add: in.Add, Remove: in.Remove}
		got, err := policychange.Propose(ctx, tx, person(d), p, r.Desk.Load)
		return disclosure.Changed{Result: got, Reason: got.Version}, err
	})
	if err != nil {
		return nil, err
	}
	out := &model.ProposePolicyPayload{Entry: m.Entry, UserErrors: m.UserErrors}
	if len(m.UserErrors) == 0 {
		id := r.Gate.IDs.Encode(operation(ctx).Question.Caller.Agency.Code, "PolicyProposal", got.ID)
		out.Proposal, out.Version, out.Differences, out.FailedCases = &id, &got.Version, &got.Differences, got.Failed
	}
	return out, nil
}

// decidePolicy makes one move of a proposal.
func (r *Resolver) decidePolicy(ctx context.Context, move string, in model.DecidePolicyInput) (*model.DecidePolicyPayload, error) {
	var got policychange.Decided
	c := disclosure.Change{Mutation: move, Key: in.Key, Input: in}
	m, err := r.change(ctx, c, &got, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		id, err := r.proposalID(d.Caller.Agency.Code, in.Proposal)
		if err != nil {
			return disclosure.Changed{}, err
		}
		got, err := policychange.Decide(ctx, tx, person(d), policychange.Decision{ID: id, Move: move, Note: in.Note}, r.Desk.Load)
		return disclosure.Changed{Result: got, Reason: got.Version}, err
	})
	if err != nil {
		return nil, err
	}
	out := &model.DecidePolicyPayload{Entry: m.Entry, UserErrors: m.UserErrors}
	if len(m.UserErrors) == 0 {
		state := model.PolicyProposalState(got.State)
		out.State, out.Version = &state, &got.Version
	}
	return out, nil
}

func (r *Resolver) proposalID(agency, text string) (int64, error) {
	typename, id, err := r.Gate.IDs.Decode(agency, text)
	if err != nil || typename != "PolicyProposal" {
		return 0, fault.At("proposal", fault.New(fault.NotFound, "没有这项提案。", "There is no such proposal."))
	}
	return id, nil
}

// standing refuses a post that is not in force: what is read here is not read
// through the plan, which would.
func standing(ctx context.Context) (*Operation, error) {
	op := operation(ctx)
	if op.Access.Lapsed != "" {
		return nil, fault.New(fault.Forbidden,
			"您的岗位、授权或合同当前不在有效期内。", "Your post, its authorisation or the contract is not in force now.")
	}
	return op, nil
}

// replayed and rights bound a list; what is beyond is said to be.
const (
	replayedMost = 2000
	rightsMost   = 5000
)

// policyReplay replays a period under a proposal.
func (r *Resolver) policyReplay(ctx context.Context, proposal, since, until string) (*model.PolicyReplay, error) {
	op, err := standing(ctx)
	if err != nil {
		return nil, err
	}
	p, err := period(since, until)
	if err != nil {
		return nil, err
	}
	id, err := r.proposalID(op.Question.Caller.Agency.Code, proposal)
	if err != nil {
		return nil, err
	}
	version, report, err := r.Desk.Replay(ctx, id, p)
	if err != nil {
		return nil, err
	}
	return &model.PolicyReplay{
		Version: version, Entries: int(report.Entries), Replayed: int(report.Replayed), Refused: int(report.Refused),
		NotFound: int(report.NotFound), Destroyed: int(report.Destroyed), Unknown: int(report.Unknown),
		Changes: list(report.Changes, replayedMost, replayChange), Truncated: len(report.Changes) > replayedMost,
	}, nil
}

// list turns up to most elements into the model's.
func list[T, M any](from []T, most int, turn func(T) M) []M {
	out := make([]M, 0, min(len(from), most))
	for _, v := range from[:min(len(from), most)] {
		out = append(out, turn(v))
	}
	return out
}

func replayChange(c replay.Change) *model.PolicyReplayChange {
	return &model.PolicyReplayChange{
		Role: c.Role, Purpose: c.Purpose, AgencyCode: c.Agency, Coordinate: c.Coordinate, Turn: model.PolicyTurn(c.Turn),
		Before: model.Form(c.Before.String()), After: model.Form(c.After.String()),
		Persons: c.Persons, Entries: c.Entries, Children: c.Children,
	}
}

// explainEntry decides one entry again.
func (r *Resolver) explainEntry(ctx context.Context, entry string) (*model.EntryExplanation, error) {
	if _, err := standing(ctx); err != nil {
		return nil, err
	}
	got, err := r.Desk.Explain(ctx, entry)
	if err != nil {
		return nil, err
	}
	return &model.EntryExplanation{
		Sequence: strconv.FormatInt(got.Sequence, 10), At: instant(got.At), Role: got.Role, Purpose: got.Purpose, AgencyCode: got.Agency,
		Outcome: got.Outcome, Version: got.Version, ShownAlike: list(got.Explanations, len(got.Explanations), showing),
	}, nil
}

func showing(e replay.Explanation) *model.EntryShowing {
	return &model.EntryShowing{Bases: list(e.Bases, len(e.Bases), same), Children: e.Children, Coordinates: list(e.Judged, len(e.Judged), judged)}
}

func same(s string) string { return s }

func judged(j replay.Judged) *model.EntryCoordinate {
	out := &model.EntryCoordinate{
		Coordinate: j.Coordinate, Recorded: model.Form(j.Recorded.String()), Computed: model.Form(j.Computed.String()),
		Verdict: model.EntryVerdict(j.Verdict), Lines: list(j.Lines, len(j.Lines), policy.Line.Text),
	}
	if j.Reason != "" {
		out.Reason = &j.Reason
	}
	return out
}

// usage is what the meter is asked.
type usage struct {
	since, until string
	role         *model.Role
	purpose      *model.Purpose
	unusedFor    int
}

// period reads two instants.
func period(since, until string) (p replay.Period, err error) {
	for _, part := range []struct {
		text string
		into *time.Time
	}{{since, &p.Since}, {until, &p.Until}} {
		if *part.into, err = time.Parse(time.RFC3339, part.text); err != nil {
			return p, fault.New(fault.BadRequest, "时刻须写作 RFC 3339 格式。", "Write instants as in RFC 3339.")
		}
	}
	return p, nil
}

// instant is a moment as the hub writes it.
func instant(t time.Time) string {
	return t.In(time.FixedZone("", 8*60*60)).Format("2006-01-02T15:04:05.000Z07:00")
}

// minimisation holds what is granted against what was used.
func (r *Resolver) minimisation(ctx context.Context, u usage) (*model.Minimisation, error) {
	if _, err := standing(ctx); err != nil {
		return nil, err
	}
	p, err := period(u.since, u.until)
	if err != nil {
		return nil, err
	}
	q := minimisation.Question{Since: p.Since, Until: p.Until, UnusedFor: u.unusedFor}
	if u.role != nil {
		q.Role = policy.Role(*u.role)
	}
	if u.purpose != nil {
		q.Purpose = policy.Purpose(*u.purpose)
	}
	version, report, err := r.Desk.Measure(ctx, q)
	if err != nil {
		return nil, err
	}
	right := func(u minimisation.Right) *model.UsedRight { return usedRight(u, q.Until) }
	return &model.Minimisation{
		Version: version, Entries: int(report.Entries), Rights: list(report.Rights, rightsMost, right),
		Truncated: len(report.Rights) > rightsMost, UnneededLines: list(report.Unneeded, len(report.Unneeded), policy.Line.Text),
	}, nil
}

func usedRight(u minimisation.Right, until time.Time) *model.UsedRight {
	out := &model.UsedRight{
		Role: model.Role(u.Role), Purpose: model.Purpose(u.Purpose), AgencyCode: u.Agency, System: u.System,
		Coordinate: u.Coordinate, Granted: model.Form(u.Granted.String()),
		Requested: int(u.Requested), Shown: int(u.Shown), Children: int(u.Children),
	}
	if !u.LastUsed.IsZero() {
		at, days := instant(u.LastUsed), int(until.Sub(u.LastUsed)/(24*time.Hour))
		out.LastUsed, out.UnusedDays = &at, &days
	}
	return out
}
