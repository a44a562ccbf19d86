package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/bench/contestant"
	"github.com/tongxin-hub/tongxin/bench/load"
	"github.com/tongxin-hub/tongxin/graph"
	"github.com/tongxin-hub/tongxin/internal/hub"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/limit"
	"github.com/tongxin-hub/tongxin/internal/server"
	"github.com/tongxin-hub/tongxin/internal/telemetry"
	"github.com/tongxin-hub/tongxin/resolvers"
)

// Authenticate takes everybody for the education bureau's system.
func (b *bench) Authenticate(context.Context, *http.Request) (identity.Caller, error) {
	return b.caller, nil
}

// graph is the hub over the gate.
func (b *bench) graph(tb testing.TB) *hub.Hub {
	tb.Helper()
	exec := graph.NewExecutableSchema(graph.Config{Resolvers: &resolvers.Resolver{Gate: b.gate}})
	h, err := hub.New(hub.Config{Limits: limit.Defaults()}, b.gate, exec, telemetry.NewLogger(io.Discard, 0))
	check(tb, err)
	return h
}

// listen serves the hub over HTTP, with log, metrics and trace ids, and without
// database, record and tokens.
func (b *bench) listen(tb testing.TB) *load.Client {
	tb.Helper()
	outlets, err := telemetry.Setup(tb.Context(), telemetry.Config{LogTo: io.Discard})
	check(tb, err)
	s, err := server.New(tb.Context(), server.Config{Listen: "127.0.0.1:0", CallerRate: 1e6, CallerBurst: 1 << 20}, server.Deps{
		Graph: b.graph(tb), Authenticator: b, Telemetry: outlets, SDL: "type Query", Now: time.Now,
		Refused: func(context.Context, server.Refusal) (time.Time, error) { return time.Time{}, nil },
		Checks:  map[string]func(context.Context) error{"nothing": func(context.Context) error { return nil }},
	})
	check(tb, err)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	client, err := load.Dial(tb.Context(), s.Addr().String())
	check(tb, err)
	tb.Cleanup(func() {
		client.Close()
		stop()
		check(tb, <-done)
	})
	return client
}

// ask is the request of a workload with these variables.
func ask(tb testing.TB, workload string, variables map[string]any) (load.Request, []byte) {
	tb.Helper()
	query, err := contestant.Document("hub", workload)
	check(tb, err)
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	check(tb, err)
	return load.Post("hub", "/graphql", map[string]string{"Authorization": "Bearer none"}, body), body
}

// asked are the two requests that bound what one answer costs: one child, and as
// many children as may be asked for at once.
func (b *bench) asked() map[string]map[string]any {
	return map[string]map[string]any{"w1": {"id": b.ids[0]}, "w5": {"ids": b.ids[:500]}}
}

// served gives, per workload, a function that has it answered over HTTP.
func (b *bench) served(tb testing.TB) map[string]func() {
	tb.Helper()
	client := b.listen(tb)
	out := map[string]func(){}
	for workload, variables := range b.asked() {
		request, _ := ask(tb, workload, variables)
		out[workload] = func() {
			if _, err := client.Do(request); err != nil {
				tb.Error(err)
			}
		}
		b.replay.on = false
		out[workload]() // the rows are remembered
	}
	b.replay.on = true
	return out
}

// resolved gives, per workload, a function that has it answered by Hub.Serve.
func (b *bench) resolved(tb testing.TB) map[string]func() {
	tb.Helper()
	h := b.graph(tb)
	out := map[string]func(){}
	for workload, variables := range b.asked() {
		_, body := ask(tb, workload, variables)
		call := server.Call{Caller: b.caller, ClientIP: "10.1.2.3", TraceID: "0123456789abcdef0123456789abcdef"}
		check(tb, json.Unmarshal(body, &call.Request))
		out[workload] = func() {
			if r := h.Serve(tb.Context(), call); r.Code != "" {
				tb.Errorf("%s: %s", workload, r.Body)
			}
		}
		b.replay.on = false
		out[workload]()
	}
	b.replay.on = true
	return out
}

// BenchmarkServe is a whole request over a kept connection, and the part of it
// behind the transport: everything but database, record and token.
func BenchmarkServe(b *testing.B) {
	at := newBench(b)
	for from, all := range map[string]map[string]func(){"http": at.served(b), "hub": at.resolved(b)} {
		for workload, serve := range all {
			b.Run(fmt.Sprintf("%s/%s", from, workload), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					serve()
				}
			})
		}
	}
}

// mostServed are the allocations of an answer of Hub.Serve, database and record
// apart; they may only shrink. Lower them with the code that earns it. The race
// detector makes pools forget, which is what the distance is for.
var mostServed = map[string]float64{"w1": 90, "w5": 420}

// TestServe_Allocations guards the way of a request through the hub.
func TestServe_Allocations(t *testing.T) { //nolint:paralleltest // allocations are counted for the whole process
	at := newBench(t)
	for workload, serve := range at.resolved(t) {
		got := testing.AllocsPerRun(20, serve)
		t.Logf("%s: %.0f allocations", workload, got)
		if got > mostServed[workload] {
			t.Errorf("an answer of %s takes %.0f allocations, %.0f at most", workload, got, mostServed[workload])
		}
	}
}
