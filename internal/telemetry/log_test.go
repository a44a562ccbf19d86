package telemetry_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/trace"

	"github.com/tongxin-hub/tongxin/internal/telemetry"
)

// dbError is what a driver's error looks like from here.
type dbError struct{ text string }

func (e dbError) Error() string  { return e.text }
func (dbError) SQLState() string { return "22P02" }

func logged(t *testing.T, write func(*slog.Logger)) map[string]any {
	t.Helper()
	var out bytes.Buffer
	write(telemetry.NewLogger(&out, slog.LevelInfo))
	if n := strings.Count(out.String(), "\n"); n != 1 {
		t.Fatalf("want one line, got %d: %q", n, out.String())
	}
	var got map[string]any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if _, err := time.Parse(time.RFC3339, fmt.Sprint(got["time"])); err != nil {
		t.Error(err)
	}
	delete(got, "time")
	return got
}

func TestNewLogger_KeepsOneLineWithoutControls(t *testing.T) {
	t.Parallel()
	evil := "a\r\n{\"level\":\"ERROR\"}\x1b[2J\u202egnirts\u2028\u0085\x7f\x00\xff"
	got := logged(t, func(l *slog.Logger) {
		l.With(slog.String("with", evil)).WithGroup("g").Info(evil, //nolint:sloglint // the message is the attack
			slog.String("text", evil), slog.Any("error", errors.New(evil)),
			slog.Any("list", []string{evil}), slog.Group("inner", slog.String("text", evil)))
	})
	want := "a␍␊{\"level\":\"ERROR\"}␛[2J�gnirts��␡␀�"
	diff := cmp.Diff(map[string]any{
		"level": "INFO", "msg": want, "with": want,
		"g": map[string]any{
			"text": want, "error": want, "list": "[" + want + "]",
			"inner": map[string]any{"text": want},
		},
	}, got)
	if diff != "" {
		t.Error(diff)
	}
}

func TestNewLogger_CutsLongTexts(t *testing.T) {
	t.Parallel()
	got := logged(t, func(l *slog.Logger) { l.Info("m", slog.String("agent", strings.Repeat("字", 1<<20))) })
	if n := len(fmt.Sprint(got["agent"])); n > 9<<10 {
		t.Errorf("%d bytes", n)
	}
}

func TestNewLogger_ReducesDatabaseErrors(t *testing.T) {
	t.Parallel()
	inner := dbError{`invalid input syntax for type integer: "stored note"`}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"wrapped": {fmt.Errorf("load: %w", inner), "load: SQLSTATE 22P02"},
		"hidden":  {hiding{inner}, "SQLSTATE 22P02"},
		"other":   {errors.New("load: eof"), "load: eof"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := logged(t, func(l *slog.Logger) { l.Info("m", slog.Any("error", c.err)) })
			if diff := cmp.Diff(c.want, got["error"]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// hiding quotes its cause in a way of its own.
type hiding struct{ cause error }

func (h hiding) Error() string { return fmt.Sprintf("%q", h.cause.Error()) }
func (h hiding) Unwrap() error { return h.cause }

func TestNewLogger_AddsTheTrace(t *testing.T) {
	t.Parallel()
	span := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})
	ctx := trace.ContextWithSpanContext(t.Context(), span)
	got := logged(t, func(l *slog.Logger) { l.With(slog.Int("n", 1)).InfoContext(ctx, "m") })
	diff := cmp.Diff(map[string]any{
		"level": "INFO", "msg": "m", "n": 1.0,
		"trace_id": span.TraceID().String(), "span_id": span.SpanID().String(),
	}, got)
	if diff != "" {
		t.Error(diff)
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\nb\x1b\u202e")
	f.Fuzz(func(t *testing.T, s string) {
		got := telemetry.Clean(s)
		if strings.ContainsAny(got, "\x00\n\r\t\x1b\x7f\u0085\u2028\u2029\u202e\u2066") {
			t.Errorf("%q", got)
		}
	})
}
