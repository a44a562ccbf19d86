package server_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/server"
)

// journal remembers what happened in which order.
type journal struct {
	mu     sync.Mutex
	events []string
}

func (j *journal) add(event string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.events = append(j.events, event)
}

func (j *journal) list() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.events)
}

func (j *journal) closer(name string, err error) func(context.Context) error {
	return func(ctx context.Context) error {
		j.add(name)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return err
	}
}

func TestRun_DrainsThenCloses(t *testing.T) {
	t.Parallel()
	graph, j := newHeld(), &journal{}
	b := setup(t, func(_ *server.Config, d *server.Deps) {
		d.Graph = graphFunc(func(ctx context.Context, c server.Call) server.Reply {
			reply := graph.Serve(ctx, c)
			j.add("answered")
			return reply
		})
		d.Closers = []func(context.Context) error{j.closer("audit", nil), j.closer("database", nil)}
	})
	const requests = 20
	statuses := make(chan int, requests)
	for range requests {
		go func() { statuses <- b.ask(question).Status }()
	}
	for range requests {
		<-graph.entered
	}
	b.stop()
	waitRefused(t, b.Addr().String())
	close(graph.release)
	for range requests {
		if status := <-statuses; status != http.StatusOK {
			t.Errorf("a request at hand got %d", status)
		}
	}
	if err := <-b.done; err != nil {
		t.Error(err)
	}
	want := append(slices.Repeat([]string{"answered"}, requests), "audit", "database")
	if diff := cmp.Diff(want, j.list()); diff != "" {
		t.Error(diff)
	}
}

// waitRefused returns once nothing listens at address any more.
func waitRefused(t *testing.T, address string) {
	t.Helper()
	var d net.Dialer
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); {
		conn, err := d.DialContext(t.Context(), "tcp", address)
		if err != nil {
			return
		}
		_ = conn.Close()
	}
	t.Fatal("still listening")
}

func TestRun_CancelsWhatOutlivesTheDrain(t *testing.T) {
	t.Parallel()
	graph, j := newHeld(), &journal{}
	b := setup(t, func(c *server.Config, d *server.Deps) {
		c.Drain = 20 * time.Millisecond
		d.Graph = graphFunc(func(ctx context.Context, c server.Call) server.Reply {
			reply := graph.Serve(ctx, c)
			j.add("cancelled")
			return reply
		})
		d.Closers = []func(context.Context) error{j.closer("audit", errors.New("stuck")), j.closer("database", nil)}
	})
	failed := make(chan error, 1)
	go func() {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, b.URL+"/graphql", strings.NewReader(question))
		if err == nil {
			req.Header = http.Header{"Authorization": {"Bearer li"}, "Content-Type": {jsonMedia}}
			resp, doErr := b.client.Do(req)
			if err = doErr; err == nil {
				err = resp.Body.Close()
			}
		}
		failed <- err
	}()
	<-graph.entered
	b.stop()
	err := <-b.done
	if err == nil || !strings.Contains(err.Error(), "drain") || !strings.Contains(err.Error(), "stuck") {
		t.Errorf("want drain and stuck, got %v", err)
	}
	if <-failed == nil {
		t.Error("the connection was not cut")
	}
	if diff := cmp.Diff([]string{"cancelled", "audit", "database"}, j.list()); diff != "" {
		t.Error(diff)
	}
}

func TestRun_StopsReadinessFirst(t *testing.T) {
	t.Parallel()
	graph := newHeld()
	b := setup(t, func(_ *server.Config, d *server.Deps) {
		d.Graph = graphFunc(graph.Serve)
	})
	// A second request on a connection that is in use while the hub stops.
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "tcp", b.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	head := "POST /graphql HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer li\r\nContent-Type: application/json\r\nContent-Length: 21\r\n\r\n"
	if _, err := conn.Write([]byte(head + `{"query":"{ child }"}`)); err != nil {
		t.Fatal(err)
	}
	<-graph.entered
	b.stop()
	waitRefused(t, b.Addr().String())
	close(graph.release)
	answer := make([]byte, 4096)
	n, err := conn.Read(answer)
	if err != nil || !strings.HasPrefix(string(answer[:n]), "HTTP/1.1 200 ") ||
		!strings.Contains(string(answer[:n]), "Connection: close") {
		t.Errorf("%v %s", err, answer[:n])
	}
}

func TestRun_ReportsAListenerThatDied(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-b.done; err == nil {
		t.Error("want an error")
	}
}

func TestNew_RefusesWhatIsNotWired(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	for name, change := range map[string]func(*server.Config, *server.Deps){
		"no graph":           func(_ *server.Config, d *server.Deps) { d.Graph = nil },
		"no authenticator":   func(_ *server.Config, d *server.Deps) { d.Authenticator = nil },
		"no record":          func(_ *server.Config, d *server.Deps) { d.Refused = nil },
		"no telemetry":       func(_ *server.Config, d *server.Deps) { d.Telemetry = nil },
		"no readiness check": func(_ *server.Config, d *server.Deps) { d.Checks = nil },
		"no schema":          func(_ *server.Config, d *server.Deps) { d.SDL = "" },
		"no clock":           func(_ *server.Config, d *server.Deps) { d.Now = nil },
		"profile":            func(c *server.Config, _ *server.Deps) { c.Profile = "loose" },
		"key without cert":   func(c *server.Config, _ *server.Deps) { c.KeyFile = "x" },
		"client CA, no TLS":  func(c *server.Config, _ *server.Deps) { c.ClientCAFile = "x" },
		"missing files":      func(c *server.Config, _ *server.Deps) { c.CertFile, c.KeyFile = "/none", "/none" },
		"negative":           func(c *server.Config, _ *server.Deps) { c.MaxConcurrent = -1 },
		"address in use":     func(c *server.Config, _ *server.Deps) { c.Listen = b.Addr().String() },
		"metrics in use":     func(c *server.Config, _ *server.Deps) { c.MetricsListen = b.Addr().String() },
	} {
		cfg, deps := server.Config{Listen: "127.0.0.1:0"}, b.deps(b.telemetry)
		change(&cfg, &deps)
		if _, err := server.New(t.Context(), cfg, deps); err == nil {
			t.Errorf("%s: started", name)
		}
	}
}
