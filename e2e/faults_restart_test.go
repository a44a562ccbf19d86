package e2e

import (
	"os"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/crowdtest"
	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/internal/keyring/keyringtest"
	"github.com/tongxin-hub/tongxin/internal/pglocal"
)

// TestFaults_databaseRestarted stops the database under load and starts it
// again: refusals in time meanwhile, answers soon after, nothing lost.
func TestFaults_databaseRestarted(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	h, _ := open(t, s.url())
	c := crowdtest.Gather(t, asked(t, h))
	c.Hears(t, 50, 10*time.Second, "answers before")
	if err := s.server.Stop(); err != nil {
		t.Fatal(err)
	}
	c.Refused(t, crowdtest.Size, 5500*time.Millisecond, "refusals while the database is gone")
	s.start(t)
	h.DB.Reset() // the test's own connections
	c.Hears(t, 50, 4*time.Second, "answers after the database is back")
	told := c.End()
	told.RefusedOnlyAs(t, "UNAVAILABLE", "AUDIT_UNAVAILABLE")
	crowdtest.Kept(t, h.DB, told.Receipts)
	sound(t, h, "the log after the restart")
}

// ownServer is a database server that a test may stop and start.
type ownServer struct {
	dir    string
	server *pglocal.Server
}

// newServer starts a server with a filled district. Starting it again gives it
// the same address.
func newServer(t *testing.T) *ownServer {
	t.Helper()
	dir, err := os.MkdirTemp("", "tongxin-fault-") //nolint:usetesting // the server's account may not walk through t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	s := &ownServer{dir: dir}
	s.start(t)
	t.Cleanup(func() {
		if err := s.server.Stop(); err != nil {
			t.Error(err)
		}
	})
	o := demo.Options{Scale: demo.Small, Seed: 1, Today: hubtest.Day(), LogEntries: 100}
	if err := hubtest.Fill(t.Context(), s.url(), keyringtest.New(t, seed), o); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *ownServer) start(t *testing.T) {
	t.Helper()
	var err error
	if s.server, err = pglocal.Start(t.Context(), s.dir, pglocal.Options{NoSync: true}); err != nil {
		t.Fatal(err)
	}
}

func (s *ownServer) url() string { return s.server.URL("tongxin") }
