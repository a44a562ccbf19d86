package e2e

import (
	"testing"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// TestWall_holdsQuestionsToThePerson asks PostgreSQL itself: a role of case work sees
// the own questions and break-glass accesses and nothing behind them, auditors see the
// list and no child.
func TestWall_holdsQuestionsToThePerson(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	person, other := director(t, h, demo.Bailu), director(t, h, demo.Bailu)
	for _, c := range []demo.Caller{person, other} {
		listed(t, h, c, "ASKED", demo.Bailu)
		broken(t, h, c, demo.Bailu, "2026-11-23T08:00:00+08:00")
	}
	own := map[string]int64{"staff": staffID(t, h, person)}
	for name, c := range map[string]struct {
		role, sql string
		settings  map[string]int64
		rows      int
		code      string
	}{
		"the own question":              {"DIR", `SELECT id FROM my_question`, own, 1, ""},
		"the own break-glass":           {"DIR", `SELECT id FROM my_emergency`, own, 1, ""},
		"nobody said whose":             {"DIR", `SELECT id FROM my_question`, nil, 0, ""},
		"the list":                      {"DIR", `SELECT id FROM review_item`, own, 0, "42501"},
		"the accesses on it":            {"DIR", `SELECT sequence FROM review_entry`, own, 0, "42501"},
		"all break-glass reviews":       {"DIR", `SELECT id FROM emergency_review`, own, 0, "42501"},
		"the facts":                     {"AUD", `SELECT sequence FROM access_fact`, nil, 0, "42501"},
		"which children are canaries":   {"AUD", `SELECT child_id FROM canary_child`, nil, 0, "42501"},
		"the list, for auditors":        {"AUD", `SELECT id FROM review_item`, nil, 2, ""},
		"no child, for auditors":        {"AUD", `SELECT id FROM child`, nil, 0, ""},
		"no list for the DPO":           {"DPO", `SELECT id FROM review_item`, nil, 0, "42501"},
		"break-glass, for the DPO":      {"DPO", `SELECT id FROM emergency_review WHERE state = 'NOTIFIED' AND opened_at > '2026-11-20'`, nil, 2, ""},
		"a change of the list by AUD":   {"AUD", `UPDATE review_item SET state = 'JUSTIFIED'`, nil, 0, "42501"},
		"telephone numbers, for AUD":    {"AUD", `SELECT phone FROM guardian`, nil, 0, "42501"},
		"who declared what, for anyone": {"DIR", `SELECT staff_id FROM conflict_declaration`, own, 0, "42501"},
	} {
		rows, err := asRole(t, h, c.role, c.settings, c.sql)
		if code := postgres.Code(err); code != c.code || code == "" && err != nil || rows != c.rows {
			t.Errorf("%s: %d rows, %v; want %d, SQLSTATE %q", name, rows, err, c.rows, c.code)
		}
	}
}
