package keyring

import (
	"crypto/hkdf"
	"crypto/hmac"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/emmansun/gmsm/sm3"
	"github.com/tink-crypto/tink-go/v2/daead/aessiv"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/secretdata"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/text/unicode/norm"

	"github.com/tongxin-hub/tongxin/internal/siv"
)

const (
	// pairwiseBytes is the length of an AES-256-SIV key.
	pairwiseBytes = 64
	// secretBytes is the length of the join secret and of an agency's join key.
	secretBytes = 32
	// nameBytes make the log's origin unique.
	nameBytes = 4
	// joinContext separates the join keys from anything else derived later.
	joinContext = "tongxin join key v1 "
	// sessionContext separates the key of console sessions from the join keys.
	sessionContext = "tongxin console session v1"
	// transferContext separates the secret of transfers between hubs from both.
	transferContext = "tongxin transfer v1"
)

// Ring is the key material of one hub, ready for use. It is safe for concurrent
// use and is never printed.
type Ring struct {
	pairwise    *keyset.Handle
	joinSecret  []byte
	signingKey  string
	verifierKey string

	aead   *siv.AEAD
	signer note.Signer
}

// Generate makes new key material from random. Open does so with real
// randomness; tests pass a reader of their own.
func Generate(random io.Reader) (*Ring, error) {
	material := make([]byte, pairwiseBytes+secretBytes+nameBytes)
	if _, err := io.ReadFull(random, material); err != nil {
		return nil, fmt.Errorf("generate keys: %w", err)
	}
	pairwise, err := pairwiseKeyset(material[:pairwiseBytes])
	if err != nil {
		return nil, fmt.Errorf("generate pairwise key: %w", err)
	}
	// The name tells hubs apart for witnesses that sign for several.
	name := "tongxin.hub/" + hex.EncodeToString(material[pairwiseBytes+secretBytes:])
	signing, verifier, err := note.GenerateKey(random, name)
	if err != nil {
		return nil, fmt.Errorf("generate signing key: %w", err)
	}
	return assemble(Ring{
		pairwise: pairwise, joinSecret: material[pairwiseBytes : pairwiseBytes+secretBytes],
		signingKey: signing, verifierKey: verifier,
	})
}

func pairwiseKeyset(material []byte) (*keyset.Handle, error) {
	parameters, err := aessiv.NewParameters(pairwiseBytes, aessiv.VariantNoPrefix)
	if err != nil {
		return nil, err
	}
	key, err := aessiv.NewKey(secretdata.NewBytesFromData(material, insecuresecretdataaccess.Token{}), 0, parameters)
	if err != nil {
		return nil, err
	}
	manager := keyset.NewManager()
	id, err := manager.AddKey(key)
	if err != nil {
		return nil, err
	}
	if err := manager.SetPrimary(id); err != nil {
		return nil, err
	}
	return manager.Handle()
}

// sealer is the one key of the set: all identifiers ever handed out are its own.
func sealer(set *keyset.Handle) (*siv.AEAD, error) {
	entry, err := set.Primary()
	if err != nil {
		return nil, err
	}
	key, ok := entry.Key().(*aessiv.Key)
	if !ok || set.Len() != 1 || len(key.OutputPrefix()) > 0 {
		return nil, fmt.Errorf("%s must hold one AES-SIV key without prefix, as the hub wrote it", pairwiseFile)
	}
	return siv.New(key.KeyBytes().Data(insecuresecretdataaccess.Token{}))
}

// assemble makes the working primitives of raw material.
func assemble(r Ring) (*Ring, error) {
	var err error
	if r.aead, err = sealer(r.pairwise); err != nil {
		return nil, fmt.Errorf("use pairwise key: %w", err)
	}
	if r.signer, err = note.NewSigner(r.signingKey); err != nil {
		return nil, fmt.Errorf("use signing key: %w", err)
	}
	verifier, err := note.NewVerifier(r.verifierKey)
	if err != nil {
		return nil, fmt.Errorf("use verifier key: %w", err)
	}
	if verifier.Name() != r.signer.Name() || verifier.KeyHash() != r.signer.KeyHash() {
		return nil, fmt.Errorf("the verifier key %s does not belong to the signing key; restore both from the same backup", verifierFile)
	}
	return &r, nil
}

// Pairwise encrypts internal ids deterministically (AES-SIV): give the agency
// as associated data, and the same child has another identifier for each
// agency. Losing this key changes every identifier ever handed out.
func (r *Ring) Pairwise() *siv.AEAD { return r.aead }

// JoinKey is the secret shared with one agency, for its own computation of join
// tokens. It tells nothing about the key of another agency.
func (r *Ring) JoinKey(agencyCode string) []byte { return r.derived(joinContext + agencyCode) }

func (r *Ring) derived(context string) []byte {
	key, err := hkdf.Key(sm3.New, r.joinSecret, nil, context, secretBytes)
	if err != nil {
		// Only a length beyond 255 hashes is an error, and ours is one hash.
		panic("keyring: " + err.Error())
	}
	return key
}

// JoinToken stands for an identity number between the hub and one agency, so
// that "is this child yours?" can be asked without sending the number:
// HMAC-SM3 under the agency's join key over kind and number, in hex. Width,
// letter case and blanks of the number do not matter.
func (r *Ring) JoinToken(agencyCode, kind, number string) string {
	number = strings.ToUpper(norm.NFKC.String(number))
	number = strings.Join(strings.Fields(number), "")
	mac := hmac.New(sm3.New, r.JoinKey(agencyCode))
	// The length of kind keeps ("A", "B1") and ("AB", "1") apart.
	_, _ = mac.Write([]byte(strconv.Itoa(len(kind)) + ":" + kind + number))
	return hex.EncodeToString(mac.Sum(nil))
}

// SessionKey seals what the console keeps of a signed-in person. Like the join keys it
// comes from the join secret and tells nothing about them.
func (r *Ring) SessionKey() []byte { return r.derived(sessionContext) }

// TransferSecret is what the keys are made of that sign and open what hubs send each
// other. Like the join keys it comes from the join secret and tells nothing about them.
func (r *Ring) TransferSecret() []byte { return r.derived(transferContext) }

// Signer signs checkpoints of the audit log (Ed25519, C2SP signed note). Its
// Name is the origin of the log.
func (r *Ring) Signer() note.Signer { return r.signer }

// VerifierKey is the public half in note format. Publish it, and give it to
// every witness: with it anybody can check the hub's checkpoints.
func (r *Ring) VerifierKey() string { return r.verifierKey }

// String keeps the keys out of logs.
func (r *Ring) String() string { return "keyring of " + r.signer.Name() }

// GoString keeps the keys out of %#v.
func (r *Ring) GoString() string { return r.String() }
