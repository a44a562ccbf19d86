package e2e

import (
	"bytes"
	cmpx "cmp"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/schema"
)

var update = flag.Bool("update", false, "write the answers of the hub as the expected ones; read the difference")

// TestCases runs every case through the production path and through the
// generated executor; both must give the same bytes, and the expected ones.
func TestCases(t *testing.T) {
	t.Parallel()
	hub := hubtest.Start(t, hubtest.Options{})
	reference := hubtest.Start(t, hubtest.Options{Reference: true})
	for _, h := range []*hubtest.Hub{hub, reference} {
		h.Follow(t)
		plantReviews(t, h)
	}
	plantProposals(t, hub)
	plantProposals(t, reference)
	used := map[string]string{}
	for _, dir := range caseDirs(t) {
		if turn(dir) != "" {
			continue
		}
		ownKey(t, hub, dir, used)
		t.Run(strings.TrimPrefix(dir, "cases/"), func(t *testing.T) {
			t.Parallel()
			runCase(t, hub, reference, dir)
		})
	}
}

// ownKey demands that cases which run beside one another share no idempotency key:
// which of two with one key comes first would decide what the other is told. used has
// the case of each person, mutation and key.
func ownKey(t *testing.T, hub *hubtest.Hub, dir string, used map[string]string) {
	t.Helper()
	c, q := read(t, hub, dir)
	input, _ := q.Variables["input"].(map[string]any)
	key, _ := input["key"].(string)
	if key == "" {
		return
	}
	key = c.AgencyCode + "/" + c.StaffCode + " " + filepath.Base(filepath.Dir(dir)) + " " + key
	if other := used[key]; other != "" {
		t.Errorf("%s and %s use one key of one person for one mutation: give one of them another in its variables.json", dir, other)
	}
	used[key] = dir
}

// TestCases_thatChange runs, one after the other and on hubs of their own, the cases
// that change what others read, in the order of their turns. Those with a scene set it
// first, on both hubs. Those that succeed are first asked for a version that nobody has
// read: no change of a record is lost to a second one.
func TestCases_thatChange(t *testing.T) { //nolint:tparallel // its cases come one after the other
	t.Parallel()
	hub := hubtest.Start(t, hubtest.Options{})
	reference := hubtest.Start(t, hubtest.Options{Reference: true})
	plantProposals(t, hub)
	plantProposals(t, reference)
	dirs := slices.DeleteFunc(caseDirs(t), func(dir string) bool { return turn(dir) == "" })
	slices.SortStableFunc(dirs, func(a, b string) int { return cmpx.Compare(turn(a), turn(b)) })
	untried := inputsWithVersion()
	for _, dir := range dirs { //nolint:paralleltest // one after the other
		t.Run(strings.TrimPrefix(dir, "cases/"), func(t *testing.T) {
			if scene, err := os.ReadFile(filepath.Join(dir, "scene.sql")); err == nil {
				change(t, hub, string(scene))
				change(t, reference, string(scene))
			}
			if clash(t, hub, dir) {
				delete(untried, filepath.Base(filepath.Dir(dir)))
			}
			runCase(t, hub, reference, dir)
		})
	}
	if len(untried) > 0 {
		t.Errorf("no case has these refuse a version that was changed meanwhile: %v", slices.Sorted(maps.Keys(untried)))
	}
}

// inputsWithVersion are the mutations that change a record which the caller has read.
func inputsWithVersion() map[string]bool {
	out := map[string]bool{}
	for _, f := range published().Mutation.Fields {
		for _, a := range f.Arguments {
			if d := published().Types[a.Type.Name()]; d.Kind == ast.InputObject && d.Fields.ForName("version") != nil {
				out[f.Name] = true
			}
		}
	}
	return out
}

// clash asks for what a case does, but for a version that nobody has read: refused, both
// versions named. It says whether the case is one that succeeds with the version it has.
func clash(t *testing.T, hub *hubtest.Hub, dir string) bool {
	t.Helper()
	c, q := read(t, hub, dir)
	var input map[string]any
	for _, v := range q.Variables {
		if m, ok := v.(map[string]any); ok && m["version"] != nil {
			input = m
		}
	}
	version, has := input["version"].(float64)
	if !has || !bytes.Contains(file(t, dir, "want.json"), []byte(`"userErrors": []`)) {
		return false
	}
	const further = 4711
	input["version"], input["key"] = version+further, "stale "+filepath.Base(dir)
	before := size(t, hub)
	got := hub.Ask(t, c, q)
	var payload map[string]struct {
		UserErrors []struct{ Message, Code string }
	}
	if err := json.Unmarshal(got.Data, &payload); err != nil {
		t.Errorf("a version that nobody has read: %v %.400s", err, got.Body)
		return true
	}
	for field, p := range payload {
		if len(p.UserErrors) != 1 || p.UserErrors[0].Code != "CONFLICT" ||
			!strings.Contains(p.UserErrors[0].Message, fmt.Sprintf("You have seen version %d, it is version %d now", int(version)+further, int(version))) {
			t.Errorf("%s of a version that nobody has read: %.400s", field, got.Body)
		}
	}
	if n := size(t, hub) - before; n != 1 {
		t.Errorf("%d entries of the refusal", n)
	}
	return true
}

