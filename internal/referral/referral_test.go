package referral_test

import (
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/referral"
)

// district is a child of 14 at a school, its psychologist (1), a social worker under
// contract (2), a clinic doctor (3), the teacher (4), the director (5), and the duty desk
// (6).
const district = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', 'd', 'DISTRICT', NULL), (2, '2', 't', 'TOWNSHIP', 1), (3, '3', 'v', 'VILLAGE', 2);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'EDUCATION', 1);
INSERT INTO school (id, code, name, agency_id, division_id) VALUES (1, '9900000001', '示范一小', 1, 2);
INSERT INTO clinic (id, code, name, agency_id, division_id) VALUES (1, 'K1', '示范卫生院', 1, 2);
INSERT INTO contract (id, number, agency_id, project, valid_from, valid_to, purposes) VALUES (1, 'C1', 1, 'p', '2026-01-01', '2027-12-31', '{PSYCH_SUPPORT}'), (2, 'C2', 1, 'p', '2026-01-01', '2027-12-31', '{VISIT}');
INSERT INTO staff (id, code, agency_id, display_name, kind, vetted_until) SELECT i, 's' || i, 1, 's' || i, 'PERSON', '2027-12-31' FROM generate_series(1, 7) i;
INSERT INTO post (staff_id, role, agency_id, division_id, school_id, clinic_id, contract_id, valid_from, authorised_until, approval_ref) VALUES
    (1, 'PSY', 1, NULL, 1, NULL, NULL, '2026-01-01', '2027-12-31', 'x'), (2, 'SW', 1, NULL, NULL, NULL, 1, '2026-01-01', '2027-12-31', 'x'),
    (3, 'HD', 1, NULL, NULL, 1, NULL, '2026-01-01', '2027-12-31', 'x'), (4, 'HT', 1, NULL, 1, NULL, NULL, '2026-01-01', '2027-12-31', 'x'),
    (5, 'DIR', 1, 3, NULL, NULL, NULL, '2026-01-01', '2027-12-31', 'x'), (6, 'CM', 1, 1, NULL, NULL, NULL, '2026-01-01', '2027-12-31', 'x'),
    (7, 'SW', 1, NULL, NULL, NULL, 2, '2026-01-01', '2027-12-31', 'x');
INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id) VALUES (1, 'FEMALE', '2012-10-23', 3, 2), (2, 'MALE', '2019-10-23', 3, 2);
INSERT INTO enrolment (child_id, school_id, current, status, stage) VALUES (1, 1, true, 'ENROLLED', 'JUNIOR'), (2, 1, true, 'ENROLLED', 'PRIMARY');`

var now = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

func by(staff int64, role string, id, child int64) disclosure.Decided {
	return disclosure.Decided{
		Access: &disclosure.Access{
			Caller: identity.Caller{Agency: identity.Agency{ID: 1, Name: "a"}, Staff: identity.Staff{ID: staff, Name: "s"}},
			Post:   identity.Post{Role: role}, Now: now,
		},
		SubjectID: id, ChildID: child,
	}
}

func setup(t *testing.T) *pgxpool.Pool {
	t.Helper()
	_, db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), district); err != nil {
		t.Fatal(err)
	}
	return db
}

// make makes a move by its name, with facts that are in order.
func makes(t *testing.T, tx postgres.Tx, d disclosure.Decided, name string, version int) (referral.Result, error) {
	t.Helper()
	ctx := t.Context()
	said := referral.Answer{Relation: "MOTHER", On: "2026-11-23", View: "AGREES"}
	var done disclosure.Changed
	var err error
	switch name {
	case "informReferralGuardian":
		done, err = referral.Inform(ctx, tx, d, version, referral.Means{On: "2026-11-23", How: "PHONE", Proof: "通话记录"})
	case "recordUnreachable":
		done, err = referral.Unreachable(ctx, tx, d, version)
	case "proceedInEmergency":
		done, err = referral.Proceed(ctx, tx, d, version)
	case "recordConsent":
		done, err = referral.Agree(ctx, tx, d, version, said)
	case "recordRefusal":
		done, err = referral.Refuse(ctx, tx, d, version, said)
	case "screenReferral":
		done, err = referral.Screen(ctx, tx, d, version, "LEVEL_2")
	case "planReferral":
		done, err = referral.Decide(ctx, tx, d, version, referral.Plan{Measures: []string{"COUNSELLING"}, Counsellor: "s2"})
	case "assignReferral":
		done, err = referral.Assign(ctx, tx, d, version, "s2")
	case "referToClinic":
		done, err = referral.Refer(ctx, tx, d, version, "KIN")
	case "giveAdvice":
		done, err = referral.Advise(ctx, tx, d, version, referral.Advice{SeenOn: "2026-11-23", Code: "ACCOMPANIED"})
	case "followUpReferral":
		done, err = referral.Follow(ctx, tx, d, version, referral.Look{Note: "情绪平稳"})
	case "recordCounselling":
		done, err = referral.Count(ctx, tx, d, referral.Session{On: "2026-11-23", Mode: "IN_PERSON"})
	case "closeReferral":
		done, err = referral.Close(ctx, tx, d, version, map[string]string{referral.Informed: "REFUSED", referral.Screened: "NO_CONCERN"}[stateOf(t, tx)])
	}
	got, _ := done.Result.(referral.Result)
	return got, err
}

func stateOf(t *testing.T, tx postgres.Tx) (state string) {
	t.Helper()
	if err := tx.QueryRow(t.Context(), `SELECT state FROM psych_referral WHERE id = 1`).Scan(&state); err != nil {
		t.Fatal(err)
	}
	return state
}

// TestMachine_everyMove makes every move in every state by everybody: it happens where
// the table says so, and is refused with a code everywhere else. Who only found something
// is answered alike wherever the referral stands.
func TestMachine_everyMove(t *testing.T) {
	t.Parallel()
	people := map[string]disclosure.Decided{
		"psychologist": by(1, "PSY", 1, 1), "contractor": by(2, "SW", 1, 1), "doctor": by(3, "HD", 1, 1),
		"teacher who found it": by(4, "HT", 1, 1), "director": by(5, "DIR", 1, 1), "case manager": by(6, "CM", 1, 1),
	}
	names := []string{"psychologist", "contractor", "doctor", "teacher who found it", "director", "case manager"}
	flowtest.EveryMove(t, referral.Machine(), setup(t), flowtest.Trial{
		People: names, Made: 60, Refused: 400,
		Try: func(tx postgres.Tx, a flowtest.Attempt) (string, error) {
			plant(t, tx, a)
			got, err := makes(t, tx, people[a.Who], a.Move, 1)
			return got.State, err
		},
		Want: func(a flowtest.Attempt) string { return expected(a, people[a.Who].Post.Role) },
	})
}

func expected(a flowtest.Attempt, role string) string {
	tells := a.Move == "informReferralGuardian" || a.Move == "recordUnreachable"
	switch {
	case tells && role == "HT":
		return referral.Noted
	case tells && role == "DIR": // found by somebody else
		return "NOT_FOUND"
	case (tells || a.Move == "proceedInEmergency") && a.State == referral.Closed:
		return "NOT_FOUND" // the child has no open one
	}
	return a.Leads(referral.Machine(), slices.Contains(flowtest.Roles(referral.Machine(), a.Move), role))
}

// plant makes a referral in a state in which nothing but the state is in the way, found
// by the teacher.
func plant(t *testing.T, tx postgres.Tx, a flowtest.Attempt) {
	t.Helper()
	informed, consented, refusedOn, urgent, level := "'2026-11-20'", "NULL", "NULL", "false", "'LEVEL_2'"
	switch a.Move {
	case "informReferralGuardian", "recordUnreachable":
		informed = "NULL"
	case "proceedInEmergency":
		urgent = "true"
	case "recordCounselling":
		consented = "'GUARDIAN'"
	case "closeReferral":
		refusedOn, level = "'2026-11-20'", "'LEVEL_0'"
	}
	closed := "NULL"
	if a.State == referral.Closed {
		closed = "'2026-11-22'"
	}
	for _, sql := range []string{
		`INSERT INTO psych_referral (id, child_id, state, opened_on, guardian_informed_on, consent_basis, refused_on, urgent, level, unreachable_tries,
				referred_on, to_school_id, author_id, closed_on)
			VALUES (1, 1, '` + a.State + `', '2026-11-19', ` + informed + `, ` + consented + `, ` + refusedOn + `, ` + urgent + `, ` + level + `, 2, '2026-11-20', 1, 4, ` + closed + `)`,
		`INSERT INTO task (kind, child_id, subject, subject_id, staff_id, agency_id, opened_at, due_at, basis) VALUES ('REFERRAL_TELL', 1, 'psych_referral', 1, 4, 1, '2026-11-19', '2026-11-24', 'x')`,
		`INSERT INTO emergency_access (child_id, staff_id, reason, opened_at, expires_at) SELECT 1, i, 'x', '2026-11-23 01:00Z', '2026-11-23 23:00Z' FROM generate_series(1, 6) i`,
	} {
		if _, err := tx.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

// inTx does something in a transaction that stands.
func inTx(t *testing.T, db *pgxpool.Pool, do func(tx postgres.Tx) error) {
	t.Helper()
	if err := postgres.InTx(t.Context(), db, do); err != nil {
		t.Fatal(err)
	}
}

func lines(t *testing.T, db *pgxpool.Pool, sql string) []string {
	t.Helper()
	var out []string
	if err := db.QueryRow(t.Context(), `SELECT coalesce(array_agg(x.line), '{}') FROM (`+sql+`) x (line)`).Scan(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestRefuse_inDanger: a mandatory report goes out; without danger it ends there.
func TestRefuse_inDanger(t *testing.T) {
	t.Parallel()
	db := setup(t)
	for _, child := range []int64{1, 2} { // in the order of their numbers, which the end of this test knows
		var r referral.Result
		inTx(t, db, func(tx postgres.Tx) error {
			done, err := referral.Raise(t.Context(), tx, by(1, "PSY", child, child), referral.Flag{Source: "SCREENING", Urgent: child == 1})
			r, _ = done.Result.(referral.Result)
			return err
		})
		d := by(1, "PSY", r.ID, child)
		inTx(t, db, func(tx postgres.Tx) error {
			done, err := makes(t, tx, d, "informReferralGuardian", r.Version)
			if err != nil {
				return err
			}
			// A child of 14 is asked; one of 7 is not.
			_, err = referral.Refuse(t.Context(), tx, d, done.Version, referral.Answer{Relation: "FATHER", On: "2026-11-23"})
			if child == 2 {
				return err
			}
			if fault.CodeOf(err) != fault.BadRequest {
				t.Errorf("a child of 14 was not asked: %v", err)
			}
			_, err = referral.Refuse(t.Context(), tx, d, done.Version, referral.Answer{Relation: "FATHER", On: "2026-11-23", View: "AGREES"})
			return err
		})
	}
	want(t, "reports", lines(t, db, `SELECT concat_ws(' ', child_id, category, state, immediate_danger, reporter_suspects, sealed_handler_id) FROM mandatory_report`), "1 GUARDIAN_INCAPABLE SUBMITTED t t 6")
	want(t, "the desk", lines(t, db, `SELECT kind || ' ' || staff_id FROM task WHERE kind LIKE 'REPORT%'`), "REPORT_ACCEPT 6")
	tx, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context()) //nolint:errcheck // taken back
	if _, err := referral.Close(t.Context(), tx, by(1, "PSY", 1, 1), 3, "REFUSED"); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("closed with a child in danger: %v", err)
	}
}

// TestProceed_needsBreakGlass: no danger, too few tries, nobody's emergency: each stands
// in the way; and whoever has none for this child cannot lean on somebody else's.
func TestProceed_needsBreakGlass(t *testing.T) {
	t.Parallel()
	db := setup(t)
	var r referral.Result
	d := by(1, "PSY", 1, 1)
	step := func(what string, code fault.Code, do func(tx postgres.Tx) (disclosure.Changed, error)) {
		t.Helper()
		err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
			done, err := do(tx)
			if err == nil {
				r, _ = done.Result.(referral.Result)
			}
			return err
		})
		if (err == nil) != (code == "") || err != nil && fault.CodeOf(err) != code {
			t.Fatalf("%s: %v, want %q", what, err, code)
		}
	}
	ctx := t.Context()
	raise := func(urgent bool) func(tx postgres.Tx) (disclosure.Changed, error) {
		return func(tx postgres.Tx) (disclosure.Changed, error) {
			return referral.Raise(ctx, tx, by(1, "PSY", 1, 1), referral.Flag{Source: "SCREENING", Urgent: urgent})
		}
	}
	proceed := func(tx postgres.Tx) (disclosure.Changed, error) { return referral.Proceed(ctx, tx, d, r.Version) }
	attempt := func(tx postgres.Tx) (disclosure.Changed, error) { return referral.Unreachable(ctx, tx, d, r.Version) }
	step("flag", "", raise(false))
	step("no danger", fault.Conflict, proceed)
	step("danger", "", raise(true))
	step("no tries", fault.Conflict, proceed)
	step("one try", "", attempt)
	step("one is not enough", fault.Conflict, proceed)
	step("two tries", "", attempt)
	step("no break-glass", fault.Forbidden, proceed)
	for _, sql := range []string{
		`INSERT INTO emergency_access (child_id, staff_id, reason, opened_at, expires_at) VALUES (1, 2, 'x', '2026-11-23 01:00Z', '2026-11-23 23:00Z'), (2, 1, 'x', '2026-11-23 01:00Z', '2026-11-23 23:00Z'), (1, 1, 'x', '2026-11-22 01:00Z', '2026-11-22 23:00Z')`,
	} {
		if _, err := db.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	step("somebody else's, another child's, yesterday's", fault.Forbidden, proceed)
	if _, err := db.Exec(ctx, `INSERT INTO emergency_access (child_id, staff_id, reason, opened_at, expires_at) VALUES (1, 1, 'x', '2026-11-23 01:00Z', '2026-11-23 23:00Z')`); err != nil {
		t.Fatal(err)
	}
	step("break-glass", "", proceed)
	want(t, "what is owed", lines(t, db, `SELECT kind || ' ' || (due_at AT TIME ZONE 'Asia/Shanghai')::date FROM task WHERE done_at IS NULL ORDER BY kind`),
		"REFERRAL_SCREEN 2026-11-24", "REFERRAL_TELL_AFTER 2026-11-25")
}

func want(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}
