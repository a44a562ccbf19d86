package app

import (
	"context"
	"fmt"
	"os"

	"golang.org/x/mod/sumdb/note"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/limit"
	"github.com/tongxin-hub/tongxin/internal/server"
)

// limits are the configured bounds of one operation.
func limits(c config.Config) limit.Limits { return limit.Limits(c.Limits) }

func (p *parts) serverConfig() server.Config {
	c := p.cfg
	return server.Config{
		Listen: c.Listen, Listener: p.listener, MetricsListen: c.MetricsListen,
		CertFile: c.TLS.Cert, KeyFile: c.TLS.Key, ClientCAFile: c.TLS.ClientCA,
		Profile: server.Profile(c.Profile), AllowGET: c.AllowGET, Limits: limits(c),
		Deadline: c.Load.Deadline, Drain: c.Load.Drain, MaxConcurrent: c.Load.MaxConcurrent,
		CallerRate: c.Load.CallerRate, CallerBurst: c.Load.CallerBurst, TrustedProxies: c.TrustedProxies,
	}
}

// auditOptions are those of the hub's own log.
func (p *parts) auditOptions() (audit.Options, error) {
	verifier, err := note.NewVerifier(p.ring.VerifierKey())
	if err != nil {
		return audit.Options{}, fmt.Errorf("verifier key: %w", err)
	}
	return audit.Options{
		Origin: p.ring.Signer().Name(), Signer: p.ring.Signer(), Verifier: verifier,
		CheckpointFile: p.cfg.CheckpointFile(), Now: p.now, Logger: p.telemetry.Log,
	}, nil
}

// readIssuers are the configured ones, or the demo's own; never both.
func (p *parts) readIssuers(context.Context) ([]identity.Issuer, error) {
	if p.demo != nil {
		return p.demo.issuers, nil
	}
	file, err := os.Open(p.cfg.Issuers)
	if err != nil {
		return nil, fmt.Errorf("read issuers: %w", err)
	}
	defer file.Close() //nolint:errcheck // read only
	return identity.ReadIssuers(file)
}

// refusal is a fault of the server's own, for the record.
func refusal(code fault.Code) error {
	return fault.New(code, "请求未被受理。", "The request was not accepted.")
}
