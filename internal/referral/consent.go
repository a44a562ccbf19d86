package referral

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/consent"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/report"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/policy"
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
		return f.consentRecord(ctx, tx, d, consent.Counselling, in.Relation)
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
		switch {
		case f.refusedOn != "":
			return conflict("id", "监护人的拒绝已经记录。", "The refusal is on record.")
		case f.basis == guardian:
			return conflict("id", "监护人已同意；撤回同意请按撤回办理。", "The guardian has consented; to take it back is to withdraw the consent.")
		}
		f.refusedOn, f.relation, f.view = in.On, in.Relation, in.View
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

// Unconsented ends the support of a child whose guardian took the consent back: tasks,
// work items and the access with them. With a child in danger a report goes out, the
// counsellor lets go of it, and the school's psychologist goes on by an emergency or not
// at all. Support that rests on an emergency stays.
func Unconsented(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	f, err := takeOpen(ctx, tx, d)
	if fault.CodeOf(err) == fault.NotFound || err == nil && f.basis != guardian {
		return nil
	}
	if err != nil {
		return fmt.Errorf("referral of the child: %w", err)
	}
	worker := f.assignee
	f.basis, f.consentOn, f.refusedOn = "", "", f.today
	if err := f.stop(ctx, tx, d); err != nil {
		return err
	}
	if err := f.save(ctx, tx); err != nil {
		return fmt.Errorf("withdrawn: %w", err)
	}
	if err := f.follow(ctx, tx, d); err != nil {
		return err
	}
	if worker == 0 {
		if worker, err = task.HolderBut(ctx, tx, policy.PSY, f.child, d.Caller.Staff.ID, d.Now); err != nil {
			return err
		}
	}
	return consent.Stop(ctx, tx, d, task.Subject{Table: subject, ID: f.id}, worker)
}

// stop ends the support, or leaves it to the school where the child is in danger.
func (f *file) stop(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (err error) {
	if !f.danger() {
		f.state, err = Machine().Next(f.state, UnconsentedMove)
		f.outcome, f.closedOn, f.nextOn = "REFUSED", f.today, ""
		return errors.Join(err, f.cardsDone(ctx, tx))
	}
	if f.state, err = Machine().Next(f.state, UnconsentedInDanger); err != nil {
		return err
	}
	f.assignee = 0
	return errors.Join(f.dismiss(ctx, tx, d), f.report(ctx, tx, d))
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
