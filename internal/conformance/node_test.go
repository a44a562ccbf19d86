package conformance_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// installTime bounds npm, scriptTime one script.
const (
	installTime = 3 * time.Minute
	scriptTime  = time.Minute
)

// told is what a script knows about the hub.
type told struct {
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Query     string            `json:"query,omitempty"`
	Variables map[string]any    `json:"variables,omitempty"`
	// Named gives the operations of the audit suite a name.
	Named bool `json:"named,omitempty"`
}

// tell describes the hub to a script that asks as a caller.
func tell(tb testing.TB, hub *hubtest.Hub, c demo.Caller) told {
	tb.Helper()
	token, err := hub.App.DemoToken(c.AgencyCode, c.StaffCode)
	if err != nil {
		tb.Fatal(err)
	}
	return told{URL: hub.URL + "/graphql", Headers: map[string]string{
		"Authorization": "Bearer " + token, "Tongxin-Purpose": c.Purpose, "Tongxin-Ticket": c.TicketCode,
	}}
}

// runScript runs one of node/*.mjs and reads what it tells into result.
func runScript(tb testing.TB, script string, hub told, result any) {
	tb.Helper()
	modules, err := installed()
	if err != nil {
		tb.Fatalf("the public clients are not installed: %v; `make node` installs Node.js and npm, "+
			"and the first run needs a package registry", err)
	}
	dir := tb.TempDir()
	if err := os.CopyFS(dir, os.DirFS("node")); err != nil {
		tb.Fatal(err)
	}
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		tb.Fatal(err)
	}
	about, err := json.Marshal(hub)
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(tb.Context(), scriptTime)
	defer cancel()
	node := exec.CommandContext(ctx, "node", script)
	node.Dir, node.Env = dir, append(os.Environ(), "HUB="+string(about))
	var out, problems bytes.Buffer
	node.Stdout, node.Stderr = &out, &problems
	if err := node.Run(); err != nil {
		tb.Fatalf("%s: %v\n%s", script, err, problems.String())
	}
	if err := json.Unmarshal(out.Bytes(), result); err != nil {
		tb.Fatalf("%s: %v: %.400s", script, err, out.String())
	}
}

// installed is the directory of the modules that node/package-lock.json pins.
// It is kept beside Go's build cache under the hash of the pins, so that only
// the first run after a change of them waits for npm.
var installed = sync.OnceValues(func() (string, error) {
	pins, err := hashFiles("node/package.json", "node/package-lock.json")
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	final := filepath.Join(cache, "tongxin-conformance", pins)
	if _, err := os.Stat(final); err == nil {
		return filepath.Join(final, "node_modules"), nil
	}
	if err := install(final); err != nil {
		return "", err
	}
	return filepath.Join(final, "node_modules"), nil
})

// install puts the pinned modules into final, which appears whole or not at all.
func install(final string) error {
	if err := os.MkdirAll(filepath.Dir(final), 0o755); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(filepath.Dir(final), "new-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	for _, name := range []string{"package.json", "package-lock.json"} {
		text, err := os.ReadFile(filepath.Join("node", name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), installTime)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	npm.Dir = dir
	if out, err := npm.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w: %s", err, out)
	}
	// Another run may have been faster; what it installed is the same.
	if err := os.Rename(dir, final); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

func hashFiles(names ...string) (string, error) {
	sum := sha256.New()
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return "", err
		}
		sum.Write(text)
	}
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}
