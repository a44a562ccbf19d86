package pgtest_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

func TestNew_givesEveryTestItsOwnDatabase(t *testing.T) {
	t.Parallel()
	_, first := pgtest.New(t)
	_, second := pgtest.New(t)
	if _, err := first.Exec(t.Context(), "INSERT INTO term (code, starts_on, ends_on) VALUES ('T1', '2026-09-01', '2027-01-20')"); err != nil {
		t.Fatal(err)
	}
	var count int
	if err := second.QueryRow(t.Context(), "SELECT count(*) FROM term").Scan(&count); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(0, count); diff != "" {
		t.Errorf("a row of one test shows in another (-want +got):\n%s", diff)
	}
	if err := postgres.CheckDurability(t.Context(), first); err != nil {
		t.Errorf("the test server must be durable: %v", err)
	}
}

func TestNewFrom_buildsATemplateOnce(t *testing.T) {
	t.Parallel()
	var built atomic.Int64
	build := func(ctx context.Context, url string) error {
		built.Add(1)
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close(ctx) }()
		_, err = conn.Exec(ctx, "INSERT INTO term (code, starts_on, ends_on) VALUES ('T1', '2026-09-01', '2027-01-20')")
		return err
	}
	for range 3 {
		_, pool := pgtest.NewFrom(t, "one term", build)
		var codes []string
		if err := pool.QueryRow(t.Context(), "SELECT array_agg(code ORDER BY code) FROM term").Scan(&codes); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"T1"}, codes); diff != "" {
			t.Errorf("contents of the clone (-want +got):\n%s", diff)
		}
	}
	if diff := cmp.Diff(int64(1), built.Load()); diff != "" {
		t.Errorf("builds (-want +got):\n%s", diff)
	}
}
