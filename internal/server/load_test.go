package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/server"
)

// held is a Graph whose requests wait until they are let go.
type held struct{ entered, release chan struct{} }

func newHeld() held { return held{make(chan struct{}, 1024), make(chan struct{})} }

func (h held) Serve(ctx context.Context, c server.Call) server.Reply {
	h.entered <- struct{}{}
	select {
	case <-h.release:
		return answer(ctx, c)
	case <-ctx.Done():
		return server.Reply{
			Body: []byte(`{"errors":[{"message":"x"}]}`), RequestError: true, Code: fault.Timeout,
		}
	}
}

func TestGraphQL_RatePerCaller(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *server.Config, _ *server.Deps) { c.CallerRate, c.CallerBurst = 0.5, 3 })
	as := func(caller string) result {
		return b.do(http.MethodPost, "/graphql", strings.NewReader(question),
			headers{"Authorization: Bearer " + caller, "Content-Type: application/json"})
	}
	for i := range 3 {
		if r := as("li"); r.Status != http.StatusOK {
			t.Fatalf("request %d: %d", i+1, r.Status)
		}
	}
	for range 2 {
		r := as("li")
		if r.Status != http.StatusTooManyRequests || r.code() != "RATE_LIMITED" || r.Header.Get("Retry-After") != "2" {
			t.Errorf("beyond the burst: %d, Retry-After %s", r.Status, r.Header.Get("Retry-After"))
		}
	}
	if r := as("wang"); r.Status != http.StatusOK {
		t.Errorf("another caller: %d", r.Status)
	}
	if got := b.refusals(); len(got) != 1 || got[0].Code != fault.RateLimited || got[0].Caller.Staff.Code != "li" {
		t.Errorf("want one refusal on record, got %+v", got)
	}
	b.clock.Move(2 * time.Second)
	if r := as("li"); r.Status != http.StatusOK {
		t.Errorf("after the wait: %d", r.Status)
	}
	if r := as("li"); r.Status != http.StatusTooManyRequests || len(b.refusals()) != 2 {
		t.Errorf("one second later: %d, %d on record", r.Status, len(b.refusals()))
	}
	if page := b.get("/metrics").Body; !strings.Contains(page, `tongxin_rate_limited_total{reason="CALLER"} 3`) {
		t.Error("refusals are not counted")
	}
}

func TestGraphQL_RemembersABoundedNumberOfCallers(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *server.Config, _ *server.Deps) { c.CallerBurst, c.MaxCallers = 1, 2 })
	status := func(caller string) int {
		return b.do(http.MethodPost, "/graphql", strings.NewReader(question),
			headers{"Authorization: Bearer " + caller, "Content-Type: application/json"}).Status
	}
	for i, c := range []struct {
		caller string
		want   int
	}{{"a", 200}, {"b", 200}, {"a", 429}, {"c", 200}, {"a", 429}, {"b", 200}} {
		if got := status(c.caller); got != c.want {
			t.Errorf("step %d, %s: want %d, got %d", i, c.caller, c.want, got)
		}
	}
}

func TestGraphQL_ConcurrencyAtItsEdge(t *testing.T) {
	t.Parallel()
	const slots = 8
	graph := newHeld()
	b := setup(t, func(c *server.Config, d *server.Deps) { c.MaxConcurrent, d.Graph = slots, graph })
	var wg sync.WaitGroup
	statuses := make(chan int, slots)
	for range slots {
		wg.Go(func() { statuses <- b.ask(question).Status })
	}
	for range slots {
		<-graph.entered
	}
	start := time.Now()
	r := b.ask(question)
	if took := time.Since(start); took > 100*time.Millisecond {
		t.Errorf("refused after %v", took)
	}
	if r.Status != http.StatusServiceUnavailable || r.code() != "UNAVAILABLE" || r.Header.Get("Retry-After") == "" {
		t.Errorf("one more: %d %s", r.Status, r.Body)
	}
	close(graph.release)
	wg.Wait()
	close(statuses)
	for status := range statuses {
		if status != http.StatusOK {
			t.Errorf("an accepted request got %d", status)
		}
	}
	if r := b.ask(question); r.Status != http.StatusOK {
		t.Errorf("afterwards: %d", r.Status)
	}
	if n := len(b.refusals()); n != 0 {
		t.Errorf("overload is on record %d times", n)
	}
}

func TestGraphQL_Deadline(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *server.Config, d *server.Deps) {
		c.Deadline, d.Graph = 20*time.Millisecond, newHeld()
	})
	if r := b.ask(question); r.Status != http.StatusGatewayTimeout {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

func TestGraphQL_Panic(t *testing.T) {
	t.Parallel()
	b := setup(t, func(_ *server.Config, d *server.Deps) {
		d.Graph = graphFunc(func(context.Context, server.Call) server.Reply { panic(canary) })
	})
	r := b.ask(question)
	if r.Status != http.StatusInternalServerError || r.code() != "INTERNAL" || strings.Contains(r.Body, canary) {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if log := b.log.String(); !strings.Contains(log, "load_test.go") || !strings.Contains(log, r.Header.Get("X-Request-Id")) {
		t.Error("the log has no stack under the trace")
	}
	if got := b.refusals(); len(got) != 1 || got[0].Code != fault.Internal || got[0].TraceID != r.Header.Get("X-Request-Id") {
		t.Errorf("on record: %+v", got)
	}
}

func TestGraphQL_AnEmptyReplyIsAFault(t *testing.T) {
	t.Parallel()
	b := setup(t, func(_ *server.Config, d *server.Deps) {
		d.Graph = graphFunc(func(context.Context, server.Call) server.Reply { return server.Reply{} })
		d.Refused = func(context.Context, server.Refusal) (time.Time, error) {
			return time.Time{}, errors.New("no record")
		}
	})
	if r := b.ask(question); r.Status != http.StatusInternalServerError || r.code() != "INTERNAL" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if !strings.Contains(b.log.String(), "refusal not recorded") {
		t.Error("a lost record is not logged")
	}
}

// half sends the head of a request and a part of its body.
func half(t *testing.T, b *bundle) net.Conn {
	t.Helper()
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "tcp", b.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := fmt.Fprintf(conn, "POST /graphql HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer slow\r\n"+
		"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"query\""); err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestGraphQL_SlowClients(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *server.Config, _ *server.Deps) {
		c.ReadTimeout, c.MaxConcurrent = 200*time.Millisecond, 1
	})
	conns := []net.Conn{half(t, b), half(t, b), half(t, b)}
	if r := b.ask(question); r.Status != http.StatusOK {
		t.Errorf("others are held up: %d", r.Status)
	}
	for _, conn := range conns {
		if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		all, err := io.ReadAll(conn)
		if err != nil || !strings.HasPrefix(string(all), "HTTP/1.1 408 ") {
			t.Errorf("%v %.80s", err, all)
		}
	}
}

func TestGraphQL_OversizeHeaders(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	if r := b.ask(question, "Tongxin-Ticket: "+strings.Repeat("x", 1<<20)); r.Status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("%d", r.Status)
	}
}
