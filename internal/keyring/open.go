package keyring

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// The files of the directory. Back them up apart from the database.
const (
	pairwiseFile = "pairwise.json"
	joinFile     = "join.secret"
	signingFile  = "checkpoint.key"
	verifierFile = "checkpoint.pub"
)

// Open reads the key material in dir. With create, an empty or absent directory
// gets new keys; keys are never added to a directory that has some, because a
// replaced key breaks identifiers and proofs already handed out. Without
// create, a missing key is an error that says what to do.
func Open(dir string, create bool) (*Ring, error) {
	missing, err := missingFiles(dir)
	if err != nil {
		return nil, err
	}
	switch {
	case len(missing) == 0:
		return read(dir)
	case !create:
		return nil, fmt.Errorf("the key directory %s lacks %s; restore it from the backup, "+
			"or, for a hub that never ran, start once with --create-keys", dir, strings.Join(missing, ", "))
	case len(missing) < 4:
		return nil, fmt.Errorf("the key directory %s lacks %s but holds other keys; restore it from the backup: "+
			"new keys beside old ones would break identifiers and proofs", dir, strings.Join(missing, ", "))
	}
	ring, err := Generate(rand.Reader)
	if err != nil {
		return nil, err
	}
	if err := ring.Save(dir); err != nil {
		return nil, fmt.Errorf("write keys: %w", err)
	}
	return ring, nil
}

// PublicKeyFile is the file in a key directory that may be published.
func PublicKeyFile(dir string) string { return filepath.Join(dir, verifierFile) }

func missingFiles(dir string) ([]string, error) {
	var missing []string
	for _, name := range []string{pairwiseFile, joinFile, signingFile, verifierFile} {
		info, err := os.Stat(filepath.Join(dir, name))
		switch {
		case errors.Is(err, os.ErrNotExist):
			missing = append(missing, name)
		case err != nil:
			return nil, fmt.Errorf("look into the key directory: %w", err)
		case name != verifierFile && info.Mode().Perm()&0o077 != 0:
			path := filepath.Join(dir, name)
			return nil, fmt.Errorf("other accounts may read %s; run `chmod 600 %s`, and replace the key if they could have", path, path)
		}
	}
	return slices.Clip(missing), nil
}

func read(dir string) (*Ring, error) {
	content := map[string][]byte{}
	for _, name := range []string{pairwiseFile, joinFile, signingFile, verifierFile} {
		var err error
		if content[name], err = os.ReadFile(filepath.Join(dir, name)); err != nil { //nolint:gosec // names of our own
			return nil, fmt.Errorf("read keys: %w", err)
		}
	}
	pairwise, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(content[pairwiseFile])))
	if err != nil {
		return nil, fmt.Errorf("read %s: it is no key set: %w", pairwiseFile, err)
	}
	secret, err := hex.DecodeString(strings.TrimSpace(string(content[joinFile])))
	if err != nil || len(secret) != secretBytes {
		return nil, fmt.Errorf("read %s: it must hold %d bytes in hex", joinFile, secretBytes)
	}
	return assemble(Ring{
		pairwise: pairwise, joinSecret: secret,
		signingKey:  strings.TrimSpace(string(content[signingFile])),
		verifierKey: strings.TrimSpace(string(content[verifierFile])),
	})
}

// Save fills a directory beside dir and renames it, so that dir never holds
// half of the keys.
func (r *Ring) Save(dir string) error {
	var pairwise bytes.Buffer
	if err := insecurecleartextkeyset.Write(r.pairwise, keyset.NewJSONWriter(&pairwise)); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return err
	}
	making, err := os.MkdirTemp(filepath.Dir(dir), ".keys-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(making) }()
	for name, content := range map[string]string{
		pairwiseFile: pairwise.String(),
		joinFile:     hex.EncodeToString(r.joinSecret),
		signingFile:  r.signingKey,
		verifierFile: r.verifierKey,
	} {
		if err := writeDurably(filepath.Join(making, name), content+"\n"); err != nil {
			return err
		}
	}
	// Rename replaces an empty directory and refuses any other.
	return os.Rename(making, dir)
}

func writeDurably(path, content string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // a name of our own
	if err != nil {
		return err
	}
	_, writeErr := file.WriteString(content)
	return errors.Join(writeErr, file.Sync(), file.Close())
}
