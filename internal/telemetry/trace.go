package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// longestName is where the name of an exported span is cut.
const longestName = 80

func newTracer(
	ctx context.Context, cfg Config, about *resource.Resource, log *slog.Logger,
) (*sdktrace.TracerProvider, error) {
	u, err := url.Parse(cfg.OTLPEndpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("OTLP endpoint is no http or https URL")
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(cfg.OTLPEndpoint))
	if err != nil {
		return nil, fmt.Errorf("open OTLP exporter: %w", err)
	}
	return sdktrace.NewTracerProvider(sdktrace.WithResource(about),
		sdktrace.WithSampler(sdktrace.TraceIDRatioBased(cfg.SampleRatio)),
		sdktrace.WithBatcher(NewScrubber(exporter, log))), nil
}

// NewScrubber passes spans on to next without anything that could say who a
// record is about: attributes outside the closed list, error texts, events,
// links' attributes. Failures of next are logged, not returned, because the
// library would print them by means of its own.
func NewScrubber(next sdktrace.SpanExporter, log *slog.Logger) sdktrace.SpanExporter {
	return scrubber{next: next, log: log}
}

type scrubber struct {
	next sdktrace.SpanExporter
	log  *slog.Logger
}

// ExportSpans implements the exporter.
func (s scrubber) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	clean := make([]sdktrace.ReadOnlySpan, len(spans))
	for i, span := range spans {
		clean[i] = scrubbed{span}
	}
	if err := s.next.ExportSpans(ctx, clean); err != nil {
		s.log.WarnContext(ctx, "spans not exported", slog.Int("spans", len(spans)), slog.Any("error", err))
	}
	return nil
}

// Shutdown implements the exporter.
func (s scrubber) Shutdown(ctx context.Context) error {
	if err := s.next.Shutdown(ctx); err != nil {
		return fmt.Errorf("stop span exporter: %w", err)
	}
	return nil
}

// scrubbed is a span as the collector may see it.
type scrubbed struct{ sdktrace.ReadOnlySpan }

// Name is the first line of the span's name, cut.
func (s scrubbed) Name() string {
	name, _, _ := strings.Cut(s.ReadOnlySpan.Name(), "\n")
	if len(name) > longestName {
		name = strings.ToValidUTF8(name[:longestName], "") + "…"
	}
	if !utf8.ValidString(name) {
		return "span"
	}
	return Clean(name)
}

// Attributes keeps those on the closed list.
func (s scrubbed) Attributes() []attribute.KeyValue {
	var kept []attribute.KeyValue
	for _, kv := range s.ReadOnlySpan.Attributes() {
		if isExported(string(kv.Key)) {
			kept = append(kept, kv)
		}
	}
	return kept
}

// Events are dropped: recorded errors quote the database.
func (s scrubbed) Events() []sdktrace.Event { return nil }

// Status keeps the code and drops the text.
func (s scrubbed) Status() sdktrace.Status {
	return sdktrace.Status{Code: s.ReadOnlySpan.Status().Code}
}

// Links keep their trace ids alone.
func (s scrubbed) Links() []sdktrace.Link {
	links := make([]sdktrace.Link, 0, len(s.ReadOnlySpan.Links()))
	for _, l := range s.ReadOnlySpan.Links() {
		links = append(links, sdktrace.Link{SpanContext: l.SpanContext})
	}
	return links
}

// isExported lists the attributes that a span may carry: each takes its value
// from a closed set, is a number, or is a hash.
func isExported(key string) bool {
	switch key {
	case "http.request.method", "http.response.status_code", "http.route",
		"graphql.operation.type", "graphql.document.hash",
		"db.system", "db.system.name", "db.operation.name", "db.response.status_code",
		"tongxin.code", "tongxin.purpose", "tongxin.policy.version",
		"tongxin.children", "tongxin.coordinates", "tongxin.statements":
		return true
	default:
		return false
	}
}
