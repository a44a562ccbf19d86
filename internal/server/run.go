package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// stragglers is how long requests that outlive the drain get to notice that
// they were cancelled, and how long each closer and each record of a refusal
// may take.
const stragglers = 5 * time.Second

// Run serves until ctx ends, then stops accepting, lets the requests at hand
// finish, cancels those that outlive the drain, and calls the closers in
// order. It returns nil after a clean stop.
func (s *Server) Run(ctx context.Context) error {
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	hub := s.httpServer(base, s.handler)
	hub.TLSConfig = s.tls
	failed := make(chan error, 2)
	go func() { failed <- s.serve(hub) }()
	var side *http.Server
	if s.metrics != nil {
		mux := http.NewServeMux()
		mux.Handle("GET /metrics", s.deps.Telemetry.Handler())
		side = s.httpServer(base, s.hardened(mux))
		go func() { failed <- side.Serve(s.metrics) }()
	}
	s.log.InfoContext(ctx, "serving", slog.String("address", s.listener.Addr().String()))
	var failure error
	select {
	case <-ctx.Done():
	case failure = <-failed:
	}
	s.draining.Store(true)
	errs := []error{ignoreClosed(failure), s.drain(base, hub, cancel)}
	if side != nil {
		errs = append(errs, side.Close())
	}
	for _, closer := range s.deps.Closers {
		errs = append(errs, within(context.WithoutCancel(ctx), stragglers, closer))
	}
	return errors.Join(errs...)
}

func (s *Server) serve(hub *http.Server) error {
	if s.tls != nil {
		return hub.ServeTLS(s.listener, "", "")
	}
	return hub.Serve(s.listener)
}

func (s *Server) httpServer(base context.Context, handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       s.cfg.ReadTimeout,
		WriteTimeout:      s.cfg.ReadTimeout + s.cfg.Deadline + writeSlack,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return base },
	}
}

// drain waits for the requests at hand. Those that outlive the drain lose
// their context and their connection, but the closers still wait for them.
func (s *Server) drain(base context.Context, hub *http.Server, cancel func()) error {
	err := within(base, s.cfg.Drain, hub.Shutdown)
	if err == nil {
		return nil
	}
	cancel()
	closed := hub.Close()
	timer := time.NewTimer(stragglers)
	defer timer.Stop()
	for range cap(s.slots) {
		select {
		case s.slots <- struct{}{}:
		case <-timer.C:
			return errors.Join(errors.New("drain: a request does not end"), closed)
		}
	}
	return errors.Join(fmt.Errorf("drain: %w", err), closed)
}

func within(ctx context.Context, d time.Duration, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return f(ctx)
}

func ignoreClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
