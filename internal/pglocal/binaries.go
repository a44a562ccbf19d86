package pglocal

import (
	"cmp"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// oldestVersion is the first PostgreSQL the migrations are written for.
const oldestVersion = 15

// ErrNoServer says that no usable server is installed. Show it as it is.
var ErrNoServer = errors.New("no PostgreSQL server (version 15 or newer) is installed on this machine; " +
	"run `make postgres` to install one, or set TONGXIN_DATABASE_URL to a database of your own")

// places are the directories outside PATH where packages put server binaries.
func places() []string {
	return []string{
		"/usr/lib/postgresql/*/bin",         // Debian, Ubuntu
		"/usr/pgsql-*/bin",                  // packages of postgresql.org for Fedora and RHEL
		"/opt/homebrew/opt/postgresql*/bin", // Homebrew on Apple silicon
		"/usr/local/opt/postgresql*/bin",    // Homebrew on Intel
		"/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
	}
}

// Find returns the directory that holds initdb and postgres of the newest
// usable server: the one on PATH first, then those of the package managers.
// It returns ErrNoServer when there is none.
func Find(ctx context.Context) (string, error) {
	if onPath, err := exec.LookPath("postgres"); err == nil {
		// Packages link single binaries into PATH; their libraries and initdb
		// stand beside the real file.
		if real, err := filepath.EvalSymlinks(onPath); err == nil {
			if dir := filepath.Dir(real); version(ctx, dir) >= oldestVersion {
				return dir, nil
			}
		}
	}
	var found []string
	for _, pattern := range places() {
		matches, err := filepath.Glob(pattern)
		if err != nil {
			return "", err
		}
		found = append(found, matches...)
	}
	versions := make(map[string]int, len(found))
	for _, dir := range found {
		versions[dir] = version(ctx, dir)
	}
	found = slices.DeleteFunc(found, func(dir string) bool { return versions[dir] < oldestVersion })
	if len(found) == 0 {
		return "", ErrNoServer
	}
	return slices.MaxFunc(found, func(a, b string) int { return cmp.Compare(versions[a], versions[b]) }), nil
}

// version is the major version of the server in dir, 0 if it is not whole.
func version(ctx context.Context, dir string) int {
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return 0
	}
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output() //nolint:gosec // a directory of server binaries
	if err != nil {
		return 0
	}
	match := regexp.MustCompile(`\(PostgreSQL\) (\d+)`).FindSubmatch(out)
	if match == nil {
		return 0
	}
	major, err := strconv.Atoi(string(match[1]))
	if err != nil {
		return 0
	}
	return major
}
