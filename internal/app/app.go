package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/graph"
	"github.com/tongxin-hub/tongxin/internal/accesslog"
	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/auditpack"
	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/cosignature"
	"github.com/tongxin-hub/tongxin/internal/courier"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/hub"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/keyring"
	"github.com/tongxin-hub/tongxin/internal/logstatus"
	"github.com/tongxin-hub/tongxin/internal/moving"
	"github.com/tongxin-hub/tongxin/internal/pairwise"
	"github.com/tongxin-hub/tongxin/internal/pglocal"
	"github.com/tongxin-hub/tongxin/internal/policydesk"
	"github.com/tongxin-hub/tongxin/internal/policyversion"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/quorum"
	"github.com/tongxin-hub/tongxin/internal/server"
	"github.com/tongxin-hub/tongxin/internal/telemetry"
	"github.com/tongxin-hub/tongxin/internal/tile"
	"github.com/tongxin-hub/tongxin/internal/traffic"
	"github.com/tongxin-hub/tongxin/internal/wall"
	"github.com/tongxin-hub/tongxin/policy"
	"github.com/tongxin-hub/tongxin/resolvers"
	"github.com/tongxin-hub/tongxin/schema"
)

// App is a wired hub. Run serves it; Close releases what is left afterwards.
type App struct {
	server *server.Server
	parts  *parts
	demo   *demoParts
	// closers are released in this order once no request is running.
	closers []func(context.Context) error
}

// parts is what New has put together so far.
type parts struct {
	cfg       config.Config
	options   Options
	now       func() time.Time
	telemetry *telemetry.Telemetry
	url       string
	db        *pgxpool.Pool
	ring      *keyring.Ring
	ids       *pairwise.IDs
	policy    *policy.Policy
	catalog   *disclosure.Catalog
	judge     *Judge
	built     chan builtIn // the policy that comes with the program
	proof     *proof       // of the policy in force
	watch     *policyversion.Watch
	writer    *audit.Writer
	witnesses cosignature.Quorum
	log       tile.Log
	gate      *disclosure.Gate
	moves     *moving.Exchange
	hub       *hub.Hub
	auth      *identity.Authenticator
	traffic   *traffic.Counter
	issuers   []identity.Issuer
	listener  net.Listener // opened early where its port is part of an address
	demo      *demoParts
	closers   []func(context.Context) error
}

// New wires the hub: telemetry, database, keys, policy, audit writer, gate,
// callers, server. Each step proves itself before the next begins.
func New(ctx context.Context, cfg config.Config) (*App, error) {
	return NewWith(ctx, cfg, Options{Now: time.Now, Out: os.Stdout, LogTo: os.Stderr})
}

// Options are what only tests choose.
type Options struct {
	// Now is the clock.
	Now func() time.Time
	// Out is where the demo greets, LogTo where log lines and progress go; nil
	// for nowhere.
	Out, LogTo io.Writer
	// Reference sends reads through the generated executor.
	Reference bool
	// Plans, where given, is the policy that plans are made from instead of the one in
	// force: how a test breaks the plan and leaves the second wall to stand.
	Plans *policy.Policy
	// Reads, where given, stands before the reader of data: how a test looks at the
	// statements as they are sent.
	Reads func(disclosure.Reader) disclosure.Reader
	// Judge, where given, is shared with other hubs.
	Judge *Judge
	// Everybody of the demo can sign in, not only its ready-made callers.
	Everybody bool
	// Strict answers as a production hub does, even over the demo district:
	// operations have names, and there is no introspection.
	Strict bool
}

// NewWith is New with another clock or the reference executor.
func NewWith(ctx context.Context, cfg config.Config, o Options) (*App, error) {
	p := &parts{cfg: cfg, options: o, now: o.Now, built: make(chan builtIn, 1)}
	steps := []func(context.Context) error{
		p.compilePolicy, p.readWitnesses, p.openTelemetry, p.openDatabase, p.openKeys, p.prepareDemo, p.openAudit,
		p.loadPolicy, p.watchPolicy, p.openWitnesses, p.openIdentity, p.openPartners, p.openGate, p.countTraffic,
	}
	if cfg.Background {
		steps = append(steps, p.keepCounts, p.watchAccesses, p.followLog, p.startJobs, p.keepRetention)
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, p.close(ctx))
		}
	}
	s, err := p.openServer(ctx)
	if err != nil {
		return nil, errors.Join(err, p.close(ctx))
	}
	return &App{server: s, parts: p, demo: p.demo, closers: p.closers}, nil
}

