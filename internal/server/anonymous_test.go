package server_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/server"
)

// TestLog_ratePerAddress: strangers share nothing with callers, each address has
// the rate of one caller.
func TestLog_ratePerAddress(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 16)
	b := setup(t, func(c *server.Config, d *server.Deps) {
		c.CallerRate, c.CallerBurst = 1, 2
		d.Log = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r.URL.Path })
	})
	for i, want := range []int{200, 200, 429, 429} {
		r := b.get("/log/tile/0/000")
		if r.Status != want {
			t.Errorf("request %d: %d", i, r.Status)
		}
		if want == http.StatusTooManyRequests && r.Header.Get("Retry-After") != "1" {
			t.Errorf("told to come after %q", r.Header.Get("Retry-After"))
		}
	}
	if got := <-asked; got != "tile/0/000" {
		t.Errorf("the log is asked for %q", got)
	}
	if r := b.ask(question); r.Status != http.StatusOK {
		t.Errorf("a caller at the same address: %d", r.Status)
	}
	b.clock.Move(time.Second)
	if r := b.get("/log/checkpoint"); r.Status != http.StatusOK {
		t.Errorf("a second later: %d", r.Status)
	}
	if r := b.get("/log/other"); r.Status != http.StatusNotFound {
		t.Errorf("another address: %d", r.Status)
	}
}
