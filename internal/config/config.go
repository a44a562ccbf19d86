package config

import (
	"log/slog"
	"net/netip"
	"path/filepath"
	"time"

	"github.com/alecthomas/kong"
)

// Config is the hub's configuration. Every field is a flag of the command line
// and an environment variable: --key-dir is TONGXIN_KEY_DIR.
type Config struct {
	// Place is where the hub's data is.
	Place
	// Listen is the address of the hub. Anything but a loopback address needs
	// TLS here or in front of the hub.
	Listen string `default:"127.0.0.1:8080" help:"Address to listen on (host:port)."`
	// MetricsListen is a separate address for /metrics; without it only
	// loopback callers of the hub's own listener see them.
	MetricsListen string `help:"Separate address for /metrics; without it only loopback callers see them." placeholder:"HOST:PORT"`
	// CreateKeys lets an empty key directory be filled. Off, a hub whose keys
	// are lost does not start with new ones and so break every proof.
	CreateKeys bool `help:"Fill an empty key directory; for the first start of a hub."`
	// Issuers is the file that names who may vouch for callers. Without it
	// nobody could sign in, and the hub does not start.
	Issuers string `help:"JSON file of the trusted issuers: URL, agency code, audience, keys." type:"path" placeholder:"FILE"`
	// Witnesses is the file that names who cosigns the log and how many must.
	// Without it nobody but the hub vouches for its log.
	Witnesses string `help:"JSON file of the log's witnesses: address and verifier key of each, and the quorum." type:"path" placeholder:"FILE"`
	// Partners is the file that names this hub and those that children are handed to and
	// come from. Without it, what goes to another county goes on paper.
	Partners string `help:"JSON file of the partner hubs: this hub's name and case contact; name, areas, address and keys of each partner." type:"path" placeholder:"FILE"`
	// TLS of the listener.
	TLS TLS `embed:"" prefix:"tls-"`
	// Profile is the HTTP status of refused requests for old clients.
	Profile string `default:"suite" enum:"suite,middle" help:"HTTP status of refused requests towards application/json clients: ${enum}."`
	// AllowGET lets queries come by GET, with their variables in the URL; it is
	// meant for conformance runs.
	AllowGET bool `name:"allow-get" help:"Let queries come by GET, variables in the URL; for conformance runs only."`
	// TrustedProxies may name the client's address in X-Forwarded-For.
	TrustedProxies []netip.Prefix `help:"Networks of proxies that may name the client's address." placeholder:"CIDR"`
	// Background says whether this process also does what follows the answers; off, it
	// answers only, and another hub of the database has to do it.
	Background bool `default:"true" negatable:"" help:"Also do what follows the answers: search, counts, review list, jobs, retention. At least one hub of a database must."`
	// Limits bound one operation.
	Limits Limits `embed:"" prefix:"limit-"`
	// Load bounds all operations together.
	Load Load `embed:""`
	// Console is the web pages.
	Console Console `embed:"" prefix:"console-"`
	// Telemetry says where traces go; logs go to standard error.
	Telemetry Telemetry `embed:""`
	// Demo is the made-up district; only the command demo turns it on.
	Demo Demo `embed:"" prefix:"demo-"`
}

// Place is where the hub's data is: what every command needs to find it.
type Place struct {
	// DatabaseURL is the PostgreSQL database (15 or newer). Empty: a private
	// server is started under DataDir.
	DatabaseURL string `name:"database-url" help:"PostgreSQL database; without it a private server runs under the data directory." placeholder:"URL" mask:"url"`
	// DataDir holds what the hub keeps outside a database of the operator's:
	// the private server, the newest checkpoint and, unless KeyDir is set, keys.
	DataDir string `default:"data" help:"Directory of the private database, the newest checkpoint and the keys." type:"path"`
	// KeyDir holds the key material; keep it on other storage than the database.
	KeyDir string `help:"Directory of the key material (default: keys/ in the data directory)." type:"path"`
}

// TLS is the certificate of the listener and the authorities of its clients.
type TLS struct {
	// Cert and Key switch TLS on.
	Cert string `help:"Certificate chain of the listener (PEM)." type:"path" placeholder:"FILE"`
	Key  string `help:"Private key of the listener (PEM)." type:"path" placeholder:"FILE"`
	// ClientCA verifies client certificates where a client presents one.
	ClientCA string `name:"client-ca" help:"Authorities that sign client certificates (PEM)." type:"path" placeholder:"FILE"`
	// Terminated says that a proxy in front ends TLS, so that the hub may listen
	// in clear text beyond this machine.
	Terminated bool `help:"A proxy in front of the hub ends TLS; allows clear text on a network address."`
}

