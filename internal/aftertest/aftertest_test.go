package aftertest_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/aftertest"
)

// asChild makes this binary the process that is killed: it tells what it made and waits.
const asChild = "TONGXIN_AFTERTEST_CHILD"

// TestWatch_killed kills a test process: its directory goes, and with it the processes
// of the group that it started, which hold the end of a pipe open as long as one lives.
func TestWatch_killed(t *testing.T) {
	t.Parallel()
	if os.Getenv(asChild) != "" {
		child(t)
		return
	}
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	defer cancel()
	command := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestWatch_killed$")
	command.Env = append(os.Environ(), asChild+"="+fifo)
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	held := opened(ctx, t, fifo, "the group")
	line, err := bufio.NewReader(out).ReadString('\n')
	dir := strings.TrimSpace(line)
	if _, statErr := os.Stat(dir); err != nil || statErr != nil {
		t.Fatalf("%q: %v %v", line, err, statErr)
	}
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait() // killed
	// The end of the pipe is the end of the group. Another watch opens it once more when
	// the directory is gone.
	if _, err := bufio.NewReader(held).ReadString('\n'); !errors.Is(err, io.EOF) {
		t.Errorf("the group goes on: %v", err)
	}
	opened(ctx, t, fifo, "the watch that waits for the directory to go")
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", dir, err)
	}
}

// bound is how long the end of a process may take to be noticed; without it a watch
// that never acts would hold the test until its binary is given up.
const bound = time.Minute

// opened is the reading end of a pipe, which opens once somebody opens the other one.
func opened(ctx context.Context, t *testing.T, fifo, who string) *os.File {
	t.Helper()
	file := make(chan *os.File, 1)
	go func() {
		f, _ := os.Open(fifo)
		file <- f
	}()
	select {
	case f := <-file:
		t.Cleanup(func() { _ = f.Close() }) // only read
		end, _ := ctx.Deadline()
		if err := f.SetReadDeadline(end); err != nil {
			t.Fatal(err)
		}
		return f
	case <-ctx.Done():
		t.Fatalf("%s never came", who)
		return nil
	}
}

// child starts a group that never ends by itself and waits to be killed.
func child(t *testing.T) {
	t.Helper()
	fifo := os.Getenv(asChild)
	dir, err := os.MkdirTemp(filepath.Dir(fifo), "group") //nolint:usetesting // it is the watch that removes it
	if err != nil {
		t.Fatal(err)
	}
	group := exec.CommandContext(context.Background(), "sh", "-c", `exec 3>"$1"; sleep 3600 & sleep 3600`, "group", fifo)
	group.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := group.Start(); err != nil {
		t.Fatal(err)
	}
	life, err := aftertest.KillGroup(group.Process.Pid, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer life.Close() //nolint:errcheck // never comes here
	told, err := aftertest.Watch(`while [ -e "$1" ]; do sleep 0.05; done; : >"$2"`, dir, fifo)
	if err != nil {
		t.Fatal(err)
	}
	defer told.Close() //nolint:errcheck // never comes here
	if _, err := os.Stdout.WriteString(dir + "\n"); err != nil {
		t.Fatal(err)
	}
	select {}
}
