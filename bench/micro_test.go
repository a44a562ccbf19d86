package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"go.opentelemetry.io/otel/trace/noop"

	"github.com/tongxin-hub/tongxin/graph"

	"github.com/tongxin-hub/tongxin/internal/app"
	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/wall"
	"github.com/tongxin-hub/tongxin/policy"
)

// bench is a gate on the demo district, asked by the education bureau's system.
type bench struct {
	gate   *disclosure.Gate
	access *disclosure.Access
	schema *ast.Schema
	hub    *hubtest.Hub
	caller identity.Caller
	replay *replay
	ids    []string
}

// inForce is a policy without a watch.
type inForce struct{ policy *policy.Policy }

// Current is always the same policy.
func (p inForce) Current() (*policy.Policy, error) { return p.policy, nil }

// unrecorded takes entries and keeps none: the record has benchmarks of its own.
type unrecorded struct{}

// Append makes nothing durable.
func (unrecorded) Append(_ context.Context, e audit.Entry) (audit.Receipt, error) {
	return audit.Receipt{Sequence: 1, EntryID: "0123456789abcdef0123456789abcdef", At: e.At}, nil
}

// AppendTx is Append inside a transaction.
func (u unrecorded) AppendTx(ctx context.Context, _ postgres.Tx, e audit.Entry) (audit.Receipt, error) {
	return u.Append(ctx, e)
}

func newBench(tb testing.TB) *bench {
	tb.Helper()
	h := hubtest.Start(tb, hubtest.Options{})
	loaded, err := policy.Load()
	check(tb, err)
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	catalog, err := app.Catalog(schema)
	check(tb, err)
	reads, err := postgres.Open(tb.Context(), h.DB.Config().ConnString(), postgres.Options{MaxConns: 1})
	check(tb, err)
	tb.Cleanup(reads.Close)
	b := &bench{schema: schema, hub: h, replay: newReplay(wall.NewReader(reads, noop.NewTracerProvider()))}
	b.gate, err = disclosure.NewGate(disclosure.Deps{
		Catalog: catalog, Policies: inForce{loaded}, DB: h.DB, Reads: b.replay, Audit: unrecorded{}, IDs: h.IDs, Now: hubtest.Day,
	})
	check(tb, err)
	b.caller = b.system(tb)
	var children []int64
	rows, err := h.DB.Query(tb.Context(), `SELECT c.id FROM child c JOIN enrolment e ON e.child_id = c.id AND e.current
		WHERE e.stage IN ('PRIMARY', 'JUNIOR') AND c.shield = 'NONE' ORDER BY c.id`)
	check(tb, err)
	for rows.Next() {
		var id int64
		check(tb, rows.Scan(&id))
		children = append(children, id)
	}
	check(tb, rows.Err())
	for i := range largeList {
		b.ids = append(b.ids, h.IDs.Encode(b.caller.Agency.Code, "Child", children[i%len(children)]))
	}
	return b
}

// system is the education bureau's system with its post.
func (b *bench) system(tb testing.TB) identity.Caller {
	tb.Helper()
	callers := b.hub.District.Callers()
	i := slices.IndexFunc(callers, func(c demo.Caller) bool { return c.Key == "education-system" })
	c := identity.Caller{System: "bench"}
	const sql = `SELECT s.id, s.code, s.kind, a.id, a.code, a.kind, p.id, p.role, p.agency_id, coalesce(p.division_id, 0)
FROM staff s JOIN agency a ON a.id = s.agency_id JOIN post p ON p.staff_id = s.id WHERE s.code = $1`
	p := identity.Post{ValidFrom: hubtest.Day().AddDate(-1, 0, 0), AuthorisedUntil: hubtest.Day().AddDate(1, 0, 0)}
	check(tb, b.hub.DB.QueryRow(tb.Context(), sql, callers[i].StaffCode).Scan(
		&c.Staff.ID, &c.Staff.Code, &c.Staff.Kind, &c.Agency.ID, &c.Agency.Code, &c.Agency.Kind, &p.ID, &p.Role, &p.AgencyID, &p.DivisionID))
	c.Staff.VettedUntil = hubtest.Day().AddDate(1, 0, 0)
	c.Posts = []identity.Post{p}
	return c
}

