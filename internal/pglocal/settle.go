package pglocal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// systemRoom is where root's servers live when their account may not enter the
// directory that was asked for.
const systemRoom = "/var/lib/tongxin"

// settle makes dir and returns where the server's files really live: there, or,
// when the server's account may not walk to it, in systemRoom, with a link left
// at dir. Removing the link starts anew.
func settle(dir string, account owner) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o711); err != nil { //nolint:gosec // the server's account walks through; what is inside is 0700
		return "", err
	}
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", err
	}
	barred := account.reach(real)
	if barred == nil {
		return real, nil
	}
	if entries, err := os.ReadDir(real); err != nil || len(entries) > 0 {
		return "", errors.Join(barred, err)
	}
	elsewhere, err := room(filepath.Base(dir))
	if err != nil {
		return "", errors.Join(barred, err)
	}
	if err := errors.Join(os.Remove(dir), os.Symlink(elsewhere, dir)); err != nil {
		return "", fmt.Errorf("link %s to %s: %w", dir, elsewhere, err)
	}
	return elsewhere, account.reach(elsewhere)
}

// room makes an empty directory in systemRoom that others may walk through.
func room(name string) (string, error) {
	if err := os.MkdirAll(systemRoom, 0o711); err != nil { //nolint:gosec // as above
		return "", err
	}
	dir, err := os.MkdirTemp(systemRoom, name+"-")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o711) //nolint:gosec // as above
}
