package task

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/policy"
)

// InPost is a person in post.
type InPost struct {
	// Staff is 0 for nobody.
	Staff int64
	Role  policy.Role
	// For is the role that was asked for where its post is vacant and the person stands in.
	For policy.Role
}

// standIns are the roles that something falls to, the first in post: the director's to
// the supervisor, the teacher's to the district's officer for schooling, everything to
// the case manager, and what nobody else is there for to the head of civil affairs, who
// can have a post filled and sees nothing of the child.
func standIns(role policy.Role) []policy.Role {
	chain := map[policy.Role][]policy.Role{
		policy.DIR: {policy.DIR, policy.SUP, policy.CM},
		policy.HT:  {policy.HT, policy.DPS, policy.CM},
		policy.DPO: {policy.DPO},
	}[role]
	if chain == nil {
		chain = []policy.Role{role, policy.CM}
	}
	return slices.Compact(append(chain, policy.STA))
}

// Holder is who holds a role in the reach of a child on a day, or stands in where the
// post is vacant: the director of the village, the supervisor of the township, the
// homeroom teacher, the newest post of the district's own roles. Nobody in a declared
// conflict of interest with the child is, nor any of those who are left out. Of a child
// that is shielded altogether nobody hears but its two handlers, and nobody stands in.
func Holder(ctx context.Context, tx postgres.Tx, role policy.Role, child int64, on time.Time, but ...int64) (InPost, error) {
	return holder(ctx, tx, standIns(role), child, but, on)
}

// HeadOf is who leads the agency that answers for an agency, somebody else than one person;
// 0 where nobody does.
func HeadOf(ctx context.Context, tx postgres.Tx, agency, but int64, now time.Time) (int64, error) {
	id, err := headOf(ctx, tx, agency, but, now)
	if err != nil {
		return 0, fmt.Errorf("head of agency: %w", err)
	}
	return id, nil
}

// HolderBut is a holder of the role itself, other than one person, 0 where there is
// none: for what nobody may stand in.
func HolderBut(ctx context.Context, tx postgres.Tx, role policy.Role, child, but int64, on time.Time) (int64, error) {
	p, err := holder(ctx, tx, []policy.Role{role}, child, []int64{but}, on)
	return p.Staff, err
}
