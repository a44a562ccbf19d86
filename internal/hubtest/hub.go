package hubtest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/accesslog"
	"github.com/tongxin-hub/tongxin/internal/aftertest"
	"github.com/tongxin-hub/tongxin/internal/app"
	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/keyring"
	"github.com/tongxin-hub/tongxin/internal/keyring/keyringtest"
	"github.com/tongxin-hub/tongxin/internal/pairwise"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/policy"
)

// Day is the day the test district is told of, at ten in the morning in China.
func Day() time.Time { return time.Date(2026, 11, 23, 10, 0, 0, 0, chinatime.Zone()) }

// judge is the one of all hubs of this test binary: that a policy compiles and holds
// is found out once.
var judge = sync.OnceValues(app.NewJudge)

// Hub is a running hub with its district.
type Hub struct {
	URL      string
	DB       *pgxpool.Pool
	IDs      *pairwise.IDs
	District *demo.District
	App      *app.App
	DataDir  string
	now      func() time.Time
}

// Options changes a test hub.
type Options struct {
	// Configure changes the configuration before the start.
	Configure func(*config.Config)
	// LogTo takes the hub's log lines; nil for nowhere.
	LogTo io.Writer
	// Reference sends reads through the generated executor.
	Reference bool
	// Strict answers as a production hub does: named operations, no introspection.
	Strict bool
	// Plans is a policy that plans are made from instead of the one in force.
	Plans *policy.Policy
	// Running lets the hub's own clock begin work, behind the answers.
	Running bool
	// Everybody of the district can sign in, not only its ready-made callers.
	Everybody bool
	// Reads stands before the reader of data.
	Reads func(db *pgxpool.Pool, reader disclosure.Reader) disclosure.Reader
	// Other is the seed of the secret that this hub has instead of the common one, so
	// that two hubs are strangers to each other.
	Other string
	// Shift is added to the hub's clock whenever it is read; nil for nothing.
	Shift func() time.Duration
}

// Start runs a hub on a copy of the filled demo district; it stops with the test.
func Start(tb testing.TB, o Options) *Hub {
	tb.Helper()
	began := time.Now()
	now := func() time.Time { return Day().Add(time.Since(began)) }
	if o.Shift != nil {
		now = func() time.Time { return Day().Add(time.Since(began) + o.Shift()) }
	}
	url, db := pgtest.NewFrom(tb, "demo", fill(tb))
	dir := aftertest.Dir(tb)
	cfg, err := config.Default()
	check(tb, err)
	cfg.DatabaseURL, cfg.DataDir, cfg.Listen, cfg.CreateKeys = url, dir, "127.0.0.1:0", true
	cfg.Demo.Enabled, cfg.Load.CallerRate, cfg.Load.CallerBurst = true, 1e6, 1<<20
	cfg.Load.Deadline = time.Minute // a machine that many tests share is no reason to give up
	cfg.Background = o.Running
	if o.Configure != nil {
		o.Configure(&cfg)
	}
	check(tb, keyringtest.New(tb, Seed).Save(cfg.Keys()))
	if o.Other != "" {
		check(tb, keyringtest.New(tb, o.Other).Save(filepath.Join(dir, "other")))
		check(tb, os.Rename(filepath.Join(dir, "other", "join.secret"), filepath.Join(cfg.Keys(), "join.secret")))
	}
	var reads func(disclosure.Reader) disclosure.Reader
	if o.Reads != nil {
		reads = func(r disclosure.Reader) disclosure.Reader { return o.Reads(db, r) }
	}
	j, err := judge()
	check(tb, err)
	a, err := app.NewWith(tb.Context(), cfg, app.Options{Judge: j, Reads: reads, Now: now, LogTo: o.LogTo, Reference: o.Reference, Strict: o.Strict, Plans: o.Plans, Everybody: o.Everybody})
	check(tb, err)
	ring, err := keyring.Open(cfg.Keys(), false)
	check(tb, err)
	h := &Hub{
		URL: "http://" + a.Addr(), DB: db, IDs: pairwise.New(ring.Pairwise()),
		District: a.District(), App: a, DataDir: dir, now: now,
	}
	h.run(tb)
	return h
}

