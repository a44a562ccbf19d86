package server

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/telemetry"
)

// exchange is one GraphQL request on its way through the server.
type exchange struct {
	start    time.Time
	traceID  string
	clientIP string
	media    string
	caller   identity.Caller
	// known says that caller holds, report that a refusal is to be recorded.
	known, report bool
	purpose       string
	// recorded is when the log has the request; zero where it does not.
	recorded time.Time
}

// graphql answers one request: who, how often, what, and then the answer. The
// trace starts here and not with the caller, whose trace is linked.
func (s *Server) graphql(w http.ResponseWriter, r *http.Request) {
	x := &exchange{start: s.deps.Now(), clientIP: s.clientIP(r), report: true}
	ctx, span := s.begin(r.Context(), r.Header)
	defer span.End()
	x.traceID = span.SpanContext().TraceID().String()
	w.Header().Set("X-Request-Id", x.traceID)
	r = r.WithContext(ctx)

	reply, err := s.exchange(w, r, x)
	var p page
	code := reply.Code
	if err != nil {
		code = fault.CodeOf(err)
		p = errorAnswer(w.Header(), err, x.media, x.traceID)
		s.recordRefusal(ctx, x, code, err)
	} else {
		x.recorded = reply.Recorded
		p = s.replyAnswer(w.Header(), reply, x.media)
	}
	writePage(ctx, s.log, w, p)
	if s.deps.Count != nil && !x.recorded.IsZero() {
		s.deps.Count(x.caller.Agency.Code, x.caller.System, x.recorded)
	}
	s.account(ctx, x, code, p)
}

// begin starts the trace of a request.
func (s *Server) begin(ctx context.Context, h http.Header) (context.Context, trace.Span) {
	if !s.deps.Telemetry.Exports {
		return s.tracer.Start(ctx, "graphql") // an id, and nothing to say of it
	}
	remote := trace.SpanContextFromContext(
		propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(h)))
	return s.tracer.Start(ctx, "graphql", trace.WithNewRoot(),
		trace.WithSpanKind(trace.SpanKindServer), trace.WithLinks(trace.Link{SpanContext: remote}),
		trace.WithAttributes(attribute.String("http.route", "/graphql")))
}

// exchange runs the request and turns a panic behind it into a fault.
func (s *Server) exchange(w http.ResponseWriter, r *http.Request, x *exchange) (reply Reply, err error) {
	ctx := r.Context()
	defer func() {
		if p := recover(); p != nil {
			s.log.ErrorContext(ctx, "panic while answering",
				slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			reply, err = Reply{}, errors.New("panic")
		}
	}()
	var acceptable bool
	x.media, acceptable = negotiate(r.Header.Values("Accept"))
	if err := s.admit(r, x); err != nil {
		return Reply{}, err
	}
	if !acceptable {
		return Reply{}, &problem{status: http.StatusNotAcceptable, err: fault.New(fault.BadRequest,
			"只能以 application/json 或 application/graphql-response+json 作答。",
			"Answers come as application/json or application/graphql-response+json only.")}
	}
	request, err := s.readRequest(w, r)
	if err != nil {
		return Reply{}, err
	}
	return s.dispatch(r.Context(), x, request)
}

// admit finds out who calls and takes the request from the caller's rate.
func (s *Server) admit(r *http.Request, x *exchange) error {
	caller, err := s.deps.Authenticator.Authenticate(r.Context(), r)
	if err != nil {
		return err
	}
	x.caller, x.known = caller, true
	wait, report := s.callers.admit(keyOf(caller), s.deps.Now())
	if wait > 0 {
		x.report = report
		s.deps.Telemetry.Metrics.RateLimited(r.Context(), telemetry.PerCaller)
		return &problem{retry: wait, err: fault.New(fault.RateLimited,
			"请求过于频繁，请稍候再试。", "Too many requests; wait and try again.")}
	}
	return nil
}

// dispatch hands the request to Graph if there is room for it. A busy hub says
// so at once: a request that waits in line would be late anyway.
func (s *Server) dispatch(ctx context.Context, x *exchange, request Request) (Reply, error) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	default:
		x.report = false
		s.deps.Telemetry.Metrics.RateLimited(ctx, telemetry.Overload)
		return Reply{}, fault.New(fault.Unavailable,
			"枢纽繁忙，请稍后重试。", "The hub is busy; try again shortly.")
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Deadline)
	defer cancel()
	reply := s.deps.Graph.Serve(ctx, Call{
		Caller: x.caller, Request: request, ClientIP: x.clientIP, TraceID: x.traceID,
	})
	if len(reply.Body) == 0 {
		return Reply{}, errors.New("graph gave no answer")
	}
	x.purpose = reply.Purpose
	return reply, nil
}

// recordRefusal leaves a trace of a request that Graph never saw, or that it
// did not survive. The answer holds no data, so it does not wait for success.
func (s *Server) recordRefusal(ctx context.Context, x *exchange, code fault.Code, err error) {
	level := slog.LevelInfo
	if code == fault.Internal {
		level = slog.LevelError
	}
	if x.report {
		s.log.LogAttrs(ctx, level, "request refused", slog.String("code", string(code)), slog.Any("error", err))
	}
	if !x.known || !x.report {
		return
	}
	recordErr := within(context.WithoutCancel(ctx), stragglers, func(ctx context.Context) (err error) {
		x.recorded, err = s.deps.Refused(ctx, Refusal{
			Caller: x.caller, Code: code, ClientIP: x.clientIP, TraceID: x.traceID,
		})
		return err
	})
	if recordErr != nil {
		s.log.ErrorContext(ctx, "refusal not recorded", slog.Any("error", recordErr))
	}
}

// account logs, counts and closes the exchange; ids and codes only.
func (s *Server) account(ctx context.Context, x *exchange, code fault.Code, p page) {
	took := s.deps.Now().Sub(x.start)
	s.deps.Telemetry.Metrics.Request(ctx, code, x.purpose, took)
	if span := trace.SpanFromContext(ctx); span.IsRecording() {
		span.SetAttributes(attribute.Int("http.response.status_code", p.status))
		if code != "" {
			span.SetAttributes(attribute.String("tongxin.code", string(code)))
		}
		if p.status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, "")
		}
	}
	handler := s.log.Handler()
	if !handler.Enabled(ctx, slog.LevelInfo) {
		return
	}
	// The one line of every request; by its handler, because the logger would
	// look up on the stack who calls.
	line := slog.NewRecord(x.start.Add(took), slog.LevelInfo, "request answered", 0)
	line.AddAttrs(
		slog.Int("status", p.status), slog.String("code", string(code)),
		slog.String("agency", x.caller.Agency.Code), slog.String("staff", x.caller.Staff.Code),
		slog.String("system", x.caller.System), slog.Int("bytes", len(p.body)),
		slog.Duration("took", took))
	_ = handler.Handle(ctx, line) // as the logger does: nobody could be told
}
