package referral_test

import (
	"testing"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/referral"
)

// TestCounsellor_underContract: only one whose contract allows it, or a psychologist of
// the school.
func TestCounsellor_underContract(t *testing.T) {
	t.Parallel()
	db := setup(t)
	if _, err := db.Exec(t.Context(), `INSERT INTO psych_referral (id, child_id, state, opened_on, guardian_informed_on, consent_basis, level, to_school_id) VALUES (1, 1, 'SCREENED', '2026-11-19', '2026-11-19', 'GUARDIAN', 'LEVEL_2', 1)`); err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]fault.Code{"s7": fault.NotFound, "s4": fault.NotFound, "gone": fault.NotFound, "": fault.BadRequest} {
		err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
			_, err := referral.Decide(t.Context(), tx, by(1, "PSY", 1, 1), 1, referral.Plan{Measures: []string{"COUNSELLING"}, Counsellor: code})
			return err
		})
		if fault.CodeOf(err) != want {
			t.Errorf("%q: %v", code, err)
		}
	}
	inTx(t, db, func(tx postgres.Tx) error {
		_, err := referral.Decide(t.Context(), tx, by(1, "PSY", 1, 1), 1, referral.Plan{Measures: []string{"COUNSELLING"}, Counsellor: "s2"})
		return err
	})
	want(t, "the counsellor's", lines(t, db, `SELECT concat_ws(' ', t.kind, t.staff_id, k.staff_id) FROM task t JOIN ticket k ON k.id = t.ticket_id`), "REFERRAL_FOLLOW_UP 2 2")
}

// TestCount_atOnce: two children of one session, noted at once, are two attendances of
// one session.
func TestCount_atOnce(t *testing.T) {
	t.Parallel()
	db := setup(t)
	if _, err := db.Exec(t.Context(), `INSERT INTO psych_referral (id, child_id, state, opened_on, consent_basis, to_school_id) SELECT i, i, 'FOLLOW_UP', '2026-11-19', 'GUARDIAN', 1 FROM generate_series(1, 2) i`); err != nil {
		t.Fatal(err)
	}
	errs := make(chan error, 4)
	for i := range int64(4) {
		go func() {
			errs <- postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
				_, err := referral.Count(t.Context(), tx, by(1, "PSY", i%2+1, i%2+1), referral.Session{On: "2026-11-23", Mode: "IN_PERSON"})
				return err
			})
		}()
	}
	counted := 0
	for range 4 {
		if err := <-errs; err == nil {
			counted++
		} else if fault.CodeOf(err) != fault.Conflict {
			t.Error(err)
		}
	}
	if counted != 2 {
		t.Errorf("%d of four were counted", counted)
	}
	want(t, "sessions and attendances", lines(t, db, `SELECT (SELECT count(*) FROM counselling_session) || ' ' || (SELECT count(*) FROM counselling_attendance)`), "1 2")
}

// TestJobs_askOnce: a follow-up that comes up is asked for once, however often the clock
// strikes, and work items for screening are opened once a term.
func TestJobs_askOnce(t *testing.T) {
	t.Parallel()
	db := setup(t)
	if _, err := db.Exec(t.Context(), `
		INSERT INTO term (id, code, starts_on, ends_on) VALUES (1, '2026-1', '2026-09-01', '2027-01-20');
		INSERT INTO screening_list (child_id, school_id, term_id) VALUES (1, 1, 1), (2, 1, 1);
		INSERT INTO psych_referral (id, child_id, state, opened_on, to_school_id, assignee_id, next_follow_up_on) VALUES
			(1, 1, 'FOLLOW_UP', '2026-11-01', 1, 2, '2026-11-25'), (2, 2, 'FEEDBACK', '2026-11-01', 1, NULL, '2026-11-26')`); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		for _, job := range referral.Jobs() {
			if err := jobs.Run(t.Context(), db, nil, job, now); err != nil {
				t.Fatal(err)
			}
		}
	}
	want(t, "asked", lines(t, db, `SELECT concat_ws(' ', kind, subject_id, staff_id, (due_at AT TIME ZONE 'Asia/Shanghai')::date) FROM task`), "REFERRAL_FOLLOW_UP 1 2 2026-11-26")
	want(t, "rounds", lines(t, db, `SELECT concat_ws(' ', kind, staff_id, child_id, (expires_at AT TIME ZONE 'Asia/Shanghai')::date) FROM ticket`), "PSYCH_REFERRAL 1 2027-01-21")
}
