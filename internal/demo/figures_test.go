package demo_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
)

// exactFigures are those of the yearly reply: number and unit as printed.
func exactFigures() map[string]string {
	return map[string]string{
		"PROPOSAL_NUMBER": "89 号", "HANDLING_CLASS": "A 类",
		"SUPERVISORS_IN_POST": "15 人", "DIRECTORS_IN_POST": "649 人", "VILLAGES_WITHOUT_DIRECTOR": "0 个",
		"TRAINED_SUPERVISORS": "100% %", "TRAINED_DIRECTORS": "100% %",
		"GROUP_EVENTS": "12 场", "COUNSELLING_SESSIONS": "38 次", "COUNSELLING_ATTENDANCES": "95 人次", "COUNSELLING_CHILDREN": "61 人",
	}
}

// figures reads the figures that want names.
func figures(tb testing.TB, pool *pgxpool.Pool, want map[string]string) map[string]string {
	tb.Helper()
	got := map[string]string{}
	for code := range want {
		got[code] = one[string](tb, pool, `SELECT shown || ' ' || unit FROM figure($1) WHERE code = $2`, today, code)
	}
	return got
}

func TestFigures(t *testing.T) {
	t.Parallel()
	pool, _ := filled(t)
	want := exactFigures()
	want["LEFT_BEHIND_3"], want["LEFT_BEHIND_6"] = "300 人", "288 人"
	want["HARDSHIP"], want["LEFT_BEHIND_AND_HARDSHIP"], want["DE_FACTO_UNATTENDED"] = "90 人", "26 人", "6 人"
	want["DROPOUT_ALERTS"], want["RELIEF_APPLICATIONS"] = "9 件", "13 件"
	if diff := cmp.Diff(want, figures(t, pool, want)); diff != "" {
		t.Error(diff)
	}
	if n := one[int64](t, pool, `SELECT count(*) FROM figure($1) WHERE definition = '' OR unit = '' OR name = '' OR as_of IS NULL
		OR definition !~ '[一-龥]' OR source NOT IN ('CIVIL_AFFAIRS', 'EDUCATION', 'WOMENS_FEDERATION', 'HEALTH')`, today); n != 0 {
		t.Errorf("%d figures lack a definition, unit, source or date", n)
	}
	// The reply's figures are of its data date, and stay when the year goes on.
	later := one[string](t, pool, `SELECT string_agg(shown, ' ' ORDER BY id) FROM figure($1::date + 200) WHERE id BETWEEN 8 AND 11`, today)
	if later != "12 38 95 61" {
		t.Errorf("200 days later: %s", later)
	}
}

// TestFull checks the numbers and distributions of a district of its real size.
func TestFull(t *testing.T) {
	t.Parallel()
	url, pool := pgtest.New(t)
	o := demo.Options{Scale: demo.Full, Seed: 7, Today: today, LogEntries: -1}
	if err := fill(t.Context(), url, newDistrict(t, o)); err != nil {
		t.Fatal(err)
	}
	want := exactFigures()
	want["LEFT_BEHIND_3"], want["LEFT_BEHIND_6"] = "3000 人", "2880 人"
	want["HARDSHIP"], want["LEFT_BEHIND_AND_HARDSHIP"], want["DE_FACTO_UNATTENDED"] = "900 人", "260 人", "60 人"
	want["DROPOUT_ALERTS"], want["RELIEF_APPLICATIONS"], want["MANDATORY_REPORTS"], want["PSYCH_REFERRALS"] = "90 件", "130 件", "14 件", "60 人次"
	if diff := cmp.Diff(want, figures(t, pool, want)); diff != "" {
		t.Error(diff)
	}
	const left = ` FROM registration r JOIN child c ON c.id = r.child_id WHERE r.left_behind AND r.status = 'REGISTERED'`
	for _, share := range []struct {
		name, condition string
		want, tolerance float64
	}{
		{"age 0-5", "age_band(c.birth_date, '2026-11-23') = 'AGE_0_5'", 21.7, 0.5},
		{"age 6-13", "age_band(c.birth_date, '2026-11-23') = 'AGE_6_13'", 67.4, 0.5},
		{"age 14-15", "age_band(c.birth_date, '2026-11-23') = 'AGE_14_15'", 10.9, 0.5},
		{"male", "c.sex = 'MALE'", 54.5, 2},
		{"both away", "r.care_reason = 'BOTH_AWAY'", 83.5, 2}, // 86 less what nobody filled in
		{"green", "r.risk_level = 'GREEN'", 78, 1.5},
		{"red", "r.risk_level = 'RED'", 2, 0.7},
		{"3 to 6 months", "r.left_behind_since > '2026-05-23'", 4, 0.1},
		{"away over 20 months", "r.left_behind_since < '2025-03-23'", 18, 4},
		{"primary", "EXISTS (SELECT 1 FROM enrolment e WHERE e.child_id = c.id AND e.current AND e.stage = 'PRIMARY')", 51.9, 1},
		{"kindergarten", "EXISTS (SELECT 1 FROM enrolment e WHERE e.child_id = c.id AND e.current AND e.stage = 'KINDERGARTEN')", 18.4, 1},
		{"junior", "EXISTS (SELECT 1 FROM enrolment e WHERE e.child_id = c.id AND e.current AND e.stage = 'JUNIOR')", 19.5, 1},
		{"grandparents", "EXISTS (SELECT 1 FROM guardianship g WHERE g.child_id = c.id AND g.kind = 'GRANDPARENTS')", 96, 1},
		{"assessed normal", "EXISTS (SELECT 1 FROM guardianship_assessment a WHERE a.child_id = c.id AND a.grade = 'NORMAL')", 88, 2},
		{"weekly contact", "EXISTS (SELECT 1 FROM guardianship g WHERE g.child_id = c.id AND g.last_parent_contact_on >= '2026-11-16')", 73, 3},
		{"Han", "c.ethnicity = '汉族'", 95.6, 1.5},
	} {
		got := one[float64](t, pool, `SELECT 100.0 * count(*) FILTER (WHERE `+share.condition+`) / count(*)`+left)
		if math.Abs(got-share.want) > share.tolerance {
			t.Errorf("%s: %.2f %%, want %.2f", share.name, got, share.want)
		}
	}
	checkFullNumbers(t, pool)
}

