package complaint

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/plaintext"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/rights"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/policy"
)

// most is how long what is said in a complaint may be.
const most = 1000

// New is a complaint that comes in; Token and Relation are empty where it is about no
// child.
type New struct {
	rights.New

	// Role is that of whoever takes it: the officer, or the head for one about the officer.
	Role policy.Role
	// About is a code of the list, Words the complainant's own.
	About, Words string
	// Officer: it is about the officer.
	Officer bool
}

// Case is a complaint in the version that was seen, and who works on it.
type Case struct {
	ID, StaffID, AgencyID int64
	Role                  policy.Role
	Version               int
	Now                   time.Time
}

// Done is what a move came to.
type Done struct {
	ID, ChildID int64
	State       string
	Version     int
	// Statement is the page for the complainant, "" for none.
	Statement string
}

// Receive writes a complaint down: the officer's to answer, or the head's where it is about
// the officer. Faults: NotFound where no child is known by the number; BadRequest;
// Conflict where nobody leads the agency.
func Receive(ctx context.Context, tx postgres.Tx, n New) (Done, error) {
	if err := plaintext.Need("words", n.Words, most); err != nil {
		return Done{}, err
	}
	n.Today = rights.Today(n.Now)
	on, err := rights.ReceivedOn(n.Day, n.Today)
	if err != nil {
		return Done{}, err
	}
	child, err := n.child(ctx, tx)
	if err != nil {
		return Done{}, err
	}
	n.On = on
	in := row{ChildID: child, Officer: n.Officer, State: Received, DPO: n.StaffID}
	if n.Role == policy.STA {
		if in.Head, in.DPO = n.StaffID, 0; !n.Officer {
			return Done{}, fault.At("aboutOfficer", fault.New(fault.BadRequest, "负责人只直接受理针对个人信息保护负责人的投诉。", "The head takes only complaints about the officer."))
		}
	}
	if n.Officer {
		in.State = WithHead
		if in.Head == 0 {
			in.Head, err = headOf(ctx, tx, n.AgencyID, n.StaffID, n.Now)
		}
	}
	if err != nil {
		return Done{}, err
	}
	if in.ID, err = insert(ctx, tx, n, in); err != nil {
		return Done{}, fmt.Errorf("receive complaint: %w", err)
	}
	in.Version = 1
	return in.done(in.State, ""), in.opens(ctx, tx, n.On)
}

// child finds whom a complaint is about, 0 for nobody.
func (n *New) child(ctx context.Context, tx postgres.Tx) (int64, error) {
	switch {
	case n.Token == "" && n.Relation == "":
		return 0, nil
	case n.Role == policy.STA:
		return 0, fault.At("token", fault.New(fault.BadRequest, "负责人受理的投诉不写儿童。", "What the head takes names no child."))
	}
	return n.Child(ctx, tx, nil)
}

// opens gives whoever has it now the task.
func (c row) opens(ctx context.Context, tx postgres.Tx, from time.Time) error {
	k, staff := toAnswer(), c.DPO
	if c.State == WithHead {
		k, staff = toDecide(), c.Head
	}
	return task.Open(ctx, tx, task.New{Kind: k, Subject: table, SubjectID: c.ID, Staff: staff, From: from})
}

// row is a complaint as it stands.
type row struct {
	ID, ChildID     int64
	State           string
	Version         int
	Officer         bool
	DPO, Head       int64
	About, Relation string
	Received        time.Time
	Answer, Reason  string
	Upheld          *bool
	// Conflicted: whoever acts has declared a conflict of interest with the child.
	Conflicted bool
}

func (c row) done(to, statement string) Done {
	return Done{ID: c.ID, ChildID: c.ChildID, State: to, Version: c.Version, Statement: statement}
}

