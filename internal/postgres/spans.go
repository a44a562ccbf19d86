package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// TraceQueryStart begins the span of one statement.
func (t *tracer) TraceQueryStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if !records(ctx) {
		return ctx
	}
	return t.Tracer.TraceQueryStart(ctx, conn, data)
}

// TraceQueryEnd ends the span of one statement.
func (t *tracer) TraceQueryEnd(ctx context.Context, conn *pgx.Conn, data pgx.TraceQueryEndData) {
	if records(ctx) {
		data.Err = Redact(data.Err)
		t.Tracer.TraceQueryEnd(ctx, conn, data)
	}
}

// TraceCopyFromStart begins the span of one bulk copy.
func (t *tracer) TraceCopyFromStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceCopyFromStartData) context.Context {
	if !records(ctx) {
		return ctx
	}
	return t.Tracer.TraceCopyFromStart(ctx, conn, data)
}

// TraceCopyFromEnd ends the span of one bulk copy.
func (t *tracer) TraceCopyFromEnd(ctx context.Context, conn *pgx.Conn, data pgx.TraceCopyFromEndData) {
	if records(ctx) {
		data.Err = Redact(data.Err)
		t.Tracer.TraceCopyFromEnd(ctx, conn, data)
	}
}

// TraceBatchStart begins the span of a whole batch.
func (t *tracer) TraceBatchStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	if !records(ctx) {
		return ctx
	}
	return t.Tracer.TraceBatchStart(ctx, conn, data)
}

// TraceBatchQuery ends the span of one statement of a batch.
func (t *tracer) TraceBatchQuery(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchQueryData) {
	if records(ctx) {
		data.Err = Redact(data.Err)
		t.Tracer.TraceBatchQuery(ctx, conn, data)
	}
}

// TraceBatchEnd ends the span of a whole batch.
func (t *tracer) TraceBatchEnd(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchEndData) {
	if records(ctx) {
		data.Err = Redact(data.Err)
		t.Tracer.TraceBatchEnd(ctx, conn, data)
	}
}

// TraceConnectStart begins the span of a new connection.
func (t *tracer) TraceConnectStart(ctx context.Context, data pgx.TraceConnectStartData) context.Context {
	if !records(ctx) {
		return ctx
	}
	return t.Tracer.TraceConnectStart(ctx, data)
}

// TraceConnectEnd ends the span of a new connection.
func (t *tracer) TraceConnectEnd(ctx context.Context, data pgx.TraceConnectEndData) {
	if records(ctx) {
		data.Err = Redact(data.Err)
		t.Tracer.TraceConnectEnd(ctx, data)
	}
}

// TracePrepareStart begins the span of a preparation.
func (t *tracer) TracePrepareStart(ctx context.Context, conn *pgx.Conn, data pgx.TracePrepareStartData) context.Context {
	if !records(ctx) {
		return ctx
	}
	return t.Tracer.TracePrepareStart(ctx, conn, data)
}

// TracePrepareEnd ends the span of a preparation.
func (t *tracer) TracePrepareEnd(ctx context.Context, conn *pgx.Conn, data pgx.TracePrepareEndData) {
	if records(ctx) {
		data.Err = Redact(data.Err)
		t.Tracer.TracePrepareEnd(ctx, conn, data)
	}
}

// TraceAcquireStart begins the span of waiting for a connection.
func (t *tracer) TraceAcquireStart(ctx context.Context, pool *pgxpool.Pool, data pgxpool.TraceAcquireStartData) context.Context {
	if !records(ctx) {
		return ctx
	}
	return t.Tracer.TraceAcquireStart(ctx, pool, data)
}

// TraceAcquireEnd ends the span of waiting for a connection.
func (t *tracer) TraceAcquireEnd(ctx context.Context, pool *pgxpool.Pool, data pgxpool.TraceAcquireEndData) {
	if records(ctx) {
		data.Err = Redact(data.Err)
		t.Tracer.TraceAcquireEnd(ctx, pool, data)
	}
}