// run serves until the test ends.
func (h *Hub) run(tb testing.TB) {
	tb.Helper()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.App.Run(ctx) }()
	tb.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			tb.Errorf("run: %v", err)
		}
		closing, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := h.App.Close(closing); err != nil {
			tb.Errorf("close: %v", err)
		}
		// Package testing holds what cleanups hold until the last parallel test has ended:
		// the whole hub of each.
		h.App, h.District = nil, nil
	})
}

// RunJobs runs every job once, or those that are named, by the hub's clock.
func (h *Hub) RunJobs(tb testing.TB, only ...string) {
	tb.Helper()
	check(tb, h.App.RunJobs(tb.Context(), only...))
}

// Caller finds a ready-made caller by its key.
func (h *Hub) Caller(tb testing.TB, key string) demo.Caller {
	tb.Helper()
	for _, c := range h.District.Callers() {
		if c.Key == key {
			return c
		}
	}
	tb.Fatalf("no caller %q in the demo district", key)
	return demo.Caller{}
}

// ID is the identifier of a record for the caller's agency.
func (h *Hub) ID(tb testing.TB, c demo.Caller, typename string, id int64) string {
	tb.Helper()
	return h.IDs.Encode(c.AgencyCode, typename, id)
}

// Response is a GraphQL response with its status.
type Response struct {
	Status int
	Body   []byte
	Data   json.RawMessage `json:"data"`
	Errors []struct {
		Message    string `json:"message"`
		Extensions struct {
			Code string `json:"code"`
		} `json:"extensions"`
	} `json:"errors"`
	Extensions struct {
		Disclosure Receipt `json:"disclosure"`
	} `json:"extensions"`
}

// Receipt is the part of the receipt that tests look at.
type Receipt struct {
	Entry, Sequence, Outcome, PolicyVersion string
	Children                                int
	Withheld, Masked                        []Shortfall
	Truncated                               []string
}

// Shortfall is one line of a receipt.
type Shortfall struct {
	Coordinate, Form, Reason string
	Count                    int
}

// Question is a GraphQL request of a caller; Purpose and Ticket of the caller
// are sent as headers unless the document states them.
type Question struct {
	Query     string         `json:"query"`
	Operation string         `json:"operationName,omitempty"`
	Variables map[string]any `json:"variables,omitempty"`
}

// Ask sends a question as a caller and reads the response.
func (h *Hub) Ask(tb testing.TB, c demo.Caller, q Question) Response {
	tb.Helper()
	token, err := h.App.DemoToken(c.AgencyCode, c.StaffCode)
	check(tb, err)
	body, err := json.Marshal(q)
	check(tb, err)
	request, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, h.URL+"/graphql", bytes.NewReader(body))
	check(tb, err)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Tongxin-Purpose", c.Purpose)
	request.Header.Set("Tongxin-Ticket", c.TicketCode)
	return Send(tb, request)
}

// Send sends any request and reads the GraphQL response.
func Send(tb testing.TB, request *http.Request) Response {
	tb.Helper()
	got, err := http.DefaultClient.Do(request) //nolint:gosec // the hub of this test, on loopback
	check(tb, err)
	defer got.Body.Close() //nolint:errcheck // read to the end
	body, err := io.ReadAll(got.Body)
	check(tb, err)
	out := Response{Status: got.StatusCode, Body: body}
	if err := json.Unmarshal(body, &out); err != nil {
		tb.Fatalf("status %d, no JSON: %v: %.300s", got.StatusCode, err, body)
	}
	return out
}

// CheckpointFile is where the hub keeps its newest checkpoint.
func (h *Hub) CheckpointFile() string { return filepath.Join(h.DataDir, "checkpoint") }

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// Followed returns once the log is followed to where it ends now: until then what
// auditors search by is a second behind.
func (h *Hub) Followed(tb testing.TB) {
	tb.Helper()
	var end int64
	check(tb, h.DB.QueryRow(tb.Context(), `SELECT size FROM audit_head`).Scan(&end))
	for {
		var done int64
		// Whoever is at it holds the row.
		check(tb, h.DB.QueryRow(tb.Context(), `SELECT sequence FROM follower WHERE name = $1 FOR UPDATE`, accesslog.Follower).Scan(&done))
		if done >= end {
			return
		}
		check(tb, app.FollowLog(tb.Context(), h.DB))
	}
}
