package aid_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/aid"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// district is a pupil of nine with a mother, the teacher (1), three officers of the
// bureau (2, 3, and 4, who has left), and another teacher (5).
const district = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', 'd', 'DISTRICT', NULL), (2, '2', 't', 'TOWNSHIP', 1), (3, '3', 'v', 'VILLAGE', 2);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'SCHOOL', 1), (2, 'B', 'b', 'EDUCATION', 1);
INSERT INTO term (code, starts_on, ends_on) VALUES ('2025-2', '2026-02-20', '2026-07-05'), ('2026-1', '2026-09-01', '2027-01-25');
INSERT INTO staff (id, code, agency_id, display_name, kind, vetted_until) SELECT i, 's' || i, CASE WHEN i IN (1, 5) THEN 1 ELSE 2 END, 's' || i, 'PERSON', '2027-12-31' FROM generate_series(1, 5) i;
INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, valid_to, authorised_until, approval_ref) VALUES
    (1, 'HT', 1, 1, '2026-01-01', NULL, '2027-12-31', 'x'), (2, 'DPS', 2, 1, '2026-02-01', NULL, '2027-12-31', 'x'), (3, 'DPS', 2, 1, '2026-01-01', NULL, '2027-12-31', 'x'),
    (4, 'DPS', 2, 1, '2026-03-01', '2026-10-01', '2027-12-31', 'x'), (5, 'HT', 1, 1, '2026-01-01', NULL, '2027-12-31', 'x');
INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id) VALUES (1, 'FEMALE', '2017-10-23', 3, 2);
INSERT INTO enrolment (child_id, current, status, stage) VALUES (1, true, 'ENROLLED', 'PRIMARY');
INSERT INTO guardian (child_id, name, relation) VALUES (1, '王', 'MOTHER');`

var now = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC) // a Monday

func by(staff int64, role string) disclosure.Decided {
	return disclosure.Decided{
		Access: &disclosure.Access{
			Caller: identity.Caller{Agency: identity.Agency{ID: 1}, Staff: identity.Staff{ID: staff}},
			Post:   identity.Post{Role: role}, Now: now,
		},
		SubjectID: 1, ChildID: 1,
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

var agreed = aid.Answer{Relation: "MOTHER", On: "2026-11-23", View: "AGREES"}

// makes makes a move by its name, with facts that are in order.
func makes(t *testing.T, tx postgres.Tx, d disclosure.Decided, name string, version int) (aid.Result, error) {
	t.Helper()
	ctx := t.Context()
	done, err := map[string]func() (disclosure.Changed, error){
		aid.ConsentMove:    func() (disclosure.Changed, error) { return aid.Agree(ctx, tx, d, version, agreed) },
		aid.ReturnMove:     func() (disclosure.Changed, error) { return aid.Return(ctx, tx, d, version, "ELIGIBILITY_PROOF") },
		aid.SupplementMove: func() (disclosure.Changed, error) { return aid.Supplement(ctx, tx, d, version) },
		aid.ApproveMove:    func() (disclosure.Changed, error) { return aid.Approve(ctx, tx, d, version) },
		aid.RefuseMove:     func() (disclosure.Changed, error) { return aid.Refuse(ctx, tx, d, version, "NOT_ELIGIBLE") },
		aid.TellMove:       func() (disclosure.Changed, error) { return aid.Tell(ctx, tx, d, version, "2026-11-23") },
		aid.WithdrawMove:   func() (disclosure.Changed, error) { return aid.Withdraw(ctx, tx, d, version, "GUARDIAN_WITHDREW") },
	}[name]()
	got, _ := done.Result.(aid.Result)
	return got, err
}

// TestMachine_everyMove makes every move in every state by everybody.
func TestMachine_everyMove(t *testing.T) {
	t.Parallel()
	people := map[string]disclosure.Decided{
		"teacher": by(1, "HT"), "another teacher": by(5, "HT"), "officer": by(2, "DPS"), "another officer": by(3, "DPS"), "director": by(1, "DIR"),
	}
	m := aid.Machine()
	try := func(tx postgres.Tx, a flowtest.Attempt) (string, error) {
		if _, err := tx.Exec(t.Context(), `INSERT INTO education_aid (id, child_id, kind, term_code, state, author_id, decider_id, consent_on, consent_relation)
			VALUES (1, 1, 'GRANT', '2026-1', $1, 1, 2, '2026-11-20', 'MOTHER')`, a.State); err != nil {
			t.Fatal(err)
		}
		got, err := makes(t, tx, people[a.Who], a.Move, 1)
		return got.State, err
	}
	flowtest.EveryMove(t, m, setup(t), flowtest.Trial{
		People: []string{"teacher", "another teacher", "officer", "another officer", "director"}, Made: 10, Refused: 200, Try: try,
		Want: func(a flowtest.Attempt) string {
			owner := map[bool]string{true: "officer", false: "teacher"}[slices.Contains(flowtest.Roles(m, a.Move), "DPS")]
			return a.Leads(m, a.Who == owner)
		},
	})
}

func TestMachine_agreesWithThePolicy(t *testing.T) {
	t.Parallel()
	flowtest.AgreesWithThePolicy(t, aid.Machine())
}

// step is a move in a test that goes on from one to the next.
type step func(tx postgres.Tx, version int) (disclosure.Changed, error)

// play makes moves one after the other, each on the newest version, and demands a code.
func play(t *testing.T, db *pgxpool.Pool, code fault.Code, do step) {
	t.Helper()
	err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
		var version int
		if err := tx.QueryRow(t.Context(), `SELECT coalesce(max(version), 1) FROM education_aid`).Scan(&version); err != nil {
			return err
		}
		_, err := do(tx, version)
		return err
	})
	if (err == nil) != (code == "") || err != nil && fault.CodeOf(err) != code {
		t.Fatalf("%v, want %q", err, code)
	}
}

func named(t *testing.T, d disclosure.Decided, name string) step {
	t.Helper()
	return func(tx postgres.Tx, version int) (disclosure.Changed, error) {
		_, err := makes(t, tx, d, name, version)
		return disclosure.Changed{}, err
	}
}

// say compares what the tables tell.
func say(t *testing.T, db *pgxpool.Pool, what, sql string, want ...string) {
	t.Helper()
	var got []string
	if err := db.QueryRow(t.Context(), `SELECT coalesce(array_agg(x.line), '{}') FROM (`+sql+`) x (line)`).Scan(&got); err != nil {
		t.Fatal(err)
	}
	if want == nil {
		want = []string{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

const toDo = `SELECT concat_ws(' ', kind, staff_id, (due_at AT TIME ZONE 'Asia/Shanghai' - interval '1 second')::date, ticket_id IS NOT NULL) FROM task WHERE done_at IS NULL ORDER BY id`

// TestAid_fromProposalToTheFamily: nobody outside the school hears of it before the
// guardian agreed; the officer's work item lives as long as the decision is open; and
// the same officer goes on after a completion, unless in a conflict of interest.
func TestAid_fromProposalToTheFamily(t *testing.T) {
	t.Parallel()
	db := setup(t)
	propose := func(term string) step {
		return func(tx postgres.Tx, _ int) (disclosure.Changed, error) {
			return aid.Propose(t.Context(), tx, by(1, "HT"), "GRANT", term)
		}
	}
	agree := func(a aid.Answer) step {
		return func(tx postgres.Tx, version int) (disclosure.Changed, error) {
			return aid.Agree(t.Context(), tx, by(1, "HT"), version, a)
		}
	}
	play(t, db, fault.BadRequest, propose("2025-2"))
	play(t, db, fault.BadRequest, propose("9999-9"))
	play(t, db, "", propose("2026-1"))
	play(t, db, fault.Conflict, propose("2026-1"))
	say(t, db, "before the guardian agreed", toDo, "AID_CONSENT 1 2026-11-30 f")
	say(t, db, "nobody has a work item", `SELECT staff_id::text FROM ticket`)
	for _, bad := range []aid.Answer{
		{Relation: "FATHER", On: "2026-11-23", View: "AGREES"},
		{Relation: "MOTHER", On: "2026-11-24", View: "AGREES"},
		{Relation: "MOTHER", On: "x", View: "AGREES"},
		{Relation: "MOTHER", On: "2026-11-23"},
	} {
		play(t, db, fault.BadRequest, agree(bad))
	}
	play(t, db, "", agree(agreed))
	say(t, db, "before the bureau", toDo, "AID_DECIDE 2 2026-12-07 t")
	say(t, db, "the consent", `SELECT concat_ws(' ', kind, given_by, given_on) FROM consent_record`, "EDUCATION_AID MOTHER 2026-11-23")
	play(t, db, "", named(t, by(2, "DPS"), aid.ReturnMove))
	say(t, db, "sent back", toDo, "AID_SUPPLEMENT 1 2026-11-30 f")
	say(t, db, "the work item closes", `SELECT staff_id::text FROM ticket WHERE closed_at IS NULL`)
	play(t, db, "", named(t, by(1, "HT"), aid.SupplementMove))
	play(t, db, fault.Conflict, named(t, by(2, "DPS"), aid.ReturnMove)) // once
	say(t, db, "who had it goes on", toDo, "AID_DECIDE 2 2026-12-07 t")
	play(t, db, "", named(t, by(2, "DPS"), aid.ApproveMove))
	say(t, db, "approved", `SELECT concat_ws(' ', state, decided_on, valid_until) FROM education_aid`, "APPROVED 2026-11-23 2027-01-25")
	say(t, db, "the family is to be told", toDo, "AID_TELL 1 2026-11-26 f")
	say(t, db, "the work item closes", `SELECT staff_id::text FROM ticket WHERE closed_at IS NULL`)
	play(t, db, "", named(t, by(1, "HT"), aid.TellMove))
	play(t, db, fault.Conflict, named(t, by(1, "HT"), aid.TellMove))
	say(t, db, "nothing is left to do", toDo)
	play(t, db, "", named(t, by(1, "HT"), aid.WithdrawMove))
	say(t, db, "withdrawn", `SELECT concat_ws(' ', state, valid_until) FROM education_aid`, "WITHDRAWN 2026-11-23")
	say(t, db, "with the consent", `SELECT withdrawn_on::text FROM consent_record`, "2026-11-23")
	play(t, db, "", propose("2026-1")) // the family may apply again
}

// TestAid_conflictOfInterest: an application never comes before an officer in a declared
// conflict, and before nobody where no other is in post.
func TestAid_conflictOfInterest(t *testing.T) {
	t.Parallel()
	db := setup(t)
	begin := func(tx postgres.Tx, _ int) (disclosure.Changed, error) {
		return aid.Propose(t.Context(), tx, by(1, "HT"), "MEAL", "2026-1")
	}
	play(t, db, "", begin)
	conflict := `INSERT INTO conflict_declaration (staff_id, child_id, kind, declared_on) SELECT i, 1, 'KIN', '2026-11-01' FROM unnest($1::bigint[]) i`
	if _, err := db.Exec(t.Context(), conflict, []int64{2, 3}); err != nil {
		t.Fatal(err)
	}
	play(t, db, fault.Conflict, named(t, by(1, "HT"), aid.ConsentMove))
	if _, err := db.Exec(t.Context(), `UPDATE conflict_declaration SET ended_on = '2026-11-22' WHERE staff_id = 3`); err != nil {
		t.Fatal(err)
	}
	play(t, db, "", named(t, by(1, "HT"), aid.ConsentMove))
	say(t, db, "the other officer", toDo, "AID_DECIDE 3 2026-12-07 t")
}
