package witness

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tongxin-hub/tongxin/internal/cosignature"
)

// Why a checkpoint is not cosigned. The texts go to whoever asked.
var (
	errMalformed  = errors.New("malformed request")
	errUnknownLog = errors.New("unknown log")
	errUnsigned   = errors.New("no sound signature of the log")
	errOldLarger  = errors.New("the old size is beyond the checkpoint")
	errProof      = errors.New("the checkpoint does not hold the tree that was cosigned last")
)

// conflict: the request starts from another size than the last cosigned one.
type conflict struct{ known int64 }

// Error implements error.
func (c *conflict) Error() string { return fmt.Sprintf("the last cosigned size is %d", c.known) }

// Witness follows one log.
type Witness struct {
	origin string
	log    note.Verifier
	own    *cosignature.Cosigner

	mu    sync.Mutex
	state *state
}

// Open goes on where the state directory stands. The log is known by its origin
// and its key.
func Open(stateDir, origin string, log note.Verifier, own *cosignature.Cosigner) (*Witness, error) {
	s, err := openState(stateDir, origin, own)
	if err != nil {
		return nil, err
	}
	return &Witness{origin: origin, log: log, own: own, state: s}, nil
}

// Close ends the work; the state stays.
func (w *Witness) Close() error { return w.state.close() }

// Last is the last cosigned checkpoint as a signed note, empty when there is none,
// with its size.
func (w *Witness) Last() (signed string, size int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state.signed, w.state.tree.N
}

// originHash names the log in the address of its checkpoint.
func (w *Witness) originHash() string {
	h := sha256.Sum256([]byte(w.origin))
	return hex.EncodeToString(h[:])
}

// Add cosigns the checkpoint of a request, if it holds what was cosigned last,
// and returns the signature line. Of two requests at once the second meets the
// state that the first left.
func (w *Witness) Add(r cosignature.Request) (line string, err error) {
	tree, signature, err := w.open(r.Checkpoint)
	if err != nil {
		return "", err
	}
	if r.Old > tree.N {
		return "", errOldLarger
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if r.Old != w.state.tree.N {
		return "", &conflict{w.state.tree.N}
	}
	if err := w.follows(tree, r.Proof); err != nil {
		return "", err
	}
	line, err = w.own.Sign(tree.String())
	if err != nil {
		return "", err
	}
	if err := w.state.save(tree, tree.String()+"\n"+signature+line); err != nil {
		return "", err
	}
	return line, nil
}

// open reads a checkpoint and finds the log's signature on it.
func (w *Witness) open(signed []byte) (tree torchwood.Checkpoint, signature string, err error) {
	var unverified *note.UnverifiedNoteError
	if _, err := note.Open(signed, note.VerifierList()); !errors.As(err, &unverified) {
		return tree, "", errMalformed
	}
	tree, err = torchwood.ParseCheckpoint(unverified.Note.Text)
	switch {
	case err != nil, tree.String() != unverified.Note.Text:
		return tree, "", errMalformed
	case tree.Origin != w.origin:
		return tree, "", errUnknownLog
	}
	n, err := note.Open(signed, note.VerifierList(w.log))
	if err != nil {
		return tree, "", errUnsigned
	}
	return tree, "— " + n.Sigs[0].Name + " " + n.Sigs[0].Base64 + "\n", nil
}

// follows checks that the tree holds the last one.
func (w *Witness) follows(tree torchwood.Checkpoint, proof []tlog.Hash) error {
	last := w.state.tree
	switch {
	case tree.N == 0 && tree.Hash != sha256.Sum256(nil):
		return errProof
	case last.N == 0, last.N == tree.N:
		if len(proof) > 0 || last.N == tree.N && w.state.signed != "" && tree.Hash != last.Hash {
			return errProof
		}
		return nil
	}
	if tlog.CheckTree(proof, tree.N, tree.Hash, last.N, last.Hash) != nil {
		return errProof
	}
	return nil
}
