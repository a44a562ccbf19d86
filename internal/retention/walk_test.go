package retention_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/retention"
)

// written is an entry of the property with what an independent judge needs.
type written struct {
	entry    audit.Entry
	children []int64 // shown with a coordinate of class L4
	all      []int64 // shown at all
	sequence int64
}

// kinds are sets that children are shown with; the last two count as L4.
func kinds() []*audit.Set {
	return []*audit.Set{nil, shown("Child.name", "Query.explain"), shown("Child.name", "Psychology.level"), shown("Visit.nobodyKnowsThisOne")}
}

func drawEntry(r *rapid.T) written {
	var w written
	// Every month of 25 years, and the days around the borders that matter.
	days := rapid.OneOf(rapid.IntRange(0, 25*365), rapid.IntRange(3*365-3, 3*365+40)).Draw(r, "days")
	w.entry = audit.Entry{
		At:       today().AddDate(0, 0, -days).Add(time.Duration(rapid.IntRange(-12, 2).Draw(r, "hours")) * time.Hour),
		AgencyID: int64(rapid.IntRange(0, 2).Draw(r, "agency")), StaffID: int64(rapid.IntRange(0, 2).Draw(r, "staff")),
		Outcome: audit.Allowed, Role: "SUP", Ticket: rapid.SampledFrom([]string{"", "K-1", "none"}).Draw(r, "ticket"),
	}
	for _, child := range rapid.SliceOfNDistinct(rapid.Int64Range(1, 5), 0, 3, func(i int64) int64 { return i }).Draw(r, "children") {
		kind := rapid.IntRange(0, 3).Draw(r, "kind")
		w.entry.Disclosures = append(w.entry.Disclosures, audit.Disclosure{ChildID: child, Shown: kinds()[kind]})
		w.all = append(w.all, child)
		if kind >= 2 {
			w.children = append(w.children, child)
		}
	}
	return w
}

// until judges in Go, from the words of the schedules.
func (w written) until() time.Time {
	here := w.entry.At.In(cst)
	until := here.AddDate(3, 0, 0)
	if here.Month() == time.February && here.Day() == 29 { // to the 28th, as PostgreSQL counts
		until = until.AddDate(0, 0, -1)
	}
	for _, c := range w.children {
		grown := time.Date(here.Year()+21, here.Month(), here.Day(), 0, 0, 0, 0, cst)
		if int(c) <= len(births()) {
			born, _ := time.ParseInLocation(time.DateOnly, births()[c-1], cst)
			grown = born.AddDate(21, 0, 0)
			if born.Month() == time.February && born.Day() == 29 {
				grown = grown.AddDate(0, 0, -1)
			}
		}
		if grown.After(until) {
			until = grown
		}
	}
	return until
}

func (w written) held(h retention.Hold) bool {
	child := h.ChildID == nil || slices.Contains(w.all, *h.ChildID) || w.entry.Ticket == "K-1" && *h.ChildID == 3
	return child && (h.StaffID == nil || *h.StaffID == w.entry.StaffID) && (h.AgencyID == nil || *h.AgencyID == w.entry.AgencyID) &&
		(h.Since == nil || !w.entry.At.Before(*h.Since)) && (h.Until == nil || w.entry.At.Before(*h.Until))
}

func drawHold(r *rapid.T) retention.Hold {
	var h retention.Hold
	id := func(name string, most int64) *int64 {
		if v := rapid.Int64Range(0, most).Draw(r, name); v > 0 {
			return &v
		}
		return nil
	}
	h.ChildID, h.StaffID, h.AgencyID = id("child", 4), id("staff", 2), id("agency", 2)
	since := today().AddDate(-rapid.IntRange(2, 25).Draw(r, "since"), 0, 0)
	until := since.AddDate(rapid.IntRange(1, 4).Draw(r, "length"), 0, 0)
	if h.ChildID == nil && h.StaffID == nil && h.AgencyID == nil || rapid.Bool().Draw(r, "bounded") {
		h.Since, h.Until = &since, &until
	}
	return h
}

// TestWalk_random mixes classes, ages and holds at random: what is held or not due
// is never destroyed, everything else is, and the log stays sound.
func TestWalk_random(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	round := 0
	var log []written
	var holds []retention.Hold
	var freed []bool
	rapid.Check(t, func(r *rapid.T) {
		round++
		for range rapid.IntRange(1, 12).Draw(r, "entries") {
			w := drawEntry(r)
			w.sequence = x.write(t, w.entry).Sequence
			log = append(log, w)
		}
		if rapid.IntRange(0, 3).Draw(r, "hold") == 0 {
			h := drawHold(r)
			x.hold(t, h)
			holds, freed = append(holds, h), append(freed, false)
		} else if n := len(holds); n > 0 && rapid.Bool().Draw(r, "free") {
			i := rapid.IntRange(0, n-1).Draw(r, "which")
			if !freed[i] {
				x.free(t, int64(i+1))
				freed[i] = true
			}
		}
		x.walk(t, fmt.Sprintf("walk %d", round))
		want := map[int64]bool{}
		for _, s := range x.gone {
			want[s] = true
		}
		for _, w := range log {
			standing := false
			for i, h := range holds {
				standing = standing || !freed[i] && w.held(h)
			}
			if !w.until().After(x.now) && !standing {
				want[w.sequence] = true
			}
		}
		x.gone = x.emptied(t)
		got := map[int64]bool{}
		for _, s := range x.gone {
			got[s] = true
		}
		if d := cmp.Diff(want, got); d != "" {
			r.Fatal(d)
		}
		if report := x.verify(t); !report.OK() || report.Destroyed != int64(len(x.gone)) {
			r.Fatal(report.String())
		}
	})
	if len(x.gone) == 0 || len(x.gone) == len(log) {
		t.Errorf("%d of %d destroyed: the mix shows nothing", len(x.gone), len(log))
	}
}

