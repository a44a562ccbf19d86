package witness_test

import (
	"bytes"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/cosignature"
	"github.com/tongxin-hub/tongxin/internal/witness"
)

const origin = "log.example.test/hub"

// tree is a log that a test grows, and rewrites when it likes.
type tree struct {
	hashes []tlog.Hash
	size   int64
	signer note.Signer
	key    note.Verifier
}

func newTree(t testing.TB, name string) *tree {
	t.Helper()
	secret, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	key, err := note.NewVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	return &tree{signer: signer, key: key}
}

// ReadHashes implements tlog.HashReader.
func (l *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		out[i] = l.hashes[index]
	}
	return out, nil
}

// grow adds n leaves that begin with a prefix.
func (l *tree) grow(t testing.TB, n int, prefix string) {
	t.Helper()
	for range n {
		hashes, err := tlog.StoredHashes(l.size, append([]byte(prefix), byte(l.size)), l)
		if err != nil {
			t.Fatal(err)
		}
		l.hashes = append(l.hashes, hashes...)
		l.size++
	}
}

// rewritten is another history of the same log, signed with the same key.
func (l *tree) rewritten(t testing.TB, n int) *tree {
	t.Helper()
	other := &tree{signer: l.signer, key: l.key}
	other.grow(t, n, "rewritten")
	return other
}

// checkpoint signs the tree of a size.
func (l *tree) checkpoint(t testing.TB, size int64) []byte {
	t.Helper()
	root, err := tlog.TreeHash(size, l)
	if err != nil {
		t.Fatal(err)
	}
	text := audit.Checkpoint{Origin: l.signer.Name(), Size: size, Root: root}.Text()
	signed, err := note.Sign(&note.Note{Text: text}, l.signer)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// proof leads from one size to another.
func (l *tree) proof(t testing.TB, old, size int64) []tlog.Hash {
	t.Helper()
	if old == 0 || old == size {
		return nil
	}
	proof, err := tlog.ProveTree(size, old, l)
	if err != nil {
		t.Fatal(err)
	}
	return proof
}

// request is what a hub would send.
func (l *tree) request(t testing.TB, old, size int64) cosignature.Request {
	t.Helper()
	return cosignature.Request{Old: old, Proof: l.proof(t, old, size), Checkpoint: l.checkpoint(t, size)}
}

// place is where a witness lives.
type place struct{ keys, state string }

// newPlace makes key and state of a new witness.
func newPlace(t testing.TB) place {
	t.Helper()
	p := place{filepath.Join(t.TempDir(), "keys"), filepath.Join(t.TempDir(), "state")}
	if err := witness.CreateKey(rand.Reader, p.keys, "witness.example.test"); err != nil {
		t.Fatal(err)
	}
	if err := witness.CreateState(p.state); err != nil {
		t.Fatal(err)
	}
	return p
}

// open starts the witness of a place.
func (p place) open(t testing.TB, l *tree) (*witness.Witness, *cosignature.Cosigner) {
	t.Helper()
	own, err := witness.OpenKey(p.keys, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	w, err := witness.Open(p.state, l.key.Name(), l.key, own)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w, own
}

// serve puts the witness on the network.
func serve(t testing.TB, w *witness.Witness) string {
	t.Helper()
	server := httptest.NewServer(w.Handler(slog.New(slog.DiscardHandler)))
	t.Cleanup(server.Close)
	return server.URL
}

// post sends a body to add-checkpoint.
func post(t testing.TB, url string, body []byte) (*http.Response, string) {
	t.Helper()
	response, err := http.Post(url+"/add-checkpoint", "text/plain", bytes.NewReader(body)) //nolint:noctx,gosec // loopback
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // read to the end
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(text)
}
