package consultation

import (
	"context"
	"fmt"
	"slices"

	"github.com/tongxin-hub/tongxin/internal/plaintext"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// New is what somebody proposes.
type New struct {
	Child         int64
	Topic, Reason string
	// Fields are the coordinates that the meeting wants to see, none where what
	// everybody sees anyway is enough.
	Fields []string
	Urgent bool
	// Opens reports whether a grant of a group of the matrix opens it to a role.
	Opens Opener
}

// Opener reports whether a grant of a group of the matrix opens it to a role.
type Opener func(role, field string) bool

// wanted is one group of the matrix that is asked for, and of which agency.
type wanted struct {
	field, owner string
	coordinates  []string
	steward      int64
	agency       int64
}

// Propose opens a consultation and asks each source agency for what is its own.
// Faults: BadRequest; Conflict where a source agency has nobody to answer.
func Propose(ctx context.Context, tx postgres.Tx, a Actor, n New) (Done, error) {
	switch {
	case !plaintext.Words(n.Topic, 4, 60):
		return Done{}, text("topic", 4, 60)
	case !plaintext.Words(n.Reason, 10, 500):
		return Done{}, text("reason", 10, 500)
	}
	fields, err := n.fields(ctx, tx)
	if err != nil {
		return Done{}, err
	}
	unread, err := unreadBefore(ctx, tx, a, names(fields))
	if err != nil {
		return Done{}, fmt.Errorf("unread grants: %w", err)
	}
	r := open{Child: n.Child, State: Proposed, Proposer: a.Staff}
	if r.ID, r.Version, err = insert(ctx, tx, a, n, unread); err != nil {
		return Done{}, fmt.Errorf("propose consultation: %w", err)
	}
	if _, err := ticketFor(ctx, tx, r, a.Staff, a.Now); err != nil {
		return Done{}, fmt.Errorf("ticket of proposer: %w", err)
	}
	if err := r.ask(ctx, tx, a, n, fields); err != nil {
		return Done{}, err
	}
	return Done{ID: r.ID, Child: r.Child, State: r.State, Version: r.Version, Unread: unread}, nil
}

// ask gives every source agency its task; where nothing is wanted, the desk convenes.
func (r open) ask(ctx context.Context, tx postgres.Tx, a Actor, n New, fields []wanted) error {
	kind := toAnswer()
	if n.Urgent {
		kind = toAnswerNow()
	}
	for _, f := range fields {
		if f.steward == 0 {
			return fault.At("fields", fault.New(fault.Conflict,
				"数源单位没有在岗的数源专员，暂不能征询："+f.owner, "The source agency has no steward in post to ask: "+f.owner))
		}
		if err := insertField(ctx, tx, r.ID, f); err != nil {
			return fmt.Errorf("wanted field: %w", err)
		}
		if err := r.give(ctx, tx, kind, f.steward, a.Now); err != nil {
			return err
		}
	}
	if len(fields) == 0 {
		return r.toDesk(ctx, tx, a)
	}
	return r.witness(ctx, tx, a)
}

// witness lets the protection officer follow from the start.
func (r open) witness(ctx context.Context, tx postgres.Tx, a Actor) error {
	officer, err := task.HolderBut(ctx, tx, "DPO", r.Child, 0, a.Now)
	if err == nil && officer != 0 {
		_, err = ticketFor(ctx, tx, r, officer, a.Now)
	}
	return err
}

// toDesk asks the case manager of the child, or else the newest, to convene.
func (r open) toDesk(ctx context.Context, tx postgres.Tx, a Actor) error {
	manager, err := managerOf(ctx, tx, r.Child, a)
	if err == nil && manager == 0 {
		manager, err = task.HolderBut(ctx, tx, "CM", r.Child, 0, a.Now)
	}
	if err != nil {
		return fmt.Errorf("who convenes: %w", err)
	}
	return r.give(ctx, tx, toConvene(), manager, a.Now)
}

// fields reads what is wanted by name; a grant opens a whole group of the matrix.
func (n New) fields(ctx context.Context, tx postgres.Tx) ([]wanted, error) {
	found, err := groupsOf(ctx, tx, n.Fields)
	if err != nil {
		return nil, fmt.Errorf("wanted fields: %w", err)
	}
	known := 0
	for _, f := range found {
		known += len(f.coordinates)
		if !slices.ContainsFunc(handlers(), func(role string) bool { return n.Opens(role, f.field) }) {
			return nil, notGrantable(f.coordinates[0])
		}
	}
	if known < len(n.Fields) {
		return nil, fault.At("fields", fault.New(fault.BadRequest,
			"字段写作“类型.字段”，不重复。", "Name fields as Type.field, each once."))
	}
	return found, nil
}

func notGrantable(coordinate string) error {
	return fault.At("fields", fault.New(fault.BadRequest,
		"此字段不能经会商授权，或按岗位本已可见："+coordinate, "No consultation grants this field: "+coordinate))
}

func names(fields []wanted) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = f.field
	}
	return out
}
