package schooltransfer

import (
	"context"
	"fmt"
	"regexp"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// table is the subject of tasks about a transfer.
const table = "school_transfer"

// Result is where a transfer stands after a move.
type Result struct {
	State   string
	Version int
}

// Target is the school that the child is to go to: its code, or the area of a school
// outside of the district.
type Target struct {
	School *string `json:"toSchool"`
	Area   *string `json:"toArea"`
}

// county is the code of a county.
var county = regexp.MustCompile(`^\d{6}$`)

func (in Target) check() error {
	if (in.School == nil) == (in.Area == nil) {
		return fault.At("toSchool", fault.New(fault.BadRequest, "区内填写转入学校代码，区外填写县级代码，二者填一。", "Give the code of a school of the district or the county of one elsewhere, not both."))
	}
	if in.Area != nil && !county.MatchString(*in.Area) {
		return fault.At("toArea", fault.New(fault.BadRequest, "请填写6位县级代码。", "Give the 6-digit code of the county."))
	}
	return nil
}

// Start notes that a pupil changes school: the enrolment is being transferred out, and
// the absence clock is paused where it stands. Faults: BadRequest, Conflict.
func Start(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Target) (disclosure.Changed, error) {
	if err := in.check(); err != nil {
		return disclosure.Changed{}, err
	}
	p, err := pupilOf(ctx, tx, d.ChildID, in)
	switch {
	case err != nil:
		return disclosure.Changed{}, fmt.Errorf("pupil: %w", err)
	case p.underWay:
		return disclosure.Changed{}, fault.New(fault.Conflict, "该生已有转学在办。", "A transfer of this pupil is under way.")
	case p.caseOpen:
		return disclosure.Changed{}, fault.New(fault.Conflict, "该生控辍事项在办，请由专干凭转学证明办结。", "A dropout case is open: its officer settles it by proof of the transfer.")
	case !p.attending:
		return disclosure.Changed{}, fault.New(fault.Conflict, "该生当前不在读，不能办理转学。", "The pupil attends no school now.")
	case in.School != nil && (p.to == 0 || p.to == p.from):
		return disclosure.Changed{}, fault.At("toSchool", fault.New(fault.BadRequest, "没有这所学校，或就是原校。", "There is no such school, or it is the same."))
	}
	t := transfer{child: d.ChildID, from: p.from, to: p.to}
	if t.state, err = Machine().Next(None, StartMove); err != nil {
		return disclosure.Changed{}, err
	}
	if err := t.start(ctx, tx, in, d); err != nil {
		return disclosure.Changed{}, fmt.Errorf("start: %w", err)
	}
	return t.changed(), t.ask(ctx, tx, d, toRelease(), d.Caller.Staff.ID, t.child)
}

// Release has the old school done with it; whoever receives the child is asked.
// Faults: NotFound, Conflict.
func Release(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	t, err := move(ctx, tx, d, ReleaseMove, version)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if t.to == 0 {
		officer, err := task.Holder(ctx, tx, "DPS", t.child, d.Now)
		if err != nil || officer.Staff == 0 {
			return t.changed(), err
		}
		return t.changed(), t.ask(ctx, tx, d, toProve(), officer.Staff, t.child)
	}
	who, err := receiver(ctx, tx, t.to, d.Now)
	if err != nil || who == 0 {
		return t.changed(), err
	}
	return t.changed(), t.ask(ctx, tx, d, toConfirm(), who, 0) // the paper names the child, not the task
}

// Withdraw leaves the child where it was; the clock goes on. Faults: NotFound, Conflict.
func Withdraw(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	t, err := move(ctx, tx, d, WithdrawMove, version)
	if err != nil {
		return disclosure.Changed{}, err
	}
	return t.changed(), t.goOn(ctx, tx, d.Now)
}

// Prove ends a transfer out of the district by the proof of the school there. Faults:
// NotFound, Conflict for a school of the district, which confirms by itself.
func Prove(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	t, err := move(ctx, tx, d, ProveMove, version)
	switch {
	case err != nil:
		return disclosure.Changed{}, err
	case t.to != 0:
		return disclosure.Changed{}, fault.New(fault.Conflict, "转入学校在本区，由该校确认。", "The school is of this district and confirms by itself.")
	}
	return t.changed(), t.left(ctx, tx)
}

// Confirm has the homeroom teacher of the new school say that the child with the paper
// is here: it is a pupil of the class from now on. Faults: NotFound, Conflict.
func Confirm(ctx context.Context, tx postgres.Tx, d disclosure.Decided, reference string) (disclosure.Changed, error) {
	t, err := receive(ctx, tx, d, ConfirmMove, reference)
	if err != nil {
		return disclosure.Changed{}, err
	}
	class, err := classOf(ctx, tx, d.Caller.Staff.ID, t.to, d.Now)
	if err != nil {
		return disclosure.Changed{}, fmt.Errorf("class: %w", err)
	}
	if class == 0 {
		return disclosure.Changed{}, fault.New(fault.Conflict, "您本学期没有班级，请由接收班级的班主任确认。", "You have no class this term: the teacher of the receiving class confirms.")
	}
	return t.told(), t.arrive(ctx, tx, class, d.Now)
}

// Deny has the new school say that the child has not come: the clock goes on at once,
// and the officer has the alert. Faults: NotFound, Conflict.
func Deny(ctx context.Context, tx postgres.Tx, d disclosure.Decided, reference string) (disclosure.Changed, error) {
	t, err := receive(ctx, tx, d, DenyMove, reference)
	if err != nil {
		return disclosure.Changed{}, err
	}
	return t.told(), t.alert(ctx, tx, d.Now)
}

// move makes a move of the child's transfer, as the caller has read it.
func move(ctx context.Context, tx postgres.Tx, d disclosure.Decided, name string, version int) (transfer, error) {
	t, err := take(ctx, tx, d.ChildID)
	if err != nil {
		return t, fmt.Errorf("take: %w", err)
	}
	if err := flow.AsRead(version, t.version); err != nil {
		return t, err
	}
	return t.next(ctx, tx, d, name)
}

// receive makes a move of the transfer to the caller's school that has the number on
// the paper.
func receive(ctx context.Context, tx postgres.Tx, d disclosure.Decided, name, reference string) (transfer, error) {
	t, err := takeByReference(ctx, tx, reference, d.Post.SchoolID)
	if err != nil {
		return t, fault.At("reference", err)
	}
	return t.next(ctx, tx, d, name)
}

// next makes the move itself and ends what was asked for it.
func (t transfer) next(ctx context.Context, tx postgres.Tx, d disclosure.Decided, name string) (transfer, error) {
	was := t.state
	var err error
	if t.state, err = Machine().Next(was, name); err != nil {
		return t, err
	}
	if err := t.save(ctx, tx, d.Now); err != nil {
		return t, fmt.Errorf("save: %w", err)
	}
	return t, task.Finish(ctx, tx, task.Subject{Table: table, ID: t.id}, d.Caller.Staff.ID, d.Now)
}

func (t transfer) ask(ctx context.Context, tx postgres.Tx, d disclosure.Decided, k task.Kind, who, child int64) error {
	return task.Open(ctx, tx, task.New{Kind: k, Child: child, Subject: table, SubjectID: t.id, Staff: who, From: d.Now})
}

func (t transfer) changed() disclosure.Changed {
	return disclosure.Changed{Reason: t.state, Result: Result{t.state, t.version}}
}

// told is a result that names the child, whom the change itself does not.
func (t transfer) told() disclosure.Changed {
	c := t.changed()
	c.Disclosures = []audit.Disclosure{{ChildID: t.child}}
	return c
}
