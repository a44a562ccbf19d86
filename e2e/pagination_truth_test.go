package e2e

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// TestPages_equalTheTruthPerRole pages through the children as three roles, with
// small pages, and holds what comes back against what the register says is in
// their reach; nobody's pages tell of rows that are not.
func TestPages_equalTheTruthPerRole(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	change(t, h, `UPDATE parameter SET value = '100000' WHERE name LIKE 'volume%'`)
	const open = ` AND NOT (c.shield = 'FULL' AND NOT EXISTS (SELECT 1 FROM shield_handler s WHERE s.child_id = c.id AND s.staff_id = $1))
		AND NOT EXISTS (SELECT 1 FROM registration r WHERE r.child_id = c.id AND r.status = 'EXITED' AND r.exited_on < '2026-11-23')`
	for key, reach := range map[string]string{
		"supervisor":    "c.residence_township_id = (SELECT division_id FROM post WHERE staff_id = $1 AND role = 'SUP')",
		"director":      "c.residence_village_id = (SELECT division_id FROM post WHERE staff_id = $1 AND role = 'DIR')",
		"clinic-doctor": "c.residence_township_id = (SELECT k.division_id FROM clinic k JOIN post p ON p.clinic_id = k.id WHERE p.staff_id = $1)",
	} {
		c := h.Caller(t, key)
		change(t, h, `UPDATE child c SET shield = 'FULL' WHERE id = (SELECT max(c.id) FROM child c WHERE `+reach+`)`, staffID(t, h, c))
		var want []string
		for _, id := range single[[]int64](t, h, `SELECT array_agg(c.id) FROM child c WHERE `+reach+open, staffID(t, h, c)) {
			want = append(want, h.ID(t, c, "Child", id))
		}
		for _, order := range []string{"", "orderBy: {by: BIRTH_DATE}"} {
			got := listing{key, "children", order}.walk(t, h, 3)
			slices.Sort(want)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" || len(got) < 5 {
				t.Errorf("%s %s, %d children (-register +pages):\n%s", key, order, len(got), diff)
			}
		}
	}
}
