package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/attribute"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/trace"
)

// Config says where telemetry goes. The zero value logs nowhere and exports
// nothing.
type Config struct {
	// Service and Version name this program in spans and metrics.
	Service, Version string
	// OTLPEndpoint is the URL of an OTLP/HTTP collector; empty exports no spans.
	OTLPEndpoint string
	// SampleRatio is the share of requests whose spans are exported, 0 to 1.
	SampleRatio float64
	// LogTo receives one JSON object per line; nil discards.
	LogTo io.Writer
	// LogLevel is the lowest level that is written.
	LogLevel slog.Level
	// Vocabulary is the closed sets that metric labels are taken from.
	Vocabulary Vocabulary
}

// Vocabulary lists what a metric label may say; anything else becomes "other".
type Vocabulary struct {
	Purposes, Forms, Reasons []string
	// Witnesses are the names of the configured witnesses of the log, Refusals the
	// reasons why one may not cosign.
	Witnesses, Refusals []string
}

// Telemetry holds the three outlets of one process.
type Telemetry struct {
	// Log is safe for text chosen by callers, but not meant for it: log ids.
	Log *slog.Logger
	// Traces gives every request a trace id, also when nothing is exported.
	Traces trace.TracerProvider
	// Exports says that somebody will see the spans.
	Exports bool
	// Metrics are the hub's instruments.
	Metrics *Metrics

	registry *prometheus.Registry
	closers  []func(context.Context) error
}

// Setup builds the outlets. The caller must Shutdown them, last of all.
func Setup(ctx context.Context, cfg Config) (*Telemetry, error) {
	t := &Telemetry{Log: NewLogger(cfg.LogTo, cfg.LogLevel), registry: prometheus.NewRegistry()}
	about := resource.NewSchemaless(
		attribute.String("service.name", cfg.Service), attribute.String("service.version", cfg.Version))
	if cfg.OTLPEndpoint == "" {
		t.Traces = silent{}
	} else {
		traces, err := newTracer(ctx, cfg, about, t.Log)
		if err != nil {
			return nil, fmt.Errorf("set up traces: %w", err)
		}
		t.Traces, t.Exports = traces, true
		t.closers = append(t.closers, traces.Shutdown)
	}
	t.registry.MustRegister(collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(t.registry),
		otelprometheus.WithoutScopeInfo())
	if err != nil {
		return nil, fmt.Errorf("set up metrics: %w", err)
	}
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(exporter), sdkmetric.WithResource(about))
	t.closers = append(t.closers, provider.Shutdown)
	if t.Metrics, err = newMetrics(provider.Meter("tongxin"), cfg.Vocabulary); err != nil {
		return nil, fmt.Errorf("set up metrics: %w", err)
	}
	return t, nil
}

// Handler serves the metrics in the Prometheus text format.
func (t *Telemetry) Handler() http.Handler {
	return promhttp.HandlerFor(t.registry, promhttp.HandlerOpts{})
}

// Shutdown exports what is left and stops the outlets; logging goes on.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	var errs []error
	for _, closer := range t.closers {
		errs = append(errs, closer(ctx))
	}
	return errors.Join(errs...)
}
