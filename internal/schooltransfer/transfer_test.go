package schooltransfer_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/schooltransfer"
)

// schools are a pupil of the first of two schools, each with its teacher (1, 2), a third
// with one of its own (4), and the dropout officer (3).
const schools = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', 'd', 'DISTRICT', NULL), (2, '2', 't', 'TOWNSHIP', 1), (3, '3', 'v', 'VILLAGE', 2);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'SCHOOL', 1);
INSERT INTO staff (id, code, agency_id, display_name, kind, vetted_until) SELECT i, 's' || i, 1, 's' || i, 'PERSON', '2027-12-31' FROM generate_series(1, 4) i;
INSERT INTO school (id, code, name, agency_id, division_id, stages) SELECT i, 'S' || i, 's' || i, 1, 1, ARRAY['PRIMARY'] FROM generate_series(1, 3) i;
INSERT INTO post (staff_id, role, agency_id, division_id, school_id, valid_from, authorised_until, approval_ref) VALUES
    (1, 'HT', 1, 1, 1, '2026-01-01', '2027-12-31', 'x'), (2, 'HT', 1, 1, 2, '2026-01-01', '2027-12-31', 'x'),
    (3, 'DPS', 1, 1, NULL, '2026-01-01', '2027-12-31', 'x'), (4, 'HT', 1, 1, 3, '2026-01-01', '2027-12-31', 'x');
