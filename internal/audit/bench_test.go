package audit_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
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
	if _, err := w.Append(b.Context(), e); err != nil { // its sets are known from here on
		b.Fatal(err)
	}
	before := l.serverTime(b)
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
	b.ReportMetric(float64((l.serverTime(b)-before).Microseconds())/float64(b.N), "server-µs/op")
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

// BenchmarkWriter_children is one entry of a page of children, of 100,000 that stand in
// no order, each of 8 callers waiting for its own; with what the writer's server process
// computes for it, and how long its children take to be filed behind the answers.
func BenchmarkWriter_children(b *testing.B) {
	for _, n := range []int{1, 50, 500} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			l := newLog(b)
			w := l.open(b)
			pages := make([]audit.Entry, 512)
			child := uint64(1)
			for i := range pages {
				pages[i] = entry(i)
				shown := pages[i].Disclosures[0].Shown
				pages[i].Disclosures = make([]audit.Disclosure, n)
				for k := range n {
					child = child*6364136223846793005 + 1442695040888963407
					pages[i].Disclosures[k] = audit.Disclosure{ChildID: int64(child >> 33 % 100_000), Bases: []string{"own_township", "compulsory_age"}, Shown: shown}
				}
				if _, err := w.Append(b.Context(), pages[i]); err != nil { // its sets are known from here on
					b.Fatal(err)
				}
			}
			filed := l.settle(b)
			before := l.serverTime(b)
			b.SetParallelism(4)
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(p *testing.PB) {
				for i := 0; p.Next(); i++ {
					if _, err := w.Append(b.Context(), pages[i%len(pages)]); err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.StopTimer()
			b.ReportMetric(float64(filed().Microseconds())/float64(b.N), "filed-µs/op")
			b.ReportMetric(float64((l.serverTime(b)-before).Microseconds())/float64(b.N), "server-µs/op")
		})
	}
}

// settle files children every second until it is told to end, and then says how long
// that took altogether.
func (l *log) settle(b *testing.B) (end func() time.Duration) {
	b.Helper()
	var took time.Duration
	turn := func() {
		began := time.Now()
		l.exec(b, `SELECT audit_settle()`)
		took += time.Since(began)
	}
	turn()
	took = 0
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				turn()
			case <-stop:
				turn()
				return
			}
		}
	}()
	return func() time.Duration {
		close(stop)
		<-done
		return took
	}
}

// serverTime is what the process that serves the writer has computed so far.
func (l *log) serverTime(b *testing.B) time.Duration {
	b.Helper()
	pid := scalar[int](b, l, `SELECT pid FROM pg_stat_activity WHERE application_name = 'tongxin-audit' AND datname = current_database()`)
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	var ticks time.Duration
	for _, field := range strings.Fields(rest)[11:13] {
		n, err := strconv.Atoi(field)
		if err != nil {
			b.Fatal(err)
		}
		ticks += time.Duration(n)
	}
	return ticks * 10 * time.Millisecond
}
