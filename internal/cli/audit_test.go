package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/keyring"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
)

// writeEntry leaves one signed entry in the log and returns its id.
func writeEntry(t *testing.T, url, keys string) string {
	t.Helper()
	ring, err := keyring.Open(keys, true)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(ring.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	writer, err := audit.Open(t.Context(), url, audit.Options{Origin: ring.Signer().Name(), Signer: ring.Signer(), Verifier: verifier})
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := writer.Append(t.Context(), audit.Entry{
		At: time.Now(), StaffCode: "S-1", Role: "HT", Purpose: "CLASS_CARE", Operation: "Class",
		Outcome: audit.Denied, Reason: "TEST",
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return receipt.EntryID
}

func TestRun_audit(t *testing.T) {
	t.Parallel()
	url, pool := pgtest.New(t)
	dir := t.TempDir()
	keys := filepath.Join(dir, "keys")
	entry := writeEntry(t, url, keys)
	place := []string{"--database-url=" + url, "--data-dir=" + dir}

	if got := (command{}).run(t, append(place, "audit", "verify")...); got.Code == 0 {
		t.Errorf("flags belong to their command: %+v", got)
	}
	sound := command{}.run(t, append([]string{"audit", "verify"}, place...)...)
	if sound.Code != 0 || !strings.Contains(sound.Out, "the log is sound") {
		t.Fatalf("verify of a sound log: %+v", sound)
	}
	proof := command{}.run(t, append([]string{"audit", "prove", entry}, place...)...)
	if proof.Code != 0 {
		t.Fatalf("prove: %+v", proof)
	}
	public := "--public-key=" + filepath.Join(keys, "checkpoint.pub")
	if got := (command{in: proof.Out}).run(t, "audit", "check", public); got.Code != 0 || !strings.Contains(got.Out, "the proof holds") {
		t.Errorf("check: %+v", got)
	}
	forged := strings.Replace(proof.Out, entry, strings.Repeat("0", len(entry)), 1)
	if got := (command{in: forged}).run(t, "audit", "check", public); got.Code != 1 {
		t.Errorf("check of a forged proof: %+v", got)
	}

	// The log refuses changes; whoever owns the server can still make them.
	const tamper = "SET session_replication_role = replica; UPDATE audit_entry SET at = at + interval '1 hour'"
	if _, err := pool.Exec(t.Context(), tamper); err != nil {
		t.Fatal(err)
	}
	spoilt := command{}.run(t, append([]string{"audit", "verify", "--json"}, place...)...)
	if spoilt.Code != 1 || !strings.Contains(spoilt.Out, `"problem"`) {
		t.Errorf("verify of a spoilt log: %+v", spoilt)
	}
}

func TestRun_auditNeedsAPublicKey(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty.pub")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{empty, filepath.Join(t.TempDir(), "absent")} {
		if got := (command{}).run(t, "audit", "check", "--public-key="+path); got.Code != 1 || !strings.Contains(got.Err, "public key") {
			t.Errorf("%s: %+v", path, got)
		}
	}
}
