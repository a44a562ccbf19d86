package opening_test

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
	"github.com/tongxin-hub/tongxin/internal/opening"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// district is two schools, of which the second has handed in no classes of the term that
// begins on Monday the 1st of March, their teachers (1, 2) and the officer (3).
const district = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', 'd', 'DISTRICT', NULL), (2, '2', 't', 'TOWNSHIP', 1), (3, '3', 'v', 'VILLAGE', 2);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'SCHOOL', 1);
INSERT INTO staff (id, code, agency_id, display_name, kind, vetted_until) SELECT i, 's' || i, 1, 's' || i, 'PERSON', '2028-12-31' FROM generate_series(1, 4) i;
INSERT INTO school (id, code, name, agency_id, division_id, stages) SELECT i, 'S' || i, 's' || i, 1, 1, ARRAY['PRIMARY'] FROM generate_series(1, 2) i;
INSERT INTO post (staff_id, role, agency_id, division_id, school_id, valid_from, authorised_until, approval_ref) VALUES
    (1, 'HT', 1, 1, 1, '2026-01-01', '2028-12-31', 'x'), (2, 'HT', 1, 1, 2, '2026-01-01', '2028-12-31', 'x'), (3, 'DPS', 1, 1, NULL, '2026-01-01', '2028-12-31', 'x');
INSERT INTO term (id, code, starts_on, ends_on) VALUES (1, '2026-1', '2026-09-01', '2027-01-25'), (2, '2026-2', '2027-03-01', '2027-07-05');
INSERT INTO school_class (id, school_id, term_id, grade, class_no) VALUES (1, 1, 1, 5, 1), (2, 2, 1, 5, 1), (3, 1, 2, 5, 1);`

// pupils are children by what makes them seen, accounted for, or neither.
const pupils = `
INSERT INTO child (id, name, sex, birth_date, shield, residence_village_id, residence_township_id)
SELECT n, 'c' || n, 'MALE', CASE n WHEN 11 THEN '2022-05-01' WHEN 12 THEN '2010-05-01' ELSE '2016-05-01' END::date, CASE n WHEN 13 THEN 'FULL' ELSE 'NONE' END, 3, 2 FROM generate_series(1, 15) n;
INSERT INTO enrolment (child_id, current, stage, status, school_id, class_id, special_placement)
SELECT n, true, CASE n WHEN 5 THEN 'SENIOR' ELSE 'PRIMARY' END, CASE n WHEN 3 THEN 'SUSPENDED' WHEN 4 THEN 'TRANSFERRING_OUT' WHEN 8 THEN 'LEFT' ELSE 'ENROLLED' END,
    CASE n WHEN 9 THEN 2 ELSE 1 END, CASE n WHEN 1 THEN 3 WHEN 9 THEN 2 ELSE 1 END, CASE n WHEN 6 THEN 'HOME_TEACHING' END
