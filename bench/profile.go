package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/tongxin-hub/tongxin/bench/contestant"
	"github.com/tongxin-hub/tongxin/bench/load"
)

// profileCommand profiles the hub.
type profileCommand struct {
	setup
	Workload string        `arg:"" help:"w1, w2 …"`
	Clients  int           `default:"8"`
	For      time.Duration `default:"10s"`
}

// Run loads the hub with one workload while it writes a CPU profile.
func (c *profileCommand) Run(ctx context.Context) (err error) {
	c.Workload = strings.ToLower(c.Workload)
	env, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, env.Set.Close()) }()
	if err := os.MkdirAll(filepath.Join(c.Dir, "profile"), 0o700); err != nil {
		return err
	}
	env.Profile = filepath.Join(c.Dir, "profile", c.Workload+".pprof")
	for _, old := range []string{env.Profile, env.Profile + ".done"} {
		if err := os.Remove(old); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	hub, err := contestant.StartHub(ctx, env)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, hub.Process.Stop()) }()
	if err := hub.Walk(ctx); err != nil {
		return err
	}
	m := &measurement{env: env, hub: hub, contestants: []*contestant.Contestant{&hub.Contestant}}
	return c.load(ctx, m)
}

func (c *profileCommand) load(ctx context.Context, m *measurement) error {
	for _, w := range workloads() {
		if w.code != c.Workload {
			continue
		}
		requests, err := m.requests(w, &m.hub.Contestant)
		if err != nil {
			return err
		}
		spec := load.Spec{Addr: m.hub.Addr, Requests: requests, Clients: c.Clients, For: c.For / 5, Seed: 1}
		if _, err := load.Run(ctx, spec); err != nil {
			return err
		}
		if err := m.hub.Process.Signal(syscall.SIGUSR1); err != nil {
			return err
		}
		spec.For = c.For
		s, err := m.timed(ctx, &m.hub.Contestant, spec)
		if err != nil {
			return err
		}
		if err := m.hub.Process.Signal(syscall.SIGUSR2); err != nil {
			return err
		}
		err = m.hub.Process.Until(ctx, 10*time.Second, func(context.Context) error {
			_, err := os.Stat(m.env.Profile + ".done")
			return err
		})
		_, _ = fmt.Fprintf(os.Stdout, "%s: %.0f requests/s, p50 %.2f ms, p99 %.2f ms, CPU per request: hub %.3f ms, database %.3f ms, load tool %.3f ms\n%s\n",
			w.code, s.Rate(), ms(s.P50), ms(s.P99), ms(s.Server), ms(s.Database), ms(s.Tool), m.env.Profile)
		return err
	}
	return fmt.Errorf("there is no workload %q", c.Workload)
}
