package postgres

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"
)

// tracer is otelpgx without anything that could hold a value: no arguments, no
// statement text, and errors cut down to their SQLSTATE, because PostgreSQL
// quotes stored values in its messages.
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
		otelpgx.WithSpanNameFunc(statementName),
		otelpgx.WithMetricOperationName(func(_ context.Context, statement string) string {
			return statementName(statement)
		}),
	)}
}

// statementName is the name in the first line of a constant of store.go,
// "-- name: AcceptReferral"; anything else stays anonymous.
func statementName(statement string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(statement), "\n")
	if name, found := strings.CutPrefix(first, "-- name:"); found {
		return strings.TrimSpace(name)
	}
	return "statement"
}

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

// TraceQueryEnd ends the span of one statement.
func (t *tracer) TraceQueryEnd(ctx context.Context, conn *pgx.Conn, data pgx.TraceQueryEndData) {
	data.Err = Redact(data.Err)
	t.Tracer.TraceQueryEnd(ctx, conn, data)
}

// TraceCopyFromEnd ends the span of one bulk copy.
func (t *tracer) TraceCopyFromEnd(ctx context.Context, conn *pgx.Conn, data pgx.TraceCopyFromEndData) {
	data.Err = Redact(data.Err)
	t.Tracer.TraceCopyFromEnd(ctx, conn, data)
}

// TraceBatchQuery ends the span of one statement of a batch.
func (t *tracer) TraceBatchQuery(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchQueryData) {
	data.Err = Redact(data.Err)
	t.Tracer.TraceBatchQuery(ctx, conn, data)
}

// TraceBatchEnd ends the span of a whole batch.
func (t *tracer) TraceBatchEnd(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchEndData) {
	data.Err = Redact(data.Err)
	t.Tracer.TraceBatchEnd(ctx, conn, data)
}

// TraceConnectEnd ends the span of a new connection.
func (t *tracer) TraceConnectEnd(ctx context.Context, data pgx.TraceConnectEndData) {
	data.Err = Redact(data.Err)
	t.Tracer.TraceConnectEnd(ctx, data)
}

// TracePrepareEnd ends the span of a preparation.
func (t *tracer) TracePrepareEnd(ctx context.Context, conn *pgx.Conn, data pgx.TracePrepareEndData) {
	data.Err = Redact(data.Err)
	t.Tracer.TracePrepareEnd(ctx, conn, data)
}

// TraceAcquireEnd ends the span of waiting for a connection.
func (t *tracer) TraceAcquireEnd(ctx context.Context, pool *pgxpool.Pool, data pgxpool.TraceAcquireEndData) {
	data.Err = Redact(data.Err)
	t.Tracer.TraceAcquireEnd(ctx, pool, data)
}
