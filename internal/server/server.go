package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"
)

const (
	maxHeaderBytes    = 16 << 10
	readHeaderTimeout = 5 * time.Second
	idleTimeout       = 90 * time.Second
	// writeSlack is what a slow client gets after the deadline to take the answer.
	writeSlack = 20 * time.Second
)

// Server is the hub's listener with everything that stands on it.
type Server struct {
	cfg      Config
	deps     Deps
	log      *slog.Logger
	tracer   trace.Tracer
	callers  *callers
	public   *callers
	slots    chan struct{}
	lanes    chan struct{}
	ready    readiness
	draining atomic.Bool
	handler  http.Handler
	tls      *tls.Config
	listener net.Listener
	metrics  net.Listener // nil without a separate address
}

// New checks the configuration and opens the listeners; nothing is served
// until Run. It refuses to start without any of the parts that Deps demands.
func New(ctx context.Context, cfg Config, deps Deps) (*Server, error) {
	cfg = cfg.withDefaults()
	if err := errors.Join(cfg.check(), deps.check()); err != nil {
		return nil, fmt.Errorf("configure server: %w", err)
	}
	s := &Server{
		cfg: cfg, deps: deps, log: deps.Telemetry.Log,
		tracer: deps.Telemetry.Traces.Tracer("tongxin/server"),
		slots:  make(chan struct{}, cfg.MaxConcurrent),
		lanes:  make(chan struct{}, publicLanes),
	}
	routes := s.routes()
	if deps.Console != nil {
		pages, err := deps.Console(http.HandlerFunc(s.graphql))
		if err != nil {
			return nil, fmt.Errorf("configure server: %w", err)
		}
		routes.Handle("/", pages)
	}
	s.handler = s.hardened(routes)
	var err error
	if s.callers, err = newCallers(cfg); err != nil {
		return nil, fmt.Errorf("configure server: %w", err)
	}
	if s.public, err = newCallers(cfg); err != nil {
		return nil, fmt.Errorf("configure server: %w", err)
	}
	if s.tls, err = cfg.loadTLS(); err != nil {
		return nil, fmt.Errorf("configure server: %w", err)
	}
	if s.listener = cfg.Listener; s.listener == nil {
		if s.listener, err = listen(ctx, cfg.Listen); err != nil {
			return nil, err
		}
	}
	if cfg.MetricsListen != "" {
		if s.metrics, err = listen(ctx, cfg.MetricsListen); err != nil {
			return nil, errors.Join(err, s.listener.Close())
		}
	}
	return s, nil
}

// Close gives the listeners back where Run is never called.
func (s *Server) Close() error {
	err := s.listener.Close()
	if s.metrics != nil {
		err = errors.Join(err, s.metrics.Close())
	}
	return err
}

// Addr is the address that the hub listens on.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// MetricsAddr is the separate address of /metrics, nil without one.
func (s *Server) MetricsAddr() net.Addr {
	if s.metrics == nil {
		return nil
	}
	return s.metrics.Addr()
}

func listen(ctx context.Context, address string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return l, nil
}

func (c Config) loadTLS() (*tls.Config, error) {
	if c.CertFile == "" {
		return nil, nil //nolint:nilnil // no TLS is a valid choice behind a proxy
	}
	cert, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("load certificate: %w", err)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert}}
	if c.ClientCAFile == "" {
		return config, nil
	}
	pem, err := os.ReadFile(c.ClientCAFile)
	if err != nil {
		return nil, fmt.Errorf("load client authorities: %w", err)
	}
	config.ClientCAs = x509.NewCertPool()
	if !config.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, errors.New("load client authorities: no certificate in the file")
	}
	config.ClientAuth = tls.VerifyClientCertIfGiven
	return config, nil
}

// routes lists everything that can be reached. Only /graphql touches data.
func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("/graphql", s.graphql)
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.HandleFunc("GET /schema.graphql", s.schema)
	if s.cfg.MetricsListen == "" {
		mux.Handle("GET /metrics", loopbackOnly(s.deps.Telemetry.Handler()))
	}
	if s.deps.Log != nil {
		log := s.anonymous(http.StripPrefix("/log/", s.deps.Log))
		mux.Handle("GET /log/checkpoint", log)
		mux.Handle("GET /log/tile/", log)
	}
	if s.deps.Transfers != nil {
		mux.Handle("POST /transfers", s.anonymous(s.deps.Transfers))
	}
	if s.deps.Explorer != nil {
		s.deps.Explorer.register(mux, s.log)
	}
	for pattern, handler := range s.deps.Routes {
		mux.Handle(pattern, handler)
	}
	return mux
}

func (s *Server) schema(w http.ResponseWriter, r *http.Request) {
	writePage(r.Context(), s.log, w, page{http.StatusOK, "text/plain; charset=utf-8", []byte(s.deps.SDL)})
}
