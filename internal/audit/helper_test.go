package audit_test

import (
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/mod/sumdb/note"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/audit/audittest"
	"github.com/tongxin-hub/tongxin/internal/cosignature"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
)

// origin names the log of every test.
const origin = "audit.example.test/log"

// log is one database with what a test needs to write and verify its log.
type log struct {
	url     string
	pool    *pgxpool.Pool
	key     note.Verifier
	options audit.Options
}

// newLog returns an empty log on a database of its own.
func newLog(tb testing.TB) *log {
	tb.Helper()
	url, pool := pgtest.New(tb)
	o := audittest.Options(tb, origin)
	o.CheckpointFile = filepath.Join(tb.TempDir(), "checkpoint")
	return &log{url: url, pool: pool, key: o.Verifier, options: o}
}

// open starts a writer that ends with the test.
func (l *log) open(tb testing.TB, change ...func(*audit.Options)) *audit.Writer {
	tb.Helper()
	o := l.options
	for _, c := range change {
		c(&o)
	}
	return audittest.Open(tb, l.url, o)
}

// entry makes the nth entry of a test: different in every field, with two
// children shown alike and one that was shown nothing but existence.
func entry(n int) audit.Entry {
	s := func(field string) string { return fmt.Sprintf("%s-%d", field, n) }
	shown := audit.NewSet([]audit.Shown{{"Child.name", "FULL"}, {"Child.phone", "MASKED"}, {s("Child.extra"), "FULL"}})
	return audit.Entry{
		AgencyID: 1, StaffID: int64(100 + n%3), PostID: int64(200 + n),
		AgencyCode: s("agency"), StaffCode: s("staff"), System: s("system"), Role: "SUP",
		Purpose: "VISIT_SUPERVISION", LegalBasis: s("basis"), Ticket: s("ticket"), Approval: s("approval"),
		Operation: s("Children"), DocumentHash: s("sha256"), PolicyVersion: s("policy"), TraceID: s("trace"),
		Outcome: audit.PartlyWithheld, Reason: s("reason"), ClientIP: "192.0.2.1", BreakGlass: n%2 == 0,
		Requested: []string{"Child.name", "Child.phone", "Child.address", s("Child.extra")},
		Withheld:  []audit.Withheld{{"Child.address", "NOT_NEEDED_FOR_PURPOSE"}, {s("Child.more"), "OUT_OF_ROLE"}},
		Disclosures: []audit.Disclosure{
			{ChildID: int64(1000 + n), Bases: []string{"own_township", "compulsory_age"}, Shown: shown},
			{ChildID: int64(2000 + n), Bases: []string{"own_township"}, Shown: shown},
			{ChildID: int64(3000 + n)},
		},
	}
}

// write appends n entries and signs the tree.
func (l *log) write(tb testing.TB, w *audit.Writer, n int) []audit.Receipt {
	tb.Helper()
	receipts := make([]audit.Receipt, n)
	for i := range receipts {
		r, err := w.Append(tb.Context(), entry(i))
		if err != nil {
			tb.Fatal(err)
		}
		receipts[i] = r
	}
	if _, err := w.Checkpoint(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return receipts
}

// cosign has a witness cosign the checkpoint of a size.
func (l *log) cosign(tb testing.TB, size int64) {
	tb.Helper()
	secret, err := cosignature.Generate(strings.NewReader(strings.Repeat("w", 64)), "witness.example.test")
	if err != nil {
		tb.Fatal(err)
	}
	at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	c, err := cosignature.NewCosigner(secret, func() time.Time { return at })
	if err != nil {
		tb.Fatal(err)
	}
	text, _, _ := cosignature.Split(scalar[string](tb, l, `SELECT note FROM audit_checkpoint WHERE size = $1`, size))
	line, err := c.Sign(text)
	if err != nil {
		tb.Fatal(err)
	}
	l.exec(tb, `INSERT INTO audit_witness (name, key) VALUES ('witness.example.test', $1) ON CONFLICT DO NOTHING`, c.VerifierKey())
	l.exec(tb, `INSERT INTO audit_cosignature SELECT $1, id, $2, $3 FROM audit_witness`, size, line, at)
}

// verify reads the whole log.
func (l *log) verify(tb testing.TB, trusted ...[]byte) audit.Report {
	tb.Helper()
	report, err := audit.Verify(tb.Context(), l.pool, l.key, trusted...)
	if err != nil {
		tb.Fatal(err)
	}
	return report
}

// mustBeSound verifies and demands size entries and no finding.
func (l *log) mustBeSound(tb testing.TB, size int) {
	tb.Helper()
	report := l.verify(tb)
	if !report.OK() || report.Entries != int64(size) {
		tb.Errorf("want a sound log of %d entries, got:\n%s", size, report.String())
	}
}

// exec changes the database behind the log's back.
func (l *log) exec(tb testing.TB, sql string, args ...any) {
	tb.Helper()
	if _, err := l.pool.Exec(tb.Context(), sql, args...); err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
}

// scalar reads one value.
func scalar[T any](tb testing.TB, l *log, sql string, args ...any) T {
	tb.Helper()
	var v T
	if err := l.pool.QueryRow(tb.Context(), sql, args...).Scan(&v); err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
	return v
}

// wantUnavailable demands the one fault of this package.
func wantUnavailable(tb testing.TB, err error) {
	tb.Helper()
	if got := fault.CodeOf(err); err == nil || got != fault.AuditUnavailable {
		tb.Errorf("want %s, got %v", fault.AuditUnavailable, err)
	}
}

// validID says whether id looks like an entry id.
func validID(id string) bool {
	b, err := hex.DecodeString(id)
	return err == nil && len(b) == 16
}
