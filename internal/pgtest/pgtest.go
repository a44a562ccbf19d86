package pgtest

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// migrated is the template that New clones and NewFrom builds upon.
const migrated = "migrated"

// New returns a migrated, otherwise empty database for this test alone and an
// open pool on it. Both go when the test ends. It works in parallel tests and
// parallel test binaries, and as root.
func New(tb testing.TB) (string, *pgxpool.Pool) {
	tb.Helper()
	return NewFrom(tb, migrated, nil)
}

// NewFrom is New with a template of the test's own, for contents that take long
// to make: build fills a migrated database once per test binary and name, and
// every call clones the result. build gets a context of its own, so that one
// test's end does not spoil the others' template.
func NewFrom(tb testing.TB, template string, build func(ctx context.Context, url string) error) (string, *pgxpool.Pool) {
	tb.Helper()
	c, err := running()
	if err != nil {
		tb.Fatalf("pgtest: %v", err)
	}
	source, err := c.template(template, build)
	if err != nil {
		tb.Fatalf("pgtest: template %s: %v", template, err)
	}
	database, err := c.clone(tb.Context(), source)
	if err != nil {
		tb.Fatalf("pgtest: clone %s: %v", template, err)
	}
	tb.Cleanup(func() {
		if err := c.drop(context.Background(), database); err != nil { // tb.Context has ended by now
			tb.Errorf("pgtest: drop database: %v", err)
		}
	})
	url := c.url(database)
	pool, err := postgres.Open(tb.Context(), url, postgres.Options{Application: "tongxin-test", MaxConns: 8})
	if err != nil {
		tb.Fatalf("pgtest: %v", err)
	}
	tb.Cleanup(pool.Close)
	return url, pool
}
