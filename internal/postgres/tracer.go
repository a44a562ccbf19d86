package postgres

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5/pgconn"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"
)

// tracer is otelpgx without anything that could hold a value: no arguments, no
// statement text, and errors cut down to their SQLSTATE, because PostgreSQL
// quotes stored values in its messages. Where nothing records spans it does
// nothing at all; the library would still name and time every statement, for
// metrics that the hub does not export.
type tracer struct {
	*otelpgx.Tracer
}

func newTracer(provider trace.TracerProvider) *tracer {
	if provider == nil {
		provider = otel.GetTracerProvider()
	}
	return &tracer{otelpgx.NewTracer(
		otelpgx.WithTracerProvider(provider),
		otelpgx.WithDisableSQLStatementInAttributes(),
		otelpgx.WithDisableConnectionDetailsInAttributes(),
		otelpgx.WithSpanNameFunc(StatementName),
		otelpgx.WithMetricOperationName(func(_ context.Context, statement string) string {
			return StatementName(statement)
		}),
	)}
}

// StatementName is the name in the first line of a constant of store.go,
// "-- name: AcceptReferral"; anything else stays anonymous.
func StatementName(statement string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(statement), "\n")
	if name, found := strings.CutPrefix(first, "-- name:"); found {
		return strings.TrimSpace(name)
	}
	return "statement"
}

// records tells whether anybody will see the span of ctx.
func records(ctx context.Context) bool { return trace.SpanFromContext(ctx).IsRecording() }

// Redact returns what may be written down of a database error: its SQLSTATE and
// the names of the table and constraint, which are ours. An error that does not
// come from the server keeps only its kind. Use it wherever an error of pgx
// would reach a span, a log line or a terminal.
func Redact(err error) error {
	var server *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return sql.ErrNoRows
	case errors.As(err, &server):
		return redacted(server)
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded
	default:
		return errors.New("database error")
	}
}

// Code is the SQLSTATE of an error that the database server reported, empty for
// any other. Compare it, so that only this package knows the driver's errors.
func Code(err error) string {
	var server *pgconn.PgError
	if errors.As(err, &server) {
		return server.Code
	}
	return ""
}

// QuotesData tells whether an error may quote stored values: whenever the server
// said it about a statement. A refused connection quotes nothing.
func QuotesData(err error) bool {
	var connect *pgconn.ConnectError
	return Code(err) != "" && !errors.As(err, &connect)
}

func redacted(server *pgconn.PgError) error {
	text := "SQLSTATE " + server.Code
	if server.TableName != "" {
		text += ", table " + server.TableName
	}
	if server.ConstraintName != "" {
		text += ", constraint " + server.ConstraintName
	}
	return errors.New(text)
}
