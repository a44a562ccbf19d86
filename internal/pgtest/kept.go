package pgtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/aftertest"
	"github.com/tongxin-hub/tongxin/internal/pglocal"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Making a server's files and migrating a database takes far longer than copying the
// result, and every test binary needs it: the first one keeps it for the others. The
// place is named by what it was made of, so that one made of anything else is never
// used; what nobody used for a day is swept away by who makes the next.
const (
	keptPrefix   = "tongxin-test-kept-"
	keptDatabase = "tongxin_migrated"
	keptFor      = 24 * time.Hour
)

// copyKept makes the files of a server with a migrated database in dir.
func copyKept(ctx context.Context, dir string) error {
	kept, err := keptPlace(ctx)
	if err != nil {
		return err
	}
	if !ours(kept) {
		if err := keep(ctx, kept); err != nil {
			return fmt.Errorf("make a server to copy: %w", err)
		}
	}
	now := time.Now()
	if err := os.Chtimes(kept, now, now); err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, "cp", "-a", filepath.Join(kept, "data"), dir).CombinedOutput() //nolint:gosec // paths of our own
	if err != nil {
		return fmt.Errorf("copy %s: %w\n%s", kept, err, out)
	}
	return nil
}

// keptPlace is where the files are kept that this binary can use.
func keptPlace(ctx context.Context) (string, error) {
	migrations, err := postgres.Fingerprint()
	if err != nil {
		return "", err
	}
	binaries, err := pglocal.Find(ctx)
	if err != nil {
		return "", err
	}
	program, err := os.Stat(filepath.Join(binaries, "postgres"))
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %d %s", os.Geteuid(), binaries, program.ModTime().UnixNano(), migrations))
	return filepath.Join(place(), keptPrefix+hex.EncodeToString(sum[:8])), nil
}

// ours reports whether a directory is there and nobody else's.
func ours(dir string) bool {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() || info.Mode().Perm() != 0o700 {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}

// keep makes the files aside and puts them in their place when they are whole. Where
// another binary was first, its files are as good.
func keep(ctx context.Context, kept string) error {
	sweepKept()
	dir, err := os.MkdirTemp(place(), "tongxin-test-")
	if err != nil {
		return err
	}
	life, err := aftertest.Watch(`rm -rf "$1"`, dir)
	if err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	defer life.Close()                           //nolint:errcheck // lets the watch look, which finds nothing any more
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // what is inside is 0700
		return err
	}
	server, err := pglocal.Start(ctx, dir, pglocal.Options{NoSync: true, Settings: []string{"wal_recycle=off", "min_wal_size=32MB"}})
	if err != nil {
		return err
	}
	if err := errors.Join(migrateKept(ctx, server), server.Stop(), os.Chmod(dir, 0o700)); err != nil {
		return err
	}
	if err := os.Rename(dir, kept); err != nil && !ours(kept) {
		return err
	}
	return nil
}

// migrateKept makes the database that tests clone.
func migrateKept(ctx context.Context, server *pglocal.Server) error {
	conn, err := pgx.Connect(ctx, server.URL("postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+keptDatabase+" TEMPLATE template0")
	if err := errors.Join(err, conn.Close(ctx)); err != nil {
		return err
	}
	return postgres.Migrate(ctx, server.URL(keptDatabase))
}

// sweepKept removes what was kept and not used for long. It is in nobody's way when
// that fails.
func sweepKept() {
	entries, err := os.ReadDir(place())
	if err != nil {
		return
	}
	for _, entry := range entries {
		dir := filepath.Join(place(), entry.Name())
		if !strings.HasPrefix(entry.Name(), keptPrefix) || !ours(dir) {
			continue
		}
		if info, err := entry.Info(); err == nil && time.Since(info.ModTime()) > keptFor {
			_ = os.RemoveAll(dir)
		}
	}
}
