package resolvers

import (
	"context"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/dropout"
	"github.com/tongxin-hub/tongxin/internal/dropoutreport"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// aCase is a case as what a change is about.
func aCase(id string) disclosure.Subject {
	return disclosure.Subject{ID: id, Type: "DropoutCase", Member: "id"}
}

// dropoutMove makes a move of a case and fills its payload.
func (r *Resolver) dropoutMove(ctx context.Context, c disclosure.Change, do work) (*model.DropoutMovePayload, error) {
	var got dropout.Result
	m, err := r.change(ctx, c, &got, do)
	if err != nil {
		return nil, err
	}
	out := &model.DropoutMovePayload{Entry: m.Entry, UserErrors: m.UserErrors}
	if got.State != "" {
		out.State = &got.State
	}
	if got.ID != 0 {
		id := r.Gate.IDs.Encode(operation(ctx).Question.Caller.Agency.Code, "DropoutCase", got.ID)
		out.ID, out.Version = &id, &got.Version
	}
	return out, nil
}

// step makes a move that needs nothing but the version.
func (r *Resolver) step(ctx context.Context, name string, in model.DropoutMoveInput,
	do func(context.Context, postgres.Tx, disclosure.Decided, int) (disclosure.Changed, error),
) (*model.DropoutMovePayload, error) {
	c := disclosure.Change{Mutation: name, Key: in.Key, Input: in, Subject: aCase(in.ID)}
	return r.dropoutMove(ctx, c, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return do(ctx, tx, d, in.Version)
	})
}

func (r *Resolver) reportAbsence(ctx context.Context, in model.ReportAbsenceInput) (*model.DropoutMovePayload, error) {
	c := disclosure.Change{Mutation: "reportAbsence", Key: in.Key, Input: in, Subject: disclosure.Subject{ID: in.Child, Type: "Child", Member: "child"}}
	return r.dropoutMove(ctx, c, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return dropout.Report(ctx, tx, d, dropout.Absence{Since: in.AbsentSince, Category: string(in.Category)})
	})
}

func (r *Resolver) endAlert(ctx context.Context, in model.EndAlertInput) (*model.DropoutMovePayload, error) {
	c := disclosure.Change{Mutation: "endAlert", Key: in.Key, Input: in, Subject: aCase(in.ID)}
	return r.dropoutMove(ctx, c, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return dropout.EndAlert(ctx, tx, d, in.Version, dropout.Ending{Because: string(in.Reason), Evidence: string(in.Evidence)})
	})
}

func (r *Resolver) recordPersuasion(ctx context.Context, in model.RecordPersuasionInput) (*model.DropoutMovePayload, error) {
	visit := dropout.Visit{
		On: in.VisitedOn, Place: string(in.PlaceKind), Result: string(in.Result), NextStep: in.NextStep, Persons: in.Persons.Value(),
	}
	for _, o := range in.Options.Value() {
		visit.Options = append(visit.Options, string(o))
	}
	c := disclosure.Change{Mutation: "recordPersuasion", Key: in.Key, Input: in, Subject: aCase(in.ID)}
	return r.dropoutMove(ctx, c, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return dropout.Persuade(ctx, tx, d, in.Version, visit)
	})
}

func (r *Resolver) reportInWriting(ctx context.Context, in model.ReportInWritingInput) (*model.DropoutMovePayload, error) {
	c := disclosure.Change{Mutation: "reportInWriting", Key: in.Key, Input: in, Subject: aCase(in.ID)}
	return r.dropoutMove(ctx, c, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return dropout.ReportInWriting(ctx, tx, d, in.Version, in.Reference)
	})
}

func (r *Resolver) issueReturnOrder(ctx context.Context, in model.IssueReturnOrderInput) (*model.DropoutMovePayload, error) {
	c := disclosure.Change{Mutation: "issueReturnOrder", Key: in.Key, Input: in, Subject: aCase(in.ID)}
	return r.dropoutMove(ctx, c, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return dropout.Order(ctx, tx, d, in.Version, dropout.Notice{Kind: string(in.Kind), Due: in.DueOn})
	})
}

func (r *Resolver) settleCase(ctx context.Context, in model.SettleCaseInput) (*model.DropoutMovePayload, error) {
	c := disclosure.Change{Mutation: "settleCase", Key: in.Key, Input: in, Subject: aCase(in.ID)}
	return r.dropoutMove(ctx, c, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return dropout.Settle(ctx, tx, d, in.Version, dropout.Ending{Because: string(in.Outcome), Evidence: string(in.Evidence)})
	})
}

// handInReport hands a report in; it is about no child.
func (r *Resolver) handInReport(ctx context.Context, c disclosure.Change, member, day string) (*model.DropoutMovePayload, error) {
	var got dropoutreport.Result
	m, err := r.change(ctx, c, &got, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		done, err := dropoutreport.Submit(ctx, tx, dropoutreport.By{Staff: d.Caller.Staff.ID, School: d.Post.SchoolID, Now: d.Now}, day)
		return disclosure.Changed{Result: done, Reason: done.State}, fault.At(member, err)
	})
	if err != nil {
		return nil, err
	}
	out := &model.DropoutMovePayload{Entry: m.Entry, UserErrors: m.UserErrors}
	if got.State != "" {
		out.State = &got.State
	}
	return out, nil
}
