package aftertest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"testing"
)

// Watch runs a script of sh with these arguments once this process has ended: a test
// binary has no last line of its own where that could stand, and it may be killed. The
// file is the script's input and must stay open, and so be kept, until then.
func Watch(script string, args ...string) (*os.File, error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	command := exec.Command("sh", append([]string{"-c", "read -r _\n" + script, "aftertest"}, args...)...) //nolint:noctx,gosec // outlives us by design; scripts of our own
	command.Stdin = reader
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := command.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("watch the end of the tests: %w", err), reader.Close(), writer.Close())
	}
	return writer, reader.Close()
}

// endGroup kills a group of processes and removes a directory when they are gone.
const endGroup = `kill -KILL "-$1" 2>/dev/null
n=0
while kill -0 "-$1" 2>/dev/null && [ $n -lt 100 ]; do sleep 0.1; n=$((n+1)); done
rm -rf "$2"`

// KillGroup is Watch that kills the group of processes that pid leads, and removes
// their directory.
func KillGroup(pid int, dir string) (*os.File, error) { return Watch(endGroup, strconv.Itoa(pid), dir) }

// place is a directory that goes with the process.
type place struct {
	dir  string
	life *os.File
}

var own = sync.OnceValues(func() (place, error) {
	dir, err := os.MkdirTemp("", "tongxin-tests-")
	if err != nil {
		return place{}, err
	}
	life, err := Watch(`rm -rf "$1"`, dir)
	return place{dir, life}, err
})

// Dir is a new directory that goes at the end of the test, like tb.TempDir's, but also
// when the process is killed before.
func Dir(tb testing.TB) string {
	tb.Helper()
	all, err := own()
	if err != nil {
		tb.Fatalf("aftertest: %v", err)
	}
	dir, err := os.MkdirTemp(all.dir, "") //nolint:usetesting // that goes with the process too
	if err != nil {
		tb.Fatalf("aftertest: %v", err)
	}
	tb.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			tb.Errorf("aftertest: %v", err)
		}
	})
	return dir
}
