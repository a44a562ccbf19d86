package pgtest

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"net/url"
	"os"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// serverVariable names a server to use instead of a private one; its role must
// be allowed to create databases.
const serverVariable = "TONGXIN_TEST_DATABASE_URL"

// copyFilesAbove is the size of a template from which copying its files (two
// checkpoints) is cheaper than writing them through the log.
const copyFilesAbove = 64 << 20

// running starts the server of this test binary at the first use.
var running = sync.OnceValues(start)

// cluster is the server of this test binary and the databases it made there.
type cluster struct {
	base   *url.URL
	admin  *pgxpool.Pool
	prefix string
	count  atomic.Int64
	// log is the server's own log file, "" of a server that is not ours.
	log string
	// kept says that a migrated database came with the server.
	kept bool
	// alive is never read: what it holds must not be collected, and closed,
	// before the process ends.
	alive []any

	mu        sync.Mutex
	templates map[string]func() (string, error)
}

func start() (*cluster, error) {
	ctx := context.Background()
	address := os.Getenv(serverVariable)
	var alive []any
	log := ""
	if address == "" {
		own, err := privateServer(ctx)
		if err != nil {
			return nil, err
		}
		address, log = own.server.URL("postgres"), own.server.LogFile()
		alive = append(alive, own)
	}
	base, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("%s is not a URL: %w", serverVariable, err)
	}
	admin, err := postgres.Open(ctx, address,
		postgres.Options{Application: "tongxin-pgtest", StatementTimeout: -1, MaxConns: 4})
	if err != nil {
		return nil, err
	}
	var seed [8]byte
	_, _ = rand.Read(seed[:]) // never fails, by its documentation
	run := int64(binary.BigEndian.Uint64(seed[:]) >> 1)
	lock, err := holdRun(ctx, admin, run)
	if err != nil {
		return nil, err
	}
	return &cluster{
		base: base, admin: admin, kept: log != "", alive: append(alive, lock),
		log: log, prefix: fmt.Sprintf("%s%016x_", databasePrefix, run),
		templates: map[string]func() (string, error){},
	}, nil
}

// url is the address of one database of the cluster.
func (c *cluster) url(database string) string {
	address := *c.base
	address.Path = "/" + database
	return address.String()
}

func (c *cluster) name() string {
	return fmt.Sprintf("%s%d", c.prefix, c.count.Add(1))
}

// template returns the database behind a template, building it at the first
// call. Concurrent callers wait for the one that builds.
func (c *cluster) template(name string, build func(ctx context.Context, url string) error) (string, error) {
	c.mu.Lock()
	once, found := c.templates[name]
	if !found {
		once = sync.OnceValues(func() (string, error) { return c.makeTemplate(name, build) })
		c.templates[name] = once
	}
	c.mu.Unlock()
	return once()
}

func (c *cluster) makeTemplate(name string, build func(ctx context.Context, url string) error) (string, error) {
	ctx := context.Background()
	if name == migrated && c.kept {
		return keptDatabase, postgres.Migrate(ctx, c.url(keptDatabase)) // what depends on libraries is looked at again
	}
	database := c.name()
	if name == migrated {
		if err := c.create(ctx, database, "template0"); err != nil {
			return "", err
		}
		return database, postgres.Migrate(ctx, c.url(database))
	}
	source, err := c.template(migrated, nil)
	if err != nil {
		return "", err
	}
	if err := c.create(ctx, database, source); err != nil {
		return "", err
	}
	return database, build(ctx, c.url(database))
}

// clone makes a new database that holds what source holds.
func (c *cluster) clone(ctx context.Context, source string) (string, error) {
	database := c.name()
	return database, c.create(ctx, database, source)
}

func (c *cluster) create(ctx context.Context, database, source string) error {
	const size = `-- name: TemplateSize
SELECT pg_database_size($1::name)`
	var bytes int64
	if err := c.admin.QueryRow(ctx, size, source).Scan(&bytes); err != nil {
		return err
	}
	strategy := "wal_log"
	if bytes > copyFilesAbove {
		strategy = "file_copy"
	}
	_, err := c.admin.Exec(ctx, fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s STRATEGY %s",
		pgx.Identifier{database}.Sanitize(), pgx.Identifier{source}.Sanitize(), strategy))
	return err
}

func (c *cluster) drop(ctx context.Context, database string) error {
	_, err := c.admin.Exec(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{database}.Sanitize()+" WITH (FORCE)")
	return err
}
