package audit_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tongxin-hub/tongxin/internal/audit"
)

func TestWriter_Checkpoint(t *testing.T) {
	t.Parallel()

	t.Run("an empty log has none", func(t *testing.T) {
		t.Parallel()
		l := newLog(t)
		got, err := l.open(t).Checkpoint(t.Context())
		if d := cmp.Diff(audit.Checkpoint{}, got); d != "" || err != nil {
			t.Error(d, err)
		}
	})

	t.Run("table, file and answer agree", func(t *testing.T) {
		t.Parallel()
		l := newLog(t)
		w := l.open(t)
		l.write(t, w, 3)
		want, err := w.Checkpoint(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		kept, err := os.ReadFile(l.options.CheckpointFile)
		if err != nil {
			t.Fatal(err)
		}
		stored := scalar[string](t, l, `SELECT note FROM audit_checkpoint WHERE size = 3`)
		if d := cmp.Diff(stored, string(kept)); d != "" {
			t.Error(d)
		}
		got, err := audit.OpenCheckpoint(kept, l.key)
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Error(d, err)
		}
		if want.Size != 3 || want.Origin != origin {
			t.Errorf("%+v", want)
		}
	})

	t.Run("a grown tree is signed by itself", func(t *testing.T) {
		t.Parallel()
		l := newLog(t)
		w := l.open(t, func(o *audit.Options) { o.CheckpointEvery = time.Millisecond })
		if _, err := w.Append(t.Context(), entry(0)); err != nil {
			t.Fatal(err)
		}
		l.waitFor(t, `SELECT size::int FROM audit_checkpoint WHERE size = 1`)
	})

	t.Run("two processes sign one log", func(t *testing.T) {
		t.Parallel()
		l := newLog(t)
		first, second := l.open(t), l.open(t)
		l.write(t, first, 2)
		l.write(t, second, 2)
		l.write(t, first, 2)
		l.mustBeSound(t, 6)
		if got := scalar[int](t, l, `SELECT count(*) FROM audit_checkpoint`); got != 3 {
			t.Errorf("want 3 checkpoints, got %d", got)
		}
	})
}

func FuzzParseCheckpoint(f *testing.F) {
	good := audit.Checkpoint{Origin: origin, Size: 12, Root: tlog.RecordHash([]byte("x"))}.Text()
	for _, seed := range []string{
		"", good, good + "extension\n", strings.Replace(good, "12", "012", 1), strings.Replace(good, "12", "-1", 1),
		strings.Replace(good, "\n", "\r\n", 1), good[:len(good)-1], good[:len(good)-5] + "\r" + good[len(good)-5:],
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := audit.ParseCheckpoint(text)
		if err == nil && c.Text() != text {
			t.Errorf("%q reads as %+v", text, c)
		}
	})
}

// TestOpenCheckpoint_everyBit bends every bit of a signed checkpoint.
func TestOpenCheckpoint_everyBit(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	for size := range int64(8) { // signatures with different last bytes
		c := audit.Checkpoint{Origin: origin, Size: size, Root: tlog.RecordHash([]byte{byte(size)})}
		signed, err := note.Sign(&note.Note{Text: c.Text()}, l.options.Signer)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := audit.OpenCheckpoint(signed, l.key); err != nil || got != c {
			t.Fatalf("%+v: %v", got, err)
		}
		for i := range signed {
			for bit := range 8 {
				bent := bytes.Clone(signed)
				bent[i] ^= 1 << bit
				if got, err := audit.OpenCheckpoint(bent, l.key); err == nil {
					t.Errorf("byte %d, bit %d: a bent checkpoint opens as %+v", i, bit, got)
				}
			}
		}
	}
}