// Run serves until the context ends, then drains requests and the audit writer.
func (a *App) Run(ctx context.Context) error {
	if a.demo != nil && a.demo.app.options.Out != nil {
		a.demo.greet(a.demo.app.options.Out, a.Addr())
	}
	return a.server.Run(ctx)
}

// Addr is where the hub listens, as host:port.
func (a *App) Addr() string { return a.server.Addr().String() }

// Close releases what Run has not: newest first.
func (a *App) Close(ctx context.Context) error {
	p := parts{closers: a.closers}
	return p.close(ctx)
}

// later notes something to release.
func (p *parts) later(release func(context.Context) error) { p.closers = append(p.closers, release) }

func (p *parts) close(ctx context.Context) error {
	var errs []error
	for i := len(p.closers) - 1; i >= 0; i-- {
		errs = append(errs, p.closers[i](ctx))
	}
	return errors.Join(errs...)
}

func (p *parts) openTelemetry(ctx context.Context) error {
	t, err := telemetry.Setup(ctx, telemetry.Config{
		Service: "tongxin", OTLPEndpoint: p.cfg.Telemetry.OTLPEndpoint, SampleRatio: p.cfg.Telemetry.SampleRatio,
		LogTo: p.options.LogTo, LogLevel: p.cfg.Telemetry.LogLevel, Vocabulary: p.vocabulary(),
	})
	if err != nil {
		return fmt.Errorf("telemetry: %w", err)
	}
	p.telemetry = t
	p.later(t.Shutdown)
	return nil
}

// vocabulary is the closed set of label values that metrics may carry.
func (p *parts) vocabulary() telemetry.Vocabulary {
	v := telemetry.Vocabulary{Forms: []string{policy.Full.String(), policy.Revealable.String(), policy.Masked.String()}}
	for _, r := range policy.Roles() {
		v.Purposes = append(v.Purposes, string(r.Default))
	}
	for _, purpose := range policy.AllPurposes() {
		v.Purposes = append(v.Purposes, string(purpose))
	}
	for _, reason := range policy.AllReasons() {
		v.Reasons = append(v.Reasons, string(reason))
	}
	for _, w := range p.witnesses.Witnesses {
		v.Witnesses = append(v.Witnesses, w.Name)
	}
	for _, why := range quorum.Refusals() {
		v.Refusals = append(v.Refusals, string(why))
	}
	return v
}

func (p *parts) openDatabase(ctx context.Context) error {
	p.url = p.cfg.DatabaseURL
	if p.url == "" {
		private, err := pglocal.Start(ctx, p.cfg.DatabaseDir(), pglocal.Options{})
		if err != nil {
			return err
		}
		p.url = private.URL("tongxin")
		p.later(func(context.Context) error { return private.Stop() })
	}
	if p.cfg.Demo.Enabled {
		if err := postgres.Migrate(ctx, p.url); err != nil {
			return err
		}
	}
	var err error
	p.db, err = postgres.Open(ctx, p.url, postgres.Options{
		Application: "tongxin", MaxConns: max(4, p.cfg.Load.MaxConns/4), Traces: p.telemetry.Traces,
	})
	if err != nil {
		return err
	}
	p.later(func(context.Context) error { p.db.Close(); return nil })
	return postgres.CheckDurability(ctx, p.db)
}

func (p *parts) openKeys(context.Context) error {
	ring, err := keyring.Open(p.cfg.Keys(), p.cfg.CreateKeys)
	if err != nil {
		return err
	}
	p.ring, p.ids = ring, pairwise.New(ring.Pairwise())
	return nil
}

func (p *parts) openAudit(ctx context.Context) error {
	options, err := p.auditOptions()
	if err != nil {
		return err
	}
	p.writer, err = audit.Open(ctx, p.url, options)
	if err != nil {
		return err
	}
	p.later(p.writer.Close)
	return nil
}