// turn is when a case that changes something has its turn: first those with a scene,
// then by what stands in the file "changes"; "" for a case that changes nothing.
func turn(dir string) string {
	text, err := os.ReadFile(filepath.Join(dir, "changes"))
	if err == nil {
		return "1 " + string(text)
	}
	if _, err := os.Stat(filepath.Join(dir, "scene.sql")); err == nil {
		return "0"
	}
	return ""
}

// runCase asks both hubs and compares.
func runCase(t *testing.T, hub, reference *hubtest.Hub, dir string) {
	t.Helper()
	c, q := read(t, hub, dir)
	got := hub.Ask(t, c, q)
	if _, err := os.Stat(filepath.Join(dir, "reference-cannot")); err == nil {
		compare(t, hub, c, got, filepath.Join(dir, "want.json"))
		return
	}
	if turn(dir) != "" && bytes.Contains(got.Data, []byte(`"userErrors":[]`)) {
		repeated := hub.Ask(t, c, q) // a retry, with the key of the first time
		if diff := cmp.Diff(string(volatile.ReplaceAll(got.Data, nil)), string(volatile.ReplaceAll(repeated.Data, nil))); diff != "" {
			t.Errorf("repeated with its key (-first +again):\n%s", diff)
		}
	}
	again := reference.Ask(t, c, q)
	if diff := cmp.Diff(string(volatile.ReplaceAll(again.Data, nil)), string(volatile.ReplaceAll(got.Data, nil))); diff != "" {
		t.Errorf("the generated executor (-) and the compiled plan (+) answer differently:\n%s\nexecutor: %d %.600s", diff, again.Status, again.Body)
	}
	compare(t, hub, c, got, filepath.Join(dir, "want.json"))
}

// caseDirs are the directories of all cases.
func caseDirs(t *testing.T) []string {
	t.Helper()
	dirs, err := filepath.Glob("cases/*/*/*/request.graphql")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no cases found: %v", err)
	}
	for i, path := range dirs {
		dirs[i] = filepath.Dir(path)
	}
	return dirs
}

// TestRootFields_haveCases demands one allowed and one refused case of every
// root field: an answer with data, and one without.
func TestRootFields_haveCases(t *testing.T) {
	t.Parallel()
	for _, line := range rootFields(t) {
		allowed, refused := 0, 0
		wants, err := filepath.Glob("cases/*/" + line + "/*/want.json")
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range wants {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(text), `"errors"`) || strings.Contains(string(text), `"outcome": "NOT_FOUND"`) || strings.Contains(string(text), `"outcome": "DENIED"`) {
				refused++
			} else {
				allowed++
			}
		}
		if allowed == 0 || refused == 0 {
			t.Errorf("root field %s has %d allowed and %d refused cases: add e2e/cases/<area>/%s/<case>/{request.graphql,caller} and run with -update", line, allowed, refused, line)
		}
	}
}

// rootFields reads the names of all root fields and mutations from the schema.
func rootFields(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, block := range regexp.MustCompile(`(?s)(?:type|extend type) (?:Query|Mutation) \{(.*?)\n\}`).FindAllStringSubmatch(schema.SDL(), -1) {
		for _, field := range regexp.MustCompile(`(?m)^  ([a-z]\w*)[(:]`).FindAllStringSubmatch(block[1], -1) {
			out = append(out, field[1])
		}
	}
	if len(out) < 20 {
		t.Fatalf("only %d root fields found in schema/", len(out))
	}
	return out
}

