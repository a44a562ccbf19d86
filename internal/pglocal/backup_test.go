package pglocal_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/pglocal"
)

// TestServer_BackupAndKill restores a backup that was made before a change, and
// starts the server that made the change after a crash.
func TestServer_BackupAndKill(t *testing.T) {
	t.Parallel()
	dir, copied := directory(t), directory(t)
	server := start(t, dir)
	conn, err := pgx.Connect(t.Context(), server.URL("tongxin"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "CREATE TABLE kept AS SELECT 'before' AS answer"); err != nil {
		t.Fatal(err)
	}
	if err := server.Backup(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "UPDATE kept SET answer = 'after'"); err != nil {
		t.Fatal(err)
	}
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("after", query(t, again(t, dir), "SELECT answer FROM kept")); diff != "" {
		t.Errorf("after the crash (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("before", query(t, start(t, copied), "SELECT answer FROM kept")); diff != "" {
		t.Errorf("from the backup (-want +got):\n%s", diff)
	}
}

// TestStandby runs a backup as a server that only reads.
func TestStandby(t *testing.T) {
	t.Parallel()
	dir, copied := directory(t), directory(t)
	if err := start(t, dir).Backup(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	if err := pglocal.Standby(copied); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("true", query(t, start(t, copied), "SELECT pg_is_in_recovery()::text")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// again starts a server after a crash, as soon as the last process of the old
// one has ended.
func again(t *testing.T, dir string) *pglocal.Server {
	t.Helper()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for end := time.Now().Add(30 * time.Second); ; <-ticker.C {
		server, err := pglocal.Start(t.Context(), dir, pglocal.Options{})
		if err == nil {
			t.Cleanup(func() {
				if err := server.Stop(); err != nil {
					t.Error(err)
				}
			})
			return server
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}
