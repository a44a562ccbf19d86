package accesslog_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/bench/biglog"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// largeEntries is the length of the log of this test; largeTable from how many rows
// on a table must not be read from end to end.
const (
	largeEntries = 25_000
	largeTable   = 2_000
)

// TestQuestions_walkNoTable: no question and no filter of the auditors has a large
// table of the log read from end to end, as PostgreSQL plans the very statements
// that the hub sends; and what is asked about one child asks the index of children.
func TestQuestions_walkNoTable(t *testing.T) {
	t.Parallel()
	var x *biglog.Explainer
	h := hubtest.Start(t, hubtest.Options{Reads: func(db *pgxpool.Pool, r disclosure.Reader) disclosure.Reader {
		x = &biglog.Explainer{Reader: r, DB: db}
		x.On.Store(true)
		return x
	}})
	took, err := biglog.Fill(t.Context(), h.DB, biglog.Options{Entries: largeEntries, Months: 6, Until: hubtest.Day(), Say: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", took)
	auditor := h.Caller(t, "auditor")
	questions, err := biglog.Questions(t.Context(), h.DB, hubtest.Day(), func(id int64) string { return h.ID(t, auditor, "Child", id) })
	if err != nil {
		t.Fatal(err)
	}
	large := largeTables(t.Context(), t, h.DB)
	if !slices.ContainsFunc(large, func(name string) bool { return name == "audit_key" }) || len(large) < 8 {
		t.Fatalf("only %v are large", large)
	}
	for _, q := range questions {
		got := h.Ask(t, auditor, hubtest.Question{Query: q.Query, Variables: q.Variables})
		if len(got.Errors) > 0 {
			t.Errorf("%s: %s", q.Name, got.Body)
		}
		plans := x.Take()
		for _, table := range biglog.Walked(plans) {
			if slices.Contains(large, table) {
				t.Errorf("%s walks %s:\n%s", q.Name, table, plans)
			}
		}
		if q.Name == "accessHistory" && !strings.Contains(strings.Join(plans, "\n"), "_child_ids_idx") {
			t.Errorf("%s does not ask the index of children:\n%s", q.Name, plans)
		}
		if len(plans) == 0 {
			t.Errorf("%s read nothing", q.Name)
		}
	}
	asHead(t, h, x, large)
}

// headsPages are pages of the entries of an agency, by each member of the filter.
var headsPages = []string{
	"", `staffCode: "测试STA0001"`, "role: STA", "purpose: STATISTICS", "outcome: DENIED",
	`since: "2026-06-01T00:00:00+08:00", until: "2026-07-01T00:00:00+08:00"`,
}

// asHead: a page of the head of an agency walks the index of the agency, and no more.
func asHead(t *testing.T, h *hubtest.Hub, x *biglog.Explainer, large []string) {
	t.Helper()
	head := h.Caller(t, "leader-access")
	for _, filter := range headsPages {
		got := h.Ask(t, head, hubtest.Question{Query: "query Ours { entriesOfMyAgency(filter: {" + filter + "}) { nodes { at staffCode role purpose ticket requested withheld outcome } } }"})
		if len(got.Errors) > 0 {
			t.Errorf("%s: %s", filter, got.Body)
		}
		plans := x.Take()
		walked := slices.ContainsFunc(biglog.Walked(plans), func(table string) bool { return slices.Contains(large, table) })
		if walked || !strings.Contains(strings.Join(plans, "\n"), "_agency_id_at_idx") {
			t.Errorf("{%s} does not walk the index of the agency:\n%s", filter, plans)
		}
	}
}

func largeTables(ctx context.Context, t *testing.T, db *pgxpool.Pool) []string {
	t.Helper()
	rows, err := db.Query(ctx, `SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'audit\_%' AND reltuples > $1 ORDER BY 1`, largeTable)
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return list
}
