package dropout

import (
	"context"
	"slices"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Absence is what a school reports.
type Absence struct {
	// Since is the first day of absence.
	Since, Category string
}

// Report notes the absence of a pupil. From a number of unexplained school days on it
// is an alert; a case that is settled and not cancelled yet it opens again; in one that
// is open it keeps the days. Illness and leave are noted and raise no alert. Faults:
// BadRequest for the day, Conflict for a pupil who is no dropout, Forbidden for an
// officer, who may not open the files of children by reports of his own.
func Report(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Absence) (disclosure.Changed, error) {
	if d.Post.Role == "DPS" && d.Caller.Staff.Kind != identity.KindSystem {
		return disclosure.Changed{}, fault.New(fault.Forbidden,
			"缺勤由学校或教育系统报告，专干不能自行立案。", "Absence is reported by the school or its system, not by an officer.")
	}
	p, err := pupilOf(ctx, tx, d)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if err := within("absentSince", in.Since, p.earliest, p.today); err != nil {
		return disclosure.Changed{}, err
	}
	if !p.expected {
		return disclosure.Changed{}, unready("child", "该生已休学、转学或另有安置，或不在义务教育阶段，不属于缺勤预警范围。",
			"The pupil is suspended, transferred, placed otherwise or not of compulsory schooling: no alert is raised.")
	}
	days, long, err := p.note(ctx, tx, in)
	if err != nil {
		return disclosure.Changed{}, err
	}
	f, err := openCase(ctx, tx, d)
	if err != nil {
		return disclosure.Changed{}, err
	}
	unexplained := long && !slices.Contains([]string{"ILLNESS", "PERSONAL"}, in.Category)
	switch {
	case f == nil && !unexplained:
		return disclosure.Changed{Result: Result{State: Noted}, Reason: Noted}, nil
	case f == nil:
		if f, err = begin(ctx, tx, d, p, days); err != nil {
			return disclosure.Changed{}, err
		}
		return f.move(ctx, tx, d, "reportAbsence", plain)
	case unexplained && slices.Contains([]string{Returned, Settled, Review}, f.stage):
		if in.Since < f.returned {
			return disclosure.Changed{}, unready("absentSince", "该生在此之后已返校。", "The pupil has returned since then.")
		}
		return f.move(ctx, tx, d, "reportAbsence", reopen)
	default:
		return disclosure.Changed{Result: Result{f.id, f.stage, f.version}, Reason: f.stage}, nil
	}
}

// reopen takes back what the return had settled, and a cancellation that was proposed.
func reopen(f *file) error {
	f.outcome, f.evidence, f.watch, f.proposer = "OPEN", "", "", 0
	return nil
}

// Accept has an officer take the alert.
func Accept(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	return move(ctx, tx, d, "acceptAlert", version, func(f *file) error {
		f.officer = d.Caller.Staff.ID
		return nil
	})
}

// StartVisit has the home visited.
func StartVisit(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	return move(ctx, tx, d, "startHomeVisit", version, plain)
}

// endings are what makes an alert none, with the proof that each needs.
var endings = map[string]string{
	"ILLNESS": "SICK_NOTE", "APPROVED_SUSPENSION": "SUSPENSION_APPROVAL",
	"SPECIAL_SCHOOL": "PLACEMENT_NOTICE", "RE_ENROLLED": "ENROLMENT_PROOF",
}

// Ending is how a case ends, and the kind of proof.
type Ending struct{ Because, Evidence string }

// EndAlert ends an alert by what makes it none: illness, an approved suspension, a
// special school, a place at another school. Faults: BadRequest where the proof is
// not the one that this needs.
func EndAlert(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int, in Ending) (disclosure.Changed, error) {
	return move(ctx, tx, d, "endAlert", version, func(f *file) error {
		if endings[in.Because] != in.Evidence {
			return wrongProof()
		}
		f.outcome, f.evidence = "NO_DROPOUT", in.Evidence
		return f.schooling(ctx, tx, in.Because)
	})
}

func wrongProof() error {
	return fault.At("evidence", fault.New(fault.BadRequest, "该证明与办理结果不符。", "This proof does not fit the outcome."))
}