func (p *parts) openGate(ctx context.Context) error {
	if err := p.checkWall(ctx); err != nil {
		return err
	}
	reads, err := postgres.Open(ctx, p.url, postgres.Options{Application: "tongxin-read", MaxConns: p.cfg.Load.MaxConns, Bare: true})
	if err != nil {
		return err
	}
	p.later(func(context.Context) error { reads.Close(); return nil })
	var policies disclosure.Policies = p.watch
	if p.options.Plans != nil {
		policies = fixed{p.options.Plans}
	}
	var reader disclosure.Reader = wall.NewReader(reads, p.telemetry.Traces)
	if p.options.Reads != nil {
		reader = p.options.Reads(reader)
	}
	p.gate, err = disclosure.NewGate(disclosure.Deps{
		Catalog: p.catalog, Policies: policies, DB: p.db, Reads: reader, Audit: p.writer, IDs: p.ids, Now: p.now,
		Metrics: p.telemetry.Metrics,
	})
	if err != nil {
		return err
	}
	desk, err := policydesk.New(policydesk.Deps{DB: p.db, Load: p.judge.load, Catalog: p.catalog, Policies: p.watch})
	if err != nil {
		return err
	}
	minimum, err := p.catalog.Prepare(moving.Minimum)
	if err != nil {
		return err
	}
	exec := graph.NewExecutableSchema(graph.Config{Resolvers: &resolvers.Resolver{
		Gate: p.gate, Desk: desk, Moves: p.moves, Minimum: minimum, Receipts: accesslog.Receipts{DB: p.db}, Issuers: p.issuers, Packs: auditpack.Packs{DB: p.db},
		Proofs: logstatus.Proofs{DB: p.db, Published: p.log, LogKey: p.ring.VerifierKey(), Witnesses: p.witnesses},
	}})
	p.hub, err = hub.New(hub.Config{
		Limits: limits(p.cfg), Introspection: p.relaxed(), Anonymous: p.relaxed(), Reference: p.options.Reference,
	}, p.gate, exec, p.telemetry.Log)
	return err
}

// fixed is a policy that nobody confirms.
type fixed struct{ policy *policy.Policy }

// Current is that policy.
func (f fixed) Current() (*policy.Policy, error) { return f.policy, nil }

// relaxed hubs answer introspection and anonymous operations: the demo's alone.
func (p *parts) relaxed() bool { return p.cfg.Demo.Enabled && !p.options.Strict }

func (p *parts) openIdentity(ctx context.Context) error {
	var err error
	if p.issuers, err = p.readIssuers(ctx); err != nil {
		return err
	}
	register, err := identity.NewRegister(p.db, p.now)
	if err != nil {
		return err
	}
	p.auth, err = identity.New(ctx, identity.Config{Issuers: p.issuers}, register, p.now)
	return err
}

func (p *parts) openServer(ctx context.Context) (*server.Server, error) {
	if err := <-p.proof.tested; err != nil {
		return nil, err
	}
	deps := server.Deps{
		Graph: p.hub, Authenticator: p.auth, Refused: p.refused, Count: p.traffic.Count, Telemetry: p.telemetry,
		SDL: schema.SDL(), Now: p.now, Log: tile.Handler(p.log, p.telemetry.Log),
		Checks: map[string]func(context.Context) error{
			"database": p.db.Ping, "audit": p.writer.Ready, "policy": p.watch.Ready, "signing key": p.canSign,
		},
	}
	if len(p.moves.Partners) > 0 {
		deps.Transfers = courier.Handler(p.moves.Receive, p.telemetry.Log)
	}
	if p.demo != nil || p.cfg.Console.URL != "" {
		deps.Console = p.console
	}
	if p.demo != nil {
		deps.Explorer, deps.Routes = p.demo.explorer(), p.demo.routes()
	}
	return server.New(ctx, p.serverConfig(), deps)
}

// refused puts on record what the server refused before the hub saw it.
func (p *parts) refused(ctx context.Context, r server.Refusal) (time.Time, error) {
	q := &disclosure.Question{Caller: r.Caller, ClientIP: r.ClientIP, TraceID: r.TraceID}
	cause := refusal(r.Code)
	if err := p.gate.Refuse(ctx, q, nil, cause); !errors.Is(err, cause) {
		return time.Time{}, err
	}
	return q.Recorded, nil
}

// canSign reports whether checkpoints can be signed, and whether the newest one was.
func (p *parts) canSign(context.Context) error {
	_, err := p.ring.Signer().Sign([]byte("ready"))
	return errors.Join(err, p.writer.Signing())
}
