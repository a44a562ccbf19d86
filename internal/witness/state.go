package witness

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"filippo.io/torchwood"

	"github.com/tongxin-hub/tongxin/internal/cosignature"
)

// stateFile holds the last cosigned checkpoint, with the signature of the log and
// the witness's own; it is empty as long as there is none.
const stateFile = "checkpoint"

// state is what a witness must not forget. A crash leaves the old or the new one,
// and the new one is on the disk before its cosignature leaves the machine.
type state struct {
	dir  string
	lock *os.File

	signed string
	tree   torchwood.Checkpoint
}

// CreateState makes the state of a witness that has cosigned nothing. One that is
// there stays: a witness that forgets would cosign another history.
func CreateState(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create state: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, stateFile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the operator's own choice
	if err != nil {
		return fmt.Errorf("create state: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close(), syncDir(dir)); err != nil {
		return fmt.Errorf("create state: %w", err)
	}
	return nil
}

// openState reads what save wrote and keeps other witnesses off the directory.
func openState(dir, origin string, own *cosignature.Cosigner) (*state, error) {
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the operator's own choice
	if err != nil {
		return nil, fmt.Errorf("open state: %w", err)
	}
	if err := hold(lock); err != nil {
		return nil, errors.Join(fmt.Errorf("another witness works with %s: %w", dir, err), lock.Close())
	}
	s := &state{dir: dir, lock: lock}
	if err := s.read(origin, own); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return s, nil
}

// patience is how long a witness waits for a former one to be quite gone: a process
// that is being started may for a moment hold what its parent held.
const patience = time.Second

// hold takes the lock, if need be after a while.
func hold(lock *os.File) error {
	for began := time.Now(); ; <-time.After(20 * time.Millisecond) {
		err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil || time.Since(began) > patience {
			return err
		}
	}
}

func (s *state) read(origin string, own *cosignature.Cosigner) error {
	path := filepath.Join(s.dir, stateFile)
	signed, err := os.ReadFile(path) //nolint:gosec // the operator's own choice
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s is missing, so this witness no longer knows what it cosigned; restore it, or begin anew with --create, another key and another name", path)
	case err != nil:
		return fmt.Errorf("open state: %w", err)
	case len(signed) == 0:
		return nil
	}
	text, lines, found := cosignature.Split(string(signed))
	if _, err := cosignature.Find(text, lines, own.Verifier()); !found || err != nil {
		return fmt.Errorf("%s is not what this witness wrote: %w", path, err)
	}
	tree, err := torchwood.ParseCheckpoint(text)
	if err != nil || tree.Origin != origin {
		return fmt.Errorf("%s is about log %q, not %q", path, tree.Origin, origin)
	}
	s.signed, s.tree = string(signed), tree
	return nil
}

// save makes a checkpoint the last one. After an error the disk holds the old or
// the new one, and its cosignature must not leave.
func (s *state) save(tree torchwood.Checkpoint, signed string) error {
	f, err := os.CreateTemp(s.dir, ".checkpoint-*")
	if err != nil {
		return fmt.Errorf("save state: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already when all went well
	_, err = f.WriteString(signed)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(s.dir, stateFile))
	}
	if err == nil {
		err = syncDir(s.dir)
	}
	if err != nil {
		return fmt.Errorf("save state: %w", err)
	}
	s.signed, s.tree = signed, tree
	return nil
}

// close lets another witness have the directory.
func (s *state) close() error { return s.lock.Close() }

// syncDir makes a rename outlive a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // the operator's own choice
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
