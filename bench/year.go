package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/graph"
	"github.com/tongxin-hub/tongxin/internal/app"
	"github.com/tongxin-hub/tongxin/internal/minimisation"
	past "github.com/tongxin-hub/tongxin/internal/replay"
	"github.com/tongxin-hub/tongxin/policy"
	"github.com/tongxin-hub/tongxin/resolvers"
)

// year asks what counts over the whole log, thrice each, and gives their lines: a year
// under a policy that takes all from one role, under one that takes the name from every
// role, and the meter of rights.
func year(ctx context.Context, db *pgxpool.Pool, until time.Time) (string, error) {
	catalog, err := app.Catalog(graph.NewExecutableSchema(graph.Config{Resolvers: &resolvers.Resolver{}}).Schema())
	if err != nil {
		return "", err
	}
	now, err := policy.Load()
	if err != nil {
		return "", err
	}
	period := past.Period{Since: until.AddDate(-1, 0, 0), Until: until}
	versions := func(ctx context.Context, _ string) (*policy.Policy, error) { return now, ctx.Err() }
	again := func(text string) func() (string, error) {
		next, err := without(now, text)
		return func() (string, error) {
			if err != nil {
				return "", err
			}
			r, err := past.Run(ctx, db, period, past.Rules{Policy: next, Catalog: catalog}, versions)
			return fmt.Sprintf("%d entries replayed, %d changes", r.Replayed, len(r.Changes)), err
		}
	}
	var out strings.Builder
	out.WriteString("\n| over a year | s, the median of three | |\n|---|---:|---|\n")
	for _, q := range []struct {
		name string
		ask  func() (string, error)
	}{
		{"policyReplay, all of one role", again("p, SUP, VISIT_SUPERVISION, ")},
		{"policyReplay, every role", again(", A.name, ")},
		{"minimisation", func() (string, error) {
			m, err := minimisation.Measure(ctx, db, minimisation.Question{Since: period.Since, Until: period.Until}, now, catalog)
			return fmt.Sprintf("%d rights, %d lines unneeded", len(m.Rights), len(m.Unneeded)), err
		}},
	} {
		line, err := timed(q.ask)
		if err != nil {
			return "", fmt.Errorf("%s: %w", q.name, err)
		}
		fmt.Fprintf(&out, "| %s | %s |\n", q.name, line)
	}
	return out.String(), nil
}

// timed is the median of three and what was said.
func timed(ask func() (string, error)) (string, error) {
	var took [3]time.Duration
	var said string
	for i := range took {
		began := time.Now()
		var err error
		if said, err = ask(); err != nil {
			return "", err
		}
		took[i] = time.Since(began)
	}
	middle := max(min(took[0], took[1]), min(max(took[0], took[1]), took[2]))
	return fmt.Sprintf("%.2f | %s", middle.Seconds(), said), nil
}

// without is the policy less the allow lines that hold a text.
func without(p *policy.Policy, text string) (*policy.Policy, error) {
	var gone []policy.Line
	for _, l := range p.Lines() {
		if l.Allows() && strings.Contains(l.Text(), text) {
			gone = append(gone, l)
		}
	}
	files, err := policy.Texts()
	if err != nil {
		return nil, err
	}
	if files, err = (policy.Change{Remove: gone}).Apply(files); err != nil {
		return nil, err
	}
	return policy.Open(files)
}
