package resolvers

import (
	"context"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/plaintext"
)

// reveal opens one masked value; what the person can mend comes back as a user
// error, everything else as a fault.
func (r *Resolver) reveal(ctx context.Context, in model.RevealFieldInput) (*model.RevealFieldPayload, error) {
	op := operation(ctx)
	if message := badStatement(in.Statement); message != "" {
		return r.unrevealed(ctx, op, fault.New(fault.BadRequest, message, "Write 10 to 200 characters, without long numbers."), "statement")
	}
	got, err := r.Gate.Reveal(ctx, op.Question, op.Access, disclosure.Reveal{
		ID: in.ID, Coordinate: in.Coordinate, Reason: string(in.Reason), Statement: in.Statement,
	})
	switch fault.CodeOf(err) {
	case fault.Forbidden:
		return r.unrevealed(ctx, op, err, "coordinate")
	case fault.NotFound:
		return r.unrevealed(ctx, op, err, "id")
	default: // no error, or one the person cannot mend
	}
	if err != nil {
		return nil, err
	}
	op.Receipt = got.Receipt
	return &model.RevealFieldPayload{
		Value: got.Value, Coordinate: &in.Coordinate, Entry: &got.Receipt.Entry, UserErrors: []*model.UserError{},
	}, nil
}

func badStatement(text string) string {
	text = norm.NFKC.String(text)
	words := utf8.RuneCountInString(strings.Join(strings.Fields(text), ""))
	if words < 10 || utf8.RuneCountInString(text) > 200 || plaintext.Numbered(text) {
		return "请用10到200字写明理由，不写号码。"
	}
	return ""
}

// unrevealed records the attempt and answers with a user error.
func (r *Resolver) unrevealed(ctx context.Context, op *Operation, cause error, member string) (*model.RevealFieldPayload, error) {
	m, err := r.unmade(ctx, op, fault.At(member, cause))
	if err != nil {
		return nil, err
	}
	return &model.RevealFieldPayload{Entry: m.Entry, UserErrors: m.UserErrors}, nil
}
