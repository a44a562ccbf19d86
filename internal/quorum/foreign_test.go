package quorum_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	formats "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/witness/persistence/inmemory"
	foreign "github.com/transparency-dev/witness/witness"
	"golang.org/x/mod/sumdb/note"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/cosignature"
	"github.com/tongxin-hub/tongxin/internal/quorum"
)

// newForeign starts a witness of the standard that was not written for us.
func newForeign(t *testing.T, log note.Verifier) *agency {
	t.Helper()
	secret, _, err := note.GenerateKey(rand.Reader, "foreign.example.test")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := formats.NewSignerForCosignatureV1(secret)
	if err != nil {
		t.Fatal(err)
	}
	w, err := foreign.New(t.Context(), foreign.Opts{
		Persistence: inmemory.New(), Signers: []note.Signer{signer},
		VerifierForLog: func(_ context.Context, origin string) (note.Verifier, bool, error) {
			return log, origin == log.Name(), nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	a := &agency{server: httptest.NewServer(http.HandlerFunc(foreign.NewHTTPHandler(w).AddCheckpoint))}
	t.Cleanup(a.server.Close)
	// The key as the other side writes it down is the key as we read it.
	own, err := cosignature.NewCosigner(secret, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if a.Witness, err = cosignature.NewWitness(own.VerifierKey()); err != nil {
		t.Fatal(err)
	}
	a.URL = a.server.URL
	return a
}

// TestCollector_foreignWitness: a witness of the standard follows our log through
// growth, and refuses it once its history was rewritten.
func TestCollector_foreignWitness(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	q := quorumOf(t, 1, newForeign(t, h.options.Verifier))
	var c *quorum.Collector
	for _, n := range []int{1, 2, 30, 7} {
		h.grow(t, n)
		c = h.collect(t, q)
	}
	if text, lines, size := checkpoint(t, c); size != 40 || len(q.Met(text, lines)) != 1 {
		t.Errorf("size %d, cosigned by %v", size, q.Met(text, lines))
	}
	report, err := audit.Verify(t.Context(), h.db, h.options.Verifier)
	if err != nil || !report.OK() || report.Cosignatures != 4 {
		t.Errorf("%v\n%s", err, report.String())
	}
	h.rewrite(t, 50)
	h.collect(t, q)
	if got := h.standings(t)["foreign.example.test"]; got != "0 NOT_CONSISTENT 50" {
		t.Errorf("after the rewriting: %q", got)
	}
}

// TestCollector_Start works by itself, and ends when it is told to.
func TestCollector_Start(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	h.grow(t, 3)
	jy := newAgency(t, "jy.example.test", h.options.Verifier)
	answered := make(chan struct{}, 16)
	inner := jy.server.Config.Handler
	jy.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inner.ServeHTTP(w, r)
		answered <- struct{}{}
	})
	c, err := quorum.New(t.Context(), quorum.Deps{DB: h.db, Quorum: quorumOf(t, 1, jy), Now: time.Now, Log: slog.New(slog.DiscardHandler), Metrics: metrics(t)})
	if err != nil {
		t.Fatal(err)
	}
	c.Start(t.Context(), time.Millisecond)
	<-answered
	h.grow(t, 2)
	<-answered
	if err := c.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, size := jy.self.Last(); size != 5 {
		t.Errorf("stands at %d", size)
	}
}
