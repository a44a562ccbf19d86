package referral

import (
	"context"
	"fmt"

	"github.com/tongxin-hub/tongxin/internal/consent"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/policy"
)

// Flag is a concern about a child's mind.
type Flag struct {
	Source string
	// Urgent: there is danger of self-harm.
	Urgent bool
}

// Raise begins a referral, or adds to the one that is open. Nobody at the school sees it
// before the guardian was told, unless its own psychologist flagged it, whoever flagged it
// is in a conflict of interest, or there is danger. Who only found something is answered
// and asked for the same, whatever others know already: the answer tells of no referral.
// Faults: Conflict for a child who goes to no school.
func Raise(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Flag) (disclosure.Changed, error) {
	f, err := openOf(ctx, tx, d)
	if err != nil {
		return disclosure.Changed{}, fmt.Errorf("flag: %w", err)
	}
	if f.atSchool == 0 {
		return disclosure.Changed{}, conflict("child", "该儿童没有学籍，请用走访记录心理关注或强制报告。",
			"The child goes to no school; note the concern with a visit, or report it.")
	}
	danger := in.Urgent && (!f.urgent || educates(d) && !f.crisis)
	f.urgent = f.urgent || in.Urgent
	if err := f.note(ctx, tx, d, in); err != nil {
		return disclosure.Changed{}, fmt.Errorf("flag: %w", err)
	}
	if danger {
		if err := f.alarm(ctx, tx, d); err != nil {
			return disclosure.Changed{}, err
		}
	}
	if err := f.askToInform(ctx, tx, d, in.Urgent); err != nil {
		return disclosure.Changed{}, err
	}
	if onlyFinds(d) || conflicted(d) {
		return noted(), nil
	}
	return f.changed(), nil
}

// onlyFinds: teachers and directors find, and never see, a referral.
func onlyFinds(d disclosure.Decided) bool {
	return d.Post.Role == string(policy.HT) || d.Post.Role == string(policy.DIR)
}

// noted is what they are answered.
func noted() disclosure.Changed {
	return disclosure.Changed{Result: Result{State: Noted}, Reason: Noted}
}

// conflicted: whoever has declared a conflict of interest may say what is wrong, and goes
// no further.
func conflicted(d disclosure.Decided) bool { return d.Bases.Has(policy.Conflict.Bit()) }

// note begins the referral, or saves what the flag changes in the open one.
func (f *opened) note(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Flag) error {
	if in.Urgent || !onlyFinds(d) || conflicted(d) {
		f.school = f.atSchool
	}
	if f.id == 0 {
		return f.begin(ctx, tx, d, in.Source)
	}
	return f.save(ctx, tx)
}

// alarm lets everybody who is with the child act at once: the crisis is on the file, and
// teacher and director stay with the child, without being told why.
func (f *opened) alarm(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	if educates(d) {
		if err := f.setCrisis(ctx, tx, true); err != nil {
			return fmt.Errorf("crisis: %w", err)
		}
	}
	return f.guard(ctx, tx, d)
}

// askToInform has the guardian told: by whoever found it, and where there is danger, or
// the finder is in a conflict of interest, by the school's psychologist.
func (f *opened) askToInform(ctx context.Context, tx postgres.Tx, d disclosure.Decided, urgent bool) error {
	var err error
	switch {
	case conflicted(d):
	case onlyFinds(d):
		err = f.askFinder(ctx, tx, d, urgent)
	case f.state == Flagged:
		err = f.give(ctx, tx, d, toInform(), d.Caller.Staff.ID)
	}
	if err != nil || f.state != Flagged || !f.urgent && !conflicted(d) {
		return err
	}
	return f.giveWorker(ctx, tx, d, toInform())
}

// askFinder asks whoever found something to tell the guardian what they found: today
// where they speak of danger themselves, and never otherwise.
func (f *opened) askFinder(ctx context.Context, tx postgres.Tx, d disclosure.Decided, urgent bool) error {
	k := toTell()
	if urgent {
		k = today(k)
	}
	return task.Open(ctx, tx, task.New{Kind: k, Child: f.child, Subject: subject, SubjectID: f.id, Staff: d.Caller.Staff.ID, From: d.Now})
}

// Means is how a guardian was told or tried.
type Means struct{ On, How, Proof string }

// Inform notes that the guardian was told, with the proof; the school's psychologist is
// let know with it. After an emergency it is told later, from wherever the referral
// stands. Who only found something does it by the own task, see foundTold. Faults: those
// of move; BadRequest; Conflict where the guardian was told.
func Inform(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int, in Means) (disclosure.Changed, error) {
	if err := plain("proof", in.Proof, 2, 60); err != nil {
		return disclosure.Changed{}, err
	}
	if onlyFinds(d) {
		return foundTold(ctx, tx, d, in)
	}
	return move(ctx, tx, d, "informReferralGuardian", version, func(f *file) error {
		if f.informedOn != "" {
			return conflict("id", "监护人已告知。", "The guardian has been told.")
		}
		if err := past("informedOn", in.On, f.today); err != nil {
			return err
		}
		return f.told(ctx, tx, d, in)
	})
}

