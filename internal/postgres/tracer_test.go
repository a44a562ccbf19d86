package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// The global tracer provider is set once here; no other test of this package
// looks at spans.
func TestOpen_spansHoldNoValue(t *testing.T) { //nolint:paralleltest // sets the global tracer provider
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	previous := otel.GetTracerProvider()
	otel.SetTracerProvider(provider)
	t.Cleanup(func() { otel.SetTracerProvider(previous) })

	url, _ := pgtest.New(t)
	pool, err := postgres.Open(t.Context(), url, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	const canary = "canary-51d0"
	ctx, root := provider.Tracer("test").Start(t.Context(), "root")
	run := func(ctx context.Context, tx pgx.Tx) {
		_, _ = tx.Exec(ctx, "-- name: GoodArgument\nSELECT $1::text", canary)
		_, _ = tx.Exec(ctx, "-- name: BadLiteral\nSELECT '"+canary+"'::bigint")
	}
	if err := postgres.InTx(ctx, pool, func(tx pgx.Tx) error { run(ctx, tx); return context.Canceled }); err == nil {
		t.Fatal("the transaction should be undone")
	}
	batch := &pgx.Batch{}
	batch.Queue("-- name: BatchArgument\nSELECT $1::text::bigint", canary)
	if err := pool.SendBatch(ctx, batch).Close(); err == nil {
		t.Fatal("the batch should fail")
	}
	root.End()

	var names []string
	for _, span := range recorder.Ended() {
		names = append(names, span.Name())
		all := fmt.Sprint(span.Name(), span.Attributes(), span.Events(), span.Status())
		if strings.Contains(all, canary) {
			t.Errorf("span %s holds the value: %s", span.Name(), all)
		}
	}
	for _, want := range []string{"GoodArgument", "BadLiteral", "BatchArgument"} {
		if !strings.Contains(strings.Join(names, " "), want) {
			t.Errorf("no span named %s among %v", want, names)
		}
	}
}
