package conformance_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/internal/npmtest"
)

// scriptTime bounds one script.
const scriptTime = time.Minute

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
	modules, err := npmtest.Install("node")
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
