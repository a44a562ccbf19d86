package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/tongxin-hub/tongxin/internal/pglocal"
)

// machine says what the figures were taken on.
func (m *measurement) machine(ctx context.Context, out *strings.Builder) {
	fmt.Fprintf(out, "# Benchmark\n\n%d processors (%s), %s, %s\n", runtime.NumCPU(), processor(), runtime.Version(), time.Now().Format(time.DateOnly))
	var version, settings string
	const sql = `SELECT version(), (SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings
WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes', 'wal_sync_method', 'shared_buffers', 'max_wal_size', 'random_page_cost'))`
	if err := m.env.Set.DB.QueryRow(ctx, sql).Scan(&version, &settings); err == nil {
		fmt.Fprintf(out, "%s\n%s\n", version, settings)
	}
	fmt.Fprintf(out, "%d children with an open ledger item; pool of %d connections each; load tool on the same processors\n",
		len(m.env.Subjects.Children), m.env.MaxConns)
	fmt.Fprintf(out, "\n```\n%s```\n", flushes(ctx, m.env.Dir))
}

func processor() string {
	content, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(content)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(name, "\t :"))
		}
	}
	return "unknown"
}

// flushes is what pg_test_fsync says of the disk that holds the database.
func flushes(ctx context.Context, dir string) string {
	binaries, err := pglocal.Find(ctx)
	if err != nil {
		return "pg_test_fsync: " + err.Error() + "\n"
	}
	file := filepath.Join(dir, "fsync.probe")
	defer os.Remove(file)                                                                                                   //nolint:errcheck // a probe
	text, err := exec.CommandContext(ctx, filepath.Join(binaries, "pg_test_fsync"), "-s", "1", "-f", file).CombinedOutput() //nolint:gosec // a found binary
	if err != nil {
		return fmt.Sprintf("pg_test_fsync: %v\n%s\n", err, text)
	}
	head, _, _ := strings.Cut(string(text), "Compare file sync methods using two")
	return head
}

// largestSpread of a ratio that is printed.
const largestSpread = 0.25

// ratio is the median over rounds of a quotient, with its spread.
type ratio struct {
	value, spread float64
	rounds        int
}

// String is empty of a figure where the rounds disagree.
func (r ratio) String() string {
	switch {
	case r.rounds == 0:
		return "–"
	case r.spread > largestSpread:
		return fmt.Sprintf("(spread %.0f %%)", 100*r.spread)
	case r.value < 0.1:
		return fmt.Sprintf("**%.4f**", r.value)
	default:
		return fmt.Sprintf("**%.2f**", r.value)
	}
}

// compareCells is the quotient of two contestants, round by round: both were measured
// within seconds of each other.
func (m *measurement) compareCells(a, b cellKey, of func(sample) float64) ratio {
	var list []float64
	for _, x := range m.cells[a] {
		for _, y := range m.cells[b] {
			if d := of(y); x.round == y.round && d > 0 {
				list = append(list, of(x)/d)
			}
		}
	}
	if len(list) == 0 {
		return ratio{}
	}
	return ratio{median(list), spread(list), len(list)}
}

// spread is the distance of the extremes over the median. From five rounds on the
// best and the worst are left out: one stall of a shared machine is no finding.
func spread(list []float64) float64 {
	list = slices.Clone(list)
	slices.Sort(list)
	if len(list) >= 5 {
		list = list[1 : len(list)-1]
	}
	return (list[len(list)-1] - list[0]) / median(list)
}

// report prints the tables.
func (m *measurement) report(out *strings.Builder) {
	for _, clients := range m.clients {
		m.ratios(out, clients)
	}
	for _, clients := range m.clients {
		m.figures(out, clients)
	}
	m.footprint(out)
	fmt.Fprintln(out)
	for _, line := range m.extras {
		fmt.Fprintln(out, line)
	}
	m.inner(out)
	fmt.Fprint(out, duties)
}

func (m *measurement) ratios(out *strings.Builder, clients int) {
	fmt.Fprintf(out, "\n## Hub beside the others, %d clients\n\nRequests/s of the hub divided by theirs, goal behind it (goals are for 8 clients); median of %d rounds.\n"+
		"CPU: theirs divided by the hub's, server and database together (above 1: the hub spends less).\n\n", clients, m.rounds)
	fmt.Fprintln(out, "| workload | beside A | beside B | beside P | CPU A/HUB | CPU B/HUB | CPU P/HUB | p99 HUB/B |\n|---|---|---|---|---:|---:|---:|---:|")
	for _, w := range m.workloads {
		if w.goals == nil {
			continue
		}
		hub := cellKey{w.code, clients, "HUB"}
		fmt.Fprintf(out, "| %s %s |", strings.ToUpper(w.code), w.title)
		for _, name := range []string{"A", "B", "P"} {
			r := m.compareCells(hub, cellKey{w.code, clients, name}, func(s sample) float64 { return s.Rate() })
			fmt.Fprintf(out, " %s %s |", r, goal(r, w.goals[name], clients))
		}
		for _, name := range []string{"A", "B", "P"} {
			fmt.Fprintf(out, " %s |", m.compareCells(cellKey{w.code, clients, name}, hub, sample.cpu))
		}
		fmt.Fprintf(out, " %s |\n", m.compareCells(hub, cellKey{w.code, clients, "B"}, func(s sample) float64 { return float64(s.P99) }))
	}
}