// read loads a case: caller is a line "key [purpose=…] [ticket=…|-]", the key of
// a ready-made caller or agency/staff of anyone in the register.
func read(t *testing.T, hub *hubtest.Hub, dir string) (demo.Caller, hubtest.Question) {
	t.Helper()
	words := strings.Fields(string(file(t, dir, "caller")))
	var c demo.Caller
	if agency, staff, ok := strings.Cut(words[0], "/"); ok {
		c.AgencyCode, c.StaffCode = agency, staff
	} else {
		c = hub.Caller(t, words[0])
	}
	for _, word := range words[1:] {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "purpose":
			c.Purpose = strings.TrimPrefix(value, "-")
		case "ticket":
			c.TicketCode = strings.TrimPrefix(value, "-")
		default:
			t.Fatalf("caller: unknown word %q", word)
		}
	}
	q := hubtest.Question{Query: string(file(t, dir, "request.graphql"))}
	text, err := os.ReadFile(filepath.Join(dir, "variables.json"))
	if os.IsNotExist(err) {
		return c, q
	}
	text = placeholder.ReplaceAllFunc(text, func(match []byte) []byte {
		parts := placeholder.FindSubmatch(match)
		return []byte(resolve(t, hub, c, string(parts[1]), string(parts[2]), string(parts[3])))
	})
	if err := json.Unmarshal(text, &q.Variables); err != nil {
		t.Fatal(err)
	}
	return c, q
}

// placeholder stands for a pairwise id in variables.json: {{Child 1}}, {{Child
// own}} for the child of the ready-made caller, {{Guardian own}} for the child's
// first guardian, {{Child 1 MZ}} for the id that another agency would use, and
// {{join_CITIZEN_ID 1}} for the join token of a child's number.
var placeholder = regexp.MustCompile(`\{\{(\w+) (\w+)(?: (\w+))?\}\}`)

// resolve gives the pairwise id behind a placeholder.
func resolve(t *testing.T, hub *hubtest.Hub, c demo.Caller, typename, which, agency string) string {
	t.Helper()
	if agency != "" {
		c.AgencyCode = agency
	}
	switch typename {
	case "policy":
		return single[string](t, hub, "SELECT version FROM policy_version ORDER BY activated_at DESC, id DESC LIMIT 1")
	case "entry":
		return single[string](t, hub, "SELECT replace(entry_id::text, '-', '') FROM audit_entry WHERE operation = $1 ORDER BY sequence LIMIT 1", which)
	}
	if which != "own" {
		id, err := strconv.ParseInt(which, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if kind, ok := strings.CutPrefix(typename, "join_"); ok {
			return joinToken(t, hub, c.AgencyCode, kind, id)
		}
		return hub.ID(t, c, typename, id)
	}
	id := c.ChildID
	if typename != "Child" {
		table := strings.ToLower(typename)
		if err := hub.DB.QueryRow(t.Context(), "SELECT min(id) FROM "+table+" WHERE child_id = $1", c.ChildID).Scan(&id); err != nil {
			t.Fatal(err)
		}
	}
	return hub.ID(t, c, typename, id)
}

// joinToken is what an agency computes from a number of the child.
func joinToken(t *testing.T, hub *hubtest.Hub, agency, kind string, child int64) (token string) {
	t.Helper()
	if err := hub.DB.QueryRow(t.Context(), `SELECT encode(j.token, 'hex') FROM join_token j JOIN agency a ON a.id = j.agency_id
WHERE a.code = $1 AND j.kind = $2 AND j.child_id = $3`, agency, kind, child).Scan(&token); err != nil {
		t.Fatal(err)
	}
	return token
}

func file(t *testing.T, dir, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// volatile are the members that differ from run to run.
var volatile = regexp.MustCompile(`"(entry|sequence|at|traceId|policyVersion|activatedBy)":"[^"]*"`)

// identifier may be a pairwise id or cursor; those of this hub are named.
var identifier = regexp.MustCompile(`"([A-Za-z0-9_-]{30,})"`)

// compare holds an answer against the golden file, ids by what they stand for.
func compare(t *testing.T, hub *hubtest.Hub, c demo.Caller, got hubtest.Response, path string) {
	t.Helper()
	body := volatile.ReplaceAll(got.Body, []byte(`"$1":"…"`))
	body = identifier.ReplaceAllFunc(body, func(quoted []byte) []byte {
		typename, id, err := hub.IDs.Decode(c.AgencyCode, strings.Trim(string(quoted), `"`))
		if err != nil {
			return []byte(`"(sealed)"`)
		}
		return []byte(strconv.Quote(typename + " " + strconv.FormatInt(id, 10)))
	})
	var out bytes.Buffer
	out.WriteString(`{"status":` + strconv.Itoa(got.Status) + `,"body":` + string(body) + `}`)
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, out.Bytes(), "", "  "); err != nil {
		t.Fatal(err)
	}
	pretty.WriteByte('\n')
	if *update {
		if err := os.WriteFile(path, pretty.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), pretty.String()); diff != "" {
		t.Errorf("%s (-want +got); refresh with -update and read the difference:\n%s", path, diff)
	}
}