// Limits bound one operation. The fields are those of limit.Limits in the same
// order, so that one converts into the other.
type Limits struct {
	// Body is the largest request body in bytes.
	Body int64 `default:"262144" help:"Largest request body in bytes."`
	// Tokens is the largest number of tokens of a document.
	Tokens int `default:"2000" help:"Tokens of a document."`
	// Depth is how deep fields may nest.
	Depth int `default:"12" help:"Depth of fields."`
	// Aliases, RootFields and Directives count with fragments written out.
	Aliases    int `default:"15" help:"Aliases of an operation."`
	RootFields int `default:"10" help:"Root fields of an operation."`
	Directives int `default:"20" help:"Directives of an operation."`
	// Fragments bounds the fragments of a document and how often they are used.
	Fragments int `default:"50" help:"Fragments of a document and their uses."`
	// Repeats is how often fields are asked again beside themselves.
	Repeats int `default:"200" help:"Fields asked again beside themselves."`
	// Nodes is the estimated number of records in an answer.
	Nodes int `default:"10000" help:"Estimated records in an answer."`
	// Values is the estimated number of leaf values in an answer.
	Values int `default:"100000" help:"Estimated values in an answer."`
	// First is the largest page, IDs the longest list of identifiers.
	First int `default:"100" help:"Largest page."`
	IDs   int `name:"ids" default:"500" help:"Longest list of identifiers."`
}

// Load bounds what the hub does at once and for how long.
type Load struct {
	// Deadline of one request.
	Deadline time.Duration `default:"10s" help:"Deadline of one request."`
	// Drain is how long running requests may go on after a stop.
	Drain time.Duration `default:"15s" help:"How long running requests may go on after a stop."`
	// MaxConcurrent requests are served at once; more get 503.
	MaxConcurrent int `default:"256" help:"Requests served at once; more are refused with 503."`
	// CallerRate and CallerBurst bound the requests of one caller.
	CallerRate  float64 `default:"50" help:"Requests per second of one caller."`
	CallerBurst int     `default:"100" help:"Requests of one caller at once."`
	// MaxConns is the size of the pool that reads children; a quarter as many, four at
	// least, serve the rest.
	MaxConns int32 `default:"16" help:"Database connections that read children; a quarter as many, four at least, serve the rest, the audit writer has its own."`
}

// Telemetry says how much is recorded about the hub itself.
type Telemetry struct {
	// OTLPEndpoint receives traces; empty exports none.
	OTLPEndpoint string `name:"otlp-endpoint" help:"OTLP/HTTP collector of traces; without it none are exported." placeholder:"URL" mask:"url"`
	// SampleRatio is the share of requests that are traced.
	SampleRatio float64 `default:"0.1" help:"Share of requests whose traces are exported (0 to 1)."`
	// LogLevel is the lowest level written.
	LogLevel slog.Level `default:"INFO" help:"Lowest level of log lines: DEBUG, INFO, WARN or ERROR."`
}

// Console is the web pages of the hub.
type Console struct {
	// URL is where people reach the console; issuers send them back to it. Without it
	// there is no console, except in the demo.
	URL string `name:"url" help:"Address under which people reach the console, such as https://hub.example; without it there is none." placeholder:"URL"`
	// Idle ends a session that nobody uses, Life every session.
	Idle time.Duration `default:"30m" help:"How long a session of the console lasts without use."`
	Life time.Duration `default:"10h" help:"How long a session of the console lasts at most."`
	// Contact is printed on what is handed to guardians.
	Contact string `help:"Address and telephone printed on statements for guardians, to ask about them; the officer's agency without it." placeholder:"TEXT"`
}

// Demo is the made-up district.
type Demo struct {
	// Enabled is set by the command demo, never by a flag or a variable.
	Enabled bool `kong:"-"`
	// Scale is the size: 300, 3,000 or as many left-behind children as asked.
	Scale string `default:"demo" enum:"demo,district,load" help:"Size of the demo district: ${enum} (300, 3,000, or --demo-children)."`
	// Children is the number of left-behind children at scale load.
	Children int `default:"50000" help:"Left-behind children at scale load."`
	// Seed decides everything else; the same seed makes the same district.
	Seed uint64 `default:"1" help:"Seed of the demo district."`
}

// Default is the configuration of a hub that was told nothing.
func Default() (Config, error) {
	var c Config
	parser, err := kong.New(&c, kong.Exit(func(int) {}))
	if err != nil {
		return Config{}, err
	}
	_, err = parser.Parse(nil)
	return c, err
}

// Keys is the directory of the key material.
func (p Place) Keys() string {
	if p.KeyDir != "" {
		return p.KeyDir
	}
	return filepath.Join(p.DataDir, "keys")
}

// DatabaseDir is where the private server lives.
func (p Place) DatabaseDir() string { return filepath.Join(p.DataDir, "postgres") }

// CheckpointFile is where the newest signed checkpoint is kept outside the
// database, so that a database put back to an older state does not start.
func (p Place) CheckpointFile() string { return filepath.Join(p.DataDir, "checkpoint") }
