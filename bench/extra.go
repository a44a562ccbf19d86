package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tongxin-hub/tongxin/bench/contestant"
	"github.com/tongxin-hub/tongxin/bench/load"
)

// say notes a line below the table and shows it at once.
func (m *measurement) say(format string, arguments ...any) {
	line := fmt.Sprintf(format, arguments...)
	m.extras = append(m.extras, line)
	m.tell("%s", line)
}

// mixture is W9: shares of requests in percent.
var mixture = []struct {
	code  string
	share int
}{{"w1", 60}, {"w3", 15}, {"w2", 10}, {"w7", 10}, {"w5", 5}}

// mixed is W9: a mixed load that arrives at a fixed rate whether or not answers
// come, so that a stall shows in the latencies.
func (m *measurement) mixed(ctx context.Context, rate float64, duration time.Duration) error {
	m.say("\n### W9 mixed, open loop: %.0f requests/s (60%% W1, 15%% W3, 10%% W2, 10%% W7, 5%% W5) for %s\n", rate, duration)
	m.say("| contestant | answered/s | p50 ms | p99 ms | longest ms | CPU ms per request (server + database) |\n|---|---:|---:|---:|---:|---:|")
	for _, c := range m.contestants {
		requests, err := m.mix(c)
		if err != nil {
			return err
		}
		s, err := m.timed(ctx, c, load.Spec{Addr: c.Addr, Requests: requests, Clients: 64, For: duration, Seed: 9, Rate: rate})
		if err != nil {
			m.say("| %s | FAILED: %.200s | | | | |", c.Name, err)
			continue
		}
		m.say("| %s | %.0f | %.1f | %.1f | %.1f | %.2f + %.2f |", c.Name, s.Rate(), ms(s.P50), ms(s.P99), ms(s.Max), ms(s.Server), ms(s.Database))
	}
	return nil
}

// mix holds every workload as often as its share says; the load tool draws from
// it at random.
func (m *measurement) mix(c *contestant.Contestant) ([]load.Request, error) {
	var out []load.Request
	for _, part := range mixture {
		for _, w := range workloads() {
			if w.code != part.code {
				continue
			}
			requests, err := m.requests(w, c)
			if err != nil {
				return nil, err
			}
			for i := range part.share * 10 {
				out = append(out, requests[i%len(requests)])
			}
		}
	}
	return out, nil
}

// newcomers is W10: what the first request of a caller costs that the hub has not
// seen, beyond what the same caller's later ones cost.
func (m *measurement) newcomers(ctx context.Context) error {
	client, err := load.Dial(ctx, m.hub.Addr)
	if err != nil {
		return err
	}
	defer client.Close()
	var firsts, laters []time.Duration
	for i, officer := range m.env.Subjects.Officers {
		if !m.hub.Ready(officer) {
			continue
		}
		token, err := m.hub.Token(officer)
		if err != nil {
			return err
		}
		request, err := m.hub.RequestAs(token, "w1", contestant.Key{ID: m.env.Subjects.Children[i]})
		if err != nil {
			return err
		}
		var later []time.Duration
		for n := range 8 {
			began := time.Now()
			if _, err := client.Do(request); err != nil {
				return fmt.Errorf("w10: %w", err)
			}
			if took := time.Since(began); n == 0 {
				firsts = append(firsts, took)
			} else {
				later = append(later, took)
			}
		}
		laters = append(laters, median(later))
	}
	if len(firsts) == 0 {
		m.say("\nW10 first request of a new caller: no officer whose agency has an issuer.")
		return nil
	}
	m.say("\nW10 first request of a new caller (%d callers, one after another): %.2f ms, later ones %.2f ms: %.2f ms extra (goal ≤ 0.5 ms).",
		len(firsts), ms(median(firsts)), ms(median(laters)), ms(median(firsts)-median(laters)))
	return nil
}

// slowDisk is W11: W1 while every flush of the log takes longer. The delay sits in
// front of the flush (commit_delay with commit_siblings = 0) and holds the same
// lock, so that commits queue as they would behind a slow disk.
func (m *measurement) slowDisk(ctx context.Context) (err error) {
	m.say("\n### W11 one child, every flush slowed (commit_delay, commit_siblings = 0)\n")
	m.say("| delay | clients | contestant | requests/s | p50 ms | p99 ms |\n|---:|---:|---|---:|---:|---:|")
	defer func() {
		if resetErr := m.delay(context.WithoutCancel(ctx), 0); err == nil {
			err = resetErr
		}
	}()
	for _, delay := range []time.Duration{2 * time.Millisecond, 8 * time.Millisecond} {
		if err := m.delay(ctx, delay); err != nil {
			return err
		}
		for _, clients := range m.clients {
			for _, c := range m.contestants {
				if c.Name != "HUB" && c.Name != "B" {
					continue
				}
				requests, err := m.requests(workloads()[0], c)
				if err != nil {
					return err
				}
				s, err := m.timed(ctx, c, load.Spec{Addr: c.Addr, Requests: requests, Clients: clients, For: m.duration, Seed: 11})
				if err != nil {
					return fmt.Errorf("w11 of %s: %w", c.Name, err)
				}
				m.say("| %s | %d | %s | %.0f | %.1f | %.1f |", delay, clients, c.Name, s.Rate(), ms(s.P50), ms(s.P99))
			}
		}
	}
	return nil
}

// delay slows every flush of the server, or stops doing so.
func (m *measurement) delay(ctx context.Context, by time.Duration) error {
	statements := []string{
		fmt.Sprintf("ALTER SYSTEM SET commit_delay = %d", by.Microseconds()),
		"ALTER SYSTEM SET commit_siblings = 0",
	}
	if by == 0 {
		statements = []string{"ALTER SYSTEM RESET commit_delay", "ALTER SYSTEM RESET commit_siblings"}
	}
	for _, s := range append(statements, "SELECT pg_reload_conf()") {
		if _, err := m.env.Set.DB.Exec(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", strings.ToLower(s), err)
		}
	}
	time.Sleep(200 * time.Millisecond) //nolint:forbidigo // sessions read the file when they next wait; nothing tells when all have
	return nil
}

func median[T time.Duration | float64 | int64](list []T) T {
	if len(list) == 0 {
		return 0
	}
	list = slices.Clone(list)
	slices.Sort(list)
	if n := len(list); n%2 == 0 {
		return (list[n/2-1] + list[n/2]) / 2
	}
	return list[len(list)/2]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
