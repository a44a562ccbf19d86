package e2e

import (
	"encoding/json"
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/internal/proxytest"
)

// readiness is what /readyz says: the checks that failed.
func readiness(t *testing.T, h *hubtest.Hub) (failed map[string]bool) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.URL+"/readyz", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	got, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close() //nolint:errcheck // read to the end
	var report struct{ Checks map[string]string }
	if err := json.NewDecoder(got.Body).Decode(&report); err != nil {
		t.Fatal(err)
	}
	failed = map[string]bool{}
	for _, name := range []string{"database", "audit", "policy", "signing key"} {
		switch report.Checks[name] {
		case "ok":
		case "failed":
			failed[name] = true
		default:
			t.Fatalf("%s: %v", name, report.Checks)
		}
	}
	if (got.StatusCode == http.StatusOK) != (len(failed) == 0) {
		t.Errorf("status %d with %v", got.StatusCode, report.Checks)
	}
	return failed
}

// TestReady_namesWhatIsBroken breaks database, log, policy and signing one after the
// other: each time readiness names it, and is there again by itself when it is mended.
func TestReady_namesWhatIsBroken(t *testing.T) {
	t.Parallel()
	var proxy *proxytest.Proxy
	h := hubtest.Start(t, hubtest.Options{Configure: func(c *config.Config) {
		proxy, c.DatabaseURL = proxytest.Start(t, c.DatabaseURL, proxytest.Options{Application: "tongxin"})
	}})
	c := h.Caller(t, "director")
	rename := func(from, to string) { t.Helper(); change(t, h, "ALTER TABLE "+from+" RENAME TO "+to) }
	for _, part := range []struct {
		check       string
		others      map[string]bool // what breaks with it
		spoil, mend func()
	}{
		{"signing key", nil, func() { rename("audit_checkpoint", "gone") }, func() { rename("gone", "audit_checkpoint") }},
		{"policy", nil, func() { rename("policy_version", "gone") }, func() { rename("gone", "policy_version") }},
		{"audit", map[string]bool{"signing key": true}, func() { rename("audit_head", "gone") }, func() { rename("gone", "audit_head") }},
		{"database", map[string]bool{"audit": true, "policy": true, "signing key": true}, proxy.Freeze, proxy.Thaw},
	} {
		within(t, 20*time.Second, part.check+": ready before", func() bool { return len(readiness(t, h)) == 0 })
		look(t, h, c, c.ChildID, "name") // the log grows: there is something to sign
		part.spoil()
		var named map[string]bool
		within(t, 30*time.Second, part.check+": named", func() bool { named = readiness(t, h); return named[part.check] })
		maps.DeleteFunc(named, func(name string, _ bool) bool { return name == part.check || part.others[name] })
		if len(named) > 0 {
			t.Errorf("%s is broken, and readiness names %v, too", part.check, named)
		}
		part.mend()
		within(t, 20*time.Second, part.check+": ready after", func() bool { return len(readiness(t, h)) == 0 })
	}
	found(t, "after all", h, c, c.ChildID)
}
