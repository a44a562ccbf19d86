package rights

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tongxin-hub/tongxin/internal/correction"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/plaintext"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// correctionHTML is the printable answer.
//
//go:embed correction.html
var correctionHTML string

// NewCorrection is a guardian's or child's request that comes in.
type NewCorrection struct {
	New
	// Coordinate is what is wrong, and Place where it is stored.
	Coordinate string
	Place      disclosure.Place
	// Reason says what is wrong, Proposed what should stand; Erase asks for erasure.
	Reason, Proposed string
	Erase            bool
}

func (n NewCorrection) check() error {
	switch {
	case n.Place.Table == "":
		return fault.At("coordinate", fault.New(fault.BadRequest, "没有这个数据字段；请写作“类型.字段”。", "There is no such data field; write Type.field."))
	case utf8.RuneCountInString(n.Proposed) > 500 || n.Erase && n.Proposed != "":
		return fault.At("proposed", fault.New(fault.BadRequest, "应有的值至多500字；申请删除时不填。", "At most 500 characters, and none where erasure is asked for."))
	}
	return plaintext.Need("reason", n.Reason, 500)
}

// ReceiveCorrection writes a request down. Faults: as Receive.
func ReceiveCorrection(ctx context.Context, tx postgres.Tx, n NewCorrection) (id, child int64, err error) {
	if err := n.check(); err != nil {
		return 0, 0, err
	}
	if child, err = n.Child(ctx, tx, nil); err != nil {
		return 0, 0, err
	}
	id, err = scan[int64](ctx, tx, receiveCorrectionSQL, child, n.Relation, n.On, n.StaffID, n.AgencyID, n.Today, n.Coordinate, n.Reason, n.Proposed, n.Erase)
	if err != nil {
		return 0, 0, err
	}
	return id, child, n.asks(ctx, tx, toCorrect(), corrections, id)
}

// request is a guardian's request as it stands.
type request struct {
	ID, ChildID                       int64
	State, Relation, Coordinate, Zh   string
	Reason, Proposed, Refusal, Answer string
	Received                          time.Time
	Erase, Corrected                  bool
	// Conflicted: the officer has declared a conflict of interest with the child.
	// Waits: a protected matter of the child is live, and somebody else than the child asks.
	Conflicted, Waits bool
}

// forward locks a request and says where a move leads. Faults: as step.
func forward(ctx context.Context, tx postgres.Tx, c Case, move string) (request, string, error) {
	q, err := takeRequest(ctx, tx, c)
	if err == nil && q.ID == 0 {
		err = fault.At("request", Missing())
	}
	if err == nil && q.Conflicted {
		err = Conflicted()
	}
	if err != nil {
		return q, "", err
	}
	to, err := Corrections().Next(q.State, move)
	return q, to, err
}

func (q request) done(to, statement string) Done {
	return Done{State: to, ChildID: q.ChildID, Statement: statement}
}

// IdentifyCorrection lets on who has a right to ask. Faults: Forbidden where the
// relation gives none, so that the request is to be refused in writing.
func IdentifyCorrection(ctx context.Context, tx postgres.Tx, c Case, in Identity) (Done, error) {
	q, to, err := forward(ctx, tx, c, CheckCorrection)
	if err == nil {
		err = in.Entitled(ctx, tx, q.ChildID, q.Relation, c.Now)
	}
	if err != nil {
		return Done{}, err
	}
	return q.done(to, ""), execute(ctx, tx, identifyCorrectionSQL, q.ID, to, in.Standing, in.Proof)
}

// Route hands the request to the agency that is the source of the field, as a
// correction that the officer raises; where the value is disputed already, the decision
// on that is this one's too. Faults: Conflict while a protected matter of the child is
// live, which only the officer is told; those of correction.Forward.
func Route(ctx context.Context, tx postgres.Tx, c Case, d disclosure.Decided, place func(coordinate string) disclosure.Place) (Done, error) {
	q, to, err := forward(ctx, tx, c, RouteCorrection)
	if err != nil {
		return Done{}, err
	}
	if q.Waits {
		return Done{}, Waiting()
	}
	d.ChildID = q.ChildID
	in := correction.Dispute{Coordinate: q.Coordinate, Place: place(q.Coordinate), Record: q.ChildID, Reason: "监护人或儿童申请更正：" + q.Reason, Proposed: q.Proposed}
	if q.Erase {
		in.Reason = "监护人或儿童申请删除：" + q.Reason
	}
	if in.Place.Type != "Child" { // one of several records: the source agency finds which
		in.Place.Column = ""
	}
	id, err := correction.Forward(ctx, tx, d, in)
	if err != nil {
		return Done{}, err
	}
	return q.done(to, ""), execute(ctx, tx, routeCorrectionSQL, q.ID, to, id)
}

// RefuseRequest decides that nothing is done, with a written reason. Faults: BadRequest.
func RefuseRequest(ctx context.Context, tx postgres.Tx, c Case, r Refusal) (Done, error) {
	q, to, err := forward(ctx, tx, c, RefuseCorrection)
	if err != nil {
		return Done{}, err
	}
	reason, err := r.Check()
	if err != nil {
		return Done{}, err
	}
	return q.done(to, ""), execute(ctx, tx, refuseCorrectionSQL, q.ID, to, strings.TrimSpace(reason.ZH+" "+reason.EN+" "+r.Explanation))
}

// AnswerRequest closes the request with the decision in writing; english calls a field as
// people do. Faults: Conflict while
// a protected matter of the child is live.
func AnswerRequest(ctx context.Context, tx postgres.Tx, c Case, english func(coordinate string) string) (Done, error) {
	q, to, err := forward(ctx, tx, c, AnswerCorrection)
	if err != nil {
		return Done{}, err
	}
	if q.Waits && q.Refusal == "" {
		return Done{}, Waiting()
	}
	page, err := Print("correction", correctionHTML, correctionPage{
		Relation: Relations()[q.Relation], Received: q.Received.Format(time.DateOnly), Day: Today(c.Now).Format(time.DateOnly),
		Field: Text{q.Zh, english(q.Coordinate)}, Erase: q.Erase, Corrected: q.Corrected, Refusal: q.Refusal, Answer: q.Answer,
	})
	if err != nil {
		return Done{}, fmt.Errorf("answer: %w", err)
	}
	if err := execute(ctx, tx, answerCorrectionSQL, q.ID, to, Today(c.Now), page); err != nil {
		return Done{}, err
	}
	return q.done(to, page), c.answered(ctx, tx, corrections, q.ID)
}

// correctionPage is what the answer prints.
type correctionPage struct {
	Relation, Field  Text
	Received, Day    string
	Erase, Corrected bool
	// Refusal is the desk's reason, Answer the source agency's.
	Refusal, Answer string
}

// Waiting is that a protected matter of the child is live, which only the officer is told.
func Waiting() error {
	return fault.New(fault.Conflict,
		"该儿童有受保护的事项在办，此申请暂缓，请与指定经办人联系；对申请人不说明原因。",
		"A protected matter of the child is live: this waits, speak to its named handler, and tell the requester nothing of it.")
}
