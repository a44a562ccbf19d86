package drill

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/bench/process"
	"github.com/tongxin-hub/tongxin/internal/crowdtest"
	"github.com/tongxin-hub/tongxin/internal/pglocal"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// What is promised of every fault: time until refusal and until the answers
// after it.
const (
	refusal  = 5 * time.Second
	recovery = 2 * time.Second
)

// directory is a new directory that the server's account may walk through.
func directory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "tongxin-drill-") //nolint:usetesting // t.TempDir lies below a 0700 directory
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	return dir
}

// database is a server of a drill's own.
type database struct {
	dir      string
	settings []string
	*pglocal.Server
}

// newDatabase starts a server in a directory.
func newDatabase(t *testing.T, dir string, settings ...string) *database {
	t.Helper()
	d := &database{dir: dir, settings: settings}
	d.start(t)
	t.Cleanup(func() {
		if err := d.Stop(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// start starts the server, after a crash as soon as the last process of the old
// one has ended.
func (d *database) start(t *testing.T) {
	t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for end := time.Now().Add(30 * time.Second); ; <-ticker.C {
		var err error
		if d.Server, err = pglocal.Start(t.Context(), d.dir, pglocal.Options{Settings: d.settings, NoSync: true}); err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

// open opens a pool of the test's own.
func (d *database) open(t *testing.T) *pgxpool.Pool {
	t.Helper()
	db, err := postgres.Open(t.Context(), d.URL("tongxin"), postgres.Options{Application: "tongxin-drill", MaxConns: 2, StatementTimeout: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

// value reads one value.
func value[T any](t *testing.T, db *pgxpool.Pool, sql string) T {
	t.Helper()
	var v T
	if err := db.QueryRow(t.Context(), sql).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

// size is the length of the log.
func size(t *testing.T, db *pgxpool.Pool) int {
	t.Helper()
	return value[int](t, db, `SELECT size FROM audit_head`)
}

// node is a running hub and what the crowd asks it.
type node struct {
	*process.Process
	url      string
	question crowdtest.Question
}

// command is the hub's program with arguments.
func command(arguments ...string) process.Command {
	c := process.Command{Name: "hub", Path: *binary, Args: arguments}
	if c.Path == "" {
		c.Path, c.Env = os.Args[0], []string{asHub + "=1"}
	}
	return c
}

// launch starts a hub of the demo district on a database; the first start fills
// it. It ends with the test.
func launch(t *testing.T, dir, url string, flags ...string) *process.Process {
	t.Helper()
	c := command(append([]string{
		"demo", "--data-dir=" + dir, "--database-url=" + url, "--caller-rate=1000000", "--caller-burst=1000000", "--log-level=ERROR",
	}, flags...)...)
	c.LogDir = dir
	p, err := process.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// serve starts a hub and waits until it answers.
func serve(t *testing.T, dir, url string, flags ...string) *node {
	t.Helper()
	addr, err := process.FreeAddr(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n := &node{Process: launch(t, dir, url, append(flags, "--listen="+addr)...), url: "http://" + addr}
	if err := n.Until(t.Context(), 2*time.Minute, n.ready); err != nil {
		t.Fatal(err)
	}
	return n
}

// greeting is what the demo prints of the director: purpose, ticket, child and
// token.
var greeting = regexp.MustCompile(`(?m)^director  \S+  purpose (\S+)  ticket (\S+)\n.*\n.*\n  child (\S+)\n  token (\S+)\n`)

// ready reads the greeting, once the hub is ready.
func (n *node) ready(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, n.url+"/readyz", http.NoBody)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	if err := answer.Body.Close(); err != nil || answer.StatusCode != http.StatusOK {
		return errors.Join(fmt.Errorf("ready: status %d", answer.StatusCode), err)
	}
	text, err := os.ReadFile(n.Log)
	if err != nil {
		return err
	}
	m := greeting.FindStringSubmatch(string(text))
	if m == nil {
		return errors.New("the greeting does not name the director")
	}
	body := `{"query":"query File($id: ID!) { child(id: $id) { name residenceAddress } }","variables":{"id":"` + m[3] + `"}}`
	n.question = crowdtest.Question{URL: n.url + "/graphql", Body: []byte(body), Header: http.Header{
		"Content-Type": {"application/json"}, "Authorization": {"Bearer " + m[4]}, "Tongxin-Purpose": {m[1]}, "Tongxin-Ticket": {m[2]},
	}}
	return nil
}

// verify runs `tongxin audit verify` with the keys and the kept checkpoint in a
// hub's directory.
func verify(t *testing.T, dir, url string) {
	t.Helper()
	c := command("audit", "verify", "--data-dir="+dir, "--database-url="+url)
	run := exec.CommandContext(t.Context(), c.Path, c.Args...)
	run.Env = append(os.Environ(), c.Env...)
	if out, err := run.CombinedOutput(); err != nil || !strings.Contains(string(out), "the log is sound") {
		t.Errorf("verify: %v\n%.800s", err, out)
	}
}

// checkpoint is the file in which a hub keeps the newest signed checkpoint.
func checkpoint(dir string) string { return filepath.Join(dir, "checkpoint") }
