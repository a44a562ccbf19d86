package e2e

import (
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/policy"
)

// planted is what a marker looks like, whole or in its tell-tale part.
var planted = regexp.MustCompile(`qz\d{8}|\d{8}zq`)

// tally counts what the matrix test has asked.
type tally struct {
	sync.Mutex
	views, scenes, operations int
	cells                     map[policy.Form]int
	held                      policy.Bases
}

// TestMatrix_everyCellOverHTTP asks, for every role and purpose and on every
// basis, for every coordinate of a child's file through HTTP, and holds data,
// receipt and log entry against the policy's table: what the matrix opens comes
// back as planted, what it masks comes back masked, and nothing else comes back
// anywhere. Views, bases and coordinates are those of schema and policy.
func TestMatrix_everyCellOverHTTP(t *testing.T) { //nolint:tparallel // the group waits for its views, which are parallel
	t.Parallel()
	log, spans := &lines{}, &lines{}
	h := hubtest.Start(t, hubtest.Options{LogTo: log, Configure: func(c *config.Config) {
		c.Telemetry.LogLevel, c.Telemetry.OTLPEndpoint, c.Telemetry.SampleRatio = slog.LevelDebug, collector(t, spans), 1
		c.Limits.Tokens, c.Limits.Nodes, c.Limits.Values, c.Limits.Body = 1<<16, 1<<30, 1<<30, 1<<20
		c.Load.Deadline = 2 * time.Minute
	}})
	change(t, h, `UPDATE parameter SET value = '100000' WHERE name LIKE 'volume%'`)
	began := time.Now()
	w := newWorld(t, h)
	stages := w.build(t)
	w.write(t)
	known := w.readTruth(t)
	t.Logf("planted %d rows in %v", w.count, time.Since(began).Round(time.Millisecond))
	sum := &tally{cells: map[policy.Form]int{}}
	t.Run("views", func(t *testing.T) {
		for _, st := range stages {
			t.Run(string(st.pair.Role)+"_"+string(st.pair.Purpose), func(t *testing.T) {
				t.Parallel()
				w.check(t, st, known, sum)
			})
		}
	})
	t.Logf("%d views, %d bases held, %d children, %d operations, %d coordinates, cells %v, %v", sum.views, len(sum.held.List()), sum.scenes,
		sum.operations, len(coordinatesBelow(whole("Child"))), sum.cells, time.Since(began).Round(time.Millisecond))
	asked := 0
	for _, n := range sum.cells {
		asked += n
	}
	if asked < 800_000 { // as README says
		t.Errorf("only %d cells were asked", asked)
	}
	nowhere(t, h, log, spans, sum.operations)
}

// build makes callers and children for every view.
func (w *world) build(t *testing.T) []*stage {
	t.Helper()
	p, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	var out []*stage
	agencies := []string{"MZ", "FL", "ZJ002", "ZJ003"}
	for i, pair := range p.Pairs() {
		view, err := p.View(pair.Role, pair.Purpose)
		if err != nil {
			t.Fatal(err)
		}
		st := &stage{pair: pair, view: view}
		var c cast
		st.caller, c = w.hireFor(t, pair, view, agencies[i%len(agencies)])
		st.scenes = w.scenesOf(t, view, c, rand.New(rand.NewPCG(uint64(i), 11)))
		for _, s := range st.scenes {
			w.plant(t, s, view.Bases())
		}
		out = append(out, st)
	}
	return out
}

// check asks for all children of a view, some at a time.
func (w *world) check(t *testing.T, st *stage, known truth, sum *tally) {
	t.Helper()
	picks := whole("Child")
	var held policy.Bases
	cells, operations := map[policy.Form]int{}, 0
	for some := range slices.Chunk(st.scenes, 16) {
		x := &expectation{t: t, w: w, truth: known, stage: st, cells: cells, short: map[hubtest.Shortfall]int{}}
		held |= w.ask(t, x, picks, some)
		operations++
	}
	scope := st.view.Scope()
	for _, b := range (st.view.Bases() &^ held &^ scope.Deny).List() {
		if scope.Full != 0 {
			t.Errorf("the basis %s was held nowhere: its recipe does not work or nothing in the database can make it hold", b)
		}
	}
	sum.Lock()
	defer sum.Unlock()
	sum.views, sum.scenes, sum.operations, sum.held = sum.views+1, sum.scenes+len(st.scenes), sum.operations+operations, sum.held|held
	for form, n := range cells {
		sum.cells[form] += n
	}
}

