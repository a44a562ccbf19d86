package cosignature

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
)

// dash begins a signature line of a signed note.
const dash = "— "

// Cosigner signs checkpoints that it found consistent.
type Cosigner struct {
	verifier *torchwood.CosignatureVerifier
	key      ed25519.PrivateKey
	now      func() time.Time
}

// Generate makes the key of a new cosigner, in the form of a note signer (Ed25519).
func Generate(random io.Reader, name string) (secret string, err error) {
	secret, _, err = note.GenerateKey(random, name)
	if err != nil {
		return "", fmt.Errorf("generate witness key: %w", err)
	}
	return secret, nil
}

// errSecret: the text is no key that Generate wrote. It never quotes the key.
var errSecret = errors.New("not the secret key of a witness")

// NewCosigner takes what Generate wrote. now is the clock of its cosignatures.
func NewCosigner(secret string, now func() time.Time) (*Cosigner, error) {
	signer, err := note.NewSigner(secret)
	if err != nil {
		return nil, errSecret
	}
	parts := strings.SplitN(secret, "+", 5) // PRIVATE+KEY+name+hash+material
	raw, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(raw) != 1+ed25519.SeedSize {
		return nil, errSecret
	}
	key := ed25519.NewKeyFromSeed(raw[1:])
	s, err := torchwood.NewCosignatureSigner(signer.Name(), key)
	if err != nil {
		return nil, errSecret
	}
	return &Cosigner{verifier: s.Verifier(), key: key, now: now}, nil
}

// VerifierKey is the public half; give it to whoever verifies.
func (c *Cosigner) VerifierKey() string { return c.verifier.String() }

// Verifier checks this cosigner's cosignatures.
func (c *Cosigner) Verifier() note.Verifier { return c.verifier }

// Sign returns the signature line for the text of a checkpoint. It says: at this
// moment, this is the largest consistent tree that I have seen of the log.
func (c *Cosigner) Sign(text string) (string, error) {
	if _, err := torchwood.ParseCheckpoint(text); err != nil {
		return "", fmt.Errorf("cosign: %w", err)
	}
	at := c.now().Unix()
	if at <= 0 {
		return "", errors.New("cosign: the clock is before 1970")
	}
	b := binary.BigEndian.AppendUint32(nil, c.verifier.KeyHash())
	b = binary.BigEndian.AppendUint64(b, uint64(at))
	b = append(b, ed25519.Sign(c.key, fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at, text))...)
	return dash + c.verifier.Name() + " " + base64.StdEncoding.EncodeToString(b) + "\n", nil
}

// String keeps the key out of logs.
func (c *Cosigner) String() string { return "cosigner " + c.verifier.Name() }

// GoString keeps it out of %#v.
func (c *Cosigner) GoString() string { return c.String() }

// Cosignature is one that was checked.
type Cosignature struct {
	// Line is the signature line, ending in a newline.
	Line string
	// At is when the witness signed.
	At time.Time
}

// errNone: there is no sound cosignature of this witness.
var errNone = errors.New("no cosignature of this witness")

// Find returns v's cosignature on the text of a checkpoint among signature lines.
// Lines of others are passed over; one of v that does not hold is an error.
func Find(text, lines string, v note.Verifier) (Cosignature, error) {
	n, err := note.Open([]byte(text+"\n"+lines), note.VerifierList(v))
	if err != nil {
		return Cosignature{}, fmt.Errorf("%w: %w", errNone, err)
	}
	i := slices.IndexFunc(n.Sigs, func(s note.Signature) bool { return s.Name == v.Name() && s.Hash == v.KeyHash() })
	if i < 0 {
		return Cosignature{}, errNone
	}
	sig := n.Sigs[i]
	if _, err := base64.StdEncoding.Strict().DecodeString(sig.Base64); err != nil {
		return Cosignature{}, fmt.Errorf("%w: %w", errNone, err)
	}
	at, err := torchwood.CosignatureTimestamp(sig)
	if err != nil || at <= 0 {
		return Cosignature{}, fmt.Errorf("%w: without a time", errNone)
	}
	return Cosignature{Line: dash + sig.Name + " " + sig.Base64 + "\n", At: time.Unix(at, 0).UTC()}, nil
}

// Split takes a signed note apart: its text with the newline at its end, and its
// signature lines.
func Split(signed string) (text, lines string, found bool) {
	text, lines, found = strings.Cut(signed, "\n\n")
	return text + "\n", lines, found
}
