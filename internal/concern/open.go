package concern

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/ticket"
	"github.com/tongxin-hub/tongxin/policy"
)

// Opening is what a role needs for one child, because of a visit.
type Opening struct {
	Role                policy.Role
	Staff, Child, Visit int64
	Now                 time.Time
}

// openFile opens the work item that the role's purpose hangs on, and for a guide the
// referral of the family; roles whose area holds the child need neither, and those
// whose file begins with an application or a report wait for it.
func openFile(ctx context.Context, tx postgres.Tx, o Opening) (int64, error) {
	n := ticket.New{Staff: o.Staff, Child: o.Child, From: o.Now, Reason: "走访转来事项", Days: "visit_search_days"}
	switch o.Role {
	case policy.CM:
		n.Kind, n.Purpose = "DISTRICT_SEARCH", string(policy.CaseManagement)
	case policy.FE:
		if err := refer(ctx, tx, o); err != nil {
			return 0, fmt.Errorf("refer the family: %w", err)
		}
		n.Kind, n.Purpose, n.Days = "ENROLMENT", string(policy.FamilyEdu), ""
	case policy.PSY:
		n.Kind, n.Purpose, n.Days = "PSYCH_REFERRAL", string(policy.PsychSupport), ""
	default:
		return 0, nil
	}
	return ticket.Open(ctx, tx, n)
}

// ForManager opens a child's register to the case manager because of a visit.
func ForManager(ctx context.Context, tx postgres.Tx, o Opening) (int64, error) {
	o.Role = policy.CM
	return openFile(ctx, tx, o)
}