func goal(r ratio, least float64, clients int) string {
	switch {
	case r.rounds == 0 || clients != 8:
		return ""
	case r.spread > largestSpread:
		return fmt.Sprintf("≥ %.2f ?", least)
	case r.value >= least:
		return fmt.Sprintf("≥ %.2f ✓", least)
	default:
		return fmt.Sprintf("≥ %.2f ✗", least)
	}
}

func (m *measurement) figures(out *strings.Builder, clients int) {
	fmt.Fprintf(out, "\n## Figures, %d clients\n\n| workload | contestant | bytes | requests/s | spread | p50 ms | p99 ms | CPU ms server | database | load tool |\n|---|---|---:|---:|---:|---:|---:|---:|---:|---:|\n", clients)
	for _, w := range m.workloads {
		for _, c := range m.contestants {
			list := m.cells[cellKey{w.code, clients, c.Name}]
			if len(list) == 0 {
				continue
			}
			rates := pluck(list, func(s sample) float64 { return s.Rate() })
			fmt.Fprintf(out, "| %s | %s | %d | %.0f | %.0f %% | %.2f | %.2f | %.3f | %.3f | %.3f |\n",
				strings.ToUpper(w.code), c.Name, m.sizes[w.code][c.Name], median(rates), 100*spread(rates),
				mid(list, func(s sample) time.Duration { return s.P50 }), mid(list, func(s sample) time.Duration { return s.P99 }),
				mid(list, func(s sample) time.Duration { return s.Server }), mid(list, func(s sample) time.Duration { return s.Database }),
				mid(list, func(s sample) time.Duration { return s.Tool }))
		}
	}
}

func pluck[T any](list []sample, of func(sample) T) []T {
	out := make([]T, len(list))
	for i, s := range list {
		out[i] = of(s)
	}
	return out
}

func mid(list []sample, of func(sample) time.Duration) float64 { return ms(median(pluck(list, of))) }

func (m *measurement) footprint(out *strings.Builder) {
	fmt.Fprint(out, "\n## Start and memory\n\n| contestant | what | start to first answer ms | memory MB (largest after a cell, Pss) |\n|---|---|---:|---:|\n")
	for _, c := range m.contestants {
		fmt.Fprintf(out, "| %s | %s | %.0f | %.0f |\n", c.Name, c.What, ms(median(m.cold[c.Name])), float64(m.resident[c.Name])/(1<<20))
	}
	fmt.Fprintln(out, "\nGoals of the hub: ≤ 150 ms from start to first answer on an existing database, ≤ 64 MB at 32 clients.")
}

// inner holds the hub against itself: W8 beside W5, the deep page beside page 1.
func (m *measurement) inner(out *strings.Builder) {
	rate := func(s sample) float64 { return s.Rate() }
	clients := m.clients[0]
	r := m.compareCells(cellKey{"w8", clients, "HUB"}, cellKey{"w5", clients, "HUB"}, rate)
	fmt.Fprintf(out, "\nW8 beside W5 of the hub, %d clients: %s (goal: above 1).\n", clients, r)
	for _, c := range m.contestants {
		r := m.compareCells(cellKey{"w4b", clients, c.Name}, cellKey{"w4a", clients, c.Name}, rate)
		fmt.Fprintf(out, "Page %d beside page 1 of %s: %s (goal of the hub: ≥ 0.90).\n", m.env.Deep, c.Name, r)
	}
}

// duties says what each contestant does not do, so that nobody compares apples
// with recorded apples.
const duties = `
## Duties

| duty | HUB | A | B | P |
|---|---|---|---|---|
| GraphQL: parse, validate, limits on depth and cost | yes | no | no | yes, without limits |
| token of the caller verified, register consulted | yes | no | no | no (a fixed role) |
| decision per field and row | policy, per purpose and basis | no | no | column grants, row security |
| refused fields named with reasons | yes | no | no | no (an error) |
| ids that other agencies cannot compare | yes | no | no | no |
| durable record of the access before the answer | one entry, each child with what was shown, in a signed hash tree | no | one plain row with the children's ids | no |
| small cells suppressed (W6) | yes | no | no | no |
| traces and metrics | yes | no | no | no |
`
