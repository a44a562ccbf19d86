package e2e

import (
	"io/fs"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// routes are all addresses of the hub, with the status for who has no token and,
// for those of the demo alone, what they are there for.
func routes() map[string]int {
	return map[string]int{
		"/graphql": http.StatusUnauthorized, "GET /healthz": 200, "GET /readyz": 200, "GET /schema.graphql": 200, "GET /metrics": 200,
		"GET /log/checkpoint": 200, "GET /log/tile/": http.StatusNotFound, // the log without anything of people
		"/":                  http.StatusNotFound, // the console, where strangers see its sign-in alone: see TestGuard_everyPage
		"POST /transfers":    http.StatusNotFound, // of partner hubs, where there are any: see TestStory_twoHubs
		"GET /explorer.json": 200,                 // the demo's callers, on loopback alone
		"/demo-issuer/":      http.StatusNotFound, // the demo's own issuer of tokens
		"GET /demo-issuer/{agency}/.well-known/openid-configuration": 200, "GET /demo-issuer/{agency}/jwks": 200,
		"POST /demo-issuer/{agency}/token": http.StatusBadRequest, "GET /demo-issuer/{agency}/authorize": http.StatusBadRequest,
	}
}

// TestRoutes_areAllKnown reads from the source which addresses are served: a new
// one is added here with its status for strangers, or the build fails. None but
// the demo's has a part that a client fills in, where an identifier of a child
// could stand and be logged.
func TestRoutes_areAllKnown(t *testing.T) {
	t.Parallel()
	served := regexp.MustCompile(`(?:\.(?:Handle|HandleFunc)\(|http\.Handler\{)"((?:[A-Z]+ )?/[^"]*)"`)
	found := map[string]bool{}
	err := fs.WalkDir(os.DirFS(".."), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || !strings.HasPrefix(path, "internal/") {
			return err
		}
		if strings.HasPrefix(path, "internal/witness/") || // a daemon of its own, see TestWitness_statuses
			strings.HasPrefix(path, "internal/console/") { // pages, see TestGuard_everyPage
			return nil
		}
		text, err := os.ReadFile("../" + path)
		for _, m := range served.FindAllSubmatch(text, -1) {
			found[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(routes())), slices.Sorted(maps.Keys(found))); diff != "" {
		t.Errorf("addresses (-known +served), see routes in e2e/routes_test.go:\n%s", diff)
	}
	h := hubtest.Start(t, hubtest.Options{})
	for pattern, status := range routes() {
		if strings.Contains(pattern, "{") && !strings.Contains(pattern, " /demo-issuer/{agency}/") {
			t.Errorf("%s: a client could write an identifier into the address", pattern)
		}
		method, address, ok := strings.Cut(pattern, " ")
		if !ok {
			method, address = http.MethodPost, pattern
		}
		request, err := http.NewRequestWithContext(t.Context(), method, h.URL+strings.ReplaceAll(address, "{agency}", "MZ"), http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		got, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = got.Body.Close() // nothing of it is wanted
		if got.StatusCode != status {
			t.Errorf("%s: a stranger gets %d, want %d", pattern, got.StatusCode, status)
		}
	}
}
