package app

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/identity/demoissuer"
	"github.com/tongxin-hub/tongxin/internal/server"
)

// audience is whom the demo's tokens are for.
const audience = "tongxin"

// tokenLife is how long a printed token works.
const tokenLife = 12 * time.Hour

// demoParts is what only the demo has: the district and an issuer for its staff.
type demoParts struct {
	district *demo.District
	issuer   *demoissuer.Issuer
	issuers  []identity.Issuer
	app      *parts
}

// prepareDemo fills the district on the first start, under the policy in force, and
// opens its issuer.
func (p *parts) prepareDemo(ctx context.Context) error {
	if !p.cfg.Demo.Enabled {
		return nil
	}
	if err := p.loadPolicy(ctx); err != nil {
		return err
	}
	d := &demoParts{app: p}
	var err error
	if d.district, err = p.fillDemo(ctx); err != nil {
		return fmt.Errorf("demo district: %w", err)
	}
	if err := p.knowPort(ctx); err != nil {
		return err
	}
	if d.issuer, err = demoissuer.New("http://"+p.cfg.Listen, p.now); err != nil {
		return err
	}
	if d.issuers, err = d.issuer.Issuers(agencyCodes(d.district, p.options.Everybody), audience); err != nil {
		return err
	}
	for i := range d.issuers {
		d.issuers[i].Console = &identity.Client{ID: "tongxin-console", Name: d.agencyName(d.issuers[i].AgencyCode)}
	}
	p.demo = d
	return nil
}

// knowPort opens the listener when its port is free to choose: the issuer's address
// names it.
func (p *parts) knowPort(ctx context.Context) error {
	if _, port, err := net.SplitHostPort(p.cfg.Listen); err != nil || port != "0" {
		return err
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", p.cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	p.listener, p.cfg.Listen = listener, listener.Addr().String()
	p.later(func(context.Context) error { return ignoreClosed(listener.Close()) })
	return nil
}

// ignoreClosed: the server has closed it already.
func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// agencyCodes are the agencies of the ready-made callers and of the story children's
// helpers: nobody else can sign in, unless everybody shall.
func agencyCodes(d *demo.District, everybody bool) []string {
	if everybody {
		return d.AgencyCodes()
	}
	seen := map[string]bool{}
	var out []string
	callers := d.Callers()
	for _, h := range d.Helpers() {
		callers = append(callers, h.Caller)
	}
	for _, c := range append(callers, d.Asked()...) {
		if !seen[c.AgencyCode] {
			seen[c.AgencyCode] = true
			out = append(out, c.AgencyCode)
		}
	}
	return out
}

// District is the made-up district of a demo hub.
func (a *App) District() *demo.District { return a.demo.district }

// DemoToken is a token for one of the district's staff.
func (a *App) DemoToken(agencyCode, staffCode string) (string, error) {
	return a.demo.issuer.Token(agencyCode, staffCode, "demo", tokenLife)
}

func (d *demoParts) routes() map[string]http.Handler {
	return map[string]http.Handler{"/demo-issuer/": d.issuer.Handler(d.people()...)}
}

// explorer is the demo's page: its callers, purposes and sample questions.
func (d *demoParts) explorer() *server.Explorer {
	e := &server.Explorer{Callers: func(context.Context) ([]server.ExplorerCaller, error) {
		var out []server.ExplorerCaller
		for _, c := range d.district.Callers() {
			out = append(out, server.ExplorerCaller{Key: c.Key, ZH: c.ZH, EN: c.EN, Token: d.token(c)})
		}
		return out, nil
	}}
	for _, info := range d.app.policy.Purposes() {
		e.Purposes = append(e.Purposes, server.ExplorerPurpose{Code: string(info.Code), ZH: info.Name.ZH, EN: info.Name.EN})
	}
	for _, s := range samples() {
		if c, ok := d.find(s.caller); ok {
			variables, err := json.Marshal(d.variables(c))
			if err != nil {
				continue // strings only: cannot fail
			}
			e.Samples = append(e.Samples, server.ExplorerSample{
				ZH: c.ZH, EN: c.EN, Caller: c.Key, Purpose: c.Purpose, Ticket: c.TicketCode,
				Query: s.query, Variables: string(variables),
			})
		}
	}
	return e
}

// fillDemo makes the district up and writes it once; later starts find it.
func (p *parts) fillDemo(ctx context.Context) (*demo.District, error) {
	o := demo.Options{
		Scale: demo.Scale(p.cfg.Demo.Scale), LeftBehind: p.cfg.Demo.Children, Seed: p.cfg.Demo.Seed, Today: p.now(),
	}
	before, complete, found, err := demo.Filled(ctx, p.db)
	if err != nil {
		return nil, err
	}
	if found {
		o = before
	}
	district, err := demo.New(o)
	if err != nil || complete {
		return district, err
	}
	return district, p.fillDistrict(ctx, district)
}

// fillDistrict writes the district and its year of access log, through the real
// audit writer opened for backdating.
func (p *parts) fillDistrict(ctx context.Context, district *demo.District) (err error) {
	o, err := p.auditOptions()
	if err != nil {
		return err
	}
	o.Backdated = true
	writer, err := audit.Open(ctx, p.url, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, writer.Close(context.WithoutCancel(ctx))) }()
	token := func(agencyCode, kind, number string) []byte {
		raw, err := hex.DecodeString(p.ring.JoinToken(agencyCode, kind, number))
		if err != nil {
			return nil // our own hex: cannot fail
		}
		return raw
	}
	bar := newProgress(p.options.LogTo)
	defer bar.finish()
	return district.Fill(ctx, p.db, demo.Deps{Log: writer, Policy: p.policy, JoinToken: token}, bar.show)
}
