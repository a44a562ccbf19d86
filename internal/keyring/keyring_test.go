package keyring_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"

	"github.com/tongxin-hub/tongxin/internal/keyring"
	"github.com/tongxin-hub/tongxin/internal/keyring/keyringtest"
)

func open(t *testing.T, dir string, create bool) *keyring.Ring {
	t.Helper()
	ring, err := keyring.Open(dir, create)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func TestOpen_readsWhatItWrote(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "keys")
	first, second := open(t, dir, true), open(t, dir, false)
	if diff := cmp.Diff(first.VerifierKey(), second.VerifierKey()); diff != "" {
		t.Errorf("verifier key (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(first.JoinKey("MZ"), second.JoinKey("MZ")); diff != "" {
		t.Errorf("join key (-want +got):\n%s", diff)
	}
	sealed := first.Pairwise().Seal(nil, []byte("42"), []byte("MZ"))
	opened, err := second.Pairwise().Open(nil, sealed, []byte("MZ"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("42", string(opened)); diff != "" {
		t.Errorf("id (-want +got):\n%s", diff)
	}
	if _, err := second.Pairwise().Open(nil, sealed, []byte("JY")); err == nil {
		t.Error("the identifier of one agency opened under another")
	}
}

func TestOpen_refuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		harm   func(dir string) error
		create bool
		want   string
	}{
		{"a missing key", func(dir string) error { return os.Remove(filepath.Join(dir, "join.secret")) }, false, "lacks join.secret"},
		{"to mend a directory that holds keys", func(dir string) error { return os.Remove(filepath.Join(dir, "checkpoint.key")) }, true, "restore it from the backup"},
		{"an absent directory", os.RemoveAll, false, "--create-keys"},
		{"a key that others may read", func(dir string) error { return os.Chmod(filepath.Join(dir, "pairwise.json"), 0o644) }, false, "chmod 600"},
		{"a spoilt key set", func(dir string) error { return os.WriteFile(filepath.Join(dir, "pairwise.json"), []byte("{}"), 0o600) }, false, "pairwise.json"},
		{"a short secret", func(dir string) error { return os.WriteFile(filepath.Join(dir, "join.secret"), []byte("00"), 0o600) }, false, "32 bytes"},
		{"a foreign verifier key", func(dir string) error {
			other, err := keyring.Open(filepath.Join(dir, "other"), true)
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(dir, "checkpoint.pub"), []byte(other.VerifierKey()), 0o600)
		}, false, "does not belong"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "keys")
			open(t, dir, true)
			if err := test.harm(dir); err != nil {
				t.Fatal(err)
			}
			_, err := keyring.Open(dir, test.create)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error = %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestOpen_filesAreOurs(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "keys")
	open(t, dir, true)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		got[entry.Name()] = info.Mode().Perm().String()
	}
	want := map[string]string{
		"pairwise.json": "-rw-------", "join.secret": "-rw-------",
		"checkpoint.key": "-rw-------", "checkpoint.pub": "-rw-------",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestRing_JoinToken(t *testing.T) {
	t.Parallel()
	ring := keyringtest.New(t, "join")
	token := ring.JoinToken("JY", "CITIZEN_ID", "11010120150101123X")
	for _, same := range []string{"11010120150101123x", " 110101 2015 0101 123X ", "１１０１０１２０１５０１０１１２３Ｘ"} {
		if diff := cmp.Diff(token, ring.JoinToken("JY", "CITIZEN_ID", same)); diff != "" {
			t.Errorf("token of %q (-want +got):\n%s", same, diff)
		}
	}
	if diff := cmp.Diff(64, len(token)); diff != "" {
		t.Errorf("length (-want +got):\n%s", diff)
	}
	for name, other := range map[string]string{
		"another agency": ring.JoinToken("WJ", "CITIZEN_ID", "11010120150101123X"),
		"another kind":   ring.JoinToken("JY", "STUDENT_NO", "11010120150101123X"),
		"moved boundary": ring.JoinToken("JY", "CITIZEN_ID1", "1010120150101123X"),
		"another ring":   keyringtest.New(t, "other").JoinToken("JY", "CITIZEN_ID", "11010120150101123X"),
	} {
		if other == token {
			t.Errorf("%s gives the same token", name)
		}
	}
}

func TestRing_Signer(t *testing.T) {
	t.Parallel()
	ring := keyringtest.New(t, "signer")
	signed, err := note.Sign(&note.Note{Text: "tree head\n"}, ring.Signer())
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(ring.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := note.Open(signed, note.VerifierList(verifier)); err != nil {
		t.Errorf("our own signature: %v", err)
	}
	signed[0] ^= 1
	if _, err := note.Open(signed, note.VerifierList(verifier)); err == nil {
		t.Error("a changed note still verifies")
	}
}

func TestGenerate_isStableForASeed(t *testing.T) {
	t.Parallel()
	first, second := keyringtest.New(t, "seed"), keyringtest.New(t, "seed")
	if diff := cmp.Diff(first.VerifierKey(), second.VerifierKey()); diff != "" {
		t.Errorf("verifier key (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(first.JoinToken("a", "b", "c"), second.JoinToken("a", "b", "c")); diff != "" {
		t.Errorf("join token (-want +got):\n%s", diff)
	}
	for _, text := range []string{first.String(), fmt.Sprintf("%v %+v %#v", first, first, first)} {
		if strings.Contains(text, "PRIVATE") || len(text) > 200 {
			t.Errorf("a ring prints as %s", text)
		}
	}
}
