package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/policy"
)

// narrowed is a directory with the built-in policy without one line.
func narrowed(t *testing.T, without string) string {
	t.Helper()
	text, err := policy.Texts()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "lines"), 0o700); err != nil {
		t.Fatal(err)
	}
	found := false
	for name, content := range text {
		var kept []string
		for _, line := range strings.Split(content, "\n") {
			if strings.HasPrefix(line, without) {
				found = true
				continue
			}
			kept = append(kept, line)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.Join(kept, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if !found {
		t.Fatalf("no line begins with %s", without)
	}
	return dir
}

// phone is the line that shows the directors telephone numbers.
const phone = "p, DIR, VISIT, own_village, C.contactPhone, "

func TestRun_policyOfADirectory(t *testing.T) {
	t.Parallel()
	dir := narrowed(t, phone)
	got := command{}.run(t, "policy", "diff", "built-in", dir)
	if got.Code != 0 || !strings.Contains(got.Out, "CLOSES  DIR VISIT C.contactPhone on own_village") || !strings.Contains(got.Out, "\n- "+phone) {
		t.Errorf("diff: %+v", got)
	}
	if got := (command{}).run(t, "policy", "diff", dir, dir); strings.Count(got.Out, "\n") != 1 {
		t.Errorf("nothing differs: %+v", got)
	}
	if got := (command{}).run(t, "policy", "test"); got.Code != 0 || !strings.Contains(got.Out, "worked cases hold") {
		t.Errorf("test of the built-in policy: %+v", got)
	}
	if got := (command{}).run(t, "policy", "test", dir); got.Code != 1 || !strings.Contains(got.Out, "C.contactPhone: want FULL, got WITHHELD") {
		t.Errorf("test of a narrower policy: %+v", got)
	}
	if got := (command{}).run(t, "policy", "test", filepath.Join(dir, "lines")); got.Code != 1 {
		t.Errorf("test of no policy: %+v", got)
	}
}

func TestRun_policyPublishFirst(t *testing.T) {
	t.Parallel()
	address, _ := pgtest.New(t)
	dir := narrowed(t, phone)
	for _, arguments := range [][]string{{"--by=S-1"}, {"--by=S-2"}} {
		got := command{}.run(t, append([]string{"policy", "publish", dir, "--database-url=" + address}, arguments...)...)
		if first := arguments[0] == "--by=S-1"; first != (got.Code == 0) || !first && !strings.Contains(got.Err, "two persons") {
			t.Errorf("%v: %+v", arguments, got)
		}
	}
	if got := (command{}).run(t, "policy", "diff", "in-force", dir, "--database-url="+address); got.Code != 0 || strings.Count(got.Out, "\n") != 1 {
		t.Errorf("in force: %+v", got)
	}
}

// TestRun_policyPublish goes the whole way at the terminal: replay a directory,
// propose it as one person, be refused the approval, approve as another, and look
// back at an entry.
func TestRun_policyPublish(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	address := "--database-url=" + h.DB.Config().ConnString()
	dir := narrowed(t, phone)
	token := func(key string) string {
		c := h.Caller(t, key)
		text, err := h.App.DemoToken(c.AgencyCode, c.StaffCode)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return "--token-file=" + file
	}
	auditor, officer := token("auditor"), token("dpo")
	year := "--since=2025-11-01T00:00:00+08:00"
	got := command{}.run(t, "policy", "replay", dir, address, year, "--until=2026-12-01T00:00:00+08:00")
	if got.Code != 0 || !strings.Contains(got.Out, "CLOSES  DIR   VISIT") || !strings.Contains(got.Out, "Caregiver.phone") {
		t.Errorf("replay: %+v", got)
	}
	got = command{}.run(t, "policy", "unused", "--role=dir", address, year, "--until=2026-12-01T00:00:00+08:00")
	if got.Code != 0 || !strings.Contains(got.Out, "\n- p, DIR, ") || strings.Contains(got.Out, phone) || strings.Contains(got.Out, "EMERGENCY") {
		t.Errorf("unused: %+v", got)
	}
	got = command{}.run(t, "policy", "publish", dir, "--hub="+h.URL, auditor, "--reason=期间无人需要这项权利，收回")
	if got.Code != 0 || !strings.Contains(got.Out, "Proposed sha256:") {
		t.Fatalf("propose: %+v", got)
	}
	version := strings.Fields(got.Out)[1]
	version = strings.TrimSuffix(version, ":")
	if got = (command{}).run(t, "policy", "publish", "--approve="+version, "--hub="+h.URL, auditor); got.Code != 1 {
		t.Errorf("approved by who proposed it: %+v", got)
	}
	got = command{}.run(t, "policy", "publish", "--approve="+version, "--hub="+h.URL, officer, "--reason=同意")
	if got.Code != 0 || !strings.Contains(got.Out, version+" is in force") {
		t.Fatalf("approve: %+v", got)
	}
	if got = (command{}).run(t, "migrate", address); got.Code != 0 || !strings.Contains(got.Out, version+" is in force (approved, kept)") {
		t.Errorf("migrate keeps what was approved: %+v", got)
	}
	var entry string
	const statement = "SELECT entry_id::text FROM audit_entry WHERE operation = 'ChildForVisit' ORDER BY sequence LIMIT 1"
	if err := h.DB.QueryRow(t.Context(), statement).Scan(&entry); err != nil {
		t.Fatal(err)
	}
	got = command{}.run(t, "policy", "explain", "--entry="+entry, address)
	if got.Code != 0 || !strings.Contains(got.Out, "SAME") || strings.Contains(got.Out, "DIFFERS") || !strings.Contains(got.Out, phone) {
		t.Errorf("explain an entry of a former version: %+v", got)
	}
	if got = (command{}).run(t, "migrate", "--activate-built-in", address); got.Code != 0 || !strings.Contains(got.Out, "(built in)") {
		t.Errorf("migrate gives up what was approved: %+v", got)
	}
}