// step locks a complaint and says where a move leads. Faults: NotFound, Conflict, and
// Forbidden where it is in somebody else's hand now, or whoever acts is kin or neighbour.
func step(ctx context.Context, tx postgres.Tx, c Case, move string) (row, string, error) {
	r, err := take(ctx, tx, c)
	switch {
	case err != nil:
	case r.ID == 0:
		err = fault.At("id", rights.Missing())
	default:
		err = flow.AsRead(c.Version, r.Version)
	}
	if err != nil {
		return r, "", err
	}
	to, err := Machine().Next(r.State, move)
	switch {
	case err != nil:
	case r.Conflicted && move != PassMove:
		err = rights.Conflicted()
	case (move == UpholdMove || move == RejectMove || move == CloseMove && r.Officer) != (c.Role == policy.STA):
		err = fault.New(fault.Forbidden, "此件现由他人办理。", "This is in somebody else's hand.")
	}
	r.Version++
	return r, to, err
}

// Answer answers in writing. Faults: BadRequest.
func Answer(ctx context.Context, tx postgres.Tx, c Case, words string) (Done, error) {
	r, to, err := step(ctx, tx, c, AnswerMove)
	if err == nil {
		err = plaintext.Need("answer", words, most)
	}
	if err != nil {
		return Done{}, err
	}
	r.Answer = strings.TrimSpace(words)
	page, err := r.page(rights.Today(c.Now))
	if err == nil {
		err = execute(ctx, tx, answerSQL, r.ID, to, r.Answer, rights.Today(c.Now), page)
	}
	if err != nil {
		return Done{}, err
	}
	return r.done(to, page), r.ends(ctx, tx, c, toAnswer())
}

// ends ends what there was to do about a complaint.
func (c row) ends(ctx context.Context, tx postgres.Tx, by Case, kinds ...task.Kind) error {
	return task.Finish(ctx, tx, task.Subject{Table: table, ID: c.ID}, by.StaffID, by.Now, kinds...)
}

// Pass hands a complaint to the head of the agency. Faults: Conflict where nobody leads it.
func Pass(ctx context.Context, tx postgres.Tx, c Case) (Done, error) {
	r, to, err := step(ctx, tx, c, PassMove)
	if err == nil {
		r.Head, err = headOf(ctx, tx, c.AgencyID, c.StaffID, c.Now)
	}
	if err != nil {
		return Done{}, err
	}
	r.State = to
	if err := execute(ctx, tx, toHeadSQL, r.ID, to, r.Head, c.Now); err != nil {
		return Done{}, fmt.Errorf("pass complaint: %w", err)
	}
	if err := r.ends(ctx, tx, c, toAnswer()); err != nil {
		return Done{}, err
	}
	return r.done(to, ""), r.opens(ctx, tx, c.Now)
}

// Decide upholds a complaint or not, with a written reason. Faults: BadRequest.
func Decide(ctx context.Context, tx postgres.Tx, c Case, upheld bool, reason string) (Done, error) {
	move := RejectMove
	if upheld {
		move = UpholdMove
	}
	r, to, err := step(ctx, tx, c, move)
	if err == nil {
		err = plaintext.Need("reason", reason, most)
	}
	if err != nil {
		return Done{}, err
	}
	if err := execute(ctx, tx, decideSQL, r.ID, to, upheld, strings.TrimSpace(reason), rights.Today(c.Now), c.Now); err != nil {
		return Done{}, fmt.Errorf("decide complaint: %w", err)
	}
	if err := r.ends(ctx, tx, c, toDecide()); err != nil {
		return Done{}, err
	}
	teller := r.DPO
	if r.Officer {
		teller = r.Head
	}
	return r.done(to, ""), task.Open(ctx, tx, task.New{Kind: toClose(), Subject: table, SubjectID: r.ID, Staff: teller, From: c.Now})
}

// Close tells the complainant in writing what came of it.
func Close(ctx context.Context, tx postgres.Tx, c Case) (Done, error) {
	r, to, err := step(ctx, tx, c, CloseMove)
	if err != nil {
		return Done{}, err
	}
	page, err := r.page(rights.Today(c.Now))
	if err == nil {
		err = execute(ctx, tx, closeSQL, r.ID, to, rights.Today(c.Now), page)
	}
	if err != nil {
		return Done{}, err
	}
	return r.done(to, page), r.ends(ctx, tx, c)
}
