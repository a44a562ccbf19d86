package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/tongxin-hub/tongxin/bench/contestant"
	"github.com/tongxin-hub/tongxin/bench/load"
	"github.com/tongxin-hub/tongxin/bench/process"
)

// measurement is one run of the benchmark.
type measurement struct {
	env         *contestant.Environment
	hub         *contestant.Hub
	contestants []*contestant.Contestant
	workloads   []workload
	clients     []int
	rounds      int
	duration    time.Duration
	warm        time.Duration
	// out hears of the progress, text is the report.
	out  io.Writer
	text strings.Builder

	sizes map[string]map[string]int
	cells map[cellKey][]sample
	// resident is the memory after the widest load, cold the start-up times.
	resident map[string]int64
	cold     map[string][]time.Duration
	extras   []string
}

// cellKey is one cell of the table.
type cellKey struct {
	workload   string
	clients    int
	contestant string
}

// sample is one round of one cell.
type sample struct {
	load.Result
	round int
	// Server, Database and Tool are CPU time per request.
	Server, Database, Tool time.Duration
}

// cpu is the CPU time of server and database together.
func (s sample) cpu() float64 { return float64(s.Server + s.Database) }

// run measures all cells, round by round, the contestants in turning order so
// that nobody always comes first.
func (m *measurement) run(ctx context.Context) error {
	began := time.Now()
	for round := range m.rounds {
		if err := m.settle(ctx); err != nil {
			return err
		}
		for i, w := range m.workloads {
			for _, clients := range m.clients {
				order := rotated(m.contestants, round+i)
				for _, c := range order {
					if err := m.cell(ctx, w, c, clients, round); err != nil {
						m.say("\n%s of %s at %d clients FAILED in round %d: %.300s", w.code, c.Name, clients, round+1, err)
						if err := m.alive(ctx, c); err != nil {
							return err
						}
					}
				}
			}
		}
		m.tell("round %d of %d done after %.0f s", round+1, m.rounds, time.Since(began).Seconds())
	}
	return nil
}

// warmUp lets everybody compile, prepare and fill caches before anything counts;
// a JavaScript engine needs thousands of requests for that.
func (m *measurement) warmUp(ctx context.Context, length time.Duration) error {
	for _, w := range m.workloads {
		for _, c := range m.contestants {
			requests, err := m.requests(w, c)
			if err != nil {
				return err
			}
			if requests == nil {
				continue
			}
			if _, err := load.Run(ctx, load.Spec{Addr: c.Addr, Requests: requests, Clients: m.clients[0], For: length, Seed: 7}); err != nil {
				m.say("\n%s of %s FAILED in the warm-up: %.300s", w.code, c.Name, err)
				if err := m.alive(ctx, c); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// alive tells a contestant that refused or was too slow from one that is gone: the
// run goes on without the cell of the first and ends with the second.
func (m *measurement) alive(ctx context.Context, c *contestant.Contestant) error {
	select {
	case <-c.Process.Done():
		return fmt.Errorf("%s has ended; see %s", c.Name, c.Process.Log)
	case <-ctx.Done():
		return ctx.Err()
	default:
		return nil
	}
}

// tell says how far the run is.
func (m *measurement) tell(format string, arguments ...any) {
	_, _ = fmt.Fprintf(m.out, format+"\n", arguments...)
}

// settle starts every round from the same place: dirty pages written.
func (m *measurement) settle(ctx context.Context) error {
	_, err := m.env.Set.DB.Exec(ctx, "CHECKPOINT")
	return err
}

func rotated[T any](list []T, by int) []T {
	by %= len(list)
	return append(slices.Clone(list[by:]), list[:by]...)
}

func (m *measurement) cell(ctx context.Context, w workload, c *contestant.Contestant, clients, round int) error {
	requests, err := m.requests(w, c)
	if err != nil || requests == nil {
		return err
	}
	spec := load.Spec{Addr: c.Addr, Requests: requests, Clients: clients, For: m.warm, Seed: uint64(round)} //nolint:gosec // a small number
	if _, err := load.Run(ctx, spec); err != nil {
		return err
	}
	spec.For = m.duration
	s, err := m.timed(ctx, c, spec)
	if err != nil {
		return err
	}
	s.round = round
	key := cellKey{w.code, clients, c.Name}
	m.cells[key] = append(m.cells[key], s)
	if resident, err := process.Resident(c.Process.PID); err == nil {
		m.resident[c.Name] = max(m.resident[c.Name], resident)
	}
	return nil
}

// timed runs one loop and reads the CPU time that server, database and this tool
// spent on it.
func (m *measurement) timed(ctx context.Context, c *contestant.Contestant, spec load.Spec) (sample, error) {
	before, err := m.usage(c)
	if err != nil {
		return sample{}, err
	}
	result, err := load.Run(ctx, spec)
	if err != nil {
		return sample{}, err
	}
	after, err := m.usage(c)
	if err != nil {
		return sample{}, err
	}
	n := time.Duration(max(result.Requests, 1))
	return sample{
		Result: result,
		Server: (after[0] - before[0]) / n, Database: (after[1] - before[1]) / n, Tool: (after[2] - before[2]) / n,
	}, nil
}

func (m *measurement) usage(c *contestant.Contestant) (out [3]time.Duration, err error) {
	if out[0], err = process.Usage(c.Process.PID); err != nil {
		return out, fmt.Errorf("%s: %w", c.Name, err)
	}
	if out[1], err = process.Usage(m.env.Set.PostgresPID); err != nil {
		return out, fmt.Errorf("database: %w", err)
	}
	out[2], err = process.Own()
	return out, err
}
