package usage_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/usage"
)

// entries are 90 over three months, of two roles, every third about no child, every
// fourth about two that are shown different sets, in either order.
var entries = []string{
	`SELECT audit_partition(m::date) FROM generate_series(timestamp '2026-08-01', '2026-11-01', '1 month') m`,
	`INSERT INTO audit_set (hash, coordinates, labels) VALUES (sha256('1'), '{Child.name}', '{FULL}'), (sha256('2'), '{Child.name,Child.sex}', '{FULL,MASKED}')`,
	`INSERT INTO audit_entry (sequence, at, version, backdated, entry_id, commitment, salt, agency_id, staff_id, post_id, agency_code, staff_code, system, role, purpose,
		legal_basis, ticket, approval, operation, document_hash, policy_version, trace_id, outcome, reason, client_ip, break_glass, requested_id, withheld_id, disclosed)
	SELECT n, timestamptz '2026-08-20T15:30:00Z' + n * interval '1 day', 1, false, gen_random_uuid(), sha256('x'), sha256('y'), 1, 1, 1, 'A', 'S', 'console',
		CASE n % 2 WHEN 0 THEN 'DIR' ELSE 'CM' END, 'VISIT', '', '', '', 'Op', 'd', 'p', 't', CASE n % 3 WHEN 0 THEN 'NOT_FOUND' ELSE 'ALLOWED' END, '', '', false, 1, 0,
		CASE WHEN n % 3 = 0 THEN 0 WHEN n % 4 = 0 THEN 2 ELSE 1 END FROM generate_series(0, 89) n`,
	`INSERT INTO audit_disclosure (sequence, at, ordinal, child_id, set_id, bases)
	SELECT e.sequence, e.at, d, 7 + d, CASE WHEN (e.sequence + d) % 8 < 4 THEN 1 ELSE 2 END, '{own_village}' FROM audit_entry e CROSS JOIN generate_series(0, e.disclosed - 1) d`,
	`UPDATE audit_head SET size = 90`,
}

func exec(t *testing.T, db *pgxpool.Pool, sql string, args ...any) {
	t.Helper()
	if _, err := db.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%.60s: %v", sql, err)
	}
}

// follow counts the entries from <= sequence < to, as a follower does.
func follow(t *testing.T, db *pgxpool.Pool, from, to int64) {
	t.Helper()
	err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error { return usage.Follow(t.Context(), tx, from, to) })
	if err != nil {
		t.Fatal(err)
	}
	exec(t, db, `INSERT INTO follower (name, sequence) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET sequence = excluded.sequence`, usage.Follower, to)
}

// loaded are the ways of every period that begins and ends at one of some days.
func loaded(t *testing.T, db *pgxpool.Pool) map[string][]*usage.Way {
	t.Helper()
	out := map[string][]*usage.Way{}
	days := []string{"2000-01-01", "2026-08-31", "2026-09-01", "2026-09-15", "2026-11-01", "2026-11-10", "2100-01-01"}
	for i, from := range days {
		for _, to := range days[i+1:] {
			err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
				ways, err := usage.Load(t.Context(), tx, day(t, from), day(t, to))
				out[from+" "+to] = ways
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return out
}

// day begins at midnight in China.
func day(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text+"T00:00:00+08:00")
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// sameSets: which of the sets that hold the same a way names does not matter.
var sameSets = cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".SetIDs" }, cmp.Comparer(func(a, b []int64) bool { return (len(a) == 0) == (len(b) == 0) }))

// TestLoad_isExact: nothing, some or all counted, in batches of any size, after detail
// was destroyed and after its month was made anew: the ways are those of the log.
func TestLoad_isExact(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	for _, sql := range entries {
		exec(t, db, sql)
	}
	want := loaded(t, db)
	var all, children int64
	for _, w := range want["2000-01-01 2100-01-01"] {
		all += w.Entries
		for _, s := range w.Shown {
			children += s.Children
		}
	}
	if all != 90 || children != 75 {
		t.Fatalf("%d entries, %d children", all, children)
	}
	compare := func(when string) {
		t.Helper()
		if diff := cmp.Diff(want, loaded(t, db), sameSets); diff != "" {
			t.Errorf("%s: %s", when, diff)
		}
	}
	for from := range int64(40) {
		follow(t, db, from, from+1)
	}
	compare("40 counted one by one")
	follow(t, db, 40, 85)
	compare("85 counted")

	destroy(t, db)
	destroyed := loaded(t, db)
	if diff := cmp.Diff(want["2000-01-01 2026-09-01"], destroyed["2000-01-01 2026-09-01"], sameSets); diff != "" {
		t.Errorf("another month: %s", diff)
	}
	want = destroyed
	if n := rows(t, db, `SELECT count(*) FROM audit_use WHERE month = '2026-09-01'`); n != 0 {
		t.Errorf("%d counts of a month of which detail was destroyed", n)
	}
	follow(t, db, 85, 90)
	compare("made anew, all counted")
	if n := rows(t, db, `SELECT count(*) FROM audit_use_stale`); n != 0 || rows(t, db, `SELECT count(*) FROM audit_use WHERE month = '2026-09-01'`) == 0 {
		t.Errorf("%d months are not made anew", n)
	}
}

// destroy empties entry 20, of 9 September.
func destroy(t *testing.T, db *pgxpool.Pool) {
	t.Helper()
	err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
		for _, sql := range []string{
			`SELECT set_config('tongxin.audit_destroy', 'on', true)`, `DELETE FROM audit_disclosure WHERE sequence = 20`,
			`UPDATE audit_entry SET salt = NULL, agency_code = '', staff_code = '', system = '', role = '', purpose = '', policy_version = '', outcome = '', requested_id = 0, disclosed = 0 WHERE sequence = 20`,
		} {
			if _, err := tx.Exec(t.Context(), sql); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func rows(t *testing.T, db *pgxpool.Pool, sql string) (n int) {
	t.Helper()
	if err := db.QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