INSERT INTO term (id, code, starts_on, ends_on) VALUES (1, '2026-1', '2026-09-01', '2027-01-25');
INSERT INTO school_class (id, school_id, term_id, grade, class_no, homeroom_staff_id) VALUES (1, 1, 1, 5, 1, 1), (2, 2, 1, 5, 1, 2), (3, 3, 1, 5, 1, 4);
INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id) SELECT i, 'FEMALE', '2015-10-23', 3, 2 FROM generate_series(1, 6) i;`

var now = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

func setup(t *testing.T) *pgxpool.Pool {
	t.Helper()
	_, db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), schools); err != nil {
		t.Fatal(err)
	}
	return db
}

// plant makes the enrolment and a transfer in a state, to a school or out of the district.
func plant(t *testing.T, tx postgres.Tx, child int64, state string, to any) {
	t.Helper()
	_, err := tx.Exec(t.Context(), `INSERT INTO enrolment (child_id, current, status, stage, school_id, class_id, absent_run_days, absence_paused_on)
		SELECT $2, true, CASE WHEN $1 IN ('REQUESTED', 'RELEASED') THEN 'TRANSFERRING_OUT' ELSE 'ENROLLED' END, 'PRIMARY', 1, 1, 0,
			CASE WHEN $1 IN ('REQUESTED', 'RELEASED') THEN '2026-11-02'::date END`, state, child)
	if err == nil && state != schooltransfer.None {
		_, err = tx.Exec(t.Context(), `INSERT INTO school_transfer (id, child_id, from_school_id, to_school_id, to_area, reference, state, started_on, due_at, author_id, author_agency_id)
			VALUES ($3, $3, 1, $2, '990100', 'PAPER-' || $3::bigint, $1, '2026-11-02', '2026-11-16', 1, 1)`, state, to, child)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// by is somebody with a post in a school.
func by(staff, school int64, role string) disclosure.Decided {
	return disclosure.Decided{
		Access: &disclosure.Access{
			Caller: identity.Caller{Agency: identity.Agency{ID: 1}, Staff: identity.Staff{ID: staff}},
			Post:   identity.Post{Role: role, SchoolID: school}, Now: now,
		},
		SubjectID: 1, ChildID: 1,
	}
}

// makes makes a move by its name, with facts that are in order.
func makes(t *testing.T, tx postgres.Tx, d disclosure.Decided, name string) (string, error) {
	t.Helper()
	ctx, next := t.Context(), "S2"
	done, err := map[string]func() (disclosure.Changed, error){
		schooltransfer.StartMove: func() (disclosure.Changed, error) {
			return schooltransfer.Start(ctx, tx, d, schooltransfer.Target{School: &next})
		},
		schooltransfer.ReleaseMove:  func() (disclosure.Changed, error) { return schooltransfer.Release(ctx, tx, d, 1) },
		schooltransfer.ConfirmMove:  func() (disclosure.Changed, error) { return schooltransfer.Confirm(ctx, tx, d, "PAPER-1") },
		schooltransfer.DenyMove:     func() (disclosure.Changed, error) { return schooltransfer.Deny(ctx, tx, d, "PAPER-1") },
		schooltransfer.ProveMove:    func() (disclosure.Changed, error) { return schooltransfer.Prove(ctx, tx, d, 1) },
		schooltransfer.WithdrawMove: func() (disclosure.Changed, error) { return schooltransfer.Withdraw(ctx, tx, d, 1) },
	}[name]()
	got, _ := done.Result.(schooltransfer.Result)
	return got.State, err
}

// TestMachine_everyMove makes every move in every state through the area. Who may at all
// is the policy's (TestMachine_saysWhatThePolicySays) and whose pupil it is the basis's;
// to whom the paper leads, the area's.
func TestMachine_everyMove(t *testing.T) {
	t.Parallel()
	people := map[string]disclosure.Decided{"old school": by(1, 1, "HT"), "new school": by(2, 2, "HT"), "third school": by(4, 3, "HT"), "officer": by(3, 0, "DPS")}
	m := schooltransfer.Machine()
	byPaper := map[string]bool{schooltransfer.ConfirmMove: true, schooltransfer.DenyMove: true}
	flowtest.EveryMove(t, m, setup(t), flowtest.Trial{
		People: []string{"old school", "new school", "third school", "officer"}, Made: 25, Refused: 90,
		Try: func(tx postgres.Tx, a flowtest.Attempt) (string, error) {
			to := any(int64(2))
			if a.Move == schooltransfer.ProveMove {
				to = nil // a school of the district confirms by itself
			}
			plant(t, tx, 1, a.State, to)
			return makes(t, tx, people[a.Who], a.Move)
		},
		Want: func(a flowtest.Attempt) string {
			switch {
			case byPaper[a.Move] && a.Who != "new school", a.State == schooltransfer.None && a.Move != schooltransfer.StartMove:
				return string(fault.NotFound)
			case a.Move == schooltransfer.StartMove && (a.State == schooltransfer.Arrived || a.State == schooltransfer.Withdrawn):
				return schooltransfer.Requested // a transfer that has ended keeps nobody from another one
			}
			return a.Leads(m, true)
		},
	})
}

// kept are the children on the job's entries.
type kept struct{ children []int64 }

func (k *kept) AppendTx(_ context.Context, _ postgres.Tx, e audit.Entry) (audit.Receipt, error) {
	for _, d := range e.Disclosures {
		k.children = append(k.children, d.ChildID)
	}
	return audit.Receipt{}, nil
}

// TestLapsing_everyState: the clock moves what its table says and nothing else, once:
// the absence goes on, the officer has the alert and the old teacher is asked.
func TestLapsing_everyState(t *testing.T) {
	t.Parallel()
	db, m, log := setup(t), schooltransfer.Machine(), new(kept)
	before, after := []string{}, []string{}
	err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
		for i, s := range m.States {
			plant(t, tx, int64(i+1), s.Code, int64(2))
			line := "ENROLLED " + s.Code
			if to, err := m.Next(s.Code, schooltransfer.LapseMove); err == nil {
				before, after = append(before, "TRANSFERRING_OUT "+s.Code), append(after, "ENROLLED "+to+" 2026-11-23 SCHOOL_LAPSED ALERT")
				continue
			} else if s.Code == schooltransfer.None {
				line = "ENROLLED"
			}
			before, after = append(before, line), append(after, line)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, when := range []time.Time{time.Date(2026, 11, 15, 0, 0, 0, 0, time.UTC), now, now, now.AddDate(0, 0, 3)} {
		if err := jobs.Run(t.Context(), db, log, schooltransfer.Lapsing(), when); err != nil {
			t.Fatal(err)
		}
		var got []string
		if err := db.QueryRow(t.Context(), `SELECT array_agg(concat_ws(' ', e.status, t.state, t.resumed_on,
			(SELECT string_agg(k.kind, ',') FROM task k WHERE k.subject = 'school_transfer' AND k.subject_id = t.id AND k.done_at IS NULL),
			(SELECT string_agg(d.stage, ',') FROM dropout_case d WHERE d.child_id = e.child_id)) ORDER BY e.child_id)
			FROM enrolment e LEFT JOIN school_transfer t ON t.child_id = e.child_id`).Scan(&got); err != nil {
			t.Fatal(err)
		}
		want := after
		if i == 0 {
			want = before
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("run %d (-want +got):\n%s", i, diff)
		}
	}
	if diff := cmp.Diff([]int64{2, 3}, log.children); diff != "" { // requested and released
		t.Errorf("on record (-want +got):\n%s", diff)
	}
}
