package carechange_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/carechange"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// home is a registered pupil, the director of the village (1) and the teacher (2).
const home = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', 'd', 'DISTRICT', NULL), (2, '2', 't', 'TOWNSHIP', 1), (3, '3', 'v', 'VILLAGE', 2);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'TOWNSHIP', 2);
INSERT INTO staff (id, code, agency_id, display_name, kind, vetted_until) SELECT i, 's' || i, 1, 's' || i, 'PERSON', '2027-12-31' FROM generate_series(1, 2) i;
INSERT INTO school (id, code, name, agency_id, division_id, stages) VALUES (1, 'S1', 's', 1, 1, ARRAY['PRIMARY']);
INSERT INTO post (staff_id, role, agency_id, division_id, school_id, valid_from, authorised_until, approval_ref) VALUES
    (1, 'DIR', 1, 3, NULL, '2026-01-01', '2027-12-31', 'x'), (2, 'HT', 1, 1, 1, '2026-01-01', '2027-12-31', 'x');
INSERT INTO term (id, code, starts_on, ends_on) VALUES (1, '2026-1', '2026-09-01', '2027-01-25');
INSERT INTO school_class (id, school_id, term_id, grade, class_no, homeroom_staff_id) VALUES (1, 1, 1, 5, 1, 2);
INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id) VALUES (1, 'FEMALE', '2015-10-23', 3, 2);
INSERT INTO registration (child_id, status) VALUES (1, 'REGISTERED');
INSERT INTO enrolment (child_id, current, status, stage, school_id, class_id) VALUES (1, true, 'ENROLLED', 'PRIMARY', 1, 1);
INSERT INTO caregiver (child_id, name, relation) VALUES (1, '甲', 'PATERNAL_GRANDMOTHER');`

// states are what a guardianship can stand in: how it is planted.
var states = map[string]string{
	"NONE":            ``,
	"STANDING":        `INSERT INTO guardianship (child_id, notice_to_school_on, notice_to_village_on) VALUES (1, '2026-01-10', '2026-01-10')`,
	"CHANGED":         `INSERT INTO guardianship (child_id, care_changed_on, agreement_signed_on) VALUES (1, '2026-11-20', '2026-11-20')`,
	"SCHOOL_NOTICED":  `INSERT INTO guardianship (child_id, care_changed_on, agreement_signed_on, notice_to_school_on) VALUES (1, '2026-11-20', '2026-11-20', '2026-11-21')`,
	"VILLAGE_NOTICED": `INSERT INTO guardianship (child_id, care_changed_on, agreement_signed_on, notice_to_village_on) VALUES (1, '2026-11-20', '2026-11-20', '2026-11-21')`,
}

var now = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

func by(staff int64, role string) disclosure.Decided {
	return disclosure.Decided{
		Access: &disclosure.Access{
			Caller: identity.Caller{Agency: identity.Agency{ID: 1}, Staff: identity.Staff{ID: staff}},
			Post:   identity.Post{Role: role}, Now: now,
		},
		SubjectID: 1, ChildID: 1,
	}
}

var aunt = carechange.Caregiver{
	Version: 1, Name: "乙某", Relation: "OTHER_KIN", Phone: "10000000001", SignedOn: "2026-11-22", ValidTo: "2027-11-22", Ref: "WT-1",
}

// moves are the two moves, with facts that are in order.
var moves = map[string]func(t *testing.T, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error){
	"changeCaregiver": func(t *testing.T, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		t.Helper()
		return carechange.Change(t.Context(), tx, d, aunt)
	},
	"recordCareNotice": func(t *testing.T, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		t.Helper()
		return carechange.Note(t.Context(), tx, d, carechange.Notice{Version: 1, On: "2026-11-23"})
	},
}

func setup(t *testing.T) *pgxpool.Pool {
	t.Helper()
	_, db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), home); err != nil {
		t.Fatal(err)
	}
	return db
}

// told is how a guardianship stands: who cares, the notices, what is asked of whom, and
// the visits that are planned.
const told = `SELECT concat_ws(' ', (SELECT string_agg(name, ',') FROM caregiver WHERE ended_on IS NULL), 'school', g.notice_to_school_on, 'village', g.notice_to_village_on,
	(SELECT string_agg(kind || '/' || staff_id, ',' ORDER BY kind) FROM task WHERE done_at IS NULL), (SELECT string_agg(planned_on::text, ',') FROM visit))
	FROM guardianship g`

// TestMoves_everyStateAndPerson makes both moves in every state by director and teacher:
// it comes to what the table says, and to a conflict where there is no guardianship.
func TestMoves_everyStateAndPerson(t *testing.T) {
	t.Parallel()
	db := setup(t)
	const anew = "乙某 school village CARE_NOTICE_SCHOOL/2,CARE_NOTICE_VILLAGE/1 2026-11-30"
	notices := map[string]string{ // by state and whose notice it is
		"STANDING DIR": "甲 school 2026-01-10 village 2026-11-23", "STANDING HT": "甲 school 2026-11-23 village 2026-01-10",
		"CHANGED DIR": "甲 school village 2026-11-23", "CHANGED HT": "甲 school 2026-11-23 village",
		"SCHOOL_NOTICED DIR": "甲 school 2026-11-21 village 2026-11-23", "SCHOOL_NOTICED HT": "甲 school 2026-11-23 village",
		"VILLAGE_NOTICED DIR": "甲 school village 2026-11-23", "VILLAGE_NOTICED HT": "甲 school 2026-11-23 village 2026-11-21",
	}
	for state, plant := range states {
		for move, do := range moves {
			for staff, role := range map[int64]string{1: "DIR", 2: "HT"} {
				got, err := flowtest.TakenBack(t, db, func(tx postgres.Tx) (line string, err error) {
					if _, err := tx.Exec(t.Context(), plant); err != nil {
						t.Fatal(err)
					}
					if _, err := do(t, tx, by(staff, role)); err != nil {
						return "", err
					}
					err = tx.QueryRow(t.Context(), told).Scan(&line)
					return line, err
				})
				want := anew
				if move == "recordCareNotice" {
					want = notices[state+" "+role]
				}
				if state == "NONE" {
					if fault.CodeOf(err) != fault.Conflict {
						t.Errorf("%s by %s without a guardianship: %q, %v", move, role, got, err)
					}
					continue
				}
				if diff := cmp.Diff(want, got); err != nil || diff != "" {
					t.Errorf("%s by %s in %s: %v (-want +got):\n%s", move, role, state, err, diff)
				}
			}
		}
	}
}

// TestMoves_refuse what is not in order, and change nothing.
func TestMoves_refuse(t *testing.T) {
	t.Parallel()
	db := setup(t)
	with := func(change func(c *carechange.Caregiver)) func(tx postgres.Tx) error {
		return func(tx postgres.Tx) error {
			in := aunt
			change(&in)
			_, err := carechange.Change(t.Context(), tx, by(1, "DIR"), in)
			return err
		}
	}
	note := func(version int, on string) func(tx postgres.Tx) error {
		return func(tx postgres.Tx) error {
			_, err := carechange.Note(t.Context(), tx, by(2, "HT"), carechange.Notice{Version: version, On: on})
			return err
		}
	}
	for name, x := range map[string]struct {
		do   func(tx postgres.Tx) error
		code fault.Code
	}{
		"another version":               {with(func(c *carechange.Caregiver) { c.Version = 2 }), fault.Conflict},
		"no name":                       {with(func(c *carechange.Caregiver) { c.Name = "" }), fault.BadRequest},
		"a number for a name":           {with(func(c *carechange.Caregiver) { c.Name = "乙 100-000-0000" }), fault.BadRequest},
		"the child itself":              {with(func(c *carechange.Caregiver) { c.Relation = "CHILD_SELF" }), fault.BadRequest},
		"no phone":                      {with(func(c *carechange.Caregiver) { c.Phone = "无" }), fault.BadRequest},
		"signed tomorrow":               {with(func(c *carechange.Caregiver) { c.SignedOn = "2026-11-24" }), fault.BadRequest},
		"over already":                  {with(func(c *carechange.Caregiver) { c.ValidTo = "2026-11-22" }), fault.BadRequest},
		"no reference":                  {with(func(c *carechange.Caregiver) { c.Ref = "" }), fault.BadRequest},
		"a notice of another version":   {note(2, "2026-11-23"), fault.Conflict},
		"a notice of tomorrow":          {note(1, "2026-11-24"), fault.BadRequest},
		"older than the agreement":      {note(1, "2026-11-19"), fault.BadRequest},
		"on the day it was agreed upon": {note(1, "2026-11-20"), ""},
	} {
		_, err := flowtest.TakenBack(t, db, func(tx postgres.Tx) (string, error) {
			if _, err := tx.Exec(t.Context(), states["CHANGED"]); err != nil {
				t.Fatal(err)
			}
			return "", x.do(tx)
		})
		if err != nil && fault.CodeOf(err) != x.code || err == nil && x.code != "" {
			t.Errorf("%s: %v, want %q", name, err, x.code)
		}
	}
}
