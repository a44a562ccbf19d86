package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.opentelemetry.io/otel/trace"
)

// longestText is where a logged text is cut.
const longestText = 8 << 10

// NewLogger writes one JSON object per line to w. Control and direction
// characters are made visible, long texts are cut, the trace of the context is
// added, and a database error is reduced to its SQLSTATE, since its text may
// carry stored values.
func NewLogger(w io.Writer, level slog.Level) *slog.Logger {
	if w == nil {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(handler{slog.NewJSONHandler(w, &slog.HandlerOptions{
		Level: level,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			a.Value = cleanValue(a.Value)
			return a
		},
	})})
}

// handler adds the ids of the span in the context.
type handler struct{ slog.Handler }

// Handle implements slog.Handler.
func (h handler) Handle(ctx context.Context, r slog.Record) error {
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		r.AddAttrs(slog.String("trace_id", span.TraceID().String()),
			slog.String("span_id", span.SpanID().String()))
	}
	if err := h.Handler.Handle(ctx, r); err != nil {
		return fmt.Errorf("write log: %w", err)
	}
	return nil
}

// WithAttrs implements slog.Handler.
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h handler) WithGroup(name string) slog.Handler {
	return handler{h.Handler.WithGroup(name)}
}

func cleanValue(v slog.Value) slog.Value {
	switch v.Kind() {
	case slog.KindString:
		return slog.StringValue(Clean(v.String()))
	case slog.KindAny:
		switch x := v.Any().(type) {
		case nil, slog.Level:
			return v
		case error:
			return slog.StringValue(Clean(errorText(x)))
		default:
			return slog.StringValue(Clean(fmt.Sprint(x)))
		}
	default:
		return v
	}
}

// errorText is err without the text of a database error inside it.
func errorText(err error) string {
	var db interface {
		error
		SQLState() string
	}
	if !errors.As(err, &db) {
		return err.Error()
	}
	state := "SQLSTATE " + db.SQLState()
	whole, inner := err.Error(), db.Error()
	if inner == "" || !strings.Contains(whole, inner) {
		return state
	}
	return strings.ReplaceAll(whole, inner, state)
}

// Clean makes s safe for a line of a log: characters that move the cursor,
// break the line or turn the direction of reading become visible signs, and
// what is too long is cut.
func Clean(s string) string {
	if plain(s) {
		return s
	}
	cut := len(s) > longestText
	if cut {
		s = s[:longestText]
	}
	if strings.ContainsFunc(s, isUnsafe) {
		s = strings.Map(visible, s)
	}
	if cut {
		s += "…"
	}
	return s
}

// plain finds at once what most texts are: short and of printable ASCII.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return len(s) <= longestText
}

func isUnsafe(r rune) bool {
	return r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// visible maps the old control characters to their pictures, other unsafe ones
// to the replacement character.
func visible(r rune) rune {
	switch {
	case r < 0x20:
		return 0x2400 + r
	case r == 0x7f:
		return 0x2421
	case isUnsafe(r):
		return utf8.RuneError
	default:
		return r
	}
}
