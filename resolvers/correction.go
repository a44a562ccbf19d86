package resolvers

import (
	"context"
	"slices"
	"strings"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/consent"
	"github.com/tongxin-hub/tongxin/internal/correction"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/emergency"
	"github.com/tongxin-hub/tongxin/internal/handover"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/readnotice"
	"github.com/tongxin-hub/tongxin/internal/registering"
	"github.com/tongxin-hub/tongxin/internal/task"
)

func (r *Resolver) raiseCorrection(ctx context.Context, in model.RaiseCorrectionInput) (*model.CorrectionPayload, error) {
	place := r.Gate.Catalog.Place(in.Coordinate)
	subject := disclosure.Subject{ID: in.Record, Type: place.Type, Member: "record"}
	if place.Type == "" { // which the work refuses
		subject.Type = "Child"
	}
	return r.corrected(ctx, disclosure.Change{Mutation: "raiseCorrection", Key: in.Key, Input: in, Subject: subject},
		func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (correction.Result, error) {
			return correction.Raise(ctx, tx, d, correction.Dispute{
				Coordinate: in.Coordinate, Place: place, Record: d.SubjectID, Reason: strings.TrimSpace(in.Reason), Proposed: strings.TrimSpace(given(in.Proposed)),
			})
		}, in.Coordinate)
}

func (r *Resolver) acceptCorrection(ctx context.Context, in model.AcceptCorrectionInput) (*model.CorrectionPayload, error) {
	c := disclosure.Change{Mutation: "acceptCorrection", Key: in.Key, Input: in, Subject: disclosure.Subject{ID: in.ID, Type: "CorrectionMark", Member: "id"}}
	return r.corrected(ctx, c, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (correction.Result, error) {
		return correction.Accept(ctx, tx, d, correction.Decision{
			Version: in.Version, Answer: strings.TrimSpace(in.Answer), Value: in.Value.Value(), Place: r.Gate.Catalog.Place,
		})
	})
}

func (r *Resolver) refuseCorrection(ctx context.Context, in model.RefuseCorrectionInput) (*model.CorrectionPayload, error) {
	c := disclosure.Change{Mutation: "refuseCorrection", Key: in.Key, Input: in, Subject: disclosure.Subject{ID: in.ID, Type: "CorrectionMark", Member: "id"}}
	return r.corrected(ctx, c, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (correction.Result, error) {
		return correction.Refuse(ctx, tx, d, correction.Decision{Version: in.Version, Answer: strings.TrimSpace(in.Answer)})
	})
}

// corrected lets a move of a correction through the gate and fills its payload.
func (r *Resolver) corrected(ctx context.Context, c disclosure.Change,
	move func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (correction.Result, error), requested ...string,
) (*model.CorrectionPayload, error) {
	var got correctionKept
	made, err := r.change(ctx, c, &got, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		done, err := move(ctx, tx, d)
		id := r.Gate.IDs.Encode(d.Caller.Agency.Code, "CorrectionMark", done.ID)
		return disclosure.Changed{Reason: done.State, Requested: requested, Result: correctionKept{id, done.State, done.Version}}, err
	})
	out := &model.CorrectionPayload{Entry: made.Entry, UserErrors: made.UserErrors}
	if got.ID != "" {
		state := model.CorrectionState(got.State)
		out.ID, out.State, out.Version = &got.ID, &state, &got.Version
	}
	return out, err
}

// Notices are the tasks that end with their holder's word that it was read.
func Notices() []task.Kind {
	return slices.Concat(correction.Notices(), readnotice.Kinds(), consent.Kinds(), handover.Answered(), []task.Kind{registering.WasError(), emergency.Notice(), task.Late()})
}

// correctionKept is what the key of a correction keeps.
type correctionKept struct {
	ID, State string
	Version   int
}

func (r *Resolver) acknowledgeNotice(ctx context.Context, in model.AcknowledgeNoticeInput) (*model.AcknowledgeNoticePayload, error) {
	made, err := r.change(ctx, disclosure.Change{Mutation: "acknowledgeNotice", Key: in.Key, Input: in}, new(struct{}),
		func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			id, err := r.Gate.IDs.DecodeAs(d.Caller.Agency.Code, in.Task, "Task")
			if err != nil {
				return disclosure.Changed{}, err
			}
			if _, err = task.End(ctx, tx, id, d.Caller.Staff.ID, d.Now, Notices()...); err == nil {
				err = readnotice.Close(ctx, tx, d.Now)
			}
			return disclosure.Changed{Result: struct{}{}}, err
		})
	return &model.AcknowledgeNoticePayload{Entry: made.Entry, UserErrors: made.UserErrors}, err
}
