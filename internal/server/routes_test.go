package server_test

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/server"
)

func TestRoutes_Reachable(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	for path, want := range map[string]int{
		"/healthz": 200, "/readyz": 200, "/schema.graphql": 200, "/metrics": 200, "/graphql": 401,
		"/": 404, "/explorer.json": 404, "/debug/pprof/": 404, "/graphql/": 404, "/.well-known/x": 404,
	} {
		r := b.get(path)
		if r.Status != want {
			t.Errorf("%s: want %d, got %d", path, want, r.Status)
		}
		for name, value := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Cache-Control": "no-store",
		} {
			if got := r.Header.Get(name); got != value {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
	}
	if r := b.get("/schema.graphql"); r.Body != "type Query { child: ID }" {
		t.Error(r.Body)
	}
	if r := b.do(http.MethodPost, "/readyz", http.NoBody, nil); r.Status != http.StatusMethodNotAllowed {
		t.Errorf("POST /readyz: %d", r.Status)
	}
}

func TestReadyz(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	var asked atomic.Int64
	b := setup(t, func(_ *server.Config, d *server.Deps) {
		d.Checks = map[string]func(context.Context) error{
			"database": func(context.Context) error { return nil },
			"audit": func(context.Context) error {
				asked.Add(1)
				if broken.Load() {
					return errors.New(canary)
				}
				return nil
			},
		}
	})
	for range 5 {
		r := b.get("/readyz")
		if diff := cmp.Diff(`{"ready":true,"checks":{"audit":"ok","database":"ok"}}`, r.Body); diff != "" || r.Status != 200 {
			t.Errorf("%d %s", r.Status, diff)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("the check ran %d times within a second", n)
	}
	broken.Store(true)
	b.clock.Move(2 * time.Second)
	r := b.get("/readyz")
	if diff := cmp.Diff(`{"ready":false,"checks":{"audit":"failed","database":"ok"}}`, r.Body); diff != "" || r.Status != 503 {
		t.Errorf("%d %s", r.Status, diff)
	}
	broken.Store(false)
	b.clock.Move(2 * time.Second)
	if r := b.get("/readyz"); r.Status != http.StatusOK {
		t.Errorf("recovered: %d", r.Status)
	}
}

func TestReadyz_DoesNotWaitForACheckThatHangs(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	b := setup(t, func(_ *server.Config, d *server.Deps) {
		d.Checks["signing key"] = func(context.Context) error { <-release; return nil }
	})
	r := b.get("/readyz")
	if diff := cmp.Diff(`{"ready":false,"checks":{"database":"ok","signing key":"failed"}}`, r.Body); diff != "" {
		t.Error(diff)
	}
}

func TestMetrics_StayOnThisMachine(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	b.ask(question)
	if page := b.get("/metrics").Body; !strings.Contains(page, `tongxin_requests_total{code="OK",purpose="OTHER"} 1`) {
		t.Error("the request is not counted")
	}
	for _, h := range []string{"X-Forwarded-For: 10.0.0.1", "Forwarded: for=10.0.0.1", "Via: 1.1 proxy"} {
		if r := b.get("/metrics", h); r.Status != http.StatusNotFound {
			t.Errorf("%s: %d", h, r.Status)
		}
	}
	side := setup(t, func(c *server.Config, _ *server.Deps) { c.MetricsListen = "127.0.0.1:0" })
	if r := side.get("/metrics"); r.Status != http.StatusNotFound {
		t.Errorf("hub's own listener: %d", r.Status)
	}
	side.URL = "http://" + side.MetricsAddr().String()
	if r := side.get("/metrics", "Via: 1.1 proxy"); r.Status != http.StatusOK {
		t.Errorf("separate listener: %d", r.Status)
	}
	if r := side.get("/graphql"); r.Status != http.StatusNotFound {
		t.Errorf("graphql on the metrics listener: %d", r.Status)
	}
}

func TestClientIP(t *testing.T) {
	t.Parallel()
	seen := make(chan string, 1)
	graph := graphFunc(func(ctx context.Context, c server.Call) server.Reply {
		seen <- c.ClientIP
		return answer(ctx, c)
	})
	plain := setup(t, func(_ *server.Config, d *server.Deps) { d.Graph = graph })
	proxied := setup(t, func(c *server.Config, d *server.Deps) {
		d.Graph = graph
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.9.0.0/16")}
	})
	for _, c := range []struct {
		b            *bundle
		header, want string
	}{
		{plain, "203.0.113.7", "127.0.0.1"},
		{proxied, "", "127.0.0.1"},
		{proxied, "203.0.113.7", "203.0.113.7"},
		{proxied, "1.1.1.1, 203.0.113.7, 10.9.1.1", "203.0.113.7"},
		{proxied, "::ffff:203.0.113.7", "203.0.113.7"},
		{proxied, "2001:db8::1%eth0", "2001:db8::1"},
		{proxied, "203.0.113.7, evil\"", "127.0.0.1"},
	} {
		c.b.ask(question, "X-Forwarded-For: "+c.header)
		if got := <-seen; got != c.want {
			t.Errorf("%q: want %s, got %s", c.header, c.want, got)
		}
	}
}

func TestLog_HoldsIDsOnly(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	b.ask(`{"query":"{ `+canary+` }","variables":{"a":"`+canary+`"}}`,
		"Tongxin-Purpose: "+canary, "Tongxin-Ticket: "+canary, "User-Agent: "+canary, "baggage: a="+canary,
		"tracestate: x="+canary)
	b.get("/graphql?child="+canary, "Authorization: Bearer li")
	log := b.log.String()
	for _, want := range []string{"request answered", `"agency":"EDU-01"`, `"staff":"li"`, `"system":"school-app"`, `"trace_id"`} {
		if !strings.Contains(log, want) {
			t.Errorf("no %s in %s", want, log)
		}
	}
	if strings.Contains(log, canary) || strings.Contains(b.get("/metrics").Body, canary) {
		t.Error("a value of the caller is in log or metrics")
	}
}

func TestExplorer(t *testing.T) {
	t.Parallel()
	b := setup(t, func(_ *server.Config, d *server.Deps) {
		d.Explorer = &server.Explorer{
			Callers: func(context.Context) ([]server.ExplorerCaller, error) {
				return []server.ExplorerCaller{{Key: "li", ZH: "李老师", EN: "teacher", Token: "token-1"}}, nil
			},
			Purposes: []server.ExplorerPurpose{{Code: "SCHOOL_CARE", ZH: "在校关爱", EN: "care at school"}},
			Samples:  []server.ExplorerSample{{ZH: "示例", EN: "sample", Query: "{ child }"}},
		}
	})
	html := b.get("/explorer")
	if html.Status != http.StatusOK || strings.Contains(html.Header.Get("Content-Security-Policy"), "unsafe") {
		t.Errorf("%d %v", html.Status, html.Header)
	}
	for _, banned := range []string{"<style", "style=", "onclick", "://", "<script>"} {
		if strings.Contains(html.Body, banned) {
			t.Errorf("the page has %s", banned)
		}
	}
	if strings.Contains(b.get("/explorer.js").Body, "innerHTML") {
		t.Error("the script writes HTML")
	}
	if r := b.get("/explorer.css"); r.Status != 200 || r.Header.Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("style: %d", r.Status)
	}
	menus := b.get("/explorer.json", "Sec-Fetch-Site: same-origin")
	if menus.Status != 200 || !strings.Contains(menus.Body, `"token":"token-1"`) || !strings.Contains(menus.Body, "在校关爱") {
		t.Errorf("%d %s", menus.Status, menus.Body)
	}
	if r := b.get("/explorer.json", "Sec-Fetch-Site: cross-site"); r.Status != http.StatusForbidden {
		t.Errorf("another site got %d", r.Status)
	}
}
