package withdrawal

import (
	"context"
	"slices"
	"time"

	"github.com/tongxin-hub/tongxin/internal/aid"
	"github.com/tongxin-hub/tongxin/internal/consent"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/matching"
	"github.com/tongxin-hub/tongxin/internal/pairing"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/referral"
)

// Move is the mutation.
const Move = "withdrawConsent"

// Done is what everybody is answered: a consent can always be taken back, and whether
// anything rested on it is not told.
const Done = "WITHDRAWN"

// Statement is what a family says.
type Statement struct{ Kind, Relation, On string }

// Result is what a repetition is answered with.
type Result struct{ State string }

// owns says whose services rest on a kind of consent; the protection officer takes every
// withdrawal, as a request of the family.
func owns(role, kind string) bool {
	return slices.Contains(map[string][]string{
		consent.Pairing:      {"FE", "DPO"},
		consent.Counselling:  {"PSY", "SW", "DPO"},
		consent.EducationAid: {"HT", "DPO"},
	}[kind], role)
}

// alone is the age from which a child takes a consent back without the guardian.
const alone = 14

// Withdraw takes a consent back, and ends what rests on it: pairings, and needs that a
// volunteer was to meet; psychological support; education aid. What the law itself allows
// needs no consent and goes on. Faults: Forbidden for a kind that is not the post's;
// BadRequest.
func Withdraw(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Statement) (disclosure.Changed, error) {
	var none disclosure.Changed
	if !owns(d.Post.Role, in.Kind) {
		return none, fault.At("kind", fault.New(fault.Forbidden, "此类同意不由本岗位办理。", "Consents of this kind are not this post's."))
	}
	if err := in.check(ctx, tx, d); err != nil {
		return none, err
	}
	if err := consent.Withdraw(ctx, tx, d, in.Kind, in.Relation, in.On); err != nil {
		return none, err
	}
	var err error
	switch in.Kind {
	case consent.Pairing:
		if err = pairing.Unconsented(ctx, tx, d); err == nil {
			err = matching.Unconsented(ctx, tx, d)
		}
	case consent.Counselling:
		err = referral.Unconsented(ctx, tx, d)
	default:
		err = aid.Unconsented(ctx, tx, d)
	}
	return disclosure.Changed{Result: Result{Done}, Reason: in.Kind}, err
}

// check refuses what was not said by the guardian, or by a child who may say it alone.
func (in Statement) check(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	age, today, err := consent.Age(ctx, tx, d)
	if err != nil {
		return err
	}
	if _, err := time.Parse(time.DateOnly, in.On); err != nil || in.On > today {
		return fault.At("statedOn", fault.New(fault.BadRequest, "日期须写作 YYYY-MM-DD，且不晚于今天。", "Write the day as YYYY-MM-DD, not after today."))
	}
	if in.Relation == "CHILD_SELF" && age >= alone {
		return nil
	}
	is, err := consent.Guardian(ctx, tx, d.ChildID, in.Relation)
	if err == nil && !is {
		err = fault.At("relation", fault.New(fault.BadRequest,
			"须由登记在册的监护人撤回；14周岁以上可由本人撤回。", "A guardian on file takes it back, or the child from 14 on."))
	}
	return err
}
