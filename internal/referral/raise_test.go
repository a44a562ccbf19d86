package referral_test

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/referral"
	"github.com/tongxin-hub/tongxin/policy"
)

// TestRaise_whoKnows: before the guardian was told the school does not see what the
// teacher flagged; in danger its psychologist does at once, and nobody else learns why.
// Each finder is to tell the guardian what they found, by a task that nobody else ends.
func TestRaise_whoKnows(t *testing.T) {
	t.Parallel()
	db := setup(t)
	flag := func(d disclosure.Decided, f referral.Flag) {
		t.Helper()
		inTx(t, db, func(tx postgres.Tx) error {
			_, err := referral.Raise(t.Context(), tx, d, f)
			return err
		})
	}
	flag(by(4, "HT", 2, 2), referral.Flag{Source: "SCHOOL"})
	want(t, "calm", lines(t, db, `SELECT concat_ws(' ', to_school_id, state) FROM psych_referral`), "FLAGGED")
	want(t, "the teacher's task", lines(t, db, `SELECT concat_ws(' ', kind, staff_id, due_at AT TIME ZONE 'Asia/Shanghai', ticket_id) FROM task`), "REFERRAL_TELL 4 2026-11-27 00:00:00")
	flag(by(5, "DIR", 2, 2), referral.Flag{Source: "FAMILY", Urgent: true})
	want(t, "in danger", lines(t, db, `SELECT concat_ws(' ', to_school_id, urgent) FROM psych_referral`), "1 t")
	const tasks = `SELECT concat_ws(' ', kind, staff_id, (due_at AT TIME ZONE 'Asia/Shanghai')::date) FROM task WHERE done_at IS NULL ORDER BY staff_id`
	want(t, "the tasks", lines(t, db, tasks), "REFERRAL_INFORM 1 2026-11-24", "REFERRAL_TELL 4 2026-11-27", "REFERRAL_TELL 5 2026-11-24")
	want(t, "the cards", lines(t, db, `SELECT role || ' ' || text FROM action_card ORDER BY role`),
		"DIR 请陪同照看，不让孩子独处，有情况联系学校", "HT 请陪同照看，不让孩子独处，有情况联系学校")
	want(t, "a director is not education", lines(t, db, `SELECT in_crisis::text FROM psychology`))
	want(t, "the psychologist's work item", lines(t, db, `SELECT staff_id || ' ' || purpose FROM ticket`), "1 PSYCH_SUPPORT")
	inTx(t, db, func(tx postgres.Tx) error {
		_, err := makes(t, tx, by(5, "DIR", 2, 2), "informReferralGuardian", 0)
		return err
	})
	want(t, "the director has told", lines(t, db, tasks), "REFERRAL_CONSENT 1 2026-11-24", "REFERRAL_TELL 4 2026-11-27")
	want(t, "on record", lines(t, db, `SELECT state || ' ' || guardian_informed_on FROM psych_referral`), "GUARDIAN_INFORMED 2026-11-23")
}

// TestRaise_tellsNoReferral: whoever flags is answered, asked and refused alike, whether
// nothing is known of the child, somebody flagged before, or the referral is far on.
func TestRaise_tellsNoReferral(t *testing.T) {
	t.Parallel()
	db := setup(t)
	for _, urgent := range []bool{false, true} {
		var alike [][]string
		for _, before := range []string{
			"", referral.Flagged, referral.Informed, referral.Consent, referral.Planned, referral.FollowUp, referral.Closed,
		} {
			alike = append(alike, seenByFinder(t, db, before, urgent))
		}
		for _, got := range alike[1:] {
			want(t, "what a finder sees", got, alike[0]...)
		}
		if len(alike[0]) < 12 {
			t.Errorf("a finder sees only %q", alike[0])
		}
	}
}

// seenByFinder is all that a teacher is told who flags a child with a referral in a
// state, and goes on with it.
func seenByFinder(t *testing.T, db *pgxpool.Pool, state string, urgent bool) []string {
	t.Helper()
	tx, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context()) //nolint:errcheck // taken back
	if state != "" {
		closed := map[bool]string{true: "'2026-11-22'", false: "NULL"}[state == referral.Closed]
		sql := `INSERT INTO psych_referral (id, child_id, state, opened_on, guardian_informed_on, consent_basis, urgent, level, to_school_id, author_id, closed_on)
			VALUES (9, 1, '` + state + `', '2026-11-19', CASE WHEN '` + state + `' <> 'FLAGGED' THEN '2026-11-20'::date END, 'GUARDIAN', false, 'LEVEL_2', 1, 5, ` + closed + `)`
		if _, err := tx.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	d := by(4, "HT", 1, 1)
	var seen []string
	say := func(done disclosure.Changed, err error) {
		seen = append(seen, fmt.Sprintf("%+v %v", done, err))
	}
	tasks := func() {
		var list []string
		if err := tx.QueryRow(t.Context(), `SELECT coalesce(array_agg(concat_ws(' ', kind, due_at, ticket_id, done_at) ORDER BY id), '{}') FROM task WHERE staff_id = 4`).Scan(&list); err != nil {
			t.Fatal(err)
		}
		seen = append(seen, fmt.Sprint(list))
	}
	say(referral.Unreachable(t.Context(), tx, d, 0))
	say(referral.Raise(t.Context(), tx, d, referral.Flag{Source: "SCHOOL", Urgent: urgent}))
	tasks()
	say(referral.Raise(t.Context(), tx, d, referral.Flag{Source: "SCHOOL", Urgent: urgent}))
	tasks()
	say(referral.Unreachable(t.Context(), tx, d, 1))
	for _, how := range []referral.Means{{On: "2026-12-01", How: "PHONE", Proof: "通话记录"}, {On: "2026-11-23", How: "PHONE", Proof: "诊断为抑郁症"}} {
		say(referral.Inform(t.Context(), tx, d, 1, how))
	}
	tasks()
	good := referral.Means{On: "2026-11-23", How: "PHONE", Proof: "通话记录"}
	say(referral.Inform(t.Context(), tx, d, 1, good))
	tasks()
	say(referral.Inform(t.Context(), tx, d, 1, good))
	say(referral.Screen(t.Context(), tx, by(4, "HT", 0, 1), 1, "LEVEL_0"))
	return seen
}

// TestRaise_inConflict: whoever has declared a conflict of interest may flag, and goes no
// further; the school's psychologist hears at once.
func TestRaise_inConflict(t *testing.T) {
	t.Parallel()
	db := setup(t)
	if _, err := db.Exec(t.Context(), `INSERT INTO conflict_declaration (staff_id, child_id, kind, declared_on) VALUES (5, 1, 'KIN', '2026-11-01')`); err != nil {
		t.Fatal(err)
	}
	d := by(5, "DIR", 1, 1)
	d.Bases = policy.Of(policy.Caller, policy.OwnVillage, policy.Conflict)
	inTx(t, db, func(tx postgres.Tx) error {
		done, err := referral.Raise(t.Context(), tx, d, referral.Flag{Source: "FAMILY"})
		if done.Reason != referral.Noted {
			t.Errorf("answered %+v", done)
		}
		return err
	})
	want(t, "the psychologist tells the guardian", lines(t, db, `SELECT concat_ws(' ', kind, staff_id, ticket_id IS NOT NULL) FROM task`), "REFERRAL_INFORM 1 t")
}
