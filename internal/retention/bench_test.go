package retention_test

import (
	"testing"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/retention"
)

// BenchmarkWalk destroys entries of which every other stays, the worst case for the
// ranges of a record; entries/s is what a night can do.
func BenchmarkWalk(b *testing.B) {
	x := newWorld(b)
	const n = 20_000
	for b.Loop() {
		b.StopTimer()
		entries := make([]audit.Entry, n)
		for i := range entries {
			set := shown("Child.name")
			if i%2 == 0 {
				set = shown("Psychology.level")
			}
			entries[i] = audit.Entry{
				At: today().AddDate(-4, 0, 0), AgencyID: 1, StaffID: 1, Outcome: audit.Allowed,
				Disclosures: []audit.Disclosure{{ChildID: 3, Shown: set}, {ChildID: 4, Shown: set}},
			}
		}
		_, err := x.writer.AppendBatch(b.Context(), entries)
		must(b, err)
		b.StartTimer()
		tally, err := x.walker(1000).Walk(b.Context(), retention.Walk{Name: "walk " + b.Name() + today().Add(b.Elapsed()).String(), Destroys: true, By: "bench"})
		must(b, err)
		if tally.Destroyed != n/2 {
			b.Fatal(tally)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}