// question is W5 for n children, parsed.
func (b *bench) question(tb testing.TB, n int) *disclosure.Question {
	tb.Helper()
	const text = `query W5($ids: [ID!]!) {
  childrenByIds(ids: $ids) { id name sex birthYearMonth age ageBand hasHukou enrolment { stage grade classNo status boarding } }
}`
	doc, errs := gqlparser.LoadQueryWithRules(b.schema, text, nil)
	if errs != nil {
		tb.Fatal(errs)
	}
	ids := make([]any, n)
	for i := range ids {
		ids[i] = b.ids[i]
	}
	q := &disclosure.Question{
		Caller: b.caller, Doc: doc, Op: doc.Operations[0], Vars: map[string]any{"ids": ids}, Hash: strconv.Itoa(n), Purpose: "DROPOUT_PREVENTION",
	}
	if b.access == nil {
		var err error
		b.access, err = b.gate.Open(tb.Context(), q)
		check(tb, err)
	}
	return q
}

// read answers the question once and makes sure that it found the children.
func (b *bench) read(tb testing.TB, q *disclosure.Question, n int) {
	tb.Helper()
	answer, err := b.gate.Read(tb.Context(), q, b.access)
	check(tb, err)
	var data struct {
		Children []struct{ ID string } `json:"childrenByIds"`
	}
	check(tb, json.Unmarshal(answer.Data(), &data))
	if len(data.Children) != n || data.Children[n-1].ID != b.ids[n-1] {
		tb.Fatalf("%d children: %.300s", len(data.Children), answer.Data())
	}
}

// BenchmarkGate_Read is a plan from the cache, the read, the JSON, the accounting
// and the receipt: with PostgreSQL, and without it, on rows that it sent before.
func BenchmarkGate_Read(b *testing.B) {
	at := newBench(b)
	for _, n := range []int{1, 50, 500} {
		q := at.question(b, n)
		for _, replayed := range []bool{false, true} {
			at.replay.on = false
			at.read(b, q, n)
			at.replay.on = replayed
			at.read(b, q, n)
			b.Run(fmt.Sprintf("rows=%d/replayed=%t", n, replayed), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := at.gate.Read(b.Context(), q, at.access); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkIDs is one identifier that other agencies cannot compare.
func BenchmarkIDs(b *testing.B) {
	h := hubtest.Start(b, hubtest.Options{})
	id := h.IDs.Encode("EDU", "Child", 4711)
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		var into []byte
		for b.Loop() {
			into = h.IDs.Append(into[:0], "EDU", "Child", 4711)
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := h.IDs.Decode("EDU", id); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkPolicy_Cell is one decision: the cell of a coordinate and its form.
func BenchmarkPolicy_Cell(b *testing.B) {
	loaded, err := policy.Load()
	check(b, err)
	view, err := loaded.View(policy.DPS, "DROPOUT_PREVENTION")
	check(b, err)
	bases := policy.Of(policy.Caller, policy.LedgerOpen)
	b.ReportAllocs()
	for b.Loop() {
		if view.Cell("Child.name").Form(bases) != policy.Full {
			b.Fatal("the name is open to an officer with an open item")
		}
	}
}

// mostAllocations are the allocations of an answer of 1 and of 500 rows, without
// PostgreSQL; they may only shrink. Lower them with the code that earns it.
var mostAllocations = map[int]float64{1: 75, 500: 400}

// TestGate_Allocations guards the hot path where time cannot: allocations do not
// depend on the machine.
func TestGate_Allocations(t *testing.T) { //nolint:paralleltest // allocations are counted for the whole process
	at := newBench(t)
	for n, most := range mostAllocations {
		q := at.question(t, n)
		at.replay.on = false
		at.read(t, q, n)
		at.replay.on = true
		got := testing.AllocsPerRun(20, func() {
			if _, err := at.gate.Read(t.Context(), q, at.access); err != nil {
				t.Error(err)
			}
		})
		t.Logf("%d rows: %.0f allocations", n, got)
		if got > most {
			t.Errorf("an answer of %d rows takes %.0f allocations, %.0f at most", n, got, most)
		}
	}
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
