package conformance_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

var update = flag.Bool("update", false, "write what the suite found as the expected findings; read the difference")

// finding is the verdict of one audit of the suite.
type finding struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
}

// audits is the number of audits that the pinned version of the suite has.
const audits = 61

// audit runs the suite and returns what is not in order.
func audit(t *testing.T, hub *hubtest.Hub, named bool) []finding {
	t.Helper()
	about := tell(t, hub, hub.Caller(t, "dps-phone-check"))
	about.Named = named
	var all []finding
	runScript(t, "audit.mjs", about, &all)
	if len(all) != audits {
		t.Errorf("the suite has %d audits, not %d", len(all), audits)
	}
	out := []finding{}
	for _, f := range all {
		if f.Status != "ok" {
			out = append(out, f)
		}
	}
	return out
}

// TestAudit_everything: with GET, anonymous operations and introspection, which
// the suite takes for granted, every audit passes. Callers are known and have a
// purpose all the same.
func TestAudit_everything(t *testing.T) {
	t.Parallel()
	hub := hubtest.Start(t, hubtest.Options{Configure: func(c *config.Config) { c.AllowGET = true }})
	found := audit(t, hub, false)
	if diff := cmp.Diff([]finding{}, found); diff != "" {
		t.Errorf("not in order (-want +got):\n%s", diff)
	}
}

// TestProduction judges a hub as it ships.
func TestProduction(t *testing.T) {
	t.Parallel()
	hub := hubtest.Start(t, hubtest.Options{Strict: true})
	t.Run("audits", func(t *testing.T) { t.Parallel(); testAudits(t, hub) })
	t.Run("clients", func(t *testing.T) { t.Parallel(); testClients(t, hub) })
}

// testAudits pins what the suite says about a hub as it ships: the
// audits that fail are those that send what production refuses, which are GET
// and introspection, and operations without a name.
func testAudits(t *testing.T, hub *hubtest.Hub) {
	t.Helper()
	for file, named := range map[string]bool{"production.json": false, "production-named.json": true} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			found, err := json.MarshalIndent(audit(t, hub, named), "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			pinned(t, filepath.Join("testdata", file), append(found, '\n'))
		})
	}
}

// pinned compares with a committed file.
func pinned(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", file, diff)
	}
}
