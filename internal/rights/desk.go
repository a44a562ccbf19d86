package rights

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// New is a question that comes in.
type New struct {
	// StaffID and AgencyID are the officer's.
	StaffID, AgencyID int64
	// Kind and Token name the child by a number that the requester knows; or
	// Follows, the answered inquiry of which this gives what had to wait.
	Kind, Token string
	Follows     *int64
	// Relation is the requester's to the child.
	Relation string
	// On is the day it came in, "" for today, YYYY-MM-DD.
	Day string
	Now time.Time

	On, Today time.Time
}

// Case is an inquiry with the officer who works on it. It is the officer's own by
// the row that names the officer, and needs no reach of the child: the file of a
// shielded child is shut to the officer, and its guardian is answered all the same.
type Case struct {
	ID, StaffID int64
	Now         time.Time
}

// Done is what a step came to.
type Done struct {
	State   string
	ChildID int64
	// Statement is the page, "" while there is none.
	Statement string
}

// done is a step that led to a state.
func (q inquiry) done(to, statement string) Done {
	return Done{State: to, ChildID: q.ChildID, Statement: statement}
}

// Today is the day in China.
func Today(now time.Time) time.Time {
	here := now.In(chinatime.Zone())
	return time.Date(here.Year(), here.Month(), here.Day(), 0, 0, 0, 0, time.UTC)
}

// Receive writes a question down. Faults: NotFound where no child is known by the
// number, or the officer has answered no such inquiry; BadRequest.
func Receive(ctx context.Context, tx postgres.Tx, n New) (id, child int64, err error) {
	child, err = n.Child(ctx, tx, func() (child int64, relation string, err error) {
		return childOfInquiry(ctx, tx, *n.Follows, n.StaffID)
	})
	if err != nil {
		return 0, 0, err
	}
	if id, err = receive(ctx, tx, n, child); err != nil {
		return 0, 0, err
	}
	return id, child, n.asks(ctx, tx, toAnswer(), inquiries, id)
}

// Child finds whom a request is about, by the join token or by the answered request that
// it follows, and fills in the days and the relation. Faults: as Receive.
func (n *New) Child(ctx context.Context, tx postgres.Tx, followed func() (child int64, relation string, err error)) (child int64, err error) {
	n.Today = Today(n.Now)
	if n.On, err = ReceivedOn(n.Day, n.Today); err != nil {
		return 0, err
	}
	if n.Follows == nil {
		child, err = n.find(ctx, tx)
	} else if child, n.Relation, err = followed(); err == nil && child == 0 {
		err = fault.At("follows", Missing())
	}
	if err != nil {
		return 0, err
	}
	if _, known := Relations()[n.Relation]; !known {
		return 0, fault.At("relation", fault.New(fault.BadRequest, "请写明申请人与儿童的关系。", "Say how the requester is related to the child."))
	}
	return child, nil
}

// find finds the child by the join token.
func (n *New) find(ctx context.Context, tx postgres.Tx) (int64, error) {
	token, err := hex.DecodeString(n.Token)
	if err != nil || len(token) == 0 {
		return 0, fault.At("token", fault.New(fault.BadRequest, "关联令牌须为十六进制。", "The join token must be hexadecimal."))
	}
	child, err := childOfToken(ctx, tx, n.AgencyID, n.Kind, token)
	if err == nil && child == 0 {
		err = fault.At("token", Missing())
	}
	return child, err
}

