package measure

import (
	"context"
	"fmt"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// Lifting is the first signature under an end.
type Lifting struct {
	Step
	// To is what a shield becomes: NONE, or ADDRESS for one that hides everything; ""
	// for NONE, and for a placement.
	To string
}

// Propose signs the end first, or the narrowing. Faults: those of begin; BadRequest for
// what cannot be narrowed to; Conflict while a protection order is in force, and where
// nobody is in post who may sign second.
func Propose(ctx context.Context, tx postgres.Tx, a Actor, in Lifting) (Done, error) {
	m, to, err := begin(ctx, tx, a, in.Step, ProposeMove)
	if err != nil {
		return Done{}, err
	}
	if in.To == "" {
		in.To = "NONE"
	}
	if err := m.ends(ctx, tx, a, in.To); err != nil {
		return Done{}, err
	}
	if err := propose(ctx, tx, m.ID, a.Staff, in.To); err != nil {
		return Done{}, fmt.Errorf("propose lifting: %w", err)
	}
	if err := task.Finish(ctx, tx, m.about(), a.Staff, a.Now, toReview()); err != nil {
		return Done{}, err
	}
	m.ProposedBy = a.Staff
	if err := m.ask(ctx, tx, a); err != nil {
		return Done{}, err
	}
	return m.written(ctx, tx, a, in.Step, ProposeMove, to)
}

// ends refuses an end that cannot be.
func (m standing) ends(ctx context.Context, tx postgres.Tx, a Actor, to string) error {
	switch {
	case to == "ADDRESS" && (m.Custody != 0 || m.Shield != "FULL"), to == "FULL":
		return fault.At("to", fault.New(fault.BadRequest,
			"只有全部遮蔽可以缩小为遮蔽住址。", "Only a shield that hides everything can be narrowed, to the address."))
	case to == "ADDRESS" || m.Custody != 0:
		return nil
	}
	ordered, err := ordered(ctx, tx, m.Child, a.Today)
	if err == nil && ordered {
		err = fault.New(fault.Conflict,
			"人身安全保护令仍在有效期内，不能解除遮蔽。", "A protection order is in force; the shield cannot end before it.")
	}
	return err
}

// ask asks for the second signature: the other named handler; where the child is not
// hidden altogether and has no other, another case manager.
func (m standing) ask(ctx context.Context, tx postgres.Tx, a Actor) error {
	signer, err := otherHandler(ctx, tx, m, a.Today)
	if err == nil && signer == 0 && m.Shield != "FULL" {
		signer, err = task.HolderBut(ctx, tx, "CM", m.Child, m.ProposedBy, a.Now)
	}
	if err == nil && signer == 0 {
		err = fault.New(fault.Conflict,
			"目前没有可以会签的另一人，请先补足指定经办人。", "Nobody is in post who may sign second; name a second handler first.")
	}
	if err != nil {
		return err
	}
	return task.Open(ctx, tx, task.New{Kind: toSign(), Child: m.Child, Subject: table, SubjectID: m.ID, Staff: signer, From: a.Now})
}

// Sign ends it by a second signature. What was hidden opens at once to whoever has work
// with the child, and the handlers are released when nothing of the kind is left. Faults:
// those of begin; Forbidden for whoever signed first.
func Sign(ctx context.Context, tx postgres.Tx, a Actor, s Step) (Done, error) {
	m, to, err := begin(ctx, tx, a, s, SignMove)
	if err != nil {
		return Done{}, err
	}
	if m.ProposedBy == a.Staff {
		return Done{}, fault.New(fault.Forbidden, "会签须由另一人进行。", "The second signature is another person's.")
	}
	if err := lift(ctx, tx, m.ID, a.Today); err != nil {
		return Done{}, fmt.Errorf("sign lifting: %w", err)
	}
	if err := task.Finish(ctx, tx, m.about(), a.Staff, a.Now); err != nil {
		return Done{}, err
	}
	return m.written(ctx, tx, a, s, SignMove, to)
}