// told notes that the guardian knows of the referral.
func (f *file) told(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Means) error {
	f.informedOn, f.how, f.proof = in.On, in.How, in.Proof
	if err := f.toSchool(ctx, tx); err != nil {
		return fmt.Errorf("school: %w", err)
	}
	if educates(d) {
		if err := f.noteInformed(ctx, tx); err != nil {
			return fmt.Errorf("informed: %w", err)
		}
	}
	if err := finish(ctx, tx, f, d, toInform()); err != nil {
		return err
	}
	return f.consentRecord(ctx, tx, d, consent.Notice, "")
}

// foundTold notes that a finder told the guardian, and ends the own task; the referral
// goes on by it where nobody had told the guardian before. Faults: NotFound without a
// task; BadRequest.
func foundTold(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Means) (disclosure.Changed, error) {
	f, err := ofFinder(ctx, tx, d)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if err := past("informedOn", in.On, f.today); err != nil {
		return disclosure.Changed{}, err
	}
	if err := task.FinishOwn(ctx, tx, task.Subject{Table: subject, ID: f.id}, d.Caller.Staff.ID, d.Now, toTell()); err != nil {
		return disclosure.Changed{}, err
	}
	switch {
	case f.closedOn != "" || f.informedOn != "":
		if err := consent.Keep(ctx, tx, d, consent.Notice, "", in.On); err != nil {
			return disclosure.Changed{}, err
		}
		return noted(), nil
	default:
		return noted(), f.goOn(ctx, tx, d, in)
	}
}

// goOn is the move that telling the guardian is.
func (f *file) goOn(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Means) error {
	if err := f.told(ctx, tx, d, in); err != nil {
		return err
	}
	from := f.state
	if from == Flagged {
		f.state = Informed
	}
	if err := f.save(ctx, tx); err != nil {
		return fmt.Errorf("told: %w", err)
	}
	if from == f.state {
		return nil
	}
	return f.follow(ctx, tx, d)
}

// Unreachable notes a try that did not reach the guardian. Faults: those of move;
// NotFound for a finder without a task.
func Unreachable(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	if onlyFinds(d) {
		f, err := ofFinder(ctx, tx, d)
		if err != nil || f.state != Flagged {
			return noted(), err
		}
		f.tries, f.unreachableOn = f.tries+1, f.today
		return noted(), f.save(ctx, tx)
	}
	return move(ctx, tx, d, "recordUnreachable", version, func(f *file) error {
		f.tries, f.unreachableOn = f.tries+1, f.today
		return nil
	})
}

// ofFinder holds the referral that somebody's own task is about. Faults: NotFound.
func ofFinder(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (*file, error) {
	id, err := task.Own(ctx, tx, subject, d.ChildID, d.Caller.Staff.ID, toTell())
	if err != nil {
		return nil, err
	}
	if id == 0 {
		return nil, missing()
	}
	d.SubjectID = id
	return take(ctx, tx, d)
}

// Proceed goes on without the guardian: there is danger, the guardian refused or was
// tried often enough, and break-glass of the same person is open for the child. The
// guardian is told afterwards. Faults: those of move; Conflict.
func Proceed(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	return move(ctx, tx, d, "proceedInEmergency", version, func(f *file) error {
		tries, err := number(ctx, tx, "referral_tries")
		if err != nil {
			return err
		}
		switch {
		case !f.danger():
			return conflict("id", "没有现实危险，须先取得监护人同意。", "Without danger the guardian's consent comes first.")
		case f.refusedOn == "" && f.tries < tries:
			return conflict("id", fmt.Sprintf("请先联系监护人至少%d次并如实记录。", tries), fmt.Sprintf("Try to reach the guardian at least %d times, and note it.", tries))
		}
		if f.emergency, err = breakGlass(ctx, tx, d); err != nil {
			return fmt.Errorf("break-glass: %w", err)
		}
		if f.emergency == 0 {
			return fault.At("id", fault.New(fault.Forbidden, "须先启动紧急救护。", "Break-glass has to be opened first."))
		}
		f.basis = emergency
		if err := f.toSchool(ctx, tx); err != nil {
			return fmt.Errorf("school: %w", err)
		}
		if f.informedOn != "" {
			return nil
		}
		return f.giveWorker(ctx, tx, d, toTellAfter())
	})
}