// ReceivedOn is when a question came in, YYYY-MM-DD or "" for today: not in the future,
// and not so long ago that the deadline had passed before it was written down.
func ReceivedOn(text string, today time.Time) (time.Time, error) {
	if text == "" {
		return today, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil || day.After(today) || day.Before(today.AddDate(0, 0, -30)) {
		return day, fault.At("receivedOn", fault.New(fault.BadRequest, "收到日期须在过去30天内。", "The day must be one of the past 30."))
	}
	return day, nil
}

// Missing is that no such request is the caller's.
func Missing() error {
	return fault.New(fault.NotFound, "没有这个编号，或不在您的范围内。", "There is no such id in your reach.")
}

// Conflicted is that the caller is kin or neighbour.
func Conflicted() error {
	return fault.New(fault.Forbidden, "您与该儿童有已申报的利益冲突，请交由他人办理。", "You have declared a conflict of interest with this child; somebody else must handle this.")
}

// step locks the inquiry and says where a move leads. Faults: NotFound, Conflict,
// and Forbidden where the officer is kin or neighbour.
func step(ctx context.Context, tx postgres.Tx, c Case, move string) (inquiry, string, error) {
	q, err := takeInquiry(ctx, tx, c)
	if err == nil && q.ID == 0 {
		err = fault.At("inquiry", Missing())
	}
	if err == nil && q.Conflicted {
		err = Conflicted()
	}
	if err != nil {
		return q, "", err
	}
	to, err := Flow().Next(q.State, move)
	return q, to, err
}

// Identity is what was checked at the counter.
type Identity struct {
	// Proof is the kind of paper that was seen.
	Proof string
	// Standing is by which right the requester asks: GUARDIAN, CHILD or AUTHORISED.
	Standing string
}

// CheckIdentity lets on who has a right to ask. Faults: Forbidden where the relation
// gives none, so that the inquiry is to be refused in writing.
func CheckIdentity(ctx context.Context, tx postgres.Tx, c Case, in Identity) (Done, error) {
	q, to, err := step(ctx, tx, c, "checkIdentity")
	if err != nil {
		return Done{}, err
	}
	if err := in.Entitled(ctx, tx, q.ChildID, q.Relation, c.Now); err != nil {
		return Done{}, err
	}
	return q.done(to, ""), execute(ctx, tx, identitySQL, q.ID, to, in.Standing, in.Proof)
}

// Entitled demands that the relation to the child gives the right to ask. Faults: Forbidden.
func (in Identity) Entitled(ctx context.Context, tx postgres.Tx, child int64, relation string, now time.Time) (err error) {
	entitled := in.Standing == "AUTHORISED"
	switch in.Standing {
	case "GUARDIAN":
		entitled, err = scan[bool](ctx, tx, guardianSQL, child, relation)
	case "CHILD":
		entitled, err = scan[bool](ctx, tx, grownSQL, child, Today(now))
		entitled = entitled && relation == "CHILD_SELF"
	}
	if err == nil && !entitled {
		err = fault.At("standing", fault.New(fault.Forbidden,
			"申请人无此权利：须为登记的监护人、年满14周岁的儿童本人，或持监护人书面授权。请书面说明理由，不予提供。",
			"The requester has no such right: a guardian on file, the child from 14 on, or somebody with a guardian's written authorisation. Refuse in writing."))
	}
	return err
}

// CheckConflict notes that no court limits the requester. What is protected is found
// by the hub itself, now and again whenever the answer is made. Faults: Forbidden
// where a court does, so that the inquiry is to be refused in writing.
func CheckConflict(ctx context.Context, tx postgres.Tx, c Case, courtLimited bool) (Done, error) {
	q, to, err := step(ctx, tx, c, "checkConflict")
	if err != nil {
		return Done{}, err
	}
	if courtLimited {
		return Done{}, CourtLimited()
	}
	return q.done(to, ""), execute(ctx, tx, conflictSQL, q.ID, to)
}

// CourtLimited is that a court limits the requester's right.
func CourtLimited() error {
	return fault.At("courtLimited", fault.New(fault.Forbidden,
		"法院文书限制了申请人的此项权利。请书面说明理由，不予提供。", "A court limits this right of the requester. Refuse in writing."))
}

// Compile makes the answer from the log as it stands.
func Compile(ctx context.Context, tx postgres.Tx, c Case, names Names) (Done, error) {
	q, to, err := step(ctx, tx, c, "compileInquiry")
	if err != nil {
		return Done{}, err
	}
	size, err := scan[int64](ctx, tx, sizeSQL)
	if err != nil {
		return Done{}, err
	}
	a, err := compose(ctx, tx, q, Source{size, Today(c.Now), names})
	if err != nil {
		return Done{}, err
	}
	a.state = to
	return q.done(to, a.statement), keepAnswer(ctx, tx, q, a, c.Now)
}

// Source is what an answer is made from: the log up to a size, on a day.
type Source struct {
	Size  int64
	Day   time.Time
	Names Names
}

// answer is a compiled one.
type answer struct {
	state     string
	size      int64
	lines     []Line
	waiting   int
	statement string
	known     map[string]group
}

// texts are the lines for programs: day, agency, role, purpose, kinds of data.
func (a answer) texts() []string {
	out := []string{}
	for _, l := range a.lines {
		var fields []string
		for _, f := range l.Fields {
			fields = append(fields, a.known[f].ZH)
		}
		out = append(out, strings.Join([]string{l.Day.Format(time.DateOnly), l.Agency, l.Role, l.Purpose, strings.Join(fields, "、")}, " · "))
	}
	return out
}

func compose(ctx context.Context, tx postgres.Tx, q inquiry, s Source) (answer, error) {
	known, err := groups()
	if err != nil {
		return answer{}, err
	}
	scene, err := SceneOf(ctx, tx, q.ChildID, q.Relation, s.Day)
	if err != nil {
		return answer{}, err
	}
	list, err := accesses(ctx, tx, q.ChildID, s.Size)
	if err != nil {
		return answer{}, err
	}
	a := answer{size: s.Size, known: known}
	a.lines, a.waiting = compile(list, scene, known)
	a.statement, err = render(answerPage(q, s.Day, a.lines, s.Names, known))
	return a, err
}

// Review passes a compiled answer. Faults: Conflict where none was compiled.
func Review(ctx context.Context, tx postgres.Tx, c Case) (Done, error) {
	q, to, err := step(ctx, tx, c, "reviewInquiry")
	if err != nil {
		return Done{}, err
	}
	if q.Statement == "" {
		return Done{}, fault.New(fault.Conflict, "还没有汇编的答复，请退回重编。", "Nothing was compiled; send it back to be compiled.")
	}
	return q.done(to, q.Statement), execute(ctx, tx, stateSQL, q.ID, to)
}

// Recompile sends an answer back.
func Recompile(ctx context.Context, tx postgres.Tx, c Case) (Done, error) {
	q, to, err := step(ctx, tx, c, "recompileInquiry")
	if err != nil {
		return Done{}, err
	}
	return q.done(to, ""), execute(ctx, tx, clearSQL, q.ID, to)
}

// Answer closes the inquiry with the answer that was reviewed. Faults: Conflict
// where something has changed since, so that another answer would be given now: a
// matter became live, a record was destroyed. Then it is to be compiled again.
func Answer(ctx context.Context, tx postgres.Tx, c Case, names Names) (Done, error) {
	q, to, err := step(ctx, tx, c, "answerInquiry")
	if err != nil {
		return Done{}, err
	}
	a, err := compose(ctx, tx, q, Source{q.CompiledSize, Today(q.CompiledAt), names})
	if err != nil {
		return Done{}, err
	}
	if a.statement != q.Statement {
		return Done{}, fault.New(fault.Conflict, "汇编之后情况有变化，请退回重编。", "Something changed since the answer was compiled; send it back to be compiled again.")
	}
	if err := execute(ctx, tx, closeSQL, q.ID, Answered, Today(c.Now), c.Now, nil, nil); err != nil {
		return Done{}, err
	}
	return q.done(to, q.Statement), c.answered(ctx, tx, inquiries, q.ID)
}

// Refusal says why nothing is provided.
type Refusal struct {
	// Reason is a code of the list; Explanation the officer's words, which OTHER needs.
	Reason, Explanation string
}

// Check is the reason in words. Faults: BadRequest.
func (r *Refusal) Check() (Text, error) {
	reason, known := reasons()[r.Reason]
	r.Explanation = strings.TrimSpace(r.Explanation)
	if n := utf8.RuneCountInString(r.Explanation); !known || n > 200 || r.Reason == "OTHER" && n < 4 {
		return reason, fault.At("explanation", fault.New(fault.BadRequest, "请用4到200字说明理由。", "Explain in 4 to 200 characters."))
	}
	return reason, nil
}

// Refuse closes the inquiry with a written reason. Faults: BadRequest.
func Refuse(ctx context.Context, tx postgres.Tx, c Case, r Refusal) (Done, error) {
	q, to, err := step(ctx, tx, c, "refuseInquiry")
	if err != nil {
		return Done{}, err
	}
	reason, err := r.Check()
	if err != nil {
		return Done{}, err
	}
	statement, err := render(page{
		Refused: true, Relation: Relations()[q.Relation], Received: q.Received.Format(time.DateOnly),
		Day: Today(c.Now).Format(time.DateOnly), Reason: reason, Explanation: r.Explanation,
	})
	if err != nil {
		return Done{}, err
	}
	if err := execute(ctx, tx, clearSQL, q.ID, q.State); err != nil {
		return Done{}, fmt.Errorf("refuse: %w", err)
	}
	if err := execute(ctx, tx, closeSQL, q.ID, "REFUSED", Today(c.Now), c.Now, r.Reason+": "+r.Explanation, statement); err != nil {
		return Done{}, err
	}
	return q.done(to, statement), c.answered(ctx, tx, inquiries, q.ID)
}
