package telemetry_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/telemetry"
)

const canary = "canary-7f3a"

func setup(t *testing.T, cfg telemetry.Config) *telemetry.Telemetry {
	t.Helper()
	cfg.Service, cfg.Version = "tongxin", "test"
	tel, err := telemetry.Setup(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return tel
}

func TestMetrics_LabelsComeFromClosedSets(t *testing.T) {
	t.Parallel()
	tel := setup(t, telemetry.Config{Vocabulary: telemetry.Vocabulary{
		Purposes: []string{"SCHOOL_CARE"}, Forms: []string{"FULL"}, Reasons: []string{"PURPOSE"},
	}})
	m, ctx := tel.Metrics, t.Context()
	m.Request(ctx, "", "SCHOOL_CARE", time.Millisecond)
	m.Request(ctx, fault.Forbidden, "", time.Millisecond)
	m.Request(ctx, canary, canary, time.Millisecond)
	m.Disclosed(ctx, "FULL", 12)
	m.Disclosed(ctx, canary, 1)
	m.Withheld(ctx, "PURPOSE", 3)
	m.Withheld(ctx, canary, 1)
	m.AuditWritten(ctx, time.Millisecond, nil)
	m.AuditWritten(ctx, time.Millisecond, errors.New(canary))
	m.PlanCache(ctx, true)
	m.PlanCache(ctx, false)
	m.RateLimited(ctx, telemetry.PerCaller)
	m.RateLimited(ctx, telemetry.Overload)
	rec := httptest.NewRecorder()
	tel.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	page := rec.Body.String()
	for _, want := range []string{
		`tongxin_requests_total{code="OK",purpose="SCHOOL_CARE"} 1`,
		`tongxin_requests_total{code="FORBIDDEN",purpose="NONE"} 1`,
		`tongxin_requests_total{code="OTHER",purpose="OTHER"} 1`,
		`tongxin_request_duration_seconds_count{code="OK",purpose="SCHOOL_CARE"} 1`,
		`tongxin_disclosures_total{form="FULL"} 12`,
		`tongxin_withheld_total{reason="OTHER"} 1`,
		`tongxin_audit_failures_total 1`,
		`tongxin_audit_duration_seconds_count 2`,
		`tongxin_plans_total{result="HIT"} 1`,
		`tongxin_rate_limited_total{reason="OVERLOAD"} 1`,
		`go_goroutines`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(page, canary) {
		t.Error("a chosen value became a label")
	}
	if err := tel.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}

func TestScrubber_DropsWhatIsNotListed(t *testing.T) {
	t.Parallel()
	kept := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithSyncer(telemetry.NewScrubber(kept, slog.New(slog.DiscardHandler))))
	other := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})
	_, span := provider.Tracer("t").Start(t.Context(), "query\nselect '"+canary+"'",
		trace.WithLinks(trace.Link{SpanContext: other, Attributes: []attribute.KeyValue{attribute.String("x", canary)}}),
		trace.WithAttributes(
			attribute.String("db.query.text", canary), attribute.String("graphql.document", canary),
			attribute.String("tongxin.code", "OK"), attribute.Int("tongxin.children", 3)))
	span.RecordError(errors.New(canary))
	span.SetStatus(codes.Error, canary)
	span.End()
	got := kept.GetSpans()[0]
	diff := cmp.Diff([]any{"query", 2, 0, "", codes.Error, 1, 0}, []any{
		got.Name, len(got.Attributes), len(got.Events), got.Status.Description, got.Status.Code,
		len(got.Links), len(got.Links[0].Attributes),
	})
	if diff != "" {
		t.Error(diff)
	}
}

func TestSetup_ExportsCleanSpans(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var bodies bytes.Buffer
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		if err == nil {
			bodies.Write(body)
		}
	}))
	t.Cleanup(collector.Close)
	tel := setup(t, telemetry.Config{OTLPEndpoint: collector.URL + "/v1/traces", SampleRatio: 1})
	_, span := tel.Traces.Tracer("t").Start(t.Context(), "query",
		trace.WithAttributes(attribute.String("child", canary), attribute.String("tongxin.code", "LISTED")))
	span.End()
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if sent := bodies.String(); !strings.Contains(sent, "LISTED") || strings.Contains(sent, canary) {
		t.Errorf("sent %q", sent)
	}
}

func TestSetup_LogsFailedExports(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	broken := sdktrace.NewTracerProvider(sdktrace.WithSyncer(
		telemetry.NewScrubber(&failing{}, telemetry.NewLogger(&log, slog.LevelInfo))))
	_, span := broken.Tracer("t").Start(t.Context(), "s")
	span.End()
	if !strings.Contains(log.String(), "spans not exported") {
		t.Errorf("log says %q", log.String())
	}
}

// failing is a collector out of reach.
type failing struct{ tracetest.NoopExporter }

func (*failing) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error {
	return errors.New("no collector")
}

func TestSetup_TracesWithoutCollector(t *testing.T) {
	t.Parallel()
	tel := setup(t, telemetry.Config{})
	_, span := tel.Traces.Tracer("t").Start(t.Context(), "s")
	if !span.SpanContext().TraceID().IsValid() || span.IsRecording() {
		t.Error("want a trace id and no recording")
	}
}

func TestSetup_RefusesABadEndpoint(t *testing.T) {
	t.Parallel()
	for _, endpoint := range []string{"collector:4318", "ftp://x/", "http://", "://"} {
		if _, err := telemetry.Setup(t.Context(), telemetry.Config{OTLPEndpoint: endpoint}); err == nil {
			t.Errorf("%q accepted", endpoint)
		}
	}
}
