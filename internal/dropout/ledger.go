package dropout

import (
	"context"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Visit is one entry of the log of home visits and persuasion.
type Visit struct {
	On, Place, Result, NextStep string
	// Persons are staff codes of others who were there; Options what was offered.
	Persons, Options []string
}

// Persuade writes a home visit or persuasion down. What was offered goes as a card to
// those who can provide it. Faults: BadRequest for the day, a text, or a person.
func Persuade(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int, in Visit) (disclosure.Changed, error) {
	return move(ctx, tx, d, "recordPersuasion", version, func(f *file) error {
		if err := within("visitedOn", in.On, f.found, f.today); err != nil {
			return err
		}
		if err := worded("nextStep", in.NextStep, 200); err != nil {
			return err
		}
		if err := known(ctx, tx, in.Persons); err != nil {
			return err
		}
		if err := f.visit(ctx, tx, d, in); err != nil {
			return err
		}
		return f.offer(ctx, tx, d, in.Options)
	})
}

// offered says who is asked for what was offered, in words that give no reason.
var offered = map[string][2]string{
	"AID": {"HT", "请协助办理教育资助"}, "BOARDING": {"HT", "请协助安排寄宿"},
	"PLACEMENT": {"HT", "请协助研究教育安置"}, "PSYCHOLOGY": {"PSY", "请主动关心该生"},
}

func (f *file) offer(ctx context.Context, tx postgres.Tx, d disclosure.Decided, options []string) error {
	for _, o := range options {
		if err := f.card(ctx, tx, d, offered[o][0], offered[o][1]); err != nil {
			return err
		}
	}
	return nil
}

// EnterSuspected enters the suspected ledger, after a home visit. The persons who are
// responsible are those in post: officer, school, village, township.
func EnterSuspected(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	return move(ctx, tx, d, "enterSuspected", version, func(f *file) error {
		if n, err := f.visits(ctx, tx, f.found, false); err != nil || n == 0 {
			return orUnready(err, "id", "尚无家访记录。", "No home visit is on record yet.")
		}
		f.ledger = "SUSPECTED"
		if err := f.schooling(ctx, tx, f.ledger); err != nil {
			return err
		}
		return f.name(ctx, tx, d)
	})
}

func orUnready(err error, member, zh, en string) error {
	if err != nil {
		return err
	}
	return unready(member, zh, en)
}

// HandOver hands the case to the township.
func HandOver(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	return move(ctx, tx, d, "handToTownship", version, func(f *file) error {
		f.ledger = "SUSPECTED"
		return f.name(ctx, tx, d)
	})
}

// ReportInWriting is the school's written report that persuasion failed, by the
// reference of the document. Faults: Conflict before a persuasion that failed.
func ReportInWriting(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int, reference string) (disclosure.Changed, error) {
	return move(ctx, tx, d, "reportInWriting", version, func(f *file) error {
		if err := worded("reference", reference, 40); err != nil {
			return err
		}
		if n, err := f.visits(ctx, tx, f.town, true); err != nil || n == 0 {
			return orUnready(err, "id", "镇街劝返尚无未果的记录。", "No persuasion by the township is on record as failed.")
		}
		f.reference = reference
		return nil
	})
}

// Notice is a notice or order to return by a day.
type Notice struct{ Kind, Due string }

// Order issues a notice or order to return by a day. Faults: BadRequest for the day.
func Order(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int, in Notice) (disclosure.Changed, error) {
	return move(ctx, tx, d, "issueReturnOrder", version, func(f *file) error {
		if err := within("dueOn", in.Due, f.today, ""); err != nil {
			return err
		}
		return f.order(ctx, tx, d, in)
	})
}

// Confirm enters the dropout ledger once the day of the order has passed.
func Confirm(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	return move(ctx, tx, d, "confirmDropout", version, func(f *file) error {
		due, err := f.orderDue(ctx, tx)
		if err != nil || due >= f.today {
			return orUnready(err, "id", "责令期限未到。", "The day of the order has not passed.")
		}
		f.ledger = "DROPOUT"
		return nil
	})
}

// Return is the school's word that the pupil is back; the watch begins.
func Return(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	return move(ctx, tx, d, "recordReturn", version, func(f *file) error {
		f.outcome = "RETURNED"
		return f.schooling(ctx, tx, f.outcome)
	})
}

// proofs are the outcomes that settle a case, with the proof that each needs.
var proofs = map[string]string{
	"TRANSFERRED": "ENROLMENT_PROOF", "SUSPENDED": "SUSPENSION_APPROVAL", "HOME_TEACHING": "HOME_TEACHING_PLAN",
	"DIED": "DEATH_CERTIFICATE", "LEFT_COUNTRY": "EXIT_RECORD",
}

// Settle ends the work on a case by proof. Faults: BadRequest where the proof is not
// the one that the outcome needs.
func Settle(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int, in Ending) (disclosure.Changed, error) {
	return move(ctx, tx, d, "settleCase", version, func(f *file) error {
		if proofs[in.Because] == "" {
			return fault.At("outcome", fault.New(fault.BadRequest, "此结果不能凭证明办结。", "This outcome settles no case."))
		}
		if proofs[in.Because] != in.Evidence {
			return wrongProof()
		}
		f.outcome, f.evidence = in.Because, in.Evidence
		return f.schooling(ctx, tx, in.Because)
	})
}

// Propose proposes the cancellation, after the watch where the pupil has returned.
func Propose(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	return move(ctx, tx, d, "proposeCancellation", version, func(f *file) error {
		if f.stage == Returned && !f.watched {
			return unready("id", "复学观察期未满。", "The watch after the return is not over.")
		}
		f.proposer = d.Caller.Staff.ID
		return nil
	})
}

// ConfirmEnd is the county's review: another officer than the one who proposed cancels
// the case; whoever worked on it then sees what anybody sees of a child without one.
func ConfirmEnd(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	return move(ctx, tx, d, "confirmCancellation", version, secondPerson(d))
}

// RefuseEnd has the case go on in the suspected ledger.
func RefuseEnd(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	return move(ctx, tx, d, "refuseCancellation", version, func(f *file) error {
		if err := secondPerson(d)(f); err != nil {
			return err
		}
		if f.ledger == "SCHOOL_AGE" {
			f.ledger = "SUSPECTED"
		}
		return reopen(f)
	})
}

func secondPerson(d disclosure.Decided) func(f *file) error {
	return func(f *file) error {
		if f.proposer == d.Caller.Staff.ID {
			return fault.At("id", fault.New(fault.Forbidden,
				"提出销号的人不能复核。", "Whoever proposed the cancellation may not review it."))
		}
		return nil
	}
}
