package dropoutreport_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/pgtest"
)

// schools are three schools with 7, 6 and 2 alerts in November.
const schools = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', 'd', 'DISTRICT', NULL), (2, '2', 't', 'TOWNSHIP', 1), (3, '3', 'v', 'VILLAGE', 2);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'SCHOOL', 1);
INSERT INTO school (id, code, name, agency_id, division_id, stages) SELECT n, 'S' || n, 's' || n, 1, 1, ARRAY['PRIMARY'] FROM generate_series(1, 4) n;
INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id) SELECT n, 'MALE', '2015-01-01', 3, 2 FROM generate_series(1, 15) n;
INSERT INTO dropout_case (child_id, school_id, stage, found_on)
SELECT n, CASE WHEN n <= 7 THEN 1 WHEN n <= 13 THEN 2 ELSE 3 END, 'ALERT', '2026-11-10' FROM generate_series(1, 15) n;`

func shown(t *testing.T, db *pgxpool.Pool, sql string, args ...any) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// alerts are the alerts of November as somebody reads them.
const alerts = `SELECT concat_ws(' ', school, shown, coalesce(value, -1), as_of) FROM school_report('2026-11-23', '2026-11-05', $1) WHERE code = 'ALERTS' ORDER BY id`

func TestSchoolReport_holdsSmallNumbersBack(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), schools); err != nil {
		t.Fatal(err)
	}
	// A single small number would follow from the county's sum: the next one goes with it.
	want := []string{"s1 7 7 2026-11-23", "s2 * -1 2026-11-23", "s3 <5 -1 2026-11-23"}
	if diff := cmp.Diff(want, shown(t, db, alerts, 0)); diff != "" {
		t.Errorf("all schools (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"s3 2 2 2026-11-23"}, shown(t, db, alerts, 3)); diff != "" {
		t.Errorf("the own school (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"s4 0 0 2026-11-23"}, shown(t, db, alerts, 4)); diff != "" {
		t.Errorf("a school without a case (-want +got):\n%s", diff)
	}
	// With two small ones nothing more is held back.
	if _, err := db.Exec(t.Context(), `UPDATE dropout_case SET school_id = 4 WHERE child_id = 15`); err != nil {
		t.Fatal(err)
	}
	want = []string{"s1 7 7 2026-11-23", "s2 6 6 2026-11-23", "s3 <5 -1 2026-11-23", "s4 <5 -1 2026-11-23"}
	if diff := cmp.Diff(want, shown(t, db, alerts, 0)); diff != "" {
		t.Errorf("two small schools (-want +got):\n%s", diff)
	}
}

func TestCountyReview_holdsSmallNumbersBack(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), schools+`UPDATE dropout_case SET cancelled_on = '2026-11-12' WHERE child_id <= 3;`); err != nil {
		t.Fatal(err)
	}
	// 15 alerts of which 12 are open would tell how many were cancelled.
	got := shown(t, db, `SELECT concat_ws(' ', code, shown) FROM county_review('2026-11-23', '2026-12-31') WHERE code IN ('ALERTS', 'CANCELLED', 'OPEN', 'RETURNED') ORDER BY id`)
	if diff := cmp.Diff([]string{"ALERTS 15", "RETURNED 0", "CANCELLED <5", "OPEN *"}, got); diff != "" {
		t.Errorf("the quarter (-want +got):\n%s", diff)
	}
}

func TestSchoolDays_followTheCalendar(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), `INSERT INTO calendar_exception (day, working) VALUES ('2026-11-23', false), ('2026-11-22', true)`); err != nil {
		t.Fatal(err)
	}
	got := shown(t, db, `SELECT concat_ws(' ', school_days('2026-11-20', '2026-11-20'), school_days('2026-11-20', '2026-11-22'), school_days('2026-11-20', '2026-11-24'))`)
	if diff := cmp.Diff([]string{"1 2 3"}, got); diff != "" {
		t.Errorf("school days (-want +got):\n%s", diff)
	}
}
