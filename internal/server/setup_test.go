package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/server"
	"github.com/tongxin-hub/tongxin/internal/telemetry"
)

const (
	jsonMedia    = "application/json"
	graphqlMedia = "application/graphql-response+json"
	question     = `{"query":"{ child }"}`
	data         = `{"data":{"child":null}}`
)

// graphFunc is a Graph of one function.
type graphFunc func(context.Context, server.Call) server.Reply

func (f graphFunc) Serve(ctx context.Context, c server.Call) server.Reply { return f(ctx, c) }

func answer(context.Context, server.Call) server.Reply {
	return server.Reply{Body: []byte(data), Purpose: "SCHOOL_CARE"}
}

// authFunc is an Authenticator of one function.
type authFunc func(context.Context, *http.Request) (identity.Caller, error)

func (f authFunc) Authenticate(ctx context.Context, r *http.Request) (identity.Caller, error) {
	return f(ctx, r)
}

// byToken takes the bearer token for the code of the caller.
func byToken(_ context.Context, r *http.Request) (identity.Caller, error) {
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !found {
		return identity.Caller{}, fault.New(fault.Unauthenticated, "没有令牌。", "No token.")
	}
	if token == "register-down" {
		return identity.Caller{}, fault.New(fault.Unavailable, "稍后再试。", "Try again.")
	}
	return identity.Caller{
		Agency: identity.Agency{Code: "EDU-01"}, Staff: identity.Staff{Code: token}, System: "school-app",
	}, nil
}

// lines is a log that can be read while it is written.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// bundle is a running server and what it was built on.
type bundle struct {
	*server.Server
	t      *testing.T
	URL    string
	client *http.Client
	log    *lines
	clock  *clock
	stop   context.CancelFunc
	done   chan error

	telemetry *telemetry.Telemetry

	mu      sync.Mutex
	refused []server.Refusal
}

// setup runs a server on a port of its own; change may alter the parts first.
func setup(t *testing.T, change func(*server.Config, *server.Deps)) *bundle {
	t.Helper()
	b := &bundle{
		t: t, log: &lines{}, done: make(chan error, 1),
		clock: &clock{now: time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)},
	}
	tel, err := telemetry.Setup(t.Context(), telemetry.Config{LogTo: b.log, LogLevel: slog.LevelDebug})
	if err != nil {
		t.Fatal(err)
	}
	cfg := server.Config{Listen: "127.0.0.1:0"}
	b.telemetry = tel
	deps := b.deps(tel)
	if change != nil {
		change(&cfg, &deps)
	}
	if b.Server, err = server.New(t.Context(), cfg, deps); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	b.stop, b.URL = stop, "http://"+b.Addr().String()
	b.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	go func() { b.done <- b.Run(ctx); close(b.done) }()
	t.Cleanup(func() {
		stop()
		b.client.CloseIdleConnections()
		if err := <-b.done; err != nil {
			t.Log(err)
		}
	})
	return b
}

func (b *bundle) deps(tel *telemetry.Telemetry) server.Deps {
	return server.Deps{
		Graph: graphFunc(answer), Authenticator: authFunc(byToken), Telemetry: tel,
		Refused: func(_ context.Context, r server.Refusal) (time.Time, error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.refused = append(b.refused, r)
			return b.clock.Now(), nil
		},
		Checks: map[string]func(context.Context) error{"database": func(context.Context) error { return nil }},
		SDL:    "type Query { child: ID }", Now: b.clock.Now,
	}
}

func (b *bundle) refusals() []server.Refusal {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]server.Refusal{}, b.refused...)
}

// result is an answer, read.
type result struct {
	Status int
	Header http.Header
	Body   string
}

// code is the first error's code in the answer.
func (r result) code() string {
	var body struct {
		Errors []struct {
			Message    string
			Extensions struct{ Code, TraceID string }
		}
	}
	if json.Unmarshal([]byte(r.Body), &body) != nil || len(body.Errors) == 0 {
		return ""
	}
	return body.Errors[0].Extensions.Code
}

// headers are "Name: value" lines.
type headers []string

func (b *bundle) do(method, path string, body io.Reader, hs headers) result {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.URL+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, h := range hs {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Add(name, value)
	}
	resp, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return result{resp.StatusCode, resp.Header, string(text)}
}

// ask posts a GraphQL request as the caller "li".
func (b *bundle) ask(body string, more ...string) result {
	b.t.Helper()
	hs := append(headers{"Authorization: Bearer li", "Content-Type: application/json"}, more...)
	return b.do(http.MethodPost, "/graphql", strings.NewReader(body), hs)
}

func (b *bundle) get(path string, more ...string) result {
	b.t.Helper()
	return b.do(http.MethodGet, path, http.NoBody, more)
}
