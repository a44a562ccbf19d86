package witness_test

import (
	"bytes"
	"context"
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

func newTree(tb testing.TB, name string) *tree {
	tb.Helper()
	secret, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		tb.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		tb.Fatal(err)
	}
	key, err := note.NewVerifier(public)
	if err != nil {
		tb.Fatal(err)
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
func (l *tree) grow(tb testing.TB, n int, prefix string) {
	tb.Helper()
	for range n {
		hashes, err := tlog.StoredHashes(l.size, append([]byte(prefix), byte(l.size)), l)
		if err != nil {
			tb.Fatal(err)
		}
		l.hashes = append(l.hashes, hashes...)
		l.size++
	}
}

// rewritten is another history of the same log, signed with the same key.
func (l *tree) rewritten(tb testing.TB, n int) *tree {
	tb.Helper()
	other := &tree{signer: l.signer, key: l.key}
	other.grow(tb, n, "rewritten")
	return other
}

// checkpoint signs the tree of a size.
func (l *tree) checkpoint(tb testing.TB, size int64) []byte {
	tb.Helper()
	root, err := tlog.TreeHash(size, l)
	if err != nil {
		tb.Fatal(err)
	}
	text := audit.Checkpoint{Origin: l.signer.Name(), Size: size, Root: root}.Text()
	signed, err := note.Sign(&note.Note{Text: text}, l.signer)
	if err != nil {
		tb.Fatal(err)
	}
	return signed
}

// proof leads from one size to another.
func (l *tree) proof(tb testing.TB, old, size int64) []tlog.Hash {
	tb.Helper()
	if old == 0 || old == size {
		return nil
	}
	proof, err := tlog.ProveTree(size, old, l)
	if err != nil {
		tb.Fatal(err)
	}
	return proof
}

// request is what a hub would send.
func (l *tree) request(tb testing.TB, old, size int64) cosignature.Request {
	tb.Helper()
	return cosignature.Request{Old: old, Proof: l.proof(tb, old, size), Checkpoint: l.checkpoint(tb, size)}
}

// place is where a witness lives.
type place struct{ keys, state string }

// newPlace makes key and state of a new witness.
func newPlace(tb testing.TB) place {
	tb.Helper()
	p := place{filepath.Join(tb.TempDir(), "keys"), filepath.Join(tb.TempDir(), "state")}
	if err := witness.CreateKey(rand.Reader, p.keys, "witness.example.test"); err != nil {
		tb.Fatal(err)
	}
	if err := witness.CreateState(p.state); err != nil {
		tb.Fatal(err)
	}
	return p
}

// open starts the witness of a place.
func (p place) open(tb testing.TB, l *tree) (*witness.Witness, *cosignature.Cosigner) {
	tb.Helper()
	own, err := witness.OpenKey(p.keys, time.Now)
	if err != nil {
		tb.Fatal(err)
	}
	w, err := witness.Open(p.state, l.key.Name(), l.key, own)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = w.Close() })
	return w, own
}

// serve puts the witness on the network.
func serve(tb testing.TB, w *witness.Witness) string {
	tb.Helper()
	server := httptest.NewServer(w.Handler(slog.New(slog.DiscardHandler)))
	tb.Cleanup(server.Close)
	return server.URL
}

// answer is what a witness says.
type answer struct {
	status      int
	media, body string
}

// send sends a body to add-checkpoint. What arrived before an error is returned too.
func send(ctx context.Context, url string, body []byte) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/add-checkpoint", bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close() //nolint:errcheck // read to the end
	text, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header.Get("Content-Type"), string(text)}, err
}

// post is send where nothing may go wrong on the way.
func post(tb testing.TB, url string, body []byte) answer {
	tb.Helper()
	got, err := send(tb.Context(), url, body)
	if err != nil {
		tb.Fatal(err)
	}
	return got
}
