package e2e

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/graph"
	"github.com/tongxin-hub/tongxin/internal/app"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/internal/replay"
	"github.com/tongxin-hub/tongxin/policy"
	"github.com/tongxin-hub/tongxin/resolvers"
)

// catalog is that of the hub.
func catalog(t *testing.T) *disclosure.Catalog {
	t.Helper()
	c, err := app.Catalog(graph.NewExecutableSchema(graph.Config{Resolvers: &resolvers.Resolver{}}).Schema())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// always is every period.
func always() replay.Period {
	return replay.Period{Since: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)}
}

// built gives the built-in policy for its own version and none for others.
func built(t *testing.T) (*policy.Policy, replay.Versions) {
	t.Helper()
	p, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	return p, func(_ context.Context, version string) (*policy.Policy, error) {
		if version == p.Version() {
			return p, nil
		}
		return nil, nil
	}
}

// TestReplay_pastDecisionsRecompute asks every worked case and holds the whole log,
// the demo's year and these, against the rules: each recorded form is what the
// version in the entry gives, and replaying it against itself changes nothing.
func TestReplay_pastDecisionsRecompute(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	requests, err := filepath.Glob("cases/*/*/*/request.graphql")
	if err != nil || len(requests) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, path := range requests {
		c, q := read(t, h, filepath.Dir(path))
		h.Ask(t, c, q)
	}
	p, versions := built(t)
	wrong, err := replay.Sound(t.Context(), h.DB, always(), catalog(t), versions)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range wrong {
		t.Errorf("%s %s %s %s: recorded %s, computed %s, %d entries", c.Role, c.Purpose, c.Agency, c.Coordinate, c.Before, c.After, c.Entries)
	}
	report, err := replay.Run(t.Context(), h.DB, always(), replay.Rules{Policy: p, Catalog: catalog(t)}, versions)
	if err != nil {
		t.Fatal(err)
	}
	if report.Entries != size(t, h) || report.Replayed < report.Entries/2 || report.Unknown != 0 {
		t.Errorf("%+v", report)
	}
	for _, c := range report.Changes {
		t.Errorf("the policy in force against itself: %+v", c)
	}
}
