package retention_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/mod/sumdb/note"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/audit/audittest"
	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/retention"
)

// cst is the time of the district.
var cst = chinatime.Zone()

// today is the night in which tests walk.
func today() time.Time { return time.Date(2026, 11, 23, 3, 0, 0, 0, cst) }

// world is a log with its writer.
type world struct {
	db     *pgxpool.Pool
	key    note.Verifier
	writer *audit.Writer
	now    time.Time
	// gone is what was emptied when somebody last looked.
	gone []int64
}

// births are those of the children 1 to 4; a fifth is not on file.
func births() []string { return []string{"2005-05-05", "2008-02-29", "2015-01-01", "2024-12-31"} }

func newWorld(tb testing.TB) *world {
	tb.Helper()
	url, db := pgtest.New(tb)
	o := audittest.Options(tb, "audit.example.test/log")
	o.Backdated, o.Now = true, today
	x := &world{db: db, key: o.Verifier, writer: audittest.Open(tb, url, o), now: today()}
	x.exec(tb, `INSERT INTO division (id, code, name, level) VALUES (1, '1', 'd', 'DISTRICT')`)
	x.exec(tb, `INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'AUDIT', 1), (2, 'B', 'b', 'AUDIT', 1)`)
	x.exec(tb, `INSERT INTO staff (id, code, agency_id, display_name, kind) VALUES (1, 's', 1, 's', 'PERSON'), (2, 't', 2, 't', 'PERSON')`)
	x.exec(tb, `INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id)
		SELECT n, 'MALE', b::date, 1, 1 FROM unnest($1::text[]) WITH ORDINALITY x (b, n)`, births())
	x.exec(tb, `INSERT INTO coordinate (name, class, owner, zh, grp) VALUES
		('Child.name', 'L3', 'HUB', '姓名', 'A.name'), ('Psychology.level', 'L4', 'EDUCATION', '心理', 'F.level')`)
	x.exec(tb, `INSERT INTO ticket (code, kind, purpose, staff_id, agency_id, child_id, opened_at) VALUES ('K-1', 'CASE', 'CASE_MGMT', 1, 1, 3, '2020-01-01')`)
	return x
}

func (x *world) exec(tb testing.TB, sql string, args ...any) {
	tb.Helper()
	if _, err := x.db.Exec(tb.Context(), sql, args...); err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
}

// write appends an entry and returns its receipt.
func (x *world) write(tb testing.TB, e audit.Entry) audit.Receipt {
	tb.Helper()
	r, err := x.writer.Append(tb.Context(), e)
	must(tb, err)
	return r
}

func (x *world) walker(batch int) *retention.Walker {
	return &retention.Walker{
		DB: x.db, Log: x.writer, Now: func() time.Time { return x.now }, Batch: batch, Progress: slog.New(slog.DiscardHandler),
	}
}

// walk destroys what is due.
func (x *world) walk(tb testing.TB, name string) retention.Tally {
	tb.Helper()
	tally, err := x.walker(7).Walk(tb.Context(), retention.Walk{Name: name, Destroys: true, By: "test"})
	must(tb, err)
	return tally
}

// hold places a hold and returns its number.
func (x *world) hold(tb testing.TB, h retention.Hold) (id int64) {
	tb.Helper()
	h.OrderedBy, h.Reason = "区人民检察院", "配合调查，保全记录"
	must(tb, postgres.InTx(tb.Context(), x.db, func(tx postgres.Tx) (err error) {
		id, err = retention.Place(tb.Context(), tx, h, x.now)
		return err
	}))
	return id
}

func (x *world) free(tb testing.TB, id int64) {
	tb.Helper()
	must(tb, postgres.InTx(tb.Context(), x.db, func(tx postgres.Tx) error {
		return retention.Free(tb.Context(), tx, retention.Release{ID: id, Reason: "案件办结"}, x.now)
	}))
}

func (x *world) prove(tb testing.TB, receipts []audit.Receipt) []audit.Proof {
	tb.Helper()
	var out []audit.Proof
	for _, r := range receipts {
		p, err := audit.Prove(tb.Context(), x.db, r.EntryID)
		must(tb, err)
		out = append(out, p)
	}
	return out
}

// emptied are the sequences whose details are gone.
func (x *world) emptied(tb testing.TB) []int64 {
	tb.Helper()
	var out []int64
	must(tb, x.db.QueryRow(tb.Context(), `SELECT coalesce(array_agg(sequence ORDER BY sequence), '{}') FROM audit_entry WHERE salt IS NULL`).Scan(&out))
	return out
}

func (x *world) verify(tb testing.TB) audit.Report {
	tb.Helper()
	report, err := audit.Verify(tb.Context(), x.db, x.key)
	must(tb, err)
	return report
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func shown(coordinates ...string) *audit.Set {
	var list []audit.Shown
	for _, c := range coordinates {
		list = append(list, audit.Shown{Coordinate: c, Form: "FULL"})
	}
	return audit.NewSet(list)
}
