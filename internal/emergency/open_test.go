package emergency_test

import (
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/emergency"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

const place = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', 'd', 'DISTRICT', NULL), (2, '2', 't', 'TOWNSHIP', 1), (3, '3', 'v', 'VILLAGE', 2);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'CIVIL_AFFAIRS', 1);
INSERT INTO staff (id, code, agency_id, display_name, kind, vetted_until) VALUES (1, 's1', 1, 's1', 'PERSON', '2027-12-31');
INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id) VALUES (1, 'FEMALE', '2017-10-23', 3, 2);`

// TestOpen_oneLives: while one lives another is a conflict, also for a request that began
// a moment earlier and came to the lock second; once it is over a new one opens.
func TestOpen_oneLives(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), place); err != nil {
		t.Fatal(err)
	}
	first := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	for _, step := range []struct {
		name string
		at   time.Time
		want fault.Code
	}{
		{"the first", first, ""},
		{"one that began earlier", first.Add(-time.Millisecond), fault.Conflict},
		{"one within the day", first.Add(23 * time.Hour), fault.Conflict},
		{"one after the day", first.Add(24 * time.Hour), ""},
	} {
		err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
			_, err := emergency.Open(t.Context(), tx, emergency.New{Staff: 1, Agency: 1, Child: 1, Reason: "孩子在校外被车撞伤", Now: step.at})
			return err
		})
		if err == nil && step.want != "" || err != nil && fault.CodeOf(err) != step.want {
			t.Errorf("%s: %v, want %q", step.name, err, step.want)
		}
	}
}
