package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tongxin-hub/tongxin/bench/contestant"
	"github.com/tongxin-hub/tongxin/bench/dataset"
)

// setup is what run and profile share.
type setup struct {
	Dir      string `default:"data/bench" help:"Directory of the benchmark's database." type:"path"`
	Tongxin  string `default:"bin/tongxin" help:"The hub's binary." type:"path"`
	Children int    `default:"100000" help:"Left-behind children of the district; 1000000 is worth a night."`
	Log      int    `default:"100000" help:"Entries in the access log before the first question."`
	MaxConns int    `default:"16" help:"Database connections of every contestant."`
	Pages    int    `default:"20" help:"Pages of the worklist that are asked for."`
	Deep     int    `default:"1000" help:"The deep page of W4."`
	Workers  int    `default:"2" help:"Worker processes of PostGraphile."`
}

// open starts the database and finds the subjects.
func (s *setup) open(ctx context.Context) (*contestant.Environment, error) {
	set, err := dataset.Open(ctx, dataset.Options{Dir: s.Dir, Children: s.Children, Log: s.Log, Out: os.Stderr})
	if err != nil {
		return nil, err
	}
	subjects, err := set.Subjects(ctx)
	if err != nil {
		return nil, errors.Join(err, set.Close())
	}
	self, err := os.Executable()
	if err != nil {
		return nil, errors.Join(err, set.Close())
	}
	return &contestant.Environment{
		Dir: s.Dir, Tongxin: s.Tongxin, Self: self, Set: set, Subjects: subjects,
		MaxConns: s.MaxConns, Pages: min(s.Pages, subjects.Cases/50), Deep: s.Deep, Workers: s.Workers,
	}, nil
}

// runCommand measures.
type runCommand struct {
	setup
	Quick       bool          `help:"A small district, short rounds: under two minutes. Ratios only, no W11."`
	Rounds      int           `default:"5" help:"Interleaved rounds."`
	For         time.Duration `default:"3s" help:"Length of one cell of one round."`
	Clients     []int         `default:"8,32" help:"Numbers of clients."`
	Only        []string      `help:"Only these workloads (w1 to w11, wall)."`
	Contestants string        `default:"ABP" help:"Who runs beside the hub: any of A, B and P."`
	Rate        float64       `default:"100" help:"Arrivals per second of W9."`
	Write       string        `help:"Write the tables to this file as well (bench/RESULTS.md)." type:"path" placeholder:"FILE"`
	Baseline    string        `help:"Hold CPU per request against the ratios in this file; a regression fails." type:"path" placeholder:"FILE"`
	Keep        string        `help:"Write the ratios of this run as the next baseline." type:"path" placeholder:"FILE"`
	Tolerance   float64       `default:"1.35" help:"How many times a stored ratio may be exceeded."`
}

// quick replaces what was not asked for by a small run.
func (c *runCommand) quick() {
	c.Dir, c.Children, c.Log = filepath.Join(filepath.Dir(c.Dir), "bench-quick"), 10_000, -1
	c.Rounds, c.For, c.Clients, c.Deep = 3, 350*time.Millisecond, []int{8}, 40
}

// Run measures all contestants and prints the tables.
func (c *runCommand) Run(ctx context.Context) (err error) {
	if c.Quick {
		c.quick()
	}
	env, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, env.Set.Close()) }()
	m := &measurement{
		env: env, workloads: c.chosen(), clients: c.Clients, rounds: c.Rounds, duration: c.For, warm: c.For / 10, out: os.Stderr,
		sizes: map[string]map[string]int{}, cells: map[cellKey][]sample{}, resident: map[string]int64{}, cold: map[string][]time.Duration{},
	}
	m.machine(ctx, &m.text)
	defer func() { err = errors.Join(err, m.stop()) }()
	if err := m.start(ctx, c.Contestants); err != nil {
		return err
	}
	if err := m.equalWork(ctx); err != nil {
		return fmt.Errorf("the contestants do not do equal work: %w", err)
	}
	if err := m.warmUp(ctx, c.For); err != nil {
		return err
	}
	if err := m.run(ctx); err != nil {
		return err
	}
	if err := m.extra(ctx, c); err != nil {
		return err
	}
	m.report(&m.text)
	if c.Write != "" {
		if err := os.WriteFile(c.Write, []byte(m.text.String()), 0o644); err != nil { //nolint:gosec // a report for everybody
			return err
		}
	}
	gateErr := m.gate(c.Baseline, c.Keep, c.Tolerance, &m.text)
	_, err = io.WriteString(os.Stdout, m.text.String())
	return errors.Join(gateErr, err)
}

func (c *runCommand) chosen() []workload {
	return slices.DeleteFunc(workloads(), func(w workload) bool { return !c.asked(w.code) })
}

// asked reports whether a part was chosen; all are where none was.
func (c *runCommand) asked(code string) bool {
	return len(c.Only) == 0 || slices.ContainsFunc(c.Only, func(only string) bool { return strings.EqualFold(only, code) })
}

// extra measures what is no cell of the table.
func (m *measurement) extra(ctx context.Context, c *runCommand) error {
	for _, part := range []struct {
		code    string
		slow    bool
		measure func() error
	}{
		{"w9", false, func() error { return m.mixed(ctx, c.Rate, 4*c.For) }},
		{"w10", false, func() error { return m.newcomers(ctx) }},
		{"wall", false, func() error { return m.secondWall(ctx, c.For) }},
		{"w11", true, func() error { return m.slowDisk(ctx) }},
	} {
		switch {
		case !c.asked(part.code):
		case part.slow && c.Quick:
			m.say("\n%s is left out of the quick mode.", strings.ToUpper(part.code))
		default:
			m.tell("%s …", part.code)
			if err := part.measure(); err != nil {
				m.say("\nFAILED: %.300s", err)
			}
		}
	}
	return ctx.Err()
}

// start starts the contestants one after another. The hub starts several times:
// its cold start is one of its promises.
func (m *measurement) start(ctx context.Context, others string) error {
	if strings.Contains(others, "P") {
		if err := contestant.PreparePostgraphile(ctx, m.env); err != nil {
			m.say("P takes no part: %v", err)
			others = strings.ReplaceAll(others, "P", "")
		}
	}
	const starts = 3
	for i := range starts {
		hub, err := contestant.StartHub(ctx, m.env)
		if err != nil {
			return err
		}
		m.cold[hub.Name] = append(m.cold[hub.Name], hub.Cold)
		m.hub = hub
		if i < starts-1 {
			if err := hub.Process.Stop(); err != nil {
				return err
			}
		}
	}
	m.contestants = append(m.contestants, &m.hub.Contestant)
	if err := m.hub.Walk(ctx); err != nil {
		return err
	}
	for _, name := range strings.Split(others, "") {
		var c *contestant.Contestant
		var err error
		switch name {
		case "A", "B":
			if c, err = contestant.StartYardstick(ctx, m.env, name == "B"); err == nil {
				c.Pages(m.hub)
			}
		case "P":
			c, err = contestant.StartPostgraphile(ctx, m.env)
		default:
			return fmt.Errorf("there is no contestant %q", name)
		}
		if err != nil {
			return err
		}
		m.cold[c.Name] = append(m.cold[c.Name], c.Cold)
		m.contestants = append(m.contestants, c)
	}
	return nil
}

// stop ends every contestant.
func (m *measurement) stop() error {
	var errs []error
	for _, c := range m.contestants {
		errs = append(errs, c.Process.Stop())
	}
	return errors.Join(errs...)
}
