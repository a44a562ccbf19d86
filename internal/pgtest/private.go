package pgtest

import (
	"context"
	"errors"
	"os"
	"strconv"

	"github.com/tongxin-hub/tongxin/internal/aftertest"
	"github.com/tongxin-hub/tongxin/internal/pglocal"
)

// stop stops the server and removes its files.
const stop = `kill -INT "$1" 2>/dev/null
n=0
while kill -0 "$1" 2>/dev/null && [ $n -lt 300 ]; do sleep 0.1; n=$((n+1)); done
kill -KILL "$1" 2>/dev/null
rm -rf "$2"`

// private is what has to stay alive as long as the test binary.
type private struct {
	server *pglocal.Server
	// life is the watch's input: it closes with our process and not before.
	life *os.File
}

// privateServer starts the durable server of this test binary in a temporary
// directory. It ends, and its files go, when the process ends in any way.
func privateServer(ctx context.Context) (*private, error) {
	dir, err := os.MkdirTemp(place(), "tongxin-test-")
	if err != nil {
		return nil, err
	}
	// Root's server runs as another account, which has to walk through.
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // what is inside is 0700
		return nil, err
	}
	if err := copyKept(ctx, dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	server, err := pglocal.Start(ctx, dir, pglocal.Options{
		Settings: []string{
			"shared_buffers=64MB", "max_connections=200", "autovacuum_naptime=10min", "max_wal_size=512MB",
		},
	})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	life, err := aftertest.Watch(stop, strconv.Itoa(server.PID()), dir)
	if err != nil {
		return nil, errors.Join(err, server.Stop(), os.RemoveAll(dir))
	}
	return &private{server: server, life: life}, nil
}
