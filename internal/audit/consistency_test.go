package audit_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/fault"
)

func TestProveConsistency(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	w := l.open(t)
	sizes := []int64{1, 2, 5, 8, 21}
	for at := int64(0); len(sizes) > 0 && at < 21; {
		i, _ := slices.BinarySearch(sizes, at+1)
		l.write(t, w, int(sizes[i]-at))
		at = sizes[i]
	}
	for i, from := range sizes {
		for _, to := range sizes[i:] {
			c, err := audit.ProveConsistency(t.Context(), l.pool, from, to)
			if err != nil {
				t.Fatal(err)
			}
			older, newer, err := c.Check(l.key)
			if diff := cmp.Diff([]int64{from, to}, []int64{older.Size, newer.Size}); err != nil || diff != "" {
				t.Errorf("%d to %d: %v %s", from, to, err, diff)
			}
		}
	}
	c, err := audit.ProveConsistency(t.Context(), l.pool, 5, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, newer, err := c.Check(l.key); err != nil || newer.Size != 21 {
		t.Errorf("to the newest: %+v, %v", newer, err)
	}
	for _, size := range []int64{0, 3, 22} {
		if _, err := audit.ProveConsistency(t.Context(), l.pool, size, 21); fault.CodeOf(err) != fault.NotFound && size != 0 {
			t.Errorf("from %d: %v", size, err)
		}
	}
	for name, change := range map[string]func(c *audit.Consistency){
		"another hash":         func(c *audit.Consistency) { c.Hashes[0][3] ^= 1 },
		"a hash less":          func(c *audit.Consistency) { c.Hashes = c.Hashes[1:] },
		"a hash more":          func(c *audit.Consistency) { c.Hashes = append(c.Hashes, tlog.Hash{}) },
		"no hashes":            func(c *audit.Consistency) { c.Hashes = nil },
		"exchanged":            func(c *audit.Consistency) { c.Old, c.New = c.New, c.Old },
		"twice the same":       func(c *audit.Consistency) { c.Old = c.New },
		"an unsigned old note": func(c *audit.Consistency) { c.Old = "a\n1\nAAAA\n" },
		"a changed new note": func(c *audit.Consistency) {
			c.New = c.New[:len(c.New)-9] + string(c.New[len(c.New)-9]^1) + c.New[len(c.New)-8:]
		},
	} {
		spoilt := c
		spoilt.Hashes = slices.Clone(c.Hashes)
		change(&spoilt)
		if _, _, err := spoilt.Check(l.key); err == nil {
			t.Errorf("%s: the proof holds", name)
		}
	}
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	read, err := audit.ParseConsistency(data)
	if diff := cmp.Diff(c, read); err != nil || diff != "" || !audit.IsConsistency(data) || audit.IsConsistency([]byte(`{"leaf":"AA=="}`)) {
		t.Errorf("%v %s", err, diff)
	}
	if kept, err := os.ReadFile(l.options.CheckpointFile); err != nil || string(kept) != c.New {
		t.Errorf("the newest checkpoint is another: %v", err)
	}
}

// FuzzParseConsistency: no input proves anything under a key that signed nothing.
func FuzzParseConsistency(f *testing.F) {
	text := "log.example\\n%d\\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\\n\\n— log.example AAAA\\n"
	f.Add(fmt.Appendf(nil, `{"old":"`+text+`","new":"`+text+`","hashes":[]}`, 1, 2))
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"old":1}`))
	_, public, err := note.GenerateKey(rand.Reader, "log.example")
	if err != nil {
		f.Fatal(err)
	}
	v, err := note.NewVerifier(public)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := audit.ParseConsistency(data)
		if err != nil {
			return
		}
		if _, _, err := c.Check(v); err == nil {
			t.Errorf("%q proves something", data)
		}
		_ = c.String()
	})
}
