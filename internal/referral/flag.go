package referral

import (
	"context"
	"fmt"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/policy"
)

// flowMove shortens the name of what the machine is made of.
type flowMove = flow.Move

// Flag is a concern about a child's mind.
type Flag struct {
	Source string
	// Urgent: there is danger of self-harm.
	Urgent bool
}

// Raise begins a referral. Nobody at the school sees it before the guardian was told,
// unless its own psychologist flagged it or there is danger, which the psychologist
// hears of at once. Whoever flags again gets the own referral back; others, that it is
// noted. Faults: Conflict for a child who goes to no school.
func Raise(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Flag) (disclosure.Changed, error) {
	f, err := openOf(ctx, tx, d)
	if err != nil {
		return disclosure.Changed{}, fmt.Errorf("flag: %w", err)
	}
	known := f.id != 0
	own := f.author == d.Caller.Staff.ID || d.Post.Role == string(policy.PSY)
	danger := in.Urgent && !f.urgent
	f.urgent = f.urgent || in.Urgent
	if !known {
		if f.atSchool == 0 {
			return disclosure.Changed{}, conflict("child", "该儿童没有学籍，请用走访记录心理关注或强制报告。",
				"The child goes to no school; note the concern with a visit, or report it.")
		}
		if err := f.begin(ctx, tx, d, in.Source); err != nil {
			return disclosure.Changed{}, fmt.Errorf("flag: %w", err)
		}
	}
	if danger {
		if err := f.alarm(ctx, tx, d, known); err != nil {
			return disclosure.Changed{}, err
		}
	}
	if !known || danger {
		if err := f.askToInform(ctx, tx, d, known); err != nil {
			return disclosure.Changed{}, err
		}
	}
	if known && !own {
		return disclosure.Changed{Result: Result{State: Noted}, Reason: Noted}, nil
	}
	return f.changed(), nil
}

// alarm lets everybody who is with the child act at once: the school's psychologist may
// see the referral, the crisis is on the file, and teacher and director stay with the
// child, without being told why.
func (f *opened) alarm(ctx context.Context, tx postgres.Tx, d disclosure.Decided, known bool) error {
	f.school = f.atSchool
	if known {
		if err := f.save(ctx, tx); err != nil {
			return fmt.Errorf("flag: %w", err)
		}
	}
	if educates(d) {
		if err := f.setCrisis(ctx, tx, true); err != nil {
			return fmt.Errorf("crisis: %w", err)
		}
	}
	return f.guard(ctx, tx, d)
}

// askToInform has the guardian told: by whoever found it, and where there is danger by
// the school's psychologist too.
func (f *opened) askToInform(ctx context.Context, tx postgres.Tx, d disclosure.Decided, known bool) error {
	if f.state != Flagged {
		return nil
	}
	if !known {
		if err := f.give(ctx, tx, d, toInform(), d.Caller.Staff.ID); err != nil {
			return err
		}
	}
	if !f.urgent {
		return nil
	}
	return f.giveWorker(ctx, tx, d, toInform())
}

// Means is how a guardian was told or tried.
type Means struct{ On, How, Proof string }

// Inform notes that the guardian was told, with the proof; the school's psychologist is
// let know with it. After an emergency it is told later, from wherever the referral
// stands. Faults: those of move; BadRequest; Conflict where the guardian was told.
func Inform(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int, in Means) (disclosure.Changed, error) {
	if err := plain("proof", in.Proof, 2, 60); err != nil {
		return disclosure.Changed{}, err
	}
	return move(ctx, tx, d, "informReferralGuardian", version, func(f *file) error {
		if f.informedOn != "" {
			return conflict("id", "监护人已告知。", "The guardian has been told.")
		}
		if err := past("informedOn", in.On, f.today); err != nil {
			return err
		}
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
		return f.consentRecord(ctx, tx, d, "NOTICE", "")
	})
}

// Unreachable notes a try that did not reach the guardian.
func Unreachable(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	return move(ctx, tx, d, "recordUnreachable", version, func(f *file) error {
		f.tries, f.unreachableOn = f.tries+1, f.today
		return nil
	})
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
