package cli_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/policy"
)

func TestRun_migrate(t *testing.T) {
	t.Parallel()
	address, pool := pgtest.New(t)
	rules, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	activations := func() (by []string) {
		const statement = "SELECT coalesce(array_agg(activated_by ORDER BY id), '{}') FROM policy_version WHERE version = $1"
		if err := pool.QueryRow(t.Context(), statement, rules.Version()).Scan(&by); err != nil {
			t.Fatal(err)
		}
		return by
	}
	if got := (command{}).run(t, "migrate", "--database-url="+address, "--keep-policy"); got.Code != 0 {
		t.Fatalf("migrate: %+v", got)
	}
	if diff := cmp.Diff([]string{}, activations()); diff != "" {
		t.Errorf("--keep-policy (-want +got):\n%s", diff)
	}
	for range 2 { // the second time nothing changes
		got := command{}.run(t, "migrate", "--database-url="+address, "--by=S-1")
		if got.Code != 0 || !strings.Contains(got.Out, rules.Version()+" is in force (built in)") {
			t.Fatalf("migrate: %+v", got)
		}
	}
	if diff := cmp.Diff([]string{"S-1"}, activations()); diff != "" {
		t.Errorf("activations (-want +got):\n%s", diff)
	}
}

func TestRun_tellsWhatWentWrong(t *testing.T) {
	t.Parallel()
	address, pool := pgtest.New(t)
	absent, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	absent.Path += "_absent"
	if got := (command{}).run(t, "migrate", "--database-url="+absent.String()); got.Code != 1 || !strings.Contains(got.Err, "does not exist") {
		t.Errorf("an absent database: %+v", got)
	}
	// What the server says of a statement may quote what is stored.
	if _, err := pool.Exec(t.Context(), "ALTER TABLE policy_version RENAME TO canary"); err != nil {
		t.Fatal(err)
	}
	got := command{}.run(t, "migrate", "--database-url="+address)
	if got.Code != 1 || !strings.Contains(got.Err, "SQLSTATE 42P01") || strings.Contains(got.Err, "policy_version") {
		t.Errorf("a statement that fails: %+v", got)
	}
}