func checkFullNumbers(tb testing.TB, pool *pgxpool.Pool) {
	tb.Helper()
	for _, number := range []struct {
		statement string
		least     int64
		most      int64
	}{
		{`SELECT count(*) FROM visit WHERE visited_on IS NOT NULL`, 13_500, 15_000},
		{`SELECT count(*) * 100 / (SELECT count(*) FROM visit WHERE visited_on IS NOT NULL) FROM visit WHERE mode = 'HOME'`, 59, 65},
		{`SELECT count(*) * 100 / (SELECT count(*) FROM visit WHERE visited_on IS NOT NULL) FROM visit WHERE visited_on <= planned_on`, 84, 88},
		{`SELECT count(*) FROM dropout_case WHERE ledger IN ('SUSPECTED', 'DROPOUT')`, 22, 24},
		{`SELECT count(*) FROM dropout_case WHERE ledger = 'DROPOUT'`, 3, 3},
		{`SELECT count(*) FROM dropout_case WHERE outcome = 'TRANSFERRED'`, 2, 2},
		{`SELECT count(*) FROM dropout_case WHERE cancelled_on IS NULL`, 3, 3},
		{`SELECT count(*) FROM mandatory_report WHERE state = 'CLOSED_UNFOUNDED'`, 4, 4},
		{`SELECT count(*) FROM mandatory_report WHERE guardian_suspected`, 2, 2},
		{`SELECT count(*) FROM mandatory_report WHERE channel = 'CLINIC'`, 1, 1},
		{`SELECT count(*) FROM consultation`, 11, 11},
		{`SELECT count(*) FROM psych_referral r JOIN psychology p USING (child_id) WHERE p.level = 'LEVEL_1'`, 44, 44},
		{`SELECT count(*) FROM psych_referral r JOIN psychology p USING (child_id) WHERE p.level = 'LEVEL_3'`, 3, 3},
		{`SELECT count(*) FROM relief_application WHERE urgent`, 9, 9},
		{`SELECT count(*) FROM relief_application WHERE publicity = 'NO_PUBLICITY'`, 6, 6},
		{`SELECT count(*) FROM pairing`, 420, 420},
		{`SELECT count(*) FROM correction_request`, 45, 45},
		{`SELECT count(*) FROM correction_request WHERE state IN ('ACCEPTED', 'PROPAGATED')`, 38, 38},
		{`SELECT count(*) FROM access_inquiry`, 12, 12},
		{`SELECT count(*) FROM child a JOIN child b ON a.citizen_id = b.citizen_id AND a.id < b.id`, 15, 15},
		{`SELECT count(*) FROM child WHERE citizen_id IS NOT NULL AND substr(citizen_id, 7, 8) <> to_char(birth_date, 'YYYYMMDD')`, 34, 38},
		{`SELECT count(*) FROM child WHERE hukou_type = 'NONE'`, 11, 13},
		{`SELECT count(*) FROM visit WHERE living_text ~ '残疾证号[0-9]{17}[0-9X][0-9]{2}'`, 2, 2},
		{`SELECT count(*) FROM child WHERE shield <> 'NONE'`, 3, 3},
		{`SELECT count(*) FROM child c JOIN caregiver g ON g.child_id = c.id WHERE g.phone <> c.care_contact_phone AND g.recorded_on < '2025-01-01'`, 13, 16},
		{`SELECT count(*) FROM child c JOIN enrolment e ON e.child_id = c.id AND e.current JOIN school s ON s.id = e.school_id
			WHERE s.division_id <> c.residence_township_id AND e.stage <> 'SENIOR' AND NOT EXISTS (SELECT 1 FROM transfer_request t WHERE t.child_id = c.id)`, 1, 3},
		{`SELECT count(*) FROM enrolment WHERE current AND student_no ~ '^L'`, 15, 45},
	} {
		if got := one[int64](tb, pool, number.statement); got < number.least || got > number.most {
			tb.Errorf("%s: %d, want %d to %d", number.statement, got, number.least, number.most)
		}
	}
	flagged := one[float64](tb, pool, `SELECT 100.0 * count(*) FILTER (WHERE NOT (r.left_behind AND r.status = 'REGISTERED')) / count(*)
		FROM enrolment e JOIN registration r USING (child_id) WHERE e.current AND e.edu_left_behind_flag`)
	if math.Abs(flagged-18) > 1 {
		tb.Errorf("%.2f %% of the flagged pupils are not on the register, want 18", flagged)
	}
	missing := one[float64](tb, pool, `SELECT 100.0 * count(*) FILTER (WHERE NOT e.edu_left_behind_flag) / count(*)
		FROM enrolment e JOIN registration r USING (child_id)
		WHERE e.current AND r.left_behind AND r.status = 'REGISTERED' AND e.stage IN ('PRIMARY', 'JUNIOR', 'SENIOR')`)
	if math.Abs(missing-6) > 1.2 {
		tb.Errorf("%.2f %% of the registered pupils are not flagged, want 6", missing)
	}
}
