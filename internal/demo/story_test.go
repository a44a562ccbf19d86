package demo_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/policy"
)

func TestStories(t *testing.T) {
	t.Parallel()
	pool, d := filled(t)
	aliases := map[int64]string{}
	for _, s := range d.Stories() {
		aliases[s.ChildID] = s.Alias
		if n := one[int64](t, pool, `SELECT count(*) FROM child c JOIN division v ON v.id = c.residence_village_id WHERE c.id = $1 AND v.code = $2`,
			s.ChildID, s.VillageCode); n != 1 {
			t.Errorf("%s does not live in %s", s.Alias, s.VillageCode)
		}
	}
	want := map[int64]string{
		1: "青禾-01", 2: "柳塘-02", 3: "石桥-03", 4: "云溪-04", 5: "望湖-05", 6: "松岗-06", 7: "桃源-07", 8: "河湾-08", 9: "金穗-09", 10: "白鹭-10",
	}
	if diff := cmp.Diff(want, aliases); diff != "" {
		t.Error(diff)
	}
	for _, fact := range []struct {
		child     int64
		says      string
		statement string
	}{
		{demo.Qinghe, "six days absent, the phone check under way", `SELECT 1 FROM dropout_case d JOIN enrolment e USING (child_id) WHERE child_id = $1
			AND e.current AND d.stage = 'PHONE_CHECK' AND d.cancelled_on IS NULL AND e.absent_run_days = 6 AND d.absent_run_days = 6`},
		{demo.Qinghe, "a card for the director", `SELECT 1 FROM action_card WHERE child_id = $1 AND role = 'DIR' AND text = '学校反映多日未到校，请核实' AND done_on IS NULL`},
		{demo.Qinghe, "parents in the city", `SELECT 1 FROM guardian WHERE child_id = $1 AND workplace_city = '东莞市' LIMIT 1`},
		{demo.Liutang, "alone, the grandmother ill", `SELECT 1 FROM guardianship g JOIN caregiver c USING (child_id) WHERE child_id = $1 AND g.living_alone AND c.health_code = 'SERIOUS'`},
		{demo.Shiqiao, "a report and a conflict", `SELECT 1 FROM mandatory_report r JOIN conflict_declaration k USING (child_id) WHERE child_id = $1 AND r.closed_on IS NULL AND k.kind = 'KIN'`},
		{demo.Yunxi, "sixteen next month", `SELECT 1 FROM child c JOIN registration r ON r.child_id = c.id WHERE c.id = $1
			AND c.birth_date + interval '16 years' = DATE '2026-12-23' AND r.kinds = ARRAY['LEFT_BEHIND', 'HARDSHIP']`},
		{demo.Wanghu, "no hukou, no school, vaccines due", `SELECT 1 FROM child c JOIN enrolment e ON e.child_id = c.id JOIN health h ON h.child_id = c.id
			WHERE c.id = $1 AND c.hukou_type = 'NONE' AND e.status = 'NO_ENROLMENT' AND h.immunisation = 'DUE' AND EXISTS (SELECT 1 FROM due_vaccine v WHERE v.child_id = c.id)`},
		{demo.Songgang, "third level, in crisis, guardian not informed", `SELECT 1 FROM psychology p JOIN psych_referral r USING (child_id) WHERE child_id = $1
			AND p.level = 'LEVEL_3' AND p.in_crisis AND p.guardian_informed_on IS NULL AND r.closed_on IS NULL`},
		{demo.Taoyuan, "shielded, two handlers, an embargoed inquiry", `SELECT 1 FROM child c WHERE c.id = $1 AND c.shield = 'FULL'
			AND (SELECT count(*) FROM shield_handler h WHERE h.child_id = c.id) = 2
			AND EXISTS (SELECT 1 FROM access_inquiry q WHERE q.child_id = c.id AND q.state <> 'ANSWERED' AND q.withheld_basis IS NOT NULL)
			AND EXISTS (SELECT 1 FROM protection_order o WHERE o.child_id = c.id)`},
		{demo.Hewan, "flagged by the school, not registered", `SELECT 1 FROM registration r JOIN enrolment e USING (child_id) WHERE child_id = $1
			AND e.current AND e.edu_left_behind_flag AND r.status = 'CANDIDATE' AND r.left_behind_since = DATE '2026-07-23'`},
		{demo.Jinsui, "moved, two directors claim", `SELECT 1 FROM transfer_request t WHERE child_id = $1 AND t.state = 'SENT'
			AND (SELECT count(DISTINCT author_id) FROM action_card a WHERE a.child_id = t.child_id AND a.done_on IS NULL) = 2`},
		{demo.Bailu, "green, nothing to report", `SELECT 1 FROM registration r WHERE child_id = $1 AND r.risk_level = 'GREEN'
			AND NOT EXISTS (SELECT 1 FROM dropout_case d WHERE d.child_id = r.child_id)`},
	} {
		if n := all[int32](t, pool, fact.statement, fact.child); len(n) != 1 {
			t.Errorf("%s: not so: %s", aliases[fact.child], fact.says)
		}
	}
}

// TestCallers proves every ready-made log-in against register, tickets and policy.
func TestCallers(t *testing.T) {
	t.Parallel()
	pool, d := filled(t)
	rules, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	for _, c := range d.Callers() {
		if keys[c.Key] {
			t.Errorf("two callers are called %s", c.Key)
		}
		keys[c.Key] = true
		if c.ZH == "" || c.EN == "" || c.ShowsZH == "" || c.ShowsEN == "" || c.StaffName == "" {
			t.Errorf("%s: a label is missing", c.Key)
		}
		n := one[int64](t, pool, `SELECT count(*) FROM staff s JOIN agency a ON a.id = s.agency_id JOIN post p ON p.staff_id = s.id
			WHERE a.code = $1 AND s.code = $2 AND p.role = $3 AND s.active AND s.vetted_until >= $4`, c.AgencyCode, c.StaffCode, c.Role, today)
		if n == 0 {
			t.Errorf("%s: the register has no %s %s at %s", c.Key, c.Role, c.StaffCode, c.AgencyCode)
		}
		view, err := rules.View(policy.Role(c.Role), policy.Purpose(c.Purpose))
		if err != nil {
			t.Errorf("%s: %v", c.Key, err)
			continue
		}
		if view.Ticket.Required && c.TicketCode == "" {
			t.Errorf("%s: %s needs a ticket", c.Key, c.Purpose)
		}
		if c.TicketCode == "" {
			continue
		}
		n = one[int64](t, pool, `SELECT count(*) FROM ticket t JOIN staff s ON s.id = t.staff_id WHERE t.code = $1 AND s.code = $2 AND t.purpose = $3
			AND t.kind = $4 AND t.closed_at IS NULL AND t.opened_at <= $5 AND (t.expires_at IS NULL OR t.expires_at > $5)
			AND (t.child_id IS NULL OR t.child_id = $6)`, c.TicketCode, c.StaffCode, c.Purpose, view.Ticket.Kind, today.Add(time.Hour), c.ChildID)
		if n != 1 {
			t.Errorf("%s: ticket %s opens nothing", c.Key, c.TicketCode)
		}
	}
	if len(keys) < 15 {
		t.Errorf("only %d callers", len(keys))
	}
}
