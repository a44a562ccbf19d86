package cli_test

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/cli"
	"github.com/tongxin-hub/tongxin/internal/cosignature"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
)

// write puts text into a file of the test.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestRun_bundle is an outside auditor's work: a bundle, the log's public key, a
// checkpoint that was kept, and no database.
func TestRun_bundle(t *testing.T) {
	t.Parallel()
	url, pool := pgtest.New(t)
	dir := t.TempDir()
	keys := filepath.Join(dir, "keys")
	place := []string{"--database-url=" + url, "--data-dir=" + dir}
	writeEntry(t, url, keys)
	kept := write(t, "kept", signedNote(t, pool, 1))
	entry := writeEntry(t, url, keys)
	writeEntry(t, url, keys)

	export := func(arguments ...string) result {
		return command{}.run(t, append(append([]string{"audit", "export"}, place...), arguments...)...)
	}
	made := export("--entries=1-2")
	if again := export("--entries=1-2"); made.Code != 0 || made != again {
		t.Fatalf("export twice: %+v, then %+v", made, again)
	}
	file := write(t, "bundle", made.Out)
	public := "--public-key=" + filepath.Join(keys, "checkpoint.pub")
	got := command{}.run(t, "audit", "verify", file, public, "--trusted="+kept, "--print")
	if got.Code != 0 || !strings.Contains(got.Out, "the bundle is sound") || !strings.Contains(got.Out, entry) || strings.Contains(got.Out, "S-1") {
		t.Errorf("verify: %+v", got)
	}
	if got := (command{in: made.Out}).run(t, "audit", "verify", "-", public, "--json"); got.Code != 0 || !strings.Contains(got.Out, `"entries": 2`) {
		t.Errorf("verify standard input: %+v", got)
	}
	spoilt := strings.Replace(made.Out, "E\x00", "E\x01", 1)
	if got := (command{in: spoilt}).run(t, "audit", "verify", "-", public); got.Code != 1 || !strings.Contains(got.Out, "BUNDLE_BROKEN 1") {
		t.Errorf("verify of a spoilt bundle: %+v", got)
	}
	whole := export("--entries=0-2", "--with-details")
	if got := (command{in: whole.Out}).run(t, "audit", "verify", "-", public, "--print"); got.Code != 0 || !strings.Contains(got.Out, `"StaffCode":"S-1"`) {
		t.Errorf("with details: %+v", got)
	}
	for _, arguments := range [][]string{
		{}, {"--entries=2-1"}, {"--entries=a"}, {"--entries=0-9"}, {"--from=2020-01-01", "--until=2020-02-01"},
		{"--from=2020-01-01", "--until=2999-01-01"}, {"--from=2020-01-01"}, {"--from=yesterday", "--until=2020-01-01"}, {"--entries=0-2", "--cosigned=1"},
	} {
		if got := export(arguments...); got.Code != 1 || got.Out != "" {
			t.Errorf("export %v: %+v", arguments, got)
		}
	}
	if got := (command{}).run(t, append([]string{"audit", "verify", "--print"}, place...)...); got.Code != 1 || !strings.Contains(got.Err, "go with a bundle") {
		t.Errorf("--print of a database: %+v", got)
	}
}

// TestRun_consistency: the log of a kept checkpoint goes on in the newest.
func TestRun_consistency(t *testing.T) {
	t.Parallel()
	url, pool := pgtest.New(t)
	dir := t.TempDir()
	keys := filepath.Join(dir, "keys")
	for range 3 {
		writeEntry(t, url, keys)
	}
	proof := command{}.run(t, "audit", "consistency", "1", "--database-url="+url, "--data-dir="+dir)
	if proof.Code != 0 {
		t.Fatalf("%+v", proof)
	}
	public := "--public-key=" + filepath.Join(keys, "checkpoint.pub")
	kept, other := write(t, "kept", signedNote(t, pool, 1)), write(t, "other", signedNote(t, pool, 2))
	if got := (command{in: proof.Out}).run(t, "audit", "check", public, "--trusted="+kept); got.Code != 0 || !strings.Contains(got.Out, "the log of 1 goes on in that of 3") {
		t.Errorf("check: %+v", got)
	}
	if got := (command{in: proof.Out}).run(t, "audit", "check", public, "--trusted="+other); got.Code != 1 || !strings.Contains(got.Err, "not about the checkpoint") {
		t.Errorf("check against another checkpoint: %+v", got)
	}
	if got := (command{}).run(t, "audit", "consistency", "9", "--database-url="+url, "--data-dir="+dir); got.Code != 1 || !strings.Contains(got.Err, "of size 3") {
		t.Errorf("a size that was never signed: %+v", got)
	}
}

// signedNote is the signed checkpoint of a size.
func signedNote(t *testing.T, db *pgxpool.Pool, size int64) string {
	t.Helper()
	var text string
	if err := db.QueryRow(t.Context(), `SELECT note FROM audit_checkpoint WHERE size = $1`, size).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

// said is output that a test reads while it is written.
type said chan string

func (s said) Write(p []byte) (int, error) {
	s <- string(p)
	return len(p), nil
}

// TestRun_witness runs the daemon as an agency would: made once, then started
// again where it stands.
func TestRun_witness(t *testing.T) {
	t.Parallel()
	url, pool := pgtest.New(t)
	dir := t.TempDir()
	keys := filepath.Join(dir, "keys")
	writeEntry(t, url, keys)
	own := []string{
		"witness", "--log-key=" + filepath.Join(keys, "checkpoint.pub"), "--listen=127.0.0.1:0",
		"--key-dir=" + filepath.Join(dir, "witness", "keys"), "--state-dir=" + filepath.Join(dir, "witness", "state"),
	}
	if got := (command{}).run(t, own...); got.Code != 1 || !strings.Contains(got.Err, "--create") {
		t.Fatalf("without a key: %+v", got)
	}
	signed := signedNote(t, pool, 1)
	text, _, _ := cosignature.Split(signed)
	for round, arguments := range [][]string{append(own, "--create=witness.example.test"), own} {
		ctx, stop := context.WithCancel(t.Context())
		out, done := make(said, 8), make(chan int, 1)
		go func() {
			done <- cli.Run(ctx, arguments, cli.Environment{In: strings.NewReader(""), Out: out, Err: &bytes.Buffer{}})
		}()
		key, greeting := <-out, <-out
		w, err := cosignature.NewWitness(key)
		if err != nil {
			t.Fatal(err)
		}
		address := strings.TrimSpace(greeting[strings.Index(greeting, "http://"):])
		request := cosignature.Request{Old: int64(round), Checkpoint: []byte(signed)}
		response, err := http.Post(address+"add-checkpoint", "text/plain", bytes.NewReader(request.Bytes())) //nolint:noctx,gosec // loopback
		if err != nil {
			t.Fatal(err)
		}
		var line bytes.Buffer
		_, _ = line.ReadFrom(response.Body)
		_ = response.Body.Close() // read to the end
		if _, err := cosignature.Find(text, line.String(), w.Verifier); err != nil {
			t.Errorf("round %d: %v %s", round, err, line.String())
		}
		public, err := os.ReadFile(filepath.Join(dir, "witness", "keys", "witness.pub"))
		if err != nil || string(public) != key {
			t.Errorf("witness.pub says %q, %v", public, err)
		}
		stop()
		select {
		case code := <-done:
			if code != 0 {
				t.Errorf("round %d: ends with %d", round, code)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("the witness does not stop")
		}
	}
}
