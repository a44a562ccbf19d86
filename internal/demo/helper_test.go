package demo_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/mod/sumdb/note"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/policy"
)

// today is the day the tests' district is told of: an autumn Monday.
var today = time.Date(2026, time.November, 23, 9, 0, 0, 0, chinatime.Zone())

// small is the district that most tests look at.
var small = demo.Options{Scale: demo.Small, Seed: 1, Today: today, LogEntries: 6000}

// newDistrict makes up a district or ends the test.
func newDistrict(tb testing.TB, o demo.Options) *demo.District {
	tb.Helper()
	d, err := demo.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

// filled returns a database that holds the small district; it is filled once and
// cloned for every test.
func filled(tb testing.TB) (*pgxpool.Pool, *demo.District) {
	tb.Helper()
	d := newDistrict(tb, small)
	_, pool := pgtest.NewFrom(tb, "demo", func(ctx context.Context, url string) error { return fill(ctx, url, d) })
	return pool, d
}

// fill writes d into the database at url with a real audit writer.
func fill(ctx context.Context, url string, d *demo.District) error {
	pool, err := postgres.Open(ctx, url, postgres.Options{Application: "demo-test", StatementTimeout: -1})
	if err != nil {
		return err
	}
	defer pool.Close()
	rules, err := policy.Load()
	if err != nil {
		return err
	}
	writer, err := openWriter(ctx, url)
	if err != nil {
		return err
	}
	err = d.Fill(ctx, pool, demo.Deps{Log: writer, Policy: rules, JoinToken: token}, func(string, int, int) {})
	if err != nil {
		return err
	}
	return writer.Close(ctx)
}

// newWriter is openWriter for one test, which it ends with.
func newWriter(tb testing.TB, url string) *audit.Writer {
	tb.Helper()
	writer, err := openWriter(tb.Context(), url)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = writer.Close(context.Background()) }) // tb.Context has ended by then
	return writer
}

// openWriter opens the real audit writer, whose ids and salts repeat.
func openWriter(ctx context.Context, url string) (*audit.Writer, error) {
	random := rand.NewChaCha8([32]byte{1})
	signer, verifier, err := keys(random)
	if err != nil {
		return nil, err
	}
	return audit.Open(ctx, url, audit.Options{
		Origin: "demo.example.test/log", Signer: signer, Verifier: verifier, CheckpointEvery: time.Hour, Backdated: true,
		Deadline: 30 * time.Second, Random: random, Logger: slog.New(slog.DiscardHandler),
	})
}

// keys sign and check the log of every test.
func keys(random io.Reader) (note.Signer, note.Verifier, error) {
	secret, public, err := note.GenerateKey(random, "demo.example.test/log")
	if err != nil {
		return nil, nil, err
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return nil, nil, err
	}
	verifier, err := note.NewVerifier(public)
	return signer, verifier, err
}

// token stands for an agency's join token.
func token(agency, kind, number string) []byte {
	sum := sha256.Sum256(bytes.Join([][]byte{[]byte(agency), []byte(kind), []byte(number)}, []byte{0}))
	return sum[:]
}

// one reads a single value.
func one[T any](tb testing.TB, pool *pgxpool.Pool, statement string, args ...any) T {
	tb.Helper()
	rows, err := pool.Query(tb.Context(), statement, args...)
	if err != nil {
		tb.Fatalf("%s: %v", statement, err)
	}
	value, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[T])
	if err != nil {
		tb.Fatalf("%s: %v", statement, err)
	}
	return value
}

// querier asks questions; a pool does.
type querier interface {
	Query(ctx context.Context, statement string, args ...any) (pgx.Rows, error)
}

// all reads a column.
func all[T any](tb testing.TB, pool querier, statement string, args ...any) []T {
	tb.Helper()
	rows, err := pool.Query(tb.Context(), statement, args...)
	if err != nil {
		tb.Fatalf("%s: %v", statement, err)
	}
	values, err := pgx.CollectRows(rows, pgx.RowTo[T])
	if err != nil {
		tb.Fatalf("%s: %v", statement, err)
	}
	return values
}
