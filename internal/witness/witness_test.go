package witness_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/torchwood"
	formats "github.com/transparency-dev/formats/note"
	client "github.com/transparency-dev/witness/client/http"
	foreign "github.com/transparency-dev/witness/witness"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tongxin-hub/tongxin/internal/cosignature"
	"github.com/tongxin-hub/tongxin/internal/witness"
)

// bytesOf is a proof as the foreign client takes it.
func bytesOf(proof []tlog.Hash) [][]byte {
	var out [][]byte
	for _, h := range proof {
		out = append(out, h[:])
	}
	return out
}

// TestWitness_foreignClient: a client of the standard that was not written for us
// is served, and two foreign verifiers accept the cosignatures.
func TestWitness_foreignClient(t *testing.T) {
	t.Parallel()
	l := newTree(t, origin)
	l.grow(t, 40, "entry")
	w, own := newPlace(t).open(t, l)
	address, err := url.Parse(serve(t, w))
	if err != nil {
		t.Fatal(err)
	}
	c := client.NewWitness(address, http.DefaultClient)
	wood, err := torchwood.NewCosignatureVerifier(own.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	transparency, err := formats.NewVerifierForCosignatureV1(own.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	before := time.Now().Add(-time.Second)
	old := int64(0)
	for _, size := range []int64{1, 2, 3, 7, 8, 8, 31, 40} {
		signed := l.checkpoint(t, size)
		lines, _, err := c.Update(t.Context(), uint64(old), signed, bytesOf(l.proof(t, old, size)))
		if err != nil {
			t.Fatalf("size %d: %v", size, err)
		}
		for _, v := range []note.Verifier{wood, transparency} {
			n, err := note.Open(append(signed, lines...), note.VerifierList(l.key, v))
			if err != nil || len(n.Sigs) != 2 {
				t.Fatalf("size %d: %v", size, err)
			}
			at, err := formats.CoSigV1Timestamp(n.Sigs[1])
			if err != nil || at.Before(before) || at.After(time.Now()) {
				t.Errorf("cosigned at %v: %v", at, err)
			}
		}
		old = size
	}
	_, known, err := c.Update(t.Context(), 8, l.checkpoint(t, 40), bytesOf(l.proof(t, 8, 40)))
	if !errors.Is(err, foreign.ErrCheckpointStale) || known != 40 {
		t.Errorf("an old size: %d, %v", known, err)
	}
	_, _, err = c.Update(t.Context(), 40, l.rewritten(t, 40).checkpoint(t, 40), nil)
	if !errors.Is(err, foreign.ErrInvalidProof) {
		t.Errorf("another tree of the same size: %v", err)
	}
}

// TestWitness_statuses holds every answer to the standard.
func TestWitness_statuses(t *testing.T) {
	t.Parallel()
	l := newTree(t, origin)
	l.grow(t, 20, "entry")
	w, _ := newPlace(t).open(t, l)
	base := serve(t, w)
	last := base + "/" + sum(origin) + "/checkpoint"
	if status, _ := get(t, last); status != http.StatusNotFound {
		t.Errorf("before the first checkpoint: %d", status)
	}
	send := func(r cosignature.Request) []byte { return r.Bytes() }
	if r, body := post(t, base, send(l.request(t, 0, 10))); r.StatusCode != http.StatusOK {
		t.Fatalf("%s %s", r.Status, body)
	}
	fork := l.rewritten(t, 30)
	stranger := newTree(t, origin)
	stranger.grow(t, 12, "entry")
	elsewhere := newTree(t, "log.example.test/other")
	elsewhere.grow(t, 12, "entry")
	empty, err := note.Sign(&note.Note{Text: origin + "\n0\n" + base64.StdEncoding.EncodeToString(make([]byte, 32)) + "\n"}, l.signer)
	if err != nil {
		t.Fatal(err)
	}
	spoilt := l.request(t, 10, 12)
	spoilt.Checkpoint = []byte(strings.Replace(string(spoilt.Checkpoint), "\n12\n", "\n13\n", 1))
	long := l.request(t, 10, 12)
	for len(long.Proof) < 64 {
		long.Proof = append(long.Proof, tlog.Hash{})
	}
	surplus := l.request(t, 10, 10)
	surplus.Proof = []tlog.Hash{{}}
	missing := l.request(t, 10, 12)
	missing.Proof = nil
	for name, c := range map[string]struct {
		body   []byte
		status int
	}{
		"nothing":                       {nil, 400},
		"no checkpoint":                 {[]byte("old 10\n"), 400},
		"no note":                       {[]byte("old 10\n\nhello\n"), 400},
		"a padded number":               {[]byte(strings.Replace(string(send(l.request(t, 10, 12))), "old 10", "old 010", 1)), 400},
		"a negative number":             {[]byte(strings.Replace(string(send(l.request(t, 10, 12))), "old 10", "old -1", 1)), 400},
		"64 hashes":                     {send(long), 400},
		"too long":                      {append(send(l.request(t, 10, 12)), make([]byte, cosignature.MaxRequest)...), 400},
		"an old size beyond":            {send(cosignature.Request{Old: 13, Checkpoint: l.checkpoint(t, 12)}), 400},
		"another log":                   {send(elsewhere.request(t, 10, 12)), 404},
		"another key":                   {send(stranger.request(t, 10, 12)), 403},
		"a changed note":                {send(spoilt), 403},
		"a size that it is not at":      {send(l.request(t, 5, 12)), 409},
		"from the beginning":            {send(l.request(t, 0, 12)), 409},
		"rewritten, larger":             {send(fork.request(t, 10, 30)), 422},
		"rewritten, of the same size":   {send(fork.request(t, 10, 10)), 422},
		"rewritten, smaller":            {send(fork.request(t, 0, 5)), 409},
		"a proof without need":          {send(surplus), 422},
		"no proof":                      {send(missing), 422},
		"an empty tree of another hash": {send(cosignature.Request{Checkpoint: empty}), 409},
	} {
		r, body := post(t, base, c.body)
		if r.StatusCode != c.status {
			t.Errorf("%s: want %d, got %s %s", name, c.status, r.Status, body)
		}
		if c.status == 409 && (body != "10\n" || r.Header.Get("Content-Type") != "text/x.tlog.size") {
			t.Errorf("%s: %q as %s", name, body, r.Header.Get("Content-Type"))
		}
		if strings.HasPrefix(body, "— ") {
			t.Errorf("%s: a cosignature came all the same", name)
		}
	}
	status, signed := get(t, last)
	tree, err := torchwood.ParseCheckpoint(strings.SplitAfterN(signed, "\n\n", 2)[0][:strings.Index(signed, "\n\n")+1])
	if status != 200 || err != nil || tree.N != 10 {
		t.Errorf("nothing may have moved the witness: %d %+v %v", status, tree, err)
	}
	if r, body := post(t, base, send(l.request(t, 10, 20))); r.StatusCode != http.StatusOK {
		t.Errorf("the true log afterwards: %s %s", r.Status, body)
	}
}

// TestWitness_emptyTree: only the true root of no entries is cosigned.
func TestWitness_emptyTree(t *testing.T) {
	t.Parallel()
	l := newTree(t, origin)
	w, _ := newPlace(t).open(t, l)
	for want, root := range map[bool][32]byte{true: sha256.Sum256(nil), false: {}} {
		signed, err := note.Sign(&note.Note{Text: origin + "\n0\n" + base64.StdEncoding.EncodeToString(root[:]) + "\n"}, l.signer)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Add(cosignature.Request{Checkpoint: signed}); (err == nil) != want {
			t.Errorf("root %x: %v", root, err)
		}
	}
}

// TestWitness_atOnce: whatever comes in whatever order, no cosignature is ever
// newer than the state, and no two are of trees that exclude each other.
func TestWitness_atOnce(t *testing.T) {
	t.Parallel()
	l := newTree(t, origin)
	l.grow(t, 60, "entry")
	p := newPlace(t)
	w, own := p.open(t, l)
	fork := l.rewritten(t, 60)
	var wg sync.WaitGroup
	for _, side := range []*tree{l, fork} {
		for range 4 {
			wg.Go(func() {
				for size := int64(1); size <= 60; size++ {
					_, at := w.Last()
					if at > size {
						continue
					}
					line, err := w.Add(side.request(t, at, size))
					if err != nil {
						continue
					}
					_, now := w.Last()
					text := strings.SplitAfter(string(side.checkpoint(t, size)), "\n")
					if _, err := cosignature.Find(strings.Join(text[:3], ""), line, own.Verifier()); err != nil || now < size {
						t.Errorf("size %d cosigned, state at %d: %v", size, now, err)
					}
				}
			})
		}
	}
	wg.Wait()
	signed, size := w.Last()
	winner, loser := l, fork
	if strings.HasPrefix(string(fork.checkpoint(t, size)), signed[:strings.Index(signed, "\n\n")]) {
		winner, loser = fork, l
	}
	if size != 60 || !strings.HasPrefix(string(winner.checkpoint(t, size)), signed[:strings.Index(signed, "\n\n")]) {
		t.Errorf("ends at %d with %s", size, signed)
	}
	if _, err := w.Add(loser.request(t, 60, 60)); err == nil {
		t.Error("both histories are cosigned")
	}
}

// TestOpen_goesOn: what was cosigned is known after a restart, and a witness that
// forgot, or whose memory was changed, does not start.
func TestOpen_goesOn(t *testing.T) {
	t.Parallel()
	l := newTree(t, origin)
	l.grow(t, 9, "entry")
	p := newPlace(t)
	w, own := p.open(t, l)
	if _, err := w.Add(l.request(t, 0, 5)); err != nil {
		t.Fatal(err)
	}
	if _, err := witness.Open(p.state, origin, l.key, own); err == nil || !strings.Contains(err.Error(), "another witness") {
		t.Errorf("two witnesses on one state: %v", err)
	}
	signed, _ := w.Last()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := witness.Open(p.state, origin, l.key, own)
	if err != nil {
		t.Fatal(err)
	}
	if got, size := again.Last(); got != signed || size != 5 {
		t.Errorf("after the restart: %d %q", size, got)
	}
	if _, err := again.Add(l.rewritten(t, 9).request(t, 5, 9)); err == nil {
		t.Error("another history is cosigned after a restart")
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(p.state, "checkpoint")
	end := strings.LastIndex(signed, "=") // every byte of the text and of its own line counts
	for i := range end {
		if strings.Contains(signed[:i], "\n\n") && !strings.Contains(signed[:i], "\n— witness") {
			continue // the line of the log, which is kept for others to read
		}
		spoilt := []byte(signed)
		spoilt[i] ^= 1
		if err := os.WriteFile(path, spoilt, 0o600); err != nil {
			t.Fatal(err)
		}
		if w, err := witness.Open(p.state, origin, l.key, own); err == nil {
			t.Errorf("byte %d changed: opens with %q", i, spoilt)
			_ = w.Close()
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := witness.Open(p.state, origin, l.key, own); err == nil || !strings.Contains(err.Error(), "no longer knows") {
		t.Errorf("without its state: %v", err)
	}
	if err := witness.CreateKey(strings.NewReader(strings.Repeat("x", 64)), p.keys, "again"); err == nil {
		t.Error("the key was replaced")
	}
}

// TestWitness_diskFull: what cannot be kept is not cosigned.
func TestWitness_diskFull(t *testing.T) {
	t.Parallel()
	l := newTree(t, origin)
	l.grow(t, 9, "entry")
	p := newPlace(t)
	w, _ := p.open(t, l)
	base := serve(t, w)
	if err := os.RemoveAll(p.state); err != nil {
		t.Fatal(err)
	}
	request := l.request(t, 0, 5)
	r, body := post(t, base, request.Bytes())
	if r.StatusCode != http.StatusInternalServerError || strings.Contains(body, "—") || strings.Contains(body, p.state) {
		t.Errorf("%s %q", r.Status, body)
	}
	if _, size := w.Last(); size != 0 {
		t.Errorf("the witness believes in size %d", size)
	}
}

func TestOpenKey_refuses(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	if err := os.Chmod(filepath.Join(p.keys, "witness.key"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := witness.OpenKey(p.keys, time.Now); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key that others may read: %v", err)
	}
	if _, err := witness.OpenKey(t.TempDir(), time.Now); err == nil || !strings.Contains(err.Error(), "--create") {
		t.Errorf("no key: %v", err)
	}
}

func sum(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:])
}

func get(t *testing.T, address string) (int, string) {
	t.Helper()
	response, err := http.Get(address) //nolint:noctx,gosec // loopback
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // read to the end
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}
