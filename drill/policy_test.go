package drill

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/crowdtest"
	"github.com/tongxin-hub/tongxin/policy"
)

// everywhere is how long after an approval another node may answer under the former
// policy.
const everywhere = 5 * time.Second

// TestPolicyChanged has one person propose and another approve, in turns, that
// directors may not read an address and that they may: five seconds later no hub
// answers under the former version, asked however often.
func TestPolicyChanged(t *testing.T) {
	t.Parallel()
	n := times(200, 10_000)
	probes := min(n, 1000)
	dir, d := scene(t)
	hubs := []*node{serve(t, dir, d.URL("tongxin")), serve(t, directory(t), d.URL("tongxin"), "--key-dir="+filepath.Join(dir, "keys"))}
	db := d.open(t)
	wanted := []string{narrower(t), "built-in"}
	asked := 0
	for i := 0; asked < n && !t.Failed(); i++ {
		former := version(t, hubs[0])
		before := crowdtest.Gather(t, hubs[0].question, hubs[1].question)
		before.Hears(t, crowdtest.Size, 20*time.Second, "answers before")
		proposed := publish(t, hubs[i%2], "auditor", wanted[i%2])
		publish(t, hubs[i%2], "dpo", "--approve="+proposed)
		crowdtest.Within(t, everywhere, "no answer under the former policy", func() bool {
			return version(t, hubs[0]) != former && version(t, hubs[1]) != former
		})
		told := before.End() // with what was under way
		told.RefusedOnlyAs(t, "POLICY_UNAVAILABLE")
		after := crowdtest.Gather(t, hubs[0].question, hubs[1].question)
		after.Hears(t, min(probes, n-asked), time.Minute, "answers after")
		told = after.End()
		told.RefusedOnlyAs(t, "POLICY_UNAVAILABLE")
		for _, r := range told.Receipts {
			if narrowed := len(r.Withheld) > 0; r.PolicyVersion != proposed || narrowed != (i%2 == 0) {
				t.Errorf("an answer under %s, %d fields withheld, with %s in force", r.PolicyVersion, len(r.Withheld), proposed)
			}
		}
		crowdtest.Kept(t, db, told.Receipts)
		asked += len(told.Receipts)
	}
	verify(t, dir, d.URL("tongxin"))
	passed(t, asked, fmt.Sprintf("%d answers of two hubs after changes of policy", asked))
}

// version is what a hub answers under now, "" for nothing.
func version(t *testing.T, h *node) string {
	t.Helper()
	if told := crowdtest.Ask(t, h.question); len(told.Receipts) == 1 {
		return told.Receipts[0].PolicyVersion
	}
	return ""
}

// token is a file with the token of one of the demo's people.
func token(t *testing.T, h *node, who string) string {
	t.Helper()
	text, err := os.ReadFile(h.Log)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^` + who + `  .*\n.*\n.*\n  child .*\n  token (\S+)\n`).FindSubmatch(text)
	if m == nil {
		t.Fatalf("the greeting does not name the %s", who)
	}
	file := filepath.Join(t.TempDir(), who)
	if err := os.WriteFile(file, m[1], 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// narrower is a directory with the policy in which directors may not read an address.
func narrower(t *testing.T) string {
	t.Helper()
	tree, err := policy.Texts()
	if err != nil {
		t.Fatal(err)
	}
	const file, line = "lines/DIR.csv", "p, DIR, VISIT, own_village, A.address, FULL, allow, "
	from := strings.Index(tree[file], line)
	if from < 0 {
		t.Fatalf("no line %q", line)
	}
	to := from + strings.Index(tree[file][from:], "\n") + 1
	tree[file] = tree[file][:from] + tree[file][to:]
	dir := t.TempDir()
	for name, text := range tree {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// publish has somebody propose a policy, or approve one, and names its version.
func publish(t *testing.T, h *node, who, what string) string {
	t.Helper()
	c := command("policy", "publish", what, "--hub="+h.url, "--token-file="+token(t, h, who), "--reason=演练：收回或恢复一项权利")
	run := exec.CommandContext(t.Context(), c.Path, c.Args...)
	run.Env = append(os.Environ(), c.Env...)
	out, err := run.CombinedOutput()
	m := regexp.MustCompile(`^(?:Proposed|Policy) (sha256:[0-9a-f]+)`).FindSubmatch(out)
	if err != nil || m == nil {
		t.Fatalf("publish %s: %v\n%s", what, err, out)
	}
	return string(m[1])
}
