package pglocal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// socketPathLimit is the room for a socket's path in a socket address (104 on
// macOS, 108 on Linux, with the closing zero).
const socketPathLimit = 103

// ErrInUse says that another process runs the server of this directory. Stop
// it, choose another directory, or Attach to read beside it.
var ErrInUse = errors.New("another hub is using this directory; stop it or choose another data directory")

// hold locks dir for this process. The kernel lets go of the lock
// when we die, however that happens.
func hold(dir string) (*os.File, error) {
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // a name of our own
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = lock.Close()
		return nil, fmt.Errorf("%s: %w", dir, ErrInUse)
	}
	return lock, nil
}

// initialise makes the data directory unless it is there. It works in a
// directory beside it and renames, so that a half-made one is never used.
func initialise(ctx context.Context, binaries, data string, account owner, o Options) error {
	if _, err := os.Stat(filepath.Join(data, "PG_VERSION")); err == nil {
		return nil
	}
	making := data + ".new"
	if err := os.RemoveAll(making); err != nil {
		return err
	}
	if err := account.own(making); err != nil {
		return err
	}
	ctype := "C.UTF-8"
	if runtime.GOOS == "darwin" {
		ctype = "UTF-8"
	}
	arguments := []string{
		"--pgdata", making, "--username", role, "--auth", "peer", "--data-checksums",
		"--encoding", "UTF8", "--locale", "C", "--lc-ctype", ctype,
	}
	if o.NoSync {
		arguments = append(arguments, "--no-sync")
	}
	command := exec.CommandContext(ctx, filepath.Join(binaries, "initdb"), arguments...) //nolint:gosec // a found binary
	command.Dir = making
	command.Env = cleanEnvironment()
	command.SysProcAttr = &syscall.SysProcAttr{}
	if account.change {
		command.SysProcAttr.Credential = credential(account)
	}
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("make a database in %s: %w\n%s", making, err, bytes.TrimSpace(out))
	}
	if err := writeAccess(making, account); err != nil {
		return err
	}
	return os.Rename(making, data)
}

// writeAccess admits the hub's account and the server's, as asked of the
// kernel, and nobody else.
func writeAccess(data string, account owner) error {
	accounts := []string{account.name}
	if account.change {
		accounts = append(accounts, "root")
	}
	var idents strings.Builder
	for _, name := range accounts {
		fmt.Fprintf(&idents, "hub %q %s\n", name, role)
	}
	access := "local all " + role + " peer map=hub\n" +
		"local replication " + role + " peer map=hub\n" // for pg_basebackup
	return errors.Join(
		os.WriteFile(filepath.Join(data, "pg_hba.conf"), []byte(access), 0o600),
		os.WriteFile(filepath.Join(data, "pg_ident.conf"), []byte(idents.String()), 0o600),
	)
}

// socketDirectory is dir/run, or a directory under the system's temporary one
// when the path would be too long for a socket.
func socketDirectory(dir string, account owner) (string, error) {
	inside := filepath.Join(dir, "run")
	if len(filepath.Join(inside, ".s.PGSQL.5432.lock")) <= socketPathLimit {
		return inside, account.own(inside)
	}
	outside, err := os.MkdirTemp("", "tongxin-")
	if err != nil {
		return "", err
	}
	if len(filepath.Join(outside, ".s.PGSQL.5432.lock")) > socketPathLimit {
		return "", errors.Join(os.Remove(outside),
			fmt.Errorf("both %s and %s are too long for a unix socket; choose a shorter data directory", inside, outside))
	}
	return outside, account.own(outside)
}

// serverArguments are the settings of every private server. Its log never
// holds statement text, arguments or rows.
func serverArguments(data, socket string, o Options) []string {
	arguments := []string{"-D", data}
	settings := append([]string{
		"listen_addresses=",
		"port=5432",
		"unix_socket_directories=" + socket,
		"unix_socket_permissions=0700",
		"max_connections=100",
		"log_error_verbosity=terse",
		"log_min_error_statement=panic",
		"log_parameter_max_length=0",
		"log_parameter_max_length_on_error=0",
		"max_wal_size=2GB",
		"log_checkpoints=off",
	}, o.Settings...)
	for _, setting := range settings {
		arguments = append(arguments, "-c", setting)
	}
	return arguments
}

// cleanEnvironment drops settings meant for clients (PGHOST, PGDATA …), which
// the server's programs would read too.
func cleanEnvironment() []string {
	environment := []string{"LC_ALL=C", "TZ=UTC"}
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "PG") && !strings.HasPrefix(name, "LC_") && name != "TZ" {
			environment = append(environment, entry)
		}
	}
	return environment
}

func credential(account owner) *syscall.Credential {
	return &syscall.Credential{Uid: uint32(account.uid), Gid: uint32(account.gid)} //nolint:gosec // ids of the account database
}