FROM generate_series(1, 13) n WHERE n <> 10;
INSERT INTO dropout_case (child_id, school_id, stage, found_on) VALUES (7, 1, 'ALERT', '2027-02-01');
INSERT INTO registration (child_id, status) VALUES (10, 'REGISTERED'), (15, 'EXITED');`

func setup(tb testing.TB, pupils string) *pgxpool.Pool {
	tb.Helper()
	_, db := pgtest.New(tb)
	for _, sql := range []string{district, pupils} {
		if _, err := db.Exec(tb.Context(), sql); err != nil {
			tb.Fatal(err)
		}
	}
	return db
}

// kept are the children on the job's entries.
type kept struct{ children []int64 }

func (k *kept) AppendTx(_ context.Context, _ postgres.Tx, e audit.Entry) (audit.Receipt, error) {
	for _, d := range e.Disclosures {
		k.children = append(k.children, d.ChildID)
	}
	return audit.Receipt{}, nil
}

func told(t *testing.T, db *pgxpool.Pool, sql string) (out []string) {
	t.Helper()
	if err := db.QueryRow(t.Context(), `SELECT coalesce(array_agg(x.line), '{}') FROM (`+sql+`) x (line)`).Scan(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestChecking_once lists whom nobody has seen, once, when the days have come: 2 of the
// first school, who was not promoted, 8, who has left, and 10 without a school; 9, whose
// school has handed in nothing, on the last day.
func TestChecking_once(t *testing.T) {
	t.Parallel()
	db, log := setup(t, pupils), new(kept)
	day := func(d int) time.Time { return time.Date(2027, 3, d, 2, 0, 0, 0, time.UTC) }
	for _, x := range []struct {
		now  time.Time
		want []int64
	}{
		{day(5), nil}, {day(8), []int64{2, 8, 10}}, {day(8), []int64{2, 8, 10}}, {day(26), []int64{2, 8, 10}}, {day(29), []int64{2, 8, 10, 9}}, {day(30), []int64{2, 8, 10, 9}},
	} {
		if err := jobs.Run(t.Context(), db, log, opening.Checking(), x.now); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(x.want, log.children); diff != "" {
			t.Errorf("on %s (-want +got):\n%s", x.now.Format(time.DateOnly), diff)
		}
	}
	want := []string{"0 2 3 2027-03-22 1", "1 0 1 2027-03-22 2", "2 0 2 2027-04-12 1"}
	if diff := cmp.Diff(want, told(t, db, `SELECT concat_ws(' ', coalesce(k.school_id, 0), coalesce(k.township_id, 0), k.staff_id, k.due_on, count(*)) FROM opening_check k JOIN opening_absence o ON o.check_id = k.id GROUP BY k.id ORDER BY k.id`)); diff != "" {
		t.Errorf("the checks (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"1", "2", "3"}, told(t, db, `SELECT staff_id::text FROM task WHERE kind = 'OPENING_CHECK' AND done_at IS NULL ORDER BY staff_id`)); diff != "" {
		t.Errorf("who is asked (-want +got):\n%s", diff)
	}
	// Once finished, nobody is listed any more, whoever leaves.
	if _, err := db.Exec(t.Context(), `UPDATE enrolment SET class_id = 1 WHERE child_id = 1`); err != nil {
		t.Fatal(err)
	}
	if err := jobs.Run(t.Context(), db, log, opening.Checking(), day(31)); err != nil || len(log.children) != 4 {
		t.Errorf("after the last day: %v, %v", log.children, err)
	}
}

// on is somebody at work on a child of a check.
func on(staff, absence, child int64) disclosure.Decided {
	return disclosure.Decided{Access: &disclosure.Access{
		Caller: identity.Caller{Agency: identity.Agency{ID: 1}, Staff: identity.Staff{ID: staff}}, Now: time.Date(2027, 3, 9, 2, 0, 0, 0, time.UTC),
	}, SubjectID: absence, ChildID: child}
}

// listed puts child 2 on a check of the first school in a state, 10 on one of the township.
func listed(t *testing.T, tx postgres.Tx, state string) {
	t.Helper()
	if _, err := tx.Exec(t.Context(), `INSERT INTO opening_check (id, term_id, school_id, township_id, opened_on) VALUES (1, 2, 1, NULL, '2027-03-08'), (2, 2, NULL, 2, '2027-03-08');
		INSERT INTO opening_absence (id, child_id, check_id, term_id, state) VALUES (1, 2, 1, 2, '`+state+`'), (2, 10, 2, 2, '`+state+`'), (3, 8, 1, 2, '`+state+`');
		INSERT INTO task (kind, subject, subject_id, staff_id, agency_id, opened_at, due_at, basis) VALUES ('OPENING_CHECK', 'opening_check', 1, 1, 1, '2027-03-08', '2027-03-22', 'x')`); err != nil {
		t.Fatal(err)
	}
}

// TestMachine_everyMove settles in every state. Whose child it is asks the basis, and who
// may at all the policy.
func TestMachine_everyMove(t *testing.T) {
	t.Parallel()
	m := opening.Machine()
	flowtest.EveryMove(t, m, setup(t, pupils), flowtest.Trial{
		People: []string{"teacher", "officer"}, Made: 2, Refused: 2,
		Try: func(tx postgres.Tx, a flowtest.Attempt) (string, error) {
			listed(t, tx, a.State)
			done, err := opening.Settle(t.Context(), tx, on(map[string]int64{"teacher": 1, "officer": 3}[a.Who], 1, 2), opening.Settlement{Version: 1, Outcome: "AT_SCHOOL"})
			got, _ := done.Result.(opening.Result)
			return got.State, err
		},
		Want: func(a flowtest.Attempt) string { return a.Leads(m, true) },
	})
	flowtest.AgreesWithThePolicy(t, m)
}

// TestSettle: what each outcome needs and does; the work item ends with the last child.
func TestSettle(t *testing.T) {
	t.Parallel()
	db := setup(t, pupils)
	const standing = `SELECT concat_ws(' ', (SELECT string_agg(d.child_id || ':' || coalesce(d.school_id, 0) || ':' || d.stage, ',' ORDER BY d.child_id) FROM dropout_case d WHERE d.child_id <> 7),
		(SELECT count(*) FROM task WHERE kind = 'OPENING_CHECK' AND done_at IS NULL), (SELECT string_agg(id::text, ',') FROM opening_check WHERE closed_on IS NOT NULL))`
	type step struct {
		absence, child int64
		in             opening.Settlement
	}
	second, tenth, eighth := func(in opening.Settlement) step { return step{1, 2, in} }, func(in opening.Settlement) step { return step{2, 10, in} }, func(in opening.Settlement) step { return step{3, 8, in} }
	out := func(outcome, evidence string) opening.Settlement {
		return opening.Settlement{Version: 1, Outcome: outcome, Evidence: evidence}
	}
	for name, x := range map[string]struct {
		do   []step
		code fault.Code
		want string
	}{
		"elsewhere without proof": {[]step{second(out("ENROLLED_ELSEWHERE", ""))}, fault.BadRequest, ""},
		"at school with a proof":  {[]step{second(out("AT_SCHOOL", "ENROLMENT_PROOF"))}, fault.BadRequest, ""},
		"no outcome":              {[]step{second(out("GONE", ""))}, fault.BadRequest, ""},
		"another version":         {[]step{second(opening.Settlement{Version: 2, Outcome: "AT_SCHOOL"})}, fault.Conflict, ""},
		"one of two":              {[]step{second(out("ENROLLED_ELSEWHERE", "ENROLMENT_PROOF"))}, "", "1"},
		"both":                    {[]step{second(out("SUSPENDED", "SUSPENSION_APPROVAL")), eighth(out("AT_SCHOOL", ""))}, "", "0 1"},
		"not returned":            {[]step{second(out("NOT_RETURNED", ""))}, "", "2:1:ALERT 1"},
		"who had left":            {[]step{eighth(out("NOT_RETURNED", ""))}, "", "8:1:ALERT 1"},
		"never enrolled":          {[]step{tenth(out("NOT_RETURNED", ""))}, "", "10:0:ALERT 1 2"},
	} {
		got, err := flowtest.TakenBack(t, db, func(tx postgres.Tx) (line string, err error) {
			listed(t, tx, opening.NotSeen)
			for _, s := range x.do {
				if _, err := opening.Settle(t.Context(), tx, on(1, s.absence, s.child), s.in); err != nil {
					return "", err
				}
			}
			return line, tx.QueryRow(t.Context(), standing).Scan(&line)
		})
		if err != nil && fault.CodeOf(err) != x.code || err == nil && (x.code != "" || got != x.want) {
			t.Errorf("%s: %q, %v; want %q %s", name, got, err, x.want, x.code)
		}
	}
}

// TestEscalation_opensWhatIsLeft: a late check goes up to an officer, with the children
// that nobody has found out about.
func TestEscalation_opensWhatIsLeft(t *testing.T) {
	t.Parallel()
	db, log := setup(t, pupils), new(kept)
	run := func(job jobs.Job, month time.Month, day int) {
		if err := jobs.Run(t.Context(), db, log, job, time.Date(2027, month, day, 2, 0, 0, 0, time.UTC)); err != nil {
			t.Fatal(err)
		}
	}
	run(opening.Checking(), 3, 8)
	const items = `SELECT concat_ws(' ', k.staff_id, k.child_id) FROM ticket k WHERE k.kind = 'OPENING_CHECK' AND k.closed_at IS NULL ORDER BY k.staff_id, k.child_id`
	if diff := cmp.Diff([]string{"1 2", "1 8", "3 10"}, told(t, db, items)); diff != "" {
		t.Errorf("at first (-want +got):\n%s", diff)
	}
	err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
		var id int64
		if err := tx.QueryRow(t.Context(), `SELECT id FROM opening_absence WHERE child_id = 8`).Scan(&id); err != nil {
			return err
		}
		_, err := opening.Settle(t.Context(), tx, on(1, id, 8), opening.Settlement{Version: 1, Outcome: "AT_SCHOOL"})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		run(task.Escalation(opening.Kinds()), 4, 20)
	}
	if diff := cmp.Diff([]string{"1 2", "3 2", "3 10"}, told(t, db, items)); diff != "" {
		t.Errorf("once it is late (-want +got):\n%s", diff)
	}
}

// TestCountyReview_countsTheCheck: the quarter tells what the check came to, and of a
// single small part the smallest other is held back with it.
func TestCountyReview_countsTheCheck(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	const review = `SELECT concat_ws(' ', code, shown) FROM county_review('2027-03-20', '2027-03-01') WHERE code LIKE 'OPENING%' ORDER BY id`
	if _, err := db.Exec(t.Context(), district); err != nil {
		t.Fatal(err)
	}
	if got := told(t, db, review); len(got) != 0 {
		t.Errorf("without a check: %v", got)
	}
	if _, err := db.Exec(t.Context(), `INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id) SELECT n, 'MALE', '2016-05-01', 3, 2 FROM generate_series(1, 30) n;
		INSERT INTO opening_check (id, term_id, school_id, opened_on) VALUES (1, 2, 1, '2027-03-08');
		INSERT INTO opening_absence (child_id, check_id, term_id, state, outcome, settled_on) SELECT n, 1, 2, 'SETTLED', CASE WHEN n <= 12 THEN 'ENROLLED_ELSEWHERE' WHEN n <= 20 THEN 'NOT_RETURNED' WHEN n <= 22 THEN 'SUSPENDED' END,
			CASE WHEN n <= 22 THEN '2027-03-15'::date END FROM generate_series(1, 30) n`); err != nil {
		t.Fatal(err)
	}
	want := []string{"OPENING_NOT_SEEN 30", "OPENING_ELSEWHERE 12", "OPENING_SUSPENDED <5", "OPENING_AT_SCHOOL 0", "OPENING_ALERTED *", "OPENING_OPEN *"}
	if diff := cmp.Diff(want, told(t, db, review)); diff != "" {
		t.Errorf("the quarter (-want +got):\n%s", diff)
	}
}

// BenchmarkNight is the check of a term of 50,000 pupils, of whom one in twenty was not
// put into a class of the new term.
func BenchmarkNight(b *testing.B) {
	for b.Loop() {
		db, log := setup(b, `INSERT INTO child (id, name, sex, birth_date, residence_village_id, residence_township_id)
			SELECT n, 'c' || n, 'MALE', '2016-05-01', 3, 2 FROM generate_series(1, 50000) n`), new(kept)
		for from := 1; from < 50000; from += 1000 {
			if _, err := db.Exec(b.Context(), `INSERT INTO enrolment (child_id, current, stage, status, school_id, class_id)
				SELECT n, true, 'PRIMARY', 'ENROLLED', 1, CASE WHEN n % 20 = 0 THEN 1 ELSE 3 END FROM generate_series($1::bigint, $1 + 999) n`, from); err != nil {
				b.Fatal(err)
			}
		}
		began := time.Now()
		if err := jobs.Run(b.Context(), db, log, opening.Checking(), time.Date(2027, 3, 8, 2, 0, 0, 0, time.UTC)); err != nil {
			b.Fatal(err)
		}
		b.Logf("%d children listed in %v", len(log.children), time.Since(began).Round(time.Millisecond))
	}
}
