package witness

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tongxin-hub/tongxin/internal/cosignature"
)

const (
	secretFile = "witness.key"
	publicFile = "witness.pub"
)

// CreateKey makes the key of a new witness; a key that is there stays.
func CreateKey(random io.Reader, dir, name string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create key: %w", err)
	}
	secret, err := cosignature.Generate(random, name)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(dir, secretFile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the operator's own choice
	if err != nil {
		return fmt.Errorf("create key: %w", err)
	}
	_, err = f.WriteString(secret + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("create key: %w", err)
	}
	return nil
}

// OpenKey reads the key and writes its public half beside it.
func OpenKey(dir string, now func() time.Time) (*cosignature.Cosigner, error) {
	path := filepath.Join(dir, secretFile)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s has no %s; a new witness is made with --create", dir, secretFile)
	case err != nil:
		return nil, fmt.Errorf("read key: %w", err)
	case info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("others may read %s; run chmod 600 on it", path)
	}
	secret, err := os.ReadFile(path) //nolint:gosec // the operator's own choice
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	c, err := cosignature.NewCosigner(strings.TrimSpace(string(secret)), now)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	public := filepath.Join(dir, publicFile)
	if err := os.WriteFile(public, []byte(c.VerifierKey()+"\n"), 0o644); err != nil { //nolint:gosec // everybody may read it
		return nil, fmt.Errorf("write public key: %w", err)
	}
	return c, nil
}
