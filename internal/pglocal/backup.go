package pglocal

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// Backup makes dir a directory that Start can run: a base backup of this
// server with all of its log that the backup needs.
func (s *Server) Backup(ctx context.Context, dir string) error {
	binaries, err := Find(ctx)
	if err != nil {
		return err
	}
	account, err := serverOwner()
	if err != nil {
		return err
	}
	if dir, err = settle(dir, account); err != nil {
		return err
	}
	data := filepath.Join(dir, "data")
	if err := account.own(data); err != nil {
		return err
	}
	command := exec.CommandContext(ctx, filepath.Join(binaries, "pg_basebackup"), //nolint:gosec // a found binary
		"--host", s.socket, "--username", role, "--pgdata", data, "--checkpoint", "fast", "--wal-method", "stream")
	command.Dir = data
	command.Env = cleanEnvironment()
	command.SysProcAttr = &syscall.SysProcAttr{}
	if account.change {
		command.SysProcAttr.Credential = credential(account)
	}
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("back up into %s: %w\n%s", data, err, bytes.TrimSpace(out))
	}
	return nil
}

// Standby makes the backup in dir follow another server from its next start on,
// until it is promoted; the connection to that server is one of its settings.
func Standby(dir string) error {
	account, err := serverOwner()
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "data", "standby.signal")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		return fmt.Errorf("make a standby: %w", err)
	}
	if !account.change {
		return nil
	}
	return os.Chown(path, account.uid, account.gid)
}

// Kill ends the server as a crash does and lets go of the directory. Its
// processes end as soon as they miss their parent; until the last one has, the
// next start of the directory may fail.
func (s *Server) Kill() error {
	if err := s.process.Kill(); err != nil {
		return fmt.Errorf("kill PostgreSQL: %w", err)
	}
	<-s.done
	return s.Stop()
}
