package pglocal

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
	"time"
)

// stopLeftover ends a server that outlived its hub, and removes a pid file
// whose process is gone or has become somebody else's. We hold the directory's
// lock, so no living hub needs that server.
func stopLeftover(ctx context.Context, data string) error {
	pidFile := filepath.Join(data, "postmaster.pid")
	content, err := os.ReadFile(pidFile) //nolint:gosec // a path of our own
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	first, _, _ := strings.Cut(string(content), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || pid <= 1 || !serves(ctx, pid, data) {
		return os.Remove(pidFile)
	}
	if err := syscall.Kill(pid, syscall.SIGINT); err != nil {
		return fmt.Errorf("stop the PostgreSQL left over in %s: %w", data, err)
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(stopTimeout)
	for serves(ctx, pid, data) {
		select {
		case <-deadline:
			return fmt.Errorf("a PostgreSQL left over in %s (process %d) does not end; stop it by hand", data, pid)
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}

// serves tells whether pid is a PostgreSQL that serves data.
func serves(ctx context.Context, pid int, data string) bool {
	line := commandLine(ctx, pid)
	return strings.Contains(line, "postgres") && strings.Contains(line+" ", " -D "+data+" ")
}

// commandLine is what pid was started with, empty when it is gone.
func commandLine(ctx context.Context, pid int) string {
	if _, err := os.Stat("/proc/self/cmdline"); err == nil {
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err != nil {
			return ""
		}
		return strings.ReplaceAll(string(line), "\x00", " ")
	}
	out, err := exec.CommandContext(ctx, "ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output() //nolint:gosec // a number
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
