package pglocal_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/pglocal"
)

// directory is a fresh directory that the server's account may walk through.
func directory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "tongxin-pglocal-") //nolint:usetesting // t.TempDir lies below a 0700 directory
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	return dir
}

func start(t *testing.T, dir string) *pglocal.Server {
	t.Helper()
	server, err := pglocal.Start(t.Context(), dir, pglocal.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return server
}

func query(t *testing.T, server *pglocal.Server, statement string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), server.URL("tongxin"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	var answer string
	if err := conn.QueryRow(t.Context(), statement).Scan(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

func TestStart_keepsItsDataOverRestarts(t *testing.T) {
	t.Parallel()
	dir := directory(t)
	first := start(t, dir)
	query(t, first, "SELECT set_config('x.y', '1', false)")
	conn, err := pgx.Connect(t.Context(), first.URL("tongxin"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "CREATE TABLE kept AS SELECT 'yes' AS answer"); err != nil {
		t.Fatal(err)
	}
	// The connection stays open: a fast shutdown does not wait for it.
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	second := start(t, dir)
	if diff := cmp.Diff("yes", query(t, second, "SELECT answer FROM kept")); diff != "" {
		t.Errorf("row after restart (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("", query(t, second, "SELECT current_setting('listen_addresses')")); diff != "" {
		t.Errorf("it must not listen on the network (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("terse", query(t, second, "SELECT current_setting('log_error_verbosity')")); diff != "" {
		t.Errorf("log verbosity (-want +got):\n%s", diff)
	}
}

func TestStart_refusesADirectoryInUse(t *testing.T) {
	t.Parallel()
	dir := directory(t)
	start(t, dir)
	if _, err := pglocal.Start(t.Context(), dir, pglocal.Options{}); !errors.Is(err, pglocal.ErrInUse) {
		t.Errorf("error = %v, want ErrInUse", err)
	}
}

func TestReach(t *testing.T) {
	t.Parallel()
	dir := directory(t)
	reach := func(url string) (string, func() error) {
		address, stop, err := pglocal.Reach(t.Context(), url, dir)
		if err != nil {
			t.Fatal(err)
		}
		return address, stop
	}
	// Nobody runs the server: it runs for the command.
	first, stopFirst := reach("")
	// Somebody does: it is shared, and stopping leaves it alone.
	second, stopSecond := reach("")
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("address of the shared server (-want +got):\n%s", diff)
	}
	if err := stopSecond(); err != nil {
		t.Error(err)
	}
	conn, err := pgx.Connect(t.Context(), second)
	if err != nil {
		t.Fatalf("the shared server is gone: %v", err)
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if err := stopFirst(); err != nil {
		t.Error(err)
	}
	if address, _ := reach("postgres://elsewhere/tongxin"); address != "postgres://elsewhere/tongxin" {
		t.Errorf("address = %s, want the operator's own", address)
	}
}

func TestStart_findsARoomForTheSocketWhenThePathIsLong(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(directory(t), strings.Repeat("long", 30))
	server := start(t, dir)
	if diff := cmp.Diff("1", query(t, server, "SELECT '1'")); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

func TestStart_worksBelowADirectoryOfRootAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "postgres") // t.TempDir lies below a 0700 directory
	first := start(t, dir)
	if real, err := filepath.EvalSymlinks(dir); err != nil {
		t.Error(err)
	} else if real != dir {
		t.Cleanup(func() { _ = os.RemoveAll(real) })
	}
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	again := start(t, dir)
	if diff := cmp.Diff(first.LogFile(), again.LogFile()); diff != "" {
		t.Errorf("the second start uses other files (-want +got):\n%s", diff)
	}
}

func TestStart_ignoresAPidFileOfSomebodyElse(t *testing.T) {
	t.Parallel()
	dir := directory(t)
	if err := start(t, dir).Stop(); err != nil {
		t.Fatal(err)
	}
	pidFile := filepath.Join(dir, "data", "postmaster.pid")
	if err := os.WriteFile(pidFile, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, dir)
}

// hubVariable makes this test binary a hub that starts a server and waits to be
// killed.
const hubVariable = "PGLOCAL_TEST_HUB_DIRECTORY"

func TestMain(m *testing.M) {
	if dir := os.Getenv(hubVariable); dir != "" {
		server, err := pglocal.Start(context.Background(), dir, pglocal.Options{NoSync: true})
		if err != nil {
			_, _ = fmt.Fprintln(os.Stdout, "error", err)
			os.Exit(1)
		}
		_, _ = fmt.Fprintln(os.Stdout, server.PID())
		select {}
	}
	os.Exit(m.Run())
}

func TestStart_serverDoesNotOutliveAKilledHub(t *testing.T) {
	t.Parallel()
	dir := directory(t)
	hub := exec.CommandContext(t.Context(), os.Args[0])
	hub.Env = append(os.Environ(), hubVariable+"="+dir)
	out, err := hub.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := hub.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 400)
	n, err := out.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(line[:n])))
	if err != nil {
		t.Fatalf("the hub said %q", line[:n])
	}
	if err := hub.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = hub.Wait()
	// Whether it is gone already or still ending, the next hub starts.
	start(t, dir)
	for deadline := time.Now().Add(30 * time.Second); syscall.Kill(pid, 0) == nil; {
		if time.Now().After(deadline) {
			t.Fatalf("server %d outlived its hub", pid)
		}
	}
}
