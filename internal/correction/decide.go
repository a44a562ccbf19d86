package correction

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/internal/ticket"
)

// Decision is the answer of the source agency.
type Decision struct {
	Version int
	Answer  string
	// Value is what stands from now on; nil where the agency has mended its own
	// register and the hub is fed from there.
	Value *string
	// Place says where a coordinate is stored.
	Place func(coordinate string) disclosure.Place
}

// Accept corrects: the value is written where the hub holds it, in the version that
// was disputed, and everybody who was shown the old one is told behind it. Faults:
// Forbidden for another agency, Conflict for another version or a value that has
// changed meanwhile, BadRequest for a value that does not fit.
func Accept(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Decision) (Result, error) {
	c, err := take(ctx, tx, d, in, "acceptCorrection")
	if err != nil {
		return Result{}, err
	}
	if in.Value != nil {
		if err := c.write(ctx, tx, in.Place(c.coordinate), *in.Value); err != nil {
			return Result{}, err
		}
	}
	return c.close(ctx, tx, d, in)
}

// Refuse answers that the value stands, and why. Faults: as Accept.
func Refuse(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Decision) (Result, error) {
	c, err := take(ctx, tx, d, in, "refuseCorrection")
	if err != nil {
		return Result{}, err
	}
	return c.close(ctx, tx, d, in)
}

// correction is one in hand, with the state that it goes on to.
type correction struct {
	id, child, agency, record, author, ticket int64
	coordinate, state, next                   string
	hash                                      []byte
	version                                   int
}

// take loads a correction for a decision of the caller's agency.
func take(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Decision, move string) (correction, error) {
	c, err := load(ctx, tx, d.SubjectID)
	switch {
	case err != nil:
		return c, fmt.Errorf("load correction: %w", err)
	case c.agency != d.Caller.Agency.ID:
		return c, fault.At("id", fault.New(fault.Forbidden, "这项校核须由该字段的数源单位答复。", "The source agency of the field answers this correction."))
	}
	if err := flow.AsRead(in.Version, c.version); err != nil {
		return c, err
	}
	if !words(in.Answer, 2, 500) {
		return c, fault.At("answer", length(2, 500))
	}
	c.next, err = Machine().Next(c.state, move)
	return c, err
}

// write puts the right value in place of the disputed one.
func (c correction) write(ctx context.Context, tx postgres.Tx, p disclosure.Place, value string) error {
	if !p.Writable || c.hash == nil {
		return fault.At("value", fault.New(fault.BadRequest,
			"这个字段不能经枢纽改写，请在数源系统更正后同步；此处不填新值。", "This field is not written through the hub: mend it at its source and leave the value out."))
	}
	if len(p.Codes) > 0 && !slices.Contains(p.Codes, value) {
		return fault.At("value", fault.New(fault.BadRequest, "不在代码表内。", "It is none of the codes of this field."))
	}
	done, err := correct(ctx, tx, p, c, value)
	if err != nil {
		return fault.At("value", err)
	}
	if !done {
		return fault.At("value", fault.New(fault.Conflict, "该值在提出校核后已有变化，请先核对；若已正确，不填新值即可。", "The value has changed since it was disputed: look first; if it is right now, leave the value out."))
	}
	return nil
}

// close keeps the answer, ends the steward's work and tells who raised it.
func (c correction) close(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Decision) (Result, error) {
	if err := setAnswered(ctx, tx, c, in.Answer, d.Now); err != nil {
		return Result{}, fmt.Errorf("answer correction: %w", err)
	}
	if err := task.Finish(ctx, tx, task.Subject{Table: table, ID: c.id}, d.Caller.Staff.ID, d.Now, toAnswer()); err != nil {
		return Result{}, err
	}
	if err := ticket.Close(ctx, tx, c.ticket, d.Now); err != nil {
		return Result{}, err
	}
	if err := c.tellRaiser(ctx, tx, d.Now); err != nil {
		return Result{}, err
	}
	return Result{ID: c.id, State: c.next, Version: c.version + 1}, nil
}

func (c correction) tellRaiser(ctx context.Context, tx postgres.Tx, now time.Time) error {
	if c.author == 0 {
		return nil
	}
	return task.Open(ctx, tx, task.New{Kind: answered(), Child: c.child, Subject: table, SubjectID: c.id, Staff: c.author, From: now})
}
