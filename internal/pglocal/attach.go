package pglocal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// socketLine is the line of postmaster.pid that holds the socket's directory.
const socketLine = 4

// Reach returns the address of a database for a command that works beside the
// hub: url when it is set, else the private server in dir, which is started for
// the command or, when a hub is running it already, shared with that hub. Call
// stop when done.
func Reach(ctx context.Context, url, dir string) (address string, stop func() error, err error) {
	nothing := func() error { return nil }
	if url != "" {
		return url, nothing, nil
	}
	server, err := Start(ctx, dir, Options{})
	switch {
	case err == nil:
		return server.URL(role), server.Stop, nil
	case errors.Is(err, ErrInUse):
		address, err := attach(dir)
		return address, nothing, err
	default:
		return "", nothing, err
	}
}

// attach finds the socket of the server that somebody else runs in dir.
func attach(dir string) (string, error) {
	content, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid")) //nolint:gosec // a path of our own
	if err != nil {
		return "", fmt.Errorf("join the hub that uses %s: %w", dir, err)
	}
	lines := strings.Split(string(content), "\n")
	if len(lines) <= socketLine || lines[socketLine] == "" {
		return "", fmt.Errorf("join the hub that uses %s: its server is still starting; try again", dir)
	}
	return (&Server{socket: strings.TrimSpace(lines[socketLine])}).URL(role), nil
}
