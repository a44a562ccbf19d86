package audittest

import (
	"context"
	"crypto/rand"
	"log/slog"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/tongxin-hub/tongxin/internal/audit"
)

// Options are those of a log that is named so, with new keys. Its tree is signed when
// a test means it to be.
func Options(tb testing.TB, origin string) audit.Options {
	tb.Helper()
	secret, public, err := note.GenerateKey(rand.Reader, origin)
	check(tb, err)
	signer, err := note.NewSigner(secret)
	check(tb, err)
	verifier, err := note.NewVerifier(public)
	check(tb, err)
	return audit.Options{
		Origin: origin, Signer: signer, Verifier: verifier, CheckpointEvery: time.Hour, Logger: slog.New(slog.DiscardHandler),
	}
}

// Open opens a writer that ends with the test; tests that care close it before.
func Open(tb testing.TB, url string, o audit.Options) *audit.Writer {
	tb.Helper()
	w, err := audit.Open(tb.Context(), url, o)
	check(tb, err)
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second) // tb.Context has ended by now
		defer cancel()
		_ = w.Close(ctx)
	})
	return w
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatalf("audittest: %v", err)
	}
}
