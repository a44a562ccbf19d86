package server

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/tongxin-hub/tongxin/internal/limit"
	"github.com/tongxin-hub/tongxin/internal/telemetry"
)

// Profile decides the status of request errors for clients that accept only
// application/json; with application/graphql-response+json it is 4xx always.
type Profile string

const (
	// Suite answers 200, as most clients and the conformance suite expect.
	Suite Profile = "suite"
	// Middle answers 4xx, as the edition of September 2026 demands.
	Middle Profile = "middle"
)

// Config is what an operator may set. Zero values become the safe defaults
// named at each field.
type Config struct {
	// Listen is the address of the hub; default 127.0.0.1:8080.
	Listen string
	// Listener, where given, is the one to serve instead of opening Listen.
	Listener net.Listener
	// MetricsListen is a separate address for /metrics. Without it the hub's
	// own listener serves /metrics to loopback callers only.
	MetricsListen string
	// CertFile and KeyFile switch TLS on; ClientCAFile names the authorities
	// whose client certificates are verified where a client presents one.
	CertFile, KeyFile, ClientCAFile string
	// Profile of the transport; default Suite.
	Profile Profile
	// AllowGET lets queries, never mutations, come by GET. Variables then stand
	// in URLs, so it is meant for conformance runs.
	AllowGET bool
	// Limits on body and, for GET, tokens; default limit.Defaults.
	Limits limit.Limits
	// Deadline of one request; default 10 s.
	Deadline time.Duration
	// ReadTimeout is how long a request may take to arrive; default 10 s.
	ReadTimeout time.Duration
	// Drain is how long requests may go on after the stop; default 15 s.
	Drain time.Duration
	// MaxConcurrent is the number of requests served at once; more are refused
	// at once with 503; default 256.
	MaxConcurrent int
	// CallerRate is the requests per second of one caller, CallerBurst how many
	// may come at once; default 50 and 100.
	CallerRate  float64
	CallerBurst int
	// MaxCallers is the number of callers whose rate is remembered; default 8192.
	MaxCallers int
	// TrustedProxies may name the client in X-Forwarded-For; default none.
	TrustedProxies []netip.Prefix
}

func (c Config) withDefaults() Config {
	fill(&c.Listen, "127.0.0.1:8080")
	fill(&c.Profile, Suite)
	fill(&c.Limits, limit.Defaults())
	fill(&c.Deadline, 10*time.Second)
	fill(&c.ReadTimeout, 10*time.Second)
	fill(&c.Drain, 15*time.Second)
	fill(&c.MaxConcurrent, 256)
	fill(&c.CallerRate, 50)
	fill(&c.CallerBurst, 100)
	fill(&c.MaxCallers, 8192)
	return c
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func (c Config) check() error {
	switch {
	case c.Profile != Suite && c.Profile != Middle:
		return errors.New("profile is neither suite nor middle")
	case (c.CertFile == "") != (c.KeyFile == ""):
		return errors.New("TLS needs both a certificate and a key")
	case c.ClientCAFile != "" && c.CertFile == "":
		return errors.New("client certificates need TLS")
	case c.MaxConcurrent < 0 || c.CallerRate < 0 || c.CallerBurst < 0 || c.MaxCallers < 0:
		return errors.New("a limit is negative")
	}
	return nil
}

// Deps are the parts that the server puts on the network. All are needed but
// Log, Transfers, Console, Explorer, Routes and Closers.
type Deps struct {
	Graph         Graph
	Authenticator Authenticator
	// Refused records a request of a known caller that never reached Graph and says
	// when the log has it.
	// Overload is not reported, and a rate limit once a second per caller.
	Refused func(context.Context, Refusal) (time.Time, error)
	// Count is told of every answer whose request the log has; nil for nobody.
	Count     func(agency, system string, recorded time.Time)
	Telemetry *telemetry.Telemetry
	// Checks decide readiness: database, audit writer, policy, signing key.
	Checks map[string]func(context.Context) error
	// SDL is the published schema.
	SDL string
	// Log serves checkpoint and tile/… of the audit log to anybody, under /log/.
	Log http.Handler
	// Transfers takes packets of partner hubs; nil where there are none.
	Transfers http.Handler
	// Console makes the web pages around the handler of /graphql; nil for none.
	Console func(graphql http.Handler) (http.Handler, error)
	// Explorer is the demo's page; nil where there is no demo.
	Explorer *Explorer
	// Routes are further handlers by pattern: the demo's token issuer.
	Routes map[string]http.Handler
	// Closers run in order after the last request has been answered.
	Closers []func(context.Context) error
	// Now is the clock.
	Now func() time.Time
}

func (d Deps) check() error {
	switch {
	case d.Graph == nil:
		return errors.New("no graph")
	case d.Authenticator == nil:
		return errors.New("no authenticator")
	case d.Refused == nil:
		return errors.New("no record of refusals")
	case d.Telemetry == nil:
		return errors.New("no telemetry")
	case len(d.Checks) == 0:
		return errors.New("no readiness checks")
	case d.SDL == "":
		return errors.New("no schema")
	case d.Now == nil:
		return errors.New("no clock")
	}
	return nil
}
