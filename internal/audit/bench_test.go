package audit_test

import (
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/audit"
)

// BenchmarkWriter_Append is one entry with three disclosures, each of 64
// callers waiting for its own.
func BenchmarkWriter_Append(b *testing.B) {
	l := newLog(b)
	w := l.open(b)
	e := entry(1)
	b.SetParallelism(32) // 64 goroutines on two cores
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if _, err := w.Append(b.Context(), e); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}

// BenchmarkWriter_AppendBatch is a job that writes history: one disclosure each.
func BenchmarkWriter_AppendBatch(b *testing.B) {
	l := newLog(b)
	w := l.open(b, func(o *audit.Options) { o.Backdated = true })
	at := time.Date(2025, 9, 1, 0, 0, 0, 0, time.UTC)
	entries := make([]audit.Entry, b.N)
	for i := range entries {
		entries[i] = entry(1)
		entries[i].Disclosures = entries[i].Disclosures[:1]
		entries[i].At = at.Add(time.Duration(i) * time.Minute)
	}
	b.ReportAllocs()
	b.ResetTimer()
	if _, err := w.AppendBatch(b.Context(), entries); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}
