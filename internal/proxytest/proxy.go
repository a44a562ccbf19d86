package proxytest

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Options are what a proxy does besides passing on.
type Options struct {
	// Delay is how long everything is under way, in each direction.
	Delay time.Duration
	// Application limits Freeze to the sessions whose application name begins
	// so, and Cut to those that have this very name. Empty: all sessions.
	Application string
}

// Proxy is a proxy in front of a PostgreSQL server.
type Proxy struct {
	options          Options
	network, address string
	listener         net.Listener
	all              sync.WaitGroup

	mu      sync.Mutex
	open    map[net.Conn]bool
	closed  bool
	flowing chan struct{} // closed while nothing is held back
	cut     *cut
}

// Start starts a proxy in front of the server of a database and returns it with
// the address of that database through it. It ends with the test.
func Start(tb testing.TB, database string, o Options) (*Proxy, string) {
	tb.Helper()
	config, err := pgconn.ParseConfig(database)
	if err != nil {
		tb.Fatal(err)
	}
	p := &Proxy{options: o, open: map[net.Conn]bool{}, flowing: make(chan struct{})}
	p.network, p.address = pgconn.NetworkAddress(config.Host, config.Port)
	close(p.flowing)
	if p.listener, err = (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0"); err != nil {
		tb.Fatal(err)
	}
	p.all.Go(p.accept)
	tb.Cleanup(p.close)
	through := url.URL{Scheme: "postgres", User: url.User(config.User), Host: p.listener.Addr().String(), Path: "/" + config.Database}
	if config.Password != "" {
		through.User = url.UserPassword(config.User, config.Password)
	}
	through.RawQuery = url.Values{"sslmode": {"disable"}}.Encode()
	return p, through.String()
}

// Port is where the proxy listens, on 127.0.0.1.
func (p *Proxy) Port() string {
	_, port, err := net.SplitHostPort(p.listener.Addr().String())
	if err != nil {
		return strconv.Itoa(0) // our own listener: cannot fail
	}
	return port
}

// Freeze holds everything back, in both directions, without closing anything.
func (p *Proxy) Freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.flowing:
		p.flowing = make(chan struct{})
	default: // frozen already; those who wait must hear of the thaw
	}
}

// Thaw lets everything that was held back go on.
func (p *Proxy) Thaw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.flowing:
	default:
		close(p.flowing)
	}
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.all.Go(func() { p.serve(client) })
	}
}

// serve connects a client with the server until one of them, or the proxy, ends.
func (p *Proxy) serve(client net.Conn) {
	defer client.Close() //nolint:errcheck // whatever happened is what the test wanted
	server, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(context.Background(), p.network, p.address)
	if err != nil {
		return
	}
	defer server.Close() //nolint:errcheck // as above
	if !p.keep(client, server) {
		return
	}
	defer p.forget(client, server)
	s := &session{proxy: p, client: client, server: server}
	var both sync.WaitGroup
	both.Go(func() { s.pass(client, server, true) })
	both.Go(func() { s.pass(server, client, false) })
	both.Wait()
}

// keep notes open connections; false when the proxy has ended.
func (p *Proxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		p.open[c] = true
	}
	return !p.closed
}

func (p *Proxy) forget(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		delete(p.open, c)
	}
}

// close ends every connection.
func (p *Proxy) close() {
	p.Thaw()
	_ = p.listener.Close()
	p.mu.Lock()
	p.closed = true
	for c := range p.open {
		_ = c.Close()
	}
	p.mu.Unlock()
	p.all.Wait()
}

// errCut ends a session that the proxy cut.
var errCut = errors.New("cut")
