package drill

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/crowdtest"
)

// TestRestored restores two backups, one made under load and one after the hub
// had stopped. Both verify by themselves. On the older one a hub that knows a
// later checkpoint refuses to start, until that is moved away as evidence; on
// the newer one it goes on.
func TestRestored(t *testing.T) {
	t.Parallel()
	n := times(1, 10)
	dir, d := scene(t)
	for range n {
		h := serve(t, dir, d.URL("tongxin"))
		c := crowdtest.Gather(t, h.question)
		c.Hears(t, 3*crowdtest.Size, time.Minute, "answers before the backup")
		older, newer := directory(t), directory(t)
		if err := d.Backup(t.Context(), older); err != nil {
			t.Fatal(err)
		}
		c.Hears(t, 3*crowdtest.Size, time.Minute, "answers after the backup")
		told := c.End()
		if err := h.Stop(); err != nil { // signs a last checkpoint
			t.Fatal(err)
		}
		if err := d.Backup(t.Context(), newer); err != nil {
			t.Fatal(err)
		}
		old := newDatabase(t, older)
		verify(t, withoutCheckpoint(t, dir), old.URL("tongxin"))
		refusesToStart(t, dir, old.URL("tongxin"))
		answersOn(t, withoutCheckpoint(t, dir), old)
		whole := newDatabase(t, newer)
		verify(t, dir, whole.URL("tongxin"))
		db := whole.open(t)
		crowdtest.Kept(t, db, told.Receipts)
		db.Close()
		answersOn(t, withCheckpoint(t, dir), whole)
		if err := errors.Join(old.Stop(), whole.Stop()); err != nil {
			t.Fatal(err)
		}
		if t.Failed() {
			break
		}
	}
	passed(t, n, fmt.Sprintf("%d x restore: every backup verifies, a log shorter than its checkpoint is refused", n))
}

// refusesToStart expects a hub that finds entries missing to end with the reason.
func refusesToStart(t *testing.T, dir, url string) {
	t.Helper()
	p := launch(t, dir, url, "--listen=127.0.0.1:0")
	select {
	case <-p.Done():
	case <-time.After(time.Minute):
		t.Error("a hub runs on a log that is shorter than its last checkpoint")
		return
	}
	text, err := os.ReadFile(p.Log)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "shorter than, or differs from, what was acknowledged") {
		t.Errorf("the hub ended without the reason:\n%.600s", text)
	}
}

// answersOn expects a hub to start on a database and to answer.
func answersOn(t *testing.T, dir string, d *database) {
	t.Helper()
	h := serve(t, dir, d.URL("tongxin"))
	c := crowdtest.Gather(t, h.question)
	c.Hears(t, crowdtest.Size, 10*time.Second, "answers after the restore")
	told := c.End()
	told.RefusedOnlyAs(t)
	db := d.open(t)
	crowdtest.Kept(t, db, told.Receipts)
	db.Close()
	if err := h.Stop(); err != nil {
		t.Fatal(err)
	}
	verify(t, dir, d.URL("tongxin"))
}

// withCheckpoint copies a hub's keys and its kept checkpoint.
func withCheckpoint(t *testing.T, dir string) string {
	t.Helper()
	copied := withoutCheckpoint(t, dir)
	signed, err := os.ReadFile(checkpoint(dir))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(checkpoint(copied), signed, 0o600); err != nil {
		t.Fatal(err)
	}
	return copied
}

// withoutCheckpoint copies a hub's keys alone.
func withoutCheckpoint(t *testing.T, dir string) string {
	t.Helper()
	copied := directory(t)
	keys := filepath.Join(copied, "keys")
	if err := os.CopyFS(keys, os.DirFS(filepath.Join(dir, "keys"))); err != nil {
		t.Fatal(err)
	}
	private := func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			return os.Chmod(path, 0o700)
		default:
			return os.Chmod(path, 0o600)
		}
	}
	if err := filepath.WalkDir(keys, private); err != nil {
		t.Fatal(err)
	}
	return copied
}