// ask sends one operation and holds everything that came of it against what is
// expected. It returns the bases that were held.
func (w *world) ask(t *testing.T, x *expectation, picks []pick, some []*scene) policy.Bases {
	t.Helper()
	ids := make([]string, len(some))
	for i, s := range some {
		ids[i] = w.h.ID(t, x.stage.caller, "Child", s.child)
	}
	got := w.h.Ask(t, x.stage.caller, hubtest.Question{
		Query:     "query Matrix($ids: [ID!]!) { childrenByIds(ids: $ids) { " + text(picks) + "} }",
		Variables: map[string]any{"ids": ids},
	})
	if x.stage.view.Cell("Query.childrenByIds").Form(policy.Caller.Bit()) != policy.Full {
		for _, s := range some {
			x.child(s, picks)
		}
		refusedAs(t, "a view that has no children", got, "FORBIDDEN")
		return 0
	}
	if len(got.Errors) > 0 {
		t.Fatalf("%.600s", got.Body)
	}
	var answer struct {
		Children []any `json:"childrenByIds"`
	}
	if err := json.Unmarshal(got.Data, &answer); err != nil {
		t.Fatal(err)
	}
	entry := entryOf(t, w.h, got.Extensions.Disclosure.Sequence)
	var held policy.Bases
	for i, s := range some {
		want := x.child(s, picks)
		if !reflect.DeepEqual(want, answer.Children[i]) {
			t.Errorf("on %s (-want +got):\n%.3000s", s.holds, cmp.Diff(want, answer.Children[i]))
		}
		var bases policy.Bases
		for _, b := range entry.bases[s.child] {
			bases |= policy.Basis(b).Bit()
		}
		held |= bases
		if bases != x.bases {
			t.Errorf("planted %s: on record %s, want %s", s.holds, bases, x.bases)
		}
		if diff := cmp.Diff(x.shown, entry.shown[s.child]); diff != "" && len(x.shown)+len(entry.shown[s.child]) > 0 {
			t.Errorf("on %s, log entry (-want +got):\n%.3000s", s.holds, diff)
		}
	}
	receipt := map[hubtest.Shortfall]int{}
	for _, line := range slices.Concat(got.Extensions.Disclosure.Withheld, got.Extensions.Disclosure.Masked) {
		n := line.Count
		line.Count = 0
		receipt[line] = n
	}
	if diff := cmp.Diff(x.short, receipt); diff != "" {
		t.Errorf("receipt (-want +got):\n%.3000s", diff)
	}
	rest := strings.Replace(string(got.Body), string(got.Data), "", 1)
	if found := planted.FindString(rest); found != "" {
		t.Errorf("%s stands outside of the data: %.600s", found, rest)
	}
	return held
}

// recorded is what the log holds of the children of one operation.
type recorded struct {
	bases map[int64][]string
	shown map[int64]map[string]string
}

func entryOf(t *testing.T, h *hubtest.Hub, sequence string) recorded {
	t.Helper()
	out := recorded{map[int64][]string{}, map[int64]map[string]string{}}
	rows, err := h.DB.Query(t.Context(), `SELECT d.child_id, d.bases, s.coordinates, s.labels FROM audit_disclosure d
		JOIN audit_set s ON s.id = d.set_id WHERE d.sequence = $1::text::bigint AND d.at >= $2`, sequence, hubtest.Day())
	if err != nil {
		t.Fatal(err)
	}
	var child int64
	var bases, coordinates, labels []string
	_, err = pgx.ForEachRow(rows, []any{&child, &bases, &coordinates, &labels}, func() error {
		out.bases[child], out.shown[child] = bases, map[string]string{}
		for i, c := range coordinates {
			out.shown[child][c] = labels[i]
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