// TestWalk_boundary destroys in the first second after the time is over.
func TestWalk_boundary(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	x.write(t, audit.Entry{At: x.now.AddDate(-3, 0, 0).Add(time.Second), AgencyID: 1, Outcome: audit.Allowed})
	tally := x.walk(t, "before")
	if d := cmp.Diff(retention.Tally{Examined: 1, Due: retention.Counts{}, Held: retention.Counts{}, Soon: retention.Counts{"ORDINARY": 1}}, tally); d != "" {
		t.Error(d)
	}
	x.now = x.now.Add(time.Second)
	if tally = x.walk(t, "after"); tally.Destroyed != 1 {
		t.Error(tally)
	}
}

// TestWalk_proofs: what was handed out before a destruction still proves, and so
// does what is asked for afterwards.
func TestWalk_proofs(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	var receipts []audit.Receipt
	for year := 2018; year < 2027; year++ {
		receipts = append(receipts, x.write(t, audit.Entry{At: time.Date(year, 1, 1, 0, 0, 0, 0, cst), AgencyID: 1, Outcome: audit.Allowed}))
	}
	_, err := x.writer.Checkpoint(t.Context())
	must(t, err)
	before := x.prove(t, receipts)
	if x.walk(t, "w").Destroyed == 0 {
		t.Fatal("nothing was destroyed")
	}
	_, err = x.writer.Checkpoint(t.Context())
	must(t, err)
	for i, p := range append(x.prove(t, receipts), before...) {
		if _, err := p.Check(x.key); err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
}

// TestWalk_withoutRecordIsFound empties one more than the record names.
func TestWalk_withoutRecordIsFound(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	for range 3 {
		x.write(t, audit.Entry{At: today().AddDate(-5, 0, 0), AgencyID: 1, Outcome: audit.Allowed})
	}
	kept := x.write(t, audit.Entry{At: today().AddDate(-1, 0, 0), AgencyID: 1, Outcome: audit.Allowed})
	x.walk(t, "w")
	tx, err := x.db.Begin(t.Context())
	must(t, err)
	_, err = tx.Exec(t.Context(), `SELECT set_config('tongxin.audit_destroy', 'on', true)`)
	must(t, err)
	_, err = tx.Exec(t.Context(), `UPDATE audit_entry SET salt = NULL, agency_id = 0, outcome = '', requested_id = 0, withheld_id = 0
		WHERE sequence = $1`, kept.Sequence)
	must(t, err)
	must(t, tx.Commit(t.Context()))
	if d := cmp.Diff([]audit.Finding{{Problem: audit.DetailGone, Sequence: kept.Sequence}}, x.verify(t).Findings); d != "" {
		t.Error(d)
	}
}

// TestWalk_unclassified refuses to judge while nothing is known of classes.
func TestWalk_unclassified(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	x.write(t, audit.Entry{At: today().AddDate(-9, 0, 0), AgencyID: 1, Outcome: audit.Allowed})
	x.exec(t, `DELETE FROM coordinate`)
	if _, err := x.walker(7).Walk(t.Context(), retention.Walk{Name: "w", Destroys: true}); err == nil {
		t.Error("walked without classes")
	}
	if got := x.emptied(t); len(got) > 0 {
		t.Error(got)
	}
}

// TestWalk_together: several processes on one walk destroy everything once.
func TestWalk_together(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	const n = 60
	for range n {
		x.write(t, audit.Entry{At: today().AddDate(-4, 0, 0), AgencyID: 1, Outcome: audit.Allowed})
	}
	failed := make(chan error)
	for range 3 {
		go func() {
			_, err := x.walker(5).Walk(t.Context(), retention.Walk{Name: "night", Destroys: true, By: "test"})
			failed <- err
		}()
	}
	for range 3 {
		must(t, <-failed)
	}
	x.walk(t, "night") // whoever was left out goes on
	var examined, destroyed int64
	must(t, x.db.QueryRow(t.Context(), `SELECT examined, destroyed FROM retention_walk WHERE name = 'night'`).Scan(&examined, &destroyed))
	if report := x.verify(t); !report.OK() || report.Destroyed != n || examined != n || destroyed != n {
		t.Error(report.String(), examined, destroyed)
	}
}

// TestWalk_askedFor: what a guardian has asked for stays until it was told, and so
// does what had to wait.
func TestWalk_askedFor(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	x.write(t, audit.Entry{
		At: today().AddDate(-4, 0, 0), AgencyID: 1, Outcome: audit.Allowed,
		Disclosures: []audit.Disclosure{{ChildID: 3, Shown: shown("Child.name")}},
	})
	x.exec(t, `INSERT INTO access_inquiry (id, child_id, received_on, state, decision) VALUES (1, 3, '2026-11-20', 'COMPILE', 'PENDING')`)
	for i, c := range []struct {
		sql       string
		destroyed int64
	}{
		{`SELECT 1`, 0},
		{`UPDATE access_inquiry SET state = 'ANSWERED', decision = 'ANSWERED', answered_on = '2026-11-21', embargoed = 1`, 0},
		{`INSERT INTO access_inquiry (id, child_id, received_on, state, decision, follows_id) VALUES (2, 3, '2026-11-20', 'RECEIVED', 'PENDING', 1)`, 0},
		{`UPDATE access_inquiry SET state = 'ANSWERED', decision = 'ANSWERED', answered_on = '2026-11-22' WHERE id = 2`, 1},
	} {
		x.exec(t, c.sql)
		if got := x.walk(t, fmt.Sprint("walk ", i)).Destroyed; got != c.destroyed {
			t.Errorf("%s: %d destroyed", c.sql, got)
		}
	}
}
