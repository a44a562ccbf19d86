package cosignature_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/torchwood"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tongxin-hub/tongxin/internal/cosignature"
)

const text = "log.example.test/hub\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"

func at() time.Time { return time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC) }

func cosigner(tb testing.TB, name string) *cosignature.Cosigner {
	tb.Helper()
	secret, err := cosignature.Generate(rand.Reader, name)
	if err != nil {
		tb.Fatal(err)
	}
	c, err := cosignature.NewCosigner(secret, at)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func sign(tb testing.TB, c *cosignature.Cosigner) string {
	tb.Helper()
	line, err := c.Sign(text)
	if err != nil {
		tb.Fatal(err)
	}
	return line
}

// TestCosigner_standard: the standard's own library takes the cosignature, with
// the time of the clock that was given.
func TestCosigner_standard(t *testing.T) {
	t.Parallel()
	for range 40 { // keys have "+" in them now and then
		c := cosigner(t, "witness.example.test")
		v, err := torchwood.NewCosignatureVerifier(c.VerifierKey())
		if err != nil {
			t.Fatal(err)
		}
		n, err := note.Open([]byte(text+"\n"+sign(t, c)), note.VerifierList(v))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := torchwood.CosignatureTimestamp(n.Sigs[0]); err != nil || got != at().Unix() {
			t.Errorf("time %d, %v", got, err)
		}
	}
	c := cosigner(t, "w")
	for _, bad := range []string{"", "a\n1\n", "a\n-1\nAAAA\n", "hello\n"} {
		if line, err := c.Sign(bad); err == nil {
			t.Errorf("%q is cosigned: %s", bad, line)
		}
	}
	if shown := fmt.Sprintf("%v %#v", c, c); strings.Contains(shown, "PRIVATE") || !strings.Contains(shown, "cosigner w") {
		t.Error(shown)
	}
}

// TestFind_everyByte: a cosignature is found only as it was given.
func TestFind_everyByte(t *testing.T) {
	t.Parallel()
	c, other := cosigner(t, "witness.example.test"), cosigner(t, "other.example.test")
	line := sign(t, c)
	got, err := cosignature.Find(text, sign(t, other)+line, c.Verifier())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(cosignature.Cosignature{Line: line, At: at()}, got); diff != "" {
		t.Error(diff)
	}
	if _, err := cosignature.Find(text, sign(t, other), c.Verifier()); err == nil {
		t.Error("found in the line of another")
	}
	for i := range len(text) + len(line) {
		spoilt := []byte(text + line)
		spoilt[i] ^= 1
		if _, err := cosignature.Find(string(spoilt[:len(text)]), string(spoilt[len(text):]), c.Verifier()); err == nil {
			t.Errorf("found with byte %d changed: %q", i, spoilt)
		}
	}
}

func TestNewCosigner_refuses(t *testing.T) {
	t.Parallel()
	secret, err := cosignature.Generate(rand.Reader, "w")
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "PRIVATE+KEY+w", secret[:len(secret)-4], strings.Replace(secret, "+w+", "+v+", 1)} {
		if _, err := cosignature.NewCosigner(bad, at); err == nil || strings.Contains(err.Error(), "PRIVATE") {
			t.Errorf("%v", err)
		}
	}
}

func TestReadQuorum(t *testing.T) {
	t.Parallel()
	a, b := cosigner(t, "a.example.test"), cosigner(t, "b.example.test")
	_, rest, _ := strings.Cut(a.VerifierKey(), "+")
	renamed := "c.example.test+" + rest
	one := func(key string) string { return `{"url":"https://` + "w.example.test" + `/","key":"` + key + `"}` }
	file := func(need int, witnesses ...string) string {
		return fmt.Sprintf(`{"quorum":%d,"witnesses":[%s]}`, need, strings.Join(witnesses, ","))
	}
	for name, c := range map[string]struct {
		text string
		good bool
	}{
		"one of two":        {file(1, one(a.VerifierKey()), one(b.VerifierKey())), true},
		"both":              {file(2, one(a.VerifierKey()), one(b.VerifierKey())), true},
		"three of two":      {file(3, one(a.VerifierKey()), one(b.VerifierKey())), false},
		"none of one":       {file(0, one(a.VerifierKey())), false},
		"nobody":            {file(0), false},
		"one twice":         {file(2, one(a.VerifierKey()), one(a.VerifierKey())), false},
		"two names, a key":  {file(2, one(a.VerifierKey()), one(renamed)), false},
		"no key":            {file(1, one("hello")), false},
		"the key of a log":  {file(1, one(logKey(t))), false},
		"no address":        {file(1, `{"key":"`+a.VerifierKey()+`"}`), false},
		"another scheme":    {file(1, `{"url":"ftp://w.example.test/","key":"`+a.VerifierKey()+`"}`), false},
		"an unknown member": {`{"quorums":1}`, false},
		"no JSON":           {"hello", false},
	} {
		path := filepath.Join(t.TempDir(), "witnesses.json")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		q, err := cosignature.ReadQuorum(path)
		if (err == nil) != c.good {
			t.Errorf("%s: %+v, %v", name, q, err)
		}
	}
	wa, err := cosignature.NewWitness(a.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	q, err := cosignature.NewQuorum(1, []cosignature.Witness{wa})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]cosignature.Met{{Name: "a.example.test", At: at()}}, q.Met(text, sign(t, b)+sign(t, a))); diff != "" {
		t.Error(diff)
	}
}

func logKey(tb testing.TB) string {
	tb.Helper()
	_, public, err := note.GenerateKey(rand.Reader, "log.example.test")
	if err != nil {
		tb.Fatal(err)
	}
	return public
}

// FuzzParseRequest: what is read is what would be written again.
func FuzzParseRequest(f *testing.F) {
	r := cosignature.Request{Old: 5, Proof: []tlog.Hash{{1}, {2}}, Checkpoint: []byte(text + "\n— a AAAA\n")}
	f.Add(r.Bytes())
	f.Add(bytes.Replace(r.Bytes(), []byte("AAA"), []byte("A\rAA"), 1))
	for _, seed := range []string{"", "old 0\n\n", "old 00\n\nx", "old 1\nAAAA\n\n", "old -1\n\n", "\n\n", "old 1\n\n\n\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := cosignature.ParseRequest(body)
		if err == nil && !bytes.Equal(r.Bytes(), body) {
			t.Errorf("%q reads as %+v", body, r)
		}
	})
}

// FuzzFind: whatever a witness answers, nothing is kept but the line that it signed, as
// it signed it.
func FuzzFind(f *testing.F) {
	c := cosigner(f, "witness.example.test")
	line := sign(f, c)
	for _, seed := range []struct {
		before, after string
		at            int
		flip          byte
	}{{"", "", 0, 0}, {"", line, 9, 1}, {"— a AAAA\n", "— b AAAA\n", 0, 0}, {"", "\n", len(line) - 1, 1}, {"\r", "", 40, 32}, {line, "", 0, 0}} {
		f.Add(seed.before, seed.after, seed.at, seed.flip)
	}
	f.Fuzz(func(t *testing.T, before, after string, place int, flip byte) {
		spoilt := []byte(line)
		spoilt[uint(place)%uint(len(line))] ^= flip
		lines := before + string(spoilt) + after
		got, err := cosignature.Find(text, lines, c.Verifier())
		if err == nil && (got.Line != line || !got.At.Equal(at()) || !strings.Contains(lines, line)) {
			t.Errorf("in %q is found %+v", lines, got)
		}
	})
}
