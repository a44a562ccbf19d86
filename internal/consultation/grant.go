package consultation

import (
	"context"
	"fmt"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Grant opens fields to people for a period, to be read and no more.
type Grant struct {
	Step
	// Fields are groups of the matrix that the source agencies agreed to; People are
	// staff codes of those named who have pledged.
	Fields, People []string
	// Days is 0 for the default.
	Days  int
	Opens Opener
}

// GrantDisclosure grants each field to each of the people whose role it helps. Faults:
// those of begin; BadRequest for a field that its source agency did not agree to, for
// somebody who is not named or has not pledged, for too long a period, and where a
// grant would open nothing.
func GrantDisclosure(ctx context.Context, tx postgres.Tx, a Actor, in Grant) (Done, error) {
	r, err := begin(ctx, tx, a, in.Step, "grantDisclosure")
	if err != nil {
		return Done{}, err
	}
	until, err := lastDay(ctx, tx, a, in.Days)
	if err != nil {
		return Done{}, fmt.Errorf("period: %w", err)
	}
	if until.IsZero() {
		return Done{}, fault.At("days", fault.New(fault.BadRequest, "授权期超过规定的最长天数。", "The period is longer than may be granted."))
	}
	fields, err := agreed(ctx, tx, r.ID, in.Fields)
	if err != nil {
		return Done{}, fmt.Errorf("agreed fields: %w", err)
	}
	if len(fields) == 0 || len(fields) < len(in.Fields) {
		return Done{}, fault.At("fields", fault.New(fault.BadRequest,
			"只能授权数源单位同意的字段组。", "Only what its source agency agreed to may be granted."))
	}
	people, err := pledged(ctx, tx, r.ID, in.People, a)
	if err != nil {
		return Done{}, fmt.Errorf("pledged people: %w", err)
	}
	if len(people) == 0 || len(people) < len(in.People) {
		return Done{}, fault.At("people", fault.New(fault.BadRequest,
			"只能授权已确认保密承诺的参加人。", "Only to those named who have pledged secrecy may be granted."))
	}
	opened := 0
	for _, p := range people {
		for _, f := range fields {
			if !in.Opens(p.role, f) {
				continue
			}
			opened++
			if err := grant(ctx, tx, r, a, row{f, p.staff, until}); err != nil {
				return Done{}, fmt.Errorf("grant: %w", err)
			}
		}
	}
	if opened == 0 {
		return Done{}, fault.At("people", fault.New(fault.BadRequest,
			"按岗位规则，此授权对所列人员不产生可见内容。", "By the rules of their posts this grant would open nothing to these people."))
	}
	if err := r.finish(ctx, tx, a, toGrant()); err != nil {
		return Done{}, err
	}
	return r.advance(ctx, tx)
}
