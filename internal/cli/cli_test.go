package cli_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/cli"
	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/keyring"
)

// command runs one command line.
type command struct {
	in    string
	start func(context.Context, config.Config) (cli.Hub, error)
}

// result is what came of it.
type result struct {
	Code     int
	Out, Err string
}

func (c command) run(t *testing.T, arguments ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	code := cli.Run(t.Context(), arguments, cli.Environment{
		In: strings.NewReader(c.in), Out: &out, Err: &errs, Start: c.start,
	})
	return result{Code: code, Out: out.String(), Err: errs.String()}
}

var update = flag.Bool("update", false, "rewrite golden files")

func TestRun_helpIsAsReviewed(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	for _, arguments := range [][]string{
		{"--help"},
		{"serve", "--help"},
		{"demo", "--help"},
		{"migrate", "--help"},
		{"audit", "verify", "--help"},
		{"audit", "prove", "--help"},
		{"audit", "consistency", "--help"},
		{"audit", "check", "--help"},
		{"audit", "export", "--help"},
		{"witness", "--help"},
		{"audit", "pack", "--help"},
		{"audit", "destroy", "--help"},
		{"audit", "hold", "place", "--help"},
		{"audit", "hold", "release", "--help"},
		{"audit", "hold", "list", "--help"},
		{"policy", "explain", "--help"},
		{"policy", "table", "--help"},
		{"policy", "test", "--help"},
		{"policy", "diff", "--help"},
		{"policy", "replay", "--help"},
		{"policy", "unused", "--help"},
		{"policy", "publish", "--help"},
		{"jointoken", "--help"},
		{"transferkey", "--help"},
	} {
		got := command{}.run(t, arguments...)
		if diff := cmp.Diff(0, got.Code); diff != "" {
			t.Errorf("%v: exit code (-want +got):\n%s", arguments, diff)
		}
		all.WriteString("$ tongxin " + strings.Join(arguments, " ") + "\n" + got.Out + "\n")
	}
	golden := filepath.Join("testdata", "help.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(all.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), all.String()); diff != "" {
		t.Errorf("help changed; run `make golden` and read the diff (-want +got):\n%s", diff)
	}
}

func TestRun_refusesAWrongCommandLine(t *testing.T) {
	t.Parallel()
	for _, arguments := range [][]string{{"nonsense"}, {}, {"serve", "--listen"}, {"serve", "--profile=odd"}, {"jointoken"}, {"jointoken", "--agency=JY", "11010120150101123X"}} {
		got := command{}.run(t, arguments...)
		if got.Code != 2 || !strings.HasPrefix(got.Err, "tongxin: ") {
			t.Errorf("%v: code %d, said %q", arguments, got.Code, got.Err)
		}
	}
}

func TestRun_version(t *testing.T) {
	t.Parallel()
	got := command{}.run(t, "version")
	if got.Code != 0 || !strings.HasPrefix(got.Out, "tongxin ") {
		t.Errorf("got %+v", got)
	}
}

func TestRun_transferkey(t *testing.T) {
	t.Parallel()
	keys := filepath.Join(t.TempDir(), "keys")
	if _, err := keyring.Open(keys, true); err != nil {
		t.Fatal(err)
	}
	got := command{}.run(t, "transferkey", "--key-dir="+keys)
	if got.Code != 0 || strings.Count(got.Out, `"kid"`) != 2 || strings.Contains(got.Out, `"d":`) {
		t.Errorf("the keys of a partner: %+v", got)
	}
}

func TestRun_jointoken(t *testing.T) {
	t.Parallel()
	keys := filepath.Join(t.TempDir(), "keys")
	if got := (command{in: "1\n"}).run(t, "jointoken", "--agency=JY", "--key-dir="+keys); got.Code != 1 || !strings.Contains(got.Err, "lacks") {
		t.Errorf("without keys: %+v", got)
	}
	ring, err := keyring.Open(keys, true)
	if err != nil {
		t.Fatal(err)
	}
	want := result{Out: ring.JoinToken("JY", "CITIZEN_ID", "1") + "\n" + ring.JoinToken("JY", "CITIZEN_ID", "2") + "\n"}
	got := command{in: "1\n\n 2 \n"}.run(t, "jointoken", "--agency=JY", "--key-dir="+keys)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tokens (-want +got):\n%s", diff)
	}
}

// hub is a hub that ends at once.
type hub struct{ closed *bool }

func (h hub) Run(context.Context) error { return errors.New("ended") }

func (h hub) Close(context.Context) error { *h.closed = true; return nil }

func TestRun_serve(t *testing.T) {
	t.Parallel()
	var started config.Config
	var closed bool
	c := command{start: func(_ context.Context, given config.Config) (cli.Hub, error) {
		started = given
		return hub{&closed}, nil
	}}
	refused := c.run(t, "serve")
	if refused.Code != 1 || !strings.Contains(refused.Err, "no issuer is configured") || started.Listen != "" {
		t.Errorf("what is unsafe must be refused before anything starts: %+v", refused)
	}
	if got := c.run(t, "demo", "--issuers=issuers.json"); got.Code != 1 || !strings.Contains(got.Err, "without --issuers") {
		t.Errorf("a demo beside issuers: %+v", got)
	}
	got := c.run(t, "demo", "--data-dir=/d", "--demo-seed=7")
	if diff := cmp.Diff(result{Code: 1, Err: "tongxin: ended\n"}, got); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	if !closed || !started.Demo.Enabled || !started.CreateKeys || started.Demo.Seed != 7 || started.Keys() != "/d/keys" {
		t.Errorf("closed %v, started with %v", closed, started)
	}
}
