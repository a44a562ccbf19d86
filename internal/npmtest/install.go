package npmtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// patience bounds npm.
const patience = 3 * time.Minute

// Install gives the directory of the modules that package-lock.json in a directory pins.
// It is kept beside Go's build cache under the hash of the pins, so that only the first
// run after a change of them waits for npm.
func Install(dir string) (string, error) {
	pins, err := hashFiles(filepath.Join(dir, "package.json"), filepath.Join(dir, "package-lock.json"))
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	final := filepath.Join(cache, "tongxin-conformance", pins)
	if _, err := os.Stat(final); err == nil {
		return filepath.Join(final, "node_modules"), nil
	}
	if err := install(dir, final); err != nil {
		return "", err
	}
	return filepath.Join(final, "node_modules"), nil
}

// install puts the pinned modules into final, which appears whole or not at all.
func install(from, final string) error {
	if err := os.MkdirAll(filepath.Dir(final), 0o750); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(filepath.Dir(final), "new-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	for _, name := range []string{"package.json", "package-lock.json"} {
		text, err := os.ReadFile(filepath.Join(from, name)) //nolint:gosec // named by the test
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil { //nolint:gosec // two fixed names
			return err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	npm.Dir = dir
	if out, err := npm.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w: %s", err, out)
	}
	// Another run may have been faster; what it installed is the same.
	if err := os.Rename(dir, final); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

func hashFiles(names ...string) (string, error) {
	sum := sha256.New()
	for _, name := range names {
		text, err := os.ReadFile(name) //nolint:gosec // named by the test
		if err != nil {
			return "", err
		}
		sum.Write(text)
	}
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}
