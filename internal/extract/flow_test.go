package extract_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/extract"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/rights"
	"github.com/tongxin-hub/tongxin/policy"
)

// counter is a child with a mother; an officer (1), one who is the child's kin (2) and
// another one (3); the stewards of civil affairs (4, and 5 who is kin), of education (6).
const counter = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', 'd', 'DISTRICT', NULL), (2, '2', 't', 'TOWNSHIP', 1), (3, '3', 'v', 'VILLAGE', 2);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', '甲局', 'CIVIL_AFFAIRS', 1), (2, 'B', '乙局', 'EDUCATION', 1);
INSERT INTO staff (id, code, agency_id, display_name, kind, vetted_until) SELECT i, 's' || i, CASE i WHEN 6 THEN 2 ELSE 1 END, 's' || i, 'PERSON', '2027-12-31' FROM generate_series(1, 6) i;
INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES
    (4, 'STEWARD', 1, 1, '2026-02-01', '2027-12-31', 'x'), (5, 'STEWARD', 1, 1, '2026-01-01', '2027-12-31', 'x'), (6, 'STEWARD', 2, 1, '2026-01-01', '2027-12-31', 'x');
INSERT INTO child (id, name, sex, birth_date, residence_village_id, residence_township_id) VALUES (1, '甲', 'FEMALE', '2017-10-23', 3, 2);
INSERT INTO guardian (child_id, relation) VALUES (1, 'MOTHER');
INSERT INTO conflict_declaration (child_id, staff_id, kind, declared_on) VALUES (1, 2, 'KIN', '2026-01-01'), (1, 5, 'KIN', '2026-01-01');`

var now = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

// open is a database with the counter.
func open(t *testing.T) *pgxpool.Pool {
	t.Helper()
	_, db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), counter); err != nil {
		t.Fatal(err)
	}
	return db
}

// book knows two parts of the file, of two sources, by the policy built in.
func book(t *testing.T) extract.Book {
	t.Helper()
	p, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	return extract.Book{Policy: p, Held: []disclosure.Holding{
		{Coordinate: "Child.name", Owner: "CIVIL_AFFAIRS", Table: "child", Where: "t.id = $1", Column: "t.name"},
		{Coordinate: "Enrolment.status", Owner: "EDUCATION", Table: "enrolment", Where: "t.child_id = $1", Column: "t.status"},
	}}
}

// by is the case as a person has it.
func by(staff int64) extract.Case {
	return extract.Case{Case: rights.Case{ID: 1, StaffID: staff, Now: now}, Version: 1}
}

// TestRequests_everyMove makes every move in every state by everybody, for a summary and
// for copies: what is of the other kind is refused.
func TestRequests_everyMove(t *testing.T) {
	t.Parallel()
	db, b, m := open(t), book(t), extract.Requests()
	for kind, other := range map[string]string{extract.Summary: extract.RouteMove, extract.Copy: extract.CompileMove} {
		officer := int64(1)
		made := map[string]int{extract.Summary: 7, extract.Copy: 6}[kind]
		flowtest.Everybody(t, m, db, flowtest.Case{
			People: []flowtest.Person{flowtest.Who("officer", "DPO", 1), flowtest.Who("kin", "DPO", 2), flowtest.Who("another officer", "DPO", 3)},
			Stand: func(ctx context.Context, tx postgres.Tx, a flowtest.Attempt) error {
				handler := officer
				if a.Who == "kin" {
					handler = 2
				}
				page := ""
				if kind == extract.Summary && a.State == extract.Decided { // as it is compiled today
					if _, err := tx.Exec(ctx, `INSERT INTO file_copy (id, child_id, kind, requester_relation, received_on, state, dpo_id) VALUES (1, 1, $1, 'MOTHER', '2026-11-20', 'IDENTITY_CHECK', 1)`, kind); err != nil {
						return err
					}
					done, err := extract.Compile(ctx, tx, by(1), b)
					if err != nil {
						return err
					}
					page = done.Statement
				}
				_, err := tx.Exec(ctx, `INSERT INTO file_copy (id, child_id, kind, requester_relation, received_on, state, compiled_on, statement, dpo_id)
					VALUES (1, 1, $1, 'MOTHER', '2026-11-20', $2, '2026-11-23', nullif($3, ''), $4)
					ON CONFLICT (id) DO UPDATE SET state = $2, dpo_id = $4, version = 1`, kind, a.State, page, handler)
				return err
			},
			Make: func(ctx context.Context, tx postgres.Tx, p flowtest.Person, move string) (string, error) {
				c := by(p.Staff)
				done, err := map[string]func() (extract.Done, error){
					extract.CheckMove: func() (extract.Done, error) {
						return extract.Check(ctx, tx, c, rights.Identity{Proof: "IDENTITY_CARD", Standing: "GUARDIAN"}, false)
					},
					extract.CompileMove: func() (extract.Done, error) { return extract.Compile(ctx, tx, c, b) },
					extract.RouteMove:   func() (extract.Done, error) { return extract.Route(ctx, tx, c, b) },
					extract.RefuseMove: func() (extract.Done, error) {
						return extract.Refuse(ctx, tx, c, rights.Refusal{Reason: "NOT_ENTITLED"})
					},
					extract.AnswerMove: func() (extract.Done, error) { return extract.Answer(ctx, tx, c, b) },
				}[move]()
				return done.State, err
			},
			Stored: `SELECT state FROM file_copy WHERE id = 1`, Made: made,
			Otherwise: func(p flowtest.Person, a flowtest.Attempt) string {
				switch {
				case p.Staff == 3:
					return string(fault.NotFound)
				case p.Staff == 2:
					return string(fault.Forbidden)
				case a.Move == other:
					return string(fault.Conflict)
				}
				return ""
			},
		})
	}
	flowtest.AgreesWithThePolicy(t, m)
}

// TestParts_everyMove makes every move in every state by everybody: the steward of the
// agency answers for it, and for nobody else's part.
func TestParts_everyMove(t *testing.T) {
	t.Parallel()
	db, m := open(t), extract.Parts()
	agencies := map[int64]int64{4: 1, 5: 1, 6: 2}
	flowtest.Everybody(t, m, db, flowtest.Case{
		People: []flowtest.Person{flowtest.Who("steward", "STEWARD", 4), flowtest.Who("kin", "STEWARD", 5), flowtest.Who("another agency's", "STEWARD", 6)},
		Stand: func(ctx context.Context, tx postgres.Tx, a flowtest.Attempt) error {
			_, err := tx.Exec(ctx, `WITH q AS (INSERT INTO file_copy (id, child_id, kind, requester_relation, received_on, state, dpo_id)
				VALUES (1, 1, 'COPY', 'MOTHER', '2026-11-20', 'ROUTED', 1) RETURNING id)
				INSERT INTO file_copy_part (id, copy_id, agency_id, groups, state) SELECT 1, id, 1, '{A.name}', $1 FROM q`, a.State)
			return err
		},
		Make: func(ctx context.Context, tx postgres.Tx, p flowtest.Person, move string) (string, error) {
			r := extract.Reply{ID: 1, StaffID: p.Staff, AgencyID: agencies[p.Staff], Version: 1, Now: now}
			answer := extract.HandOut
			if r.Proof = "IDENTITY_CARD"; move == extract.DeclineMove {
				answer, r.Proof, r.Reason = extract.Decline, "", "原件已由学校交还"
			}
			done, err := answer(ctx, tx, r)
			return done.State, err
		},
		Stored: `SELECT state FROM file_copy_part WHERE id = 1`, Made: 2,
		Otherwise: func(p flowtest.Person, a flowtest.Attempt) string {
			switch {
			case p.Staff == 6 || a.State == extract.Waiting:
				return string(fault.NotFound)
			case p.Staff == 5:
				return string(fault.Forbidden)
			}
			return ""
		},
	})
	flowtest.AgreesWithThePolicy(t, m)
}

// TestRoute_withoutSteward: what finds no steward waits, and is asked for once there is
// one; what the desk decides itself is asked for no more; a version that was not seen, and
// a matter that becomes live meanwhile, change nothing.
func TestRoute_withoutSteward(t *testing.T) {
	t.Parallel()
	db, b := open(t), book(t)
	states := func() (out []string) {
		if err := db.QueryRow(t.Context(), `SELECT array_agg(a.code || ' ' || p.state ORDER BY a.id) FROM file_copy_part p JOIN agency a ON a.id = p.agency_id`).Scan(&out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	is := func(want ...string) {
		t.Helper()
		if got := states(); !slices.Equal(want, got) {
			t.Fatalf("want %v, got %v", want, got)
		}
	}
	do := func(sql string) {
		t.Helper()
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	try := func(want fault.Code, move func(tx postgres.Tx) error) {
		t.Helper()
		if err := postgres.InTx(t.Context(), db, move); err != nil && fault.CodeOf(err) != want || err == nil && want != "" {
			t.Fatalf("want %q, got %v", want, err)
		}
	}
	do(`UPDATE post SET valid_to = '2026-11-01' WHERE staff_id = 6`)
	do(`INSERT INTO enrolment (child_id, status, current) VALUES (1, 'IN_SCHOOL', true)`)
	do(`INSERT INTO file_copy (id, child_id, kind, requester_relation, received_on, state, dpo_id) VALUES (1, 1, 'COPY', 'MOTHER', '2026-11-20', 'IDENTITY_CHECK', 1)`)
	try(fault.Conflict, func(tx postgres.Tx) error {
		c := by(1)
		c.Version = 2
		_, err := extract.Route(t.Context(), tx, c, b)
		return err
	})
	try("", func(tx postgres.Tx) error { _, err := extract.Route(t.Context(), tx, by(1), b); return err })
	is("A ASKED", "B WAITING")
	job := extract.Jobs()[0]
	try("", func(tx postgres.Tx) error { _, err := job.Step(t.Context(), tx, now); return err })
	is("A ASKED", "B WAITING")
	do(`UPDATE post SET valid_to = NULL WHERE staff_id = 6`)
	try("", func(tx postgres.Tx) error { _, err := job.Step(t.Context(), tx, now); return err })
	is("A ASKED", "B ASKED")
	handOut := func(tx postgres.Tx) error {
		_, err := extract.HandOut(t.Context(), tx, extract.Reply{ID: 1, StaffID: 4, AgencyID: 1, Version: 2, Proof: "IDENTITY_CARD", Now: now})
		return err
	}
	do(`INSERT INTO rights_case (child_id, opened_on) VALUES (1, '2026-11-22')`)
	try(fault.Conflict, handOut)
	do(`UPDATE rights_case SET closed_on = '2026-11-23'`)
	try("", handOut)
	is("A HANDED_OUT", "B ASKED")
	try("", func(tx postgres.Tx) error {
		c := by(1)
		c.Version = 2
		_, err := extract.Refuse(t.Context(), tx, c, rights.Refusal{Reason: "COURT_LIMITED"})
		return err
	})
	is("A HANDED_OUT", "B WITHDRAWN")
	var left int
	if err := db.QueryRow(t.Context(), `SELECT count(*) FROM task WHERE kind = 'COPY_TO_HAND_OUT' AND done_at IS NULL`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d tasks are left: %v", left, err)
	}
}
