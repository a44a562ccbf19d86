package process

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// stopTimeout is how long a contestant may take to end before it is killed.
const stopTimeout = 20 * time.Second

// Process is a running contestant.
type Process struct {
	Name string
	// PID of the process; its children count with it.
	PID  int
	Log  string
	cmd  *exec.Cmd
	done chan struct{}
}

// Command says what to start.
type Command struct {
	Name string
	Path string
	Args []string
	Env  []string
	// LogDir takes standard output and error as Name.log.
	LogDir string
	Dir    string
}

// Start starts a contestant; it dies with us.
func Start(c Command) (*Process, error) {
	if err := os.MkdirAll(c.LogDir, 0o700); err != nil {
		return nil, err
	}
	p := &Process{Name: c.Name, Log: filepath.Join(c.LogDir, c.Name+".log"), done: make(chan struct{})}
	log, err := os.Create(p.Log)
	if err != nil {
		return nil, err
	}
	defer log.Close()                       //nolint:errcheck // the process has its own descriptor
	p.cmd = exec.Command(c.Path, c.Args...) //nolint:gosec,noctx // contestants of the benchmark, ended by Stop
	p.cmd.Env = append(os.Environ(), c.Env...)
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = c.Dir, log, log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // the death signal belongs to the thread that starts it
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait() // how it ended stands in its log
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", c.Name, err)
	}
	p.PID = p.cmd.Process.Pid
	return p, nil
}

// Signal sends a signal to the process.
func (p *Process) Signal(s syscall.Signal) error { return p.cmd.Process.Signal(s) }

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Stop asks the process to end and kills it if it does not.
func (p *Process) Stop() error {
	if p == nil {
		return nil
	}
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("stop %s: %w", p.Name, err)
		}
		select {
		case <-p.done:
			return nil
		case <-time.After(stopTimeout):
		}
	}
	return fmt.Errorf("stop %s: it does not end", p.Name)
}

// Until asks probe again and again until it succeeds, the process ends or the
// time is up.
func (p *Process) Until(ctx context.Context, within time.Duration, probe func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		err := probe(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s ended at once; see %s\n%s", p.Name, p.Log, p.tail())
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer (see %s): %w", p.Name, p.Log, err)
		case <-tick.C:
		}
	}
}

// tail is the end of the log, for the person at the terminal.
func (p *Process) tail() []byte {
	content, err := os.ReadFile(p.Log)
	if err != nil {
		return nil
	}
	return content[max(0, len(content)-1500):]
}

// FreeAddr is a loopback address that nobody listens on.
func FreeAddr(ctx context.Context) (string, error) {
	var c net.ListenConfig
	l, err := c.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
