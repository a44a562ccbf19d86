package drill

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/internal/keyring"
)

// template is a filled district on a server that has stopped, made once and
// copied for every drill; TestMain removes it.
var template struct {
	sync.Once
	dir string
}

// scene is a hub's directory and a running server with a filled district.
func scene(t *testing.T) (dir string, d *database) {
	t.Helper()
	template.Do(func() { fill(t) })
	dir, server := directory(t), directory(t)
	for from, to := range map[string]string{"hub": dir, "server": server} {
		// -a keeps the owner, which is the server's account.
		if out, err := exec.CommandContext(t.Context(), "cp", "-a", filepath.Join(template.dir, from)+"/.", to).CombinedOutput(); err != nil {
			t.Fatalf("copy the district: %v\n%s", err, out)
		}
	}
	return dir, newDatabase(t, server)
}

// fill makes the template: today's district with a short access log.
func fill(t *testing.T) {
	t.Helper()
	var err error
	if template.dir, err = os.MkdirTemp("", "tongxin-drill-"); err != nil { //nolint:usetesting // outlives this test
		t.Fatal(err)
	}
	hub, server := filepath.Join(template.dir, "hub"), filepath.Join(template.dir, "server")
	for _, dir := range []string{template.dir, hub, server} {
		if err := os.MkdirAll(dir, 0o711); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, 0o711); err != nil {
			t.Fatal(err)
		}
	}
	ring, err := keyring.Open(filepath.Join(hub, "keys"), true)
	if err != nil {
		t.Fatal(err)
	}
	d := newDatabase(t, server)
	o := demo.Options{Scale: demo.Small, Seed: 1, Today: time.Now(), LogEntries: 100}
	if err := hubtest.Fill(t.Context(), d.URL("tongxin"), ring, o); err != nil {
		t.Fatal(err)
	}
	if err := d.Stop(); err != nil {
		t.Fatal(err)
	}
}
