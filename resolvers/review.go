package resolvers

import (
	"context"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/review"
)

// said is what a person says in a review: about which record, in what words.
type said struct {
	mutation, key string
	// typename and member are the type of the id and its name in the input.
	typename, member, id string
	statement            string
	input                any
}

// moved is where a review stands afterwards.
type moved struct {
	made
	state string
	due   *string
}

// move is an operation of package review.
type move = func(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in review.Statement) (disclosure.Changed, error)

// say makes one move of a review, with the words that every move takes.
func (r *Resolver) say(ctx context.Context, s said, do move) (moved, error) {
	op := operation(ctx)
	if message := badStatement(s.statement); message != "" {
		m, err := r.unmade(ctx, op, fault.At("statement", fault.New(fault.BadRequest, message, "Write 10 to 200 characters, without long numbers.")))
		return moved{made: m}, err
	}
	id, err := r.Gate.IDs.DecodeAs(op.Question.Caller.Agency.Code, s.id, s.typename)
	if err != nil {
		m, err := r.unmade(ctx, op, fault.At(s.member, err))
		return moved{made: m}, err
	}
	var got review.Moved
	m, err := r.change(ctx, disclosure.Change{Mutation: s.mutation, Key: s.key, Input: s.input}, &got,
		func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			done, err := do(ctx, tx, d, review.Statement{ID: id, Text: s.statement})
			if fault.CodeOf(err) == fault.NotFound {
				err = fault.At(s.member, err)
			}
			return done, err
		})
	out := moved{made: m, state: got.State}
	if got.Due != nil {
		due := got.Due.In(chinatime.Zone()).Format("2006-01-02T15:04:05.000Z07:00")
		out.due = &due
	}
	return out, err
}

// ofItem is said about an item of the review list.
func ofItem(mutation, key, member, id, statement string, input any) said {
	return said{mutation: mutation, key: key, typename: "ReviewItem", member: member, id: id, statement: statement, input: input}
}

// ofEmergency is said about a break-glass access.
func ofEmergency(mutation, key, id, statement string, input any) said {
	return said{mutation: mutation, key: key, typename: "EmergencyReview", member: "emergency", id: id, statement: statement, input: input}
}

// itemState and emergencyState are null where nothing was changed.
func (m moved) itemState() *model.ReviewState {
	if m.state == "" {
		return nil
	}
	state := model.ReviewState(m.state)
	return &state
}

func (m moved) emergencyState() *model.EmergencyState {
	if m.state == "" {
		return nil
	}
	state := model.EmergencyState(m.state)
	return &state
}

// verdict is the review of a break-glass access that ends so.
func verdict(v model.EmergencyVerdict) move {
	return func(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in review.Statement) (disclosure.Changed, error) {
		return review.ReviewEmergency(ctx, tx, d, v == model.EmergencyVerdictOk, in)
	}
}
