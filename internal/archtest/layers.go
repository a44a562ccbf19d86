package archtest

import (
	"fmt"
	"slices"
	"strings"
)

// A layer is a floor of the house: imports go to the same floor or a lower one.
type layer int

const (
	foundation  layer = iota + 1 // identity, fault, telemetry …
	enforcement                  // disclosure, policy, audit, postgres …
	area                         // child, visit, health …: whatever is not listed
	surface                      // server, resolvers, console, demo
	application                  // app
	command                      // cli, cmd
)

// layerOf places a directory of the tree. What is not named here is an area, so
// that a new package of internal/ is held to the strictest rules.
func layerOf(dir string) layer {
	floors := map[layer][]string{
		foundation: {
			"internal/fault", "internal/telemetry", "internal/identity", "internal/config", "internal/archtest", "internal/aftertest", "internal/golden", "internal/weighted", "internal/siv", "internal/footprint", "internal/flow", "internal/plaintext", "internal/chinatime", "internal/periodic",
			"internal/cosignature", "internal/packet",
		},
		enforcement: {
			"policy", "schema", "internal/disclosure", "internal/audit", "internal/postgres", "internal/pglocal",
			"internal/pgtest", "internal/keyring", "internal/record", "internal/pairwise", "internal/policyversion", "internal/limit", "internal/wall", "internal/follower", "internal/jobs",
			"internal/bundle", "internal/quorum", "internal/usage", "internal/replay", "internal/minimisation",
		},
		surface:     {"graph", "resolvers", "internal/hub", "internal/server", "internal/tile", "internal/witness", "internal/courier", "internal/console", "internal/demo"},
		application: {"internal/app", "internal/hubtest", "internal/crowdtest", "internal/proxytest", "internal/npmtest", "internal/conformance", "internal/onesource", "e2e", "drill", "bench"},
		command:     {"internal/cli", "cmd"},
	}
	for floor, dirs := range floors {
		if slices.ContainsFunc(dirs, func(base string) bool { return within(dir, base) }) {
			return floor
		}
	}
	return area
}

// testOnly packages serve tests and may be imported by tests alone.
func testOnly(dir string) bool {
	base := dir[strings.LastIndex(dir, "/")+1:]
	return strings.HasSuffix(base, "test")
}

// ours is the directory of an import of our own module.
func ours(imported string) (string, bool) {
	return strings.CutPrefix(imported, module+"/")
}

// importsPointDown is style card 3: lower floors know nothing of higher ones.
func importsPointDown(t *Tree) []Finding {
	var findings []Finding
	for _, s := range t.Sources {
		if s.Test || s.Generated || testOnly(s.Dir) {
			continue
		}
		for _, imported := range s.Imports() {
			dir, own := ours(imported)
			if !own {
				continue
			}
			if testOnly(dir) {
				findings = append(findings, Finding{"test-only", s.Path, fmt.Sprintf(
					"%s imports %s, which is for tests; move what it needs into a package of its own", s.Path, dir)})
			}
			if layerOf(dir) > layerOf(s.Dir) {
				findings = append(findings, Finding{"direction", s.Path, fmt.Sprintf(
					"%s imports %s, which lies above it; pass what it needs in as an argument or a small interface declared here", s.Path, dir)})
			}
		}
	}
	return findings
}

// areasAreDeaf keeps transport out of the areas.
func areasAreDeaf(t *Tree) []Finding {
	forbidden := []string{module + "/graph", module + "/resolvers", "net/http", "github.com/99designs/gqlgen"}
	var findings []Finding
	for _, s := range t.Sources {
		if layerOf(s.Dir) != area || s.Test {
			continue
		}
		for _, imported := range s.Imports() {
			if slices.ContainsFunc(forbidden, func(base string) bool { return within(imported, base) }) {
				findings = append(findings, Finding{"transport", s.Path, fmt.Sprintf(
					"%s imports %s, but an area knows nothing of transport; return plain types and let resolvers/ turn them into answers", s.Path, imported)})
			}
		}
	}
	return findings
}

// judgesStandAlone: policy and fault import nothing of ours.
func judgesStandAlone(t *Tree) []Finding {
	var findings []Finding
	for _, base := range []string{"policy", "internal/fault"} {
		for _, s := range t.Sources {
			if s.Test || !within(s.Dir, base) {
				continue
			}
			for _, imported := range s.Imports() {
				if dir, own := ours(imported); own && !within(dir, base) {
					findings = append(findings, Finding{"alone", s.Path, fmt.Sprintf(
						"%s imports %s, but %s must be readable by itself; take the value as an argument of a plain type", s.Path, dir, base)})
				}
			}
		}
	}
	return findings
}

// storesSpeakSQL: the driver is imported by store.go and the database packages.
func storesSpeakSQL(t *Tree) []Finding {
	// app holds the pool that it hands out, and no statement.
	speakers := []string{"internal/app", "internal/postgres", "internal/pglocal", "internal/pgtest", "internal/audit", "internal/demo", "internal/jobs", "internal/hubtest", "internal/wall", "internal/crowdtest", "internal/proxytest", "bench"}
	var findings []Finding
	for _, s := range t.Sources {
		if s.Test || strings.HasSuffix(s.Path, "/store.go") ||
			slices.ContainsFunc(speakers, func(base string) bool { return within(s.Dir, base) }) {
			continue
		}
		for _, imported := range s.Imports() {
			if within(imported, "github.com/jackc/pgx/v5") || imported == "database/sql" {
				findings = append(findings, Finding{"sql", s.Path, fmt.Sprintf(
					"%s imports %s; move its SQL into %s/store.go, the one place where a reviewer looks for it", s.Path, imported, s.Dir)})
			}
		}
	}
	return findings
}
