package referral

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/report"
)

// Answer is what the guardian said, and the child.
type Answer struct {
	Relation, On string
	// View is the child's own, "" where it was not asked.
	View string
}

// heardFrom is the age from which a child is asked (民法典 19).
const heardFrom = 8

// check refuses an answer that lacks what it needs.
func (a Answer) check(f *file) error {
	switch {
	case a.Relation == "CHILD_SELF" || a.Relation == "NOT_KIN" || a.Relation == "SIBLING":
		return fault.At("relation", fault.New(fault.BadRequest, "须由监护人表示。", "It is the guardian who consents or refuses."))
	case f.age >= heardFrom && a.View == "":
		return fault.At("childView", fault.New(fault.BadRequest,
			"8周岁以上须听取并记录儿童本人意见。", "From 8 on the child is asked, and the answer is noted."))
	case f.informedOn == "":
		return conflict("id", "请先告知监护人。", "The guardian has to be told first.")
	}
	if err := past("statedOn", a.On, f.today); err != nil {
		return err
	}
	if a.On < f.informedOn {
		return fault.At("statedOn", fault.New(fault.BadRequest, "不能早于告知日期。", "It cannot come before the day on which the guardian was told."))
	}
	return nil
}

// Agree notes the guardian's consent and the child's own view, from 8 on. Faults: those
// of move; BadRequest; Conflict where the guardian has not been told, or has consented.
func Agree(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int, in Answer) (disclosure.Changed, error) {
	return move(ctx, tx, d, "recordConsent", version, func(f *file) error {
		if err := in.check(f); err != nil {
			return err
		}
		if f.basis == guardian {
			return conflict("id", "监护人已同意。", "The guardian has consented.")
		}
		f.basis, f.relation, f.consentOn, f.view = guardian, in.Relation, in.On, in.View
		f.refusedOn = ""
		if err := finish(ctx, tx, f, d, toTellAfter(), toConsent()); err != nil {
			return err
		}
		return f.consentRecord(ctx, tx, d, "COUNSELLING", in.Relation)
	})
}

// refusedInDanger tells in the entry that a report went out.
const refusedInDanger = "REFUSED_IN_DANGER"

// Refuse notes that the guardian refuses. With a child in danger a mandatory report goes
// out in the same transaction (未保法 11), whatever else is done. Faults: those of move;
// BadRequest; Conflict.
func Refuse(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int, in Answer) (disclosure.Changed, error) {
	danger := false
	done, err := move(ctx, tx, d, "recordRefusal", version, func(f *file) error {
		if err := in.check(f); err != nil {
			return err
		}
		if f.refusedOn != "" {
			return conflict("id", "监护人的拒绝已经记录。", "The refusal is on record.")
		}
		f.refusedOn, f.relation, f.view = in.On, in.Relation, in.View
		if f.basis == guardian {
			f.basis, f.consentOn = "", ""
		}
		if danger = f.danger(); !danger {
			return nil
		}
		return f.report(ctx, tx, d)
	})
	if danger && err == nil {
		done.Reason = refusedInDanger
	}
	return done, err
}

// report submits the mandatory report that a refusal in danger is.
func (f *file) report(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	day, err := time.Parse(time.DateOnly, f.today)
	if err != nil {
		return err
	}
	a := report.Actor{Staff: d.Caller.Staff.ID, Agency: d.Caller.Agency.ID, Role: d.Post.Role, Now: d.Now, Today: day}
	_, err = report.Submit(ctx, tx, a, report.New{
		Child: f.child, Category: "GUARDIAN_INCAPABLE", Channel: "SCHOOL", FoundOn: day, Danger: true, Suspects: true,
		Narrative: "孩子有现实危险，监护人拒绝对其进行心理救助，请立即处置。",
		Unit:      d.Caller.Agency.Name, Person: d.Caller.Staff.Name,
	})
	if err != nil {
		return fmt.Errorf("report the refusal: %w", err)
	}
	return nil
}

// past refuses a day that is none or has not come.
func past(member, day, today string) error {
	if _, err := time.Parse(time.DateOnly, day); err != nil || day > today {
		return fault.At(member, fault.New(fault.BadRequest, "日期须写作 YYYY-MM-DD，且不晚于今天。", "Write the day as YYYY-MM-DD, not after today."))
	}
	return nil
}
