package resolvers

import (
	"context"
	"fmt"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/report"
	"github.com/tongxin-hub/tongxin/internal/safeguard"
	"github.com/tongxin-hub/tongxin/policy"
)

func (r *Resolver) assessReport(ctx context.Context, in model.AssessReportInput) (*model.ReportPayload, error) {
	return r.moveReport(ctx, disclosure.Change{Mutation: "assessReport", Key: in.Key, Input: in}, in.ID,
		func(ctx context.Context, tx postgres.Tx, a report.Actor, id int64) (report.Done, error) {
			return report.Assess(ctx, tx, a, report.Findings{
				Step:   report.Step{Report: id, Version: in.Version, Note: in.Note},
				Safety: string(in.Safety), Guardianship: string(in.Guardianship), Body: string(in.Body), Mind: string(in.Mind),
			})
		})
}

func (r *Resolver) planProtection(ctx context.Context, in model.PlanProtectionInput) (*model.ReportPayload, error) {
	return r.moveReport(ctx, disclosure.Change{Mutation: "planProtection", Key: in.Key, Input: in}, in.ID,
		func(ctx context.Context, tx postgres.Tx, a report.Actor, id int64) (report.Done, error) {
			n := report.Planned{Step: report.Step{Report: id, Version: in.Version, Note: in.Note}}
			for i, s := range in.Steps {
				due, err := day(fmt.Sprintf("steps.%d.dueOn", i), s.DueOn)
				if err != nil {
					return report.Done{}, err
				}
				n.Steps = append(n.Steps, safeguard.New{Kind: string(s.Kind), Words: s.Words, Owner: s.Owner, Due: due})
			}
			if from := given(in.Consultation); from != "" {
				var err error
				agency := operation(ctx).Question.Caller.Agency.Code
				if n.Consultation, err = r.Gate.IDs.DecodeAs(agency, from, "Consultation", "ConsultationCase"); err != nil {
					return report.Done{}, fault.At("consultation", err)
				}
			}
			return report.PlanProtection(ctx, tx, a, n)
		})
}

func (r *Resolver) addProtectionStep(ctx context.Context, in model.AddProtectionStepInput) (*model.ReportPayload, error) {
	return r.moveReport(ctx, disclosure.Change{Mutation: "addProtectionStep", Key: in.Key, Input: in}, in.ID,
		func(ctx context.Context, tx postgres.Tx, a report.Actor, id int64) (report.Done, error) {
			due, err := day("dueOn", in.DueOn)
			if err != nil {
				return report.Done{}, err
			}
			return report.AddStep(ctx, tx, a, report.Step{Report: id, Version: in.Version},
				safeguard.New{Kind: string(in.Kind), Words: in.Words, Owner: in.Owner, Due: due})
		})
}

// moveStep makes one move of a step of a protection plan; do does it with the internal id.
func (r *Resolver) moveStep(ctx context.Context, c disclosure.Change, id string,
	do func(ctx context.Context, tx postgres.Tx, a flow.Actor, id int64) (safeguard.Made, error),
) (*model.ProtectionStepPayload, error) {
	var got reportMoved
	made, err := r.change(ctx, c, &got, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		n, err := r.Gate.IDs.DecodeAs(d.Caller.Agency.Code, id, "MyProtectionStep")
		if err != nil {
			return disclosure.Changed{}, fault.At("id", err)
		}
		done, err := do(ctx, tx, actor(d), n)
		if err != nil {
			return disclosure.Changed{}, err
		}
		bases := handling(d.Post.Role)
		if c.Mutation == safeguard.DoMove || c.Mutation == safeguard.FollowMove {
			bases = []string{string(policy.OwnHand)} // the step is the person's own
		}
		return disclosure.Changed{
			Reason: done.State, Result: reportMoved{id, done.State, done.Version}, Disclosures: []audit.Disclosure{{ChildID: done.Child, Bases: bases}},
		}, nil
	})
	out := &model.ProtectionStepPayload{Entry: made.Entry, UserErrors: made.UserErrors}
	if got.ID != "" {
		state := model.ProtectionStepState(got.State)
		out.ID, out.State, out.Version = &got.ID, &state, &got.Version
	}
	return out, err
}

// noteStep is a move that says no more than its words.
func (r *Resolver) noteStep(ctx context.Context, mutation string, in model.ProtectionNoteInput,
	do func(ctx context.Context, tx postgres.Tx, a flow.Actor, in safeguard.Move) (safeguard.Made, error),
) (*model.ProtectionStepPayload, error) {
	return r.moveStep(ctx, disclosure.Change{Mutation: mutation, Key: in.Key, Input: in}, in.ID,
		func(ctx context.Context, tx postgres.Tx, a flow.Actor, id int64) (safeguard.Made, error) {
			return do(ctx, tx, a, safeguard.Move{Step: id, Version: in.Version, Note: in.Note})
		})
}

func (r *Resolver) followProtectionStep(ctx context.Context, in model.FollowProtectionStepInput) (*model.ProtectionStepPayload, error) {
	return r.moveStep(ctx, disclosure.Change{Mutation: safeguard.FollowMove, Key: in.Key, Input: in}, in.ID,
		func(ctx context.Context, tx postgres.Tx, a flow.Actor, id int64) (safeguard.Made, error) {
			return safeguard.Follow(ctx, tx, a, safeguard.Look{Move: safeguard.Move{Step: id, Version: in.Version, Note: in.Note}, Quiet: in.Quiet})
		})
}

func (r *Resolver) reassignProtectionStep(ctx context.Context, in model.ReassignProtectionStepInput) (*model.ProtectionStepPayload, error) {
	return r.moveStep(ctx, disclosure.Change{Mutation: safeguard.ReassignMove, Key: in.Key, Input: in}, in.ID,
		func(ctx context.Context, tx postgres.Tx, a flow.Actor, id int64) (safeguard.Made, error) {
			due, err := dayOrNone("dueOn", in.DueOn)
			if err != nil {
				return safeguard.Made{}, err
			}
			return safeguard.Reassign(ctx, tx, a, safeguard.Reassignment{
				Move: safeguard.Move{Step: id, Version: in.Version, Note: in.Note}, Owner: in.Owner, Due: due,
			})
		})
}

// dayOrNone reads a date that may be left out, zero then.
func dayOrNone(member string, text graphql.Omittable[*string]) (time.Time, error) {
	if given(text) == "" {
		return time.Time{}, nil
	}
	return day(member, given(text))
}
