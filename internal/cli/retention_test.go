package cli_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/keyring"
	"github.com/tongxin-hub/tongxin/internal/pairwise"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
)

// TestRun_retention holds, counts, destroys and releases; the log tells of all and
// stays sound.
func TestRun_retention(t *testing.T) {
	t.Parallel()
	url, pool := pgtest.New(t)
	dir := t.TempDir()
	keys := filepath.Join(dir, "keys")
	writeEntry(t, url, keys)
	for _, sql := range []string{
		`INSERT INTO division (id, code, name, level) VALUES (1, '1', 'd', 'DISTRICT')`,
		`INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'AUDIT', 1)`,
		`INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id) VALUES (1, 'MALE', '2015-01-01', 1, 1)`,
	} {
		if _, err := pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	run := func(in string, arguments ...string) result {
		t.Helper()
		return command{in: in}.run(t, append(arguments, "--database-url="+url, "--data-dir="+dir)...)
	}
	if got := run("", "audit", "destroy", "--dry-run"); got.Code != 1 || !strings.Contains(got.Err, "tongxin migrate") {
		t.Errorf("destroy without classes: %+v", got)
	}
	if got := run("", "migrate", "--by=test"); got.Code != 0 {
		t.Fatalf("migrate: %+v", got)
	}
	for _, arguments := range [][]string{{"audit", "destroy"}, {"audit", "destroy", "--dry-run", "--run"}} {
		if got := run("", arguments...); got.Code != 2 {
			t.Errorf("%v: %+v", arguments, got)
		}
	}
	ring, err := keyring.Open(keys, false)
	if err != nil {
		t.Fatal(err)
	}
	child := pairwise.New(ring.Pairwise()).Encode("A", "Child", 1)
	said := []string{"--ordered-by=区人民检察院", "--reason=配合调查，保全记录"}
	for in, wrong := range map[string][]string{
		"":    {"--agency=none"},
		"x":   {"--child-of=A"},
		child: {"--child-of=B"},
	} {
		if got := run(in, append(append([]string{"audit", "hold", "place"}, said...), wrong...)...); got.Code != 1 {
			t.Errorf("%v: %+v", wrong, got)
		}
	}
	placed := run(child+"\n", append([]string{"audit", "hold", "place", "--child-of=A", "--since=2026-01-01T00:00:00Z"}, said...)...)
	if placed.Code != 0 || !strings.Contains(placed.Out, "hold 1 is placed") {
		t.Fatalf("place: %+v", placed)
	}
	if got := run("", "audit", "hold", "list"); !strings.Contains(got.Out, "one child, from 2026-01-01T00:00:00Z") || strings.Contains(got.Out, child) {
		t.Errorf("list: %+v", got)
	}
	if got := run("", "audit", "hold", "release", "1", "--reason=案件办结"); got.Code != 0 {
		t.Errorf("release: %+v", got)
	}
	if got := run("", "audit", "hold", "release", "1", "--reason=案件办结"); got.Code != 1 {
		t.Errorf("release again: %+v", got)
	}
	if got := run("", "audit", "destroy", "--run"); got.Code != 0 || !strings.Contains(got.Out, "destroyed: 0") || !strings.Contains(got.Out, "个保法56") {
		t.Errorf("destroy: %+v", got)
	}
	if got := run("", "audit", "verify"); got.Code != 0 {
		t.Errorf("verify: %+v", got)
	}
	var operations string
	if err := pool.QueryRow(t.Context(), `SELECT string_agg(operation, ' ' ORDER BY sequence) FROM audit_entry`).Scan(&operations); err != nil || operations != "Class audit.hold audit.release" {
		t.Error(operations, err)
	}
}
