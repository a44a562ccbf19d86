package carechange

import (
	"context"
	"fmt"
	"regexp"
	"time"
	"unicode/utf8"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/plaintext"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/policy"
)

// table is the subject of tasks about a change; its number is the child's.
const table = "guardianship"

// What a move comes to.
const (
	changed = "CHANGED"
	noticed = "NOTICED"
)

// Result is what a move came to.
type Result struct {
	State   string
	Version int
}

// Caregiver is who cares from now on, by which agreement.
type Caregiver struct {
	Version  int    `json:"version"`
	Name     string `json:"name"`
	Relation string `json:"relation"`
	Phone    string `json:"phone"`
	SignedOn string `json:"agreementSignedOn"`
	ValidTo  string `json:"agreementValidTo"`
	Ref      string `json:"agreementRef"`
}

// phone: a number belongs where numbers belong, and nowhere else.
var phone = regexp.MustCompile(`^\d{7,12}$`)

func (in Caregiver) check(today string) error {
	bad := func(member, zh, en string) error { return fault.At(member, fault.New(fault.BadRequest, zh, en)) }
	switch n := utf8.RuneCountInString(in.Name); {
	case n < 2 || n > 40 || plaintext.Numbered(in.Name):
		return bad("name", "请填写照护人姓名（2–40字）。", "Give the caregiver's name, 2 to 40 characters.")
	case in.Relation == "CHILD_SELF":
		return bad("relation", "儿童不能是自己的照护人。", "A child is not its own caregiver.")
	case !phone.MatchString(in.Phone):
		return bad("phone", "请填写7–12位数字的电话。", "Give a phone number of 7 to 12 digits.")
	case in.Ref == "" || utf8.RuneCountInString(in.Ref) > 40:
		return bad("agreementRef", "请填写确认书档案号（不超过40字）。", "Give the file reference, at most 40 characters.")
	}
	if err := until("agreementSignedOn", in.SignedOn, today); err != nil {
		return err
	}
	if _, err := time.Parse(time.DateOnly, in.ValidTo); err != nil || in.ValidTo < today {
		return bad("agreementValidTo", "有效期须为不早于今天的日期（YYYY-MM-DD）。", "The agreement must be valid today or longer (YYYY-MM-DD).")
	}
	return nil
}

// until refuses a day that is none, or has not come.
func until(member, day, today string) error {
	if _, err := time.Parse(time.DateOnly, day); err != nil || day > today {
		return fault.At(member, fault.New(fault.BadRequest, "请填写不晚于今天的日期（YYYY-MM-DD）。", "Give a date (YYYY-MM-DD) that is not after today."))
	}
	return nil
}

// Change records that somebody else cares for the child: the former caregiver ends, the
// notices of before count no more, school and village are asked for new ones, and a
// visit is planned. Faults: BadRequest, Conflict.
func Change(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Caregiver) (disclosure.Changed, error) {
	if err := in.check(chinatime.Day(d.Now)); err != nil {
		return disclosure.Changed{}, err
	}
	if err := hold(ctx, tx, d, in.Version); err != nil {
		return disclosure.Changed{}, err
	}
	version, err := replace(ctx, tx, d, in)
	if err != nil {
		return disclosure.Changed{}, fmt.Errorf("replace: %w", err)
	}
	if err := task.Finish(ctx, tx, task.Subject{Table: table, ID: d.ChildID}, d.Caller.Staff.ID, d.Now, Kinds()...); err != nil {
		return disclosure.Changed{}, err
	}
	for _, n := range []struct {
		kind task.Kind
		role policy.Role
	}{{toSchool(), "HT"}, {toVillage(), "DIR"}} {
		who, err := task.Holder(ctx, tx, n.role, d.ChildID, d.Now)
		if err != nil {
			return disclosure.Changed{}, err
		}
		if who.Staff == 0 {
			continue
		}
		if err := task.Open(ctx, tx, task.New{Kind: n.kind, Child: d.ChildID, Subject: table, SubjectID: d.ChildID, Staff: who.Staff, For: who.For, From: d.Now}); err != nil {
			return disclosure.Changed{}, err
		}
	}
	if err := plan(ctx, tx, d, version); err != nil {
		return disclosure.Changed{}, fmt.Errorf("plan: %w", err)
	}
	return disclosure.Changed{Reason: changed, Result: Result{changed, version}}, nil
}

// Notice is when the parents' notice came.
type Notice struct {
	Version int    `json:"version"`
	On      string `json:"noticedOn"`
}

// Note notes the parents' notice: the teacher for the school, the director for the
// village. Faults: BadRequest, Conflict.
func Note(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Notice) (disclosure.Changed, error) {
	if err := until("noticedOn", in.On, chinatime.Day(d.Now)); err != nil {
		return disclosure.Changed{}, err
	}
	if err := hold(ctx, tx, d, in.Version); err != nil {
		return disclosure.Changed{}, err
	}
	kind, school := toVillage(), d.Post.Role == "HT"
	if school {
		kind = toSchool()
	}
	version, err := note(ctx, tx, d.ChildID, in.On, school)
	if err != nil {
		return disclosure.Changed{}, fault.At("noticedOn", err)
	}
	err = task.Finish(ctx, tx, task.Subject{Table: table, ID: d.ChildID}, d.Caller.Staff.ID, d.Now, kind)
	return disclosure.Changed{Reason: noticed, Result: Result{noticed, version}}, err
}

// hold takes the guardianship as the caller has read it.
func hold(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) error {
	now, err := take(ctx, tx, d.ChildID)
	if err != nil {
		return fmt.Errorf("take: %w", err)
	}
	return flow.AsRead(version, now)
}
