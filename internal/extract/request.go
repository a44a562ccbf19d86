package extract

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/rights"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// New is a request that comes in; one that follows another is for a summary.
type New struct {
	rights.New

	// What is asked for: Summary or Copy.
	What string
}

// Case is a request in the version that the officer saw. It is the officer's own by the
// row that names the officer, and needs no reach of the child, as at the whole desk.
type Case struct {
	rights.Case

	Version int
}

// Done is what a step came to.
type Done struct {
	ID, ChildID int64
	State       string
	Version     int
	// Statement is the page, "" while there is none.
	Statement string
}

// Receive writes a request down. Faults: as rights.Receive.
func Receive(ctx context.Context, tx postgres.Tx, n New) (Done, error) {
	child, err := n.Child(ctx, tx, func() (int64, string, error) { return childOfAnswered(ctx, tx, *n.Follows, n.StaffID) })
	if err != nil {
		return Done{}, err
	}
	if n.Follows != nil {
		n.What = Summary
	}
	id, err := insert(ctx, tx, n, child)
	if err != nil {
		return Done{}, fmt.Errorf("receive: %w", err)
	}
	err = task.Open(ctx, tx, task.New{Kind: toAnswer(), Subject: requests, SubjectID: id, Staff: n.StaffID, From: n.On})
	return Done{ID: id, ChildID: child, State: Received, Version: 1}, err
}

// request is one as it stands.
type request struct {
	ID, ChildID           int64
	Kind, State, Relation string
	Received              time.Time
	CompiledOn            *time.Time
	Refusal, Statement    string
	Version               int
	// Conflicted: the officer has declared a conflict of interest with the child.
	// Waits: a protected matter of the child is live, and somebody else than the child asks.
	Conflicted, Waits bool
}

func (q request) done(to, statement string) Done {
	return Done{ID: q.ID, ChildID: q.ChildID, State: to, Version: q.Version + 1, Statement: statement}
}

// step locks a request and says where a move leads. Faults: NotFound, Conflict, and
// Forbidden where the officer is kin or neighbour.
func step(ctx context.Context, tx postgres.Tx, c Case, move string) (request, string, error) {
	q, err := take(ctx, tx, c)
	switch {
	case err != nil:
	case q.ID == 0:
		err = fault.At("id", rights.Missing())
	case q.Conflicted:
		err = rights.Conflicted()
	default:
		err = flow.AsRead(c.Version, q.Version)
	}
	if err != nil {
		return q, "", err
	}
	to, err := Requests().Next(q.State, move)
	return q, to, err
}

// Check lets on who has a right to ask and is not limited by a court. Faults: Forbidden,
// so that the request is to be refused in writing.
func Check(ctx context.Context, tx postgres.Tx, c Case, in rights.Identity, courtLimited bool) (Done, error) {
	q, to, err := step(ctx, tx, c, CheckMove)
	if err == nil {
		err = in.Entitled(ctx, tx, q.ChildID, q.Relation, c.Now)
	}
	if err == nil && courtLimited {
		err = rights.CourtLimited()
	}
	if err != nil {
		return Done{}, err
	}
	return q.done(to, ""), execute(ctx, tx, identifySQL, q.ID, to, in.Standing, in.Proof)
}

// Compile makes the summary of what is held now. Faults: Conflict where copies are asked
// for, or the request is refused.
func Compile(ctx context.Context, tx postgres.Tx, c Case, b Book) (Done, error) {
	q, to, err := step(ctx, tx, c, CompileMove)
	if err == nil && (q.Kind != Summary || q.Refusal != "") {
		err = fault.New(fault.Conflict, "只有未被拒绝的汇总申请可以汇总。", "Only a request for a summary that is not refused is compiled.")
	}
	if err != nil {
		return Done{}, err
	}
	day := rights.Today(c.Now)
	s, err := b.summary(ctx, tx, q, day)
	if err != nil {
		return Done{}, err
	}
	return q.done(to, s.statement), execute(ctx, tx, compiledSQL, q.ID, to, day, s.waiting, s.statement)
}

// Refuse decides that nothing is provided, with a written reason; source agencies that
// have not answered are asked no more. Faults: BadRequest.
func Refuse(ctx context.Context, tx postgres.Tx, c Case, r rights.Refusal) (Done, error) {
	q, to, err := step(ctx, tx, c, RefuseMove)
	if err != nil {
		return Done{}, err
	}
	reason, err := r.Check()
	if err != nil {
		return Done{}, err
	}
	if err := withdraw(ctx, tx, q, c); err != nil {
		return Done{}, err
	}
	return q.done(to, ""), execute(ctx, tx, refuseSQL, q.ID, to, strings.TrimSpace(reason.ZH+" "+reason.EN+" "+r.Explanation))
}

// Answer closes the request with the result in writing. Faults: Conflict where a summary
// would be another one now, or copies are asked for while a protected matter is live.
func Answer(ctx context.Context, tx postgres.Tx, c Case, b Book) (Done, error) {
	q, to, err := step(ctx, tx, c, AnswerMove)
	if err != nil {
		return Done{}, err
	}
	page, err := b.page(ctx, tx, q, rights.Today(c.Now))
	if err != nil {
		return Done{}, err
	}
	if err := execute(ctx, tx, closeSQL, q.ID, to, rights.Today(c.Now), page); err != nil {
		return Done{}, fmt.Errorf("answer: %w", err)
	}
	return q.done(to, page), task.Finish(ctx, tx, task.Subject{Table: requests, ID: q.ID}, c.StaffID, c.Now, toAnswer(), allIn())
}
