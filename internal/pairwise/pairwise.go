package pairwise

import (
	"encoding/base64"
	"encoding/binary"

	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

// context is the associated data before the agency's code; its version changes
// with the form of the plaintext.
const context = "tongxin/pairwise/1/"

// encoding is strict: an identifier has one spelling.
var encoding = base64.RawURLEncoding.Strict()

// IDs encrypts deterministically (AES-SIV) with the agency as associated data:
// no table, and no two agencies can compare what they hold.
type IDs struct{ aead tink.DeterministicAEAD }

// New uses a deterministic AEAD, as keyring.Ring.Pairwise gives it.
func New(aead tink.DeterministicAEAD) *IDs { return &IDs{aead: aead} }

// Encode is the identifier of a record of a type for an agency.
func (i *IDs) Encode(agency, typename string, id int64) (string, error) {
	plain := make([]byte, 8, 8+len(typename))
	binary.BigEndian.PutUint64(plain, uint64(id)) //nolint:gosec // ids are positive
	plain = append(plain, typename...)
	sealed, err := i.aead.EncryptDeterministically(plain, []byte(context+agency))
	if err != nil {
		return "", err
	}
	return encoding.EncodeToString(sealed), nil
}

// Decode gives type and internal id of an identifier that this agency was
// given. Anything else, another agency's id included, is fault.NotFound.
func (i *IDs) Decode(agency, id string) (string, int64, error) {
	sealed, err := encoding.DecodeString(id)
	if err == nil && len(id) <= 200 {
		plain, err := i.aead.DecryptDeterministically(sealed, []byte(context+agency))
		if err == nil && len(plain) > 8 {
			return string(plain[8:]), int64(binary.BigEndian.Uint64(plain)), nil //nolint:gosec // written by Encode
		}
	}
	return "", 0, fault.New(fault.NotFound, "没有这个编号，或不在您的范围内。", "There is no such id in your reach.")
}

// Seal hides a cursor's contents and binds it to what it belongs to.
func (i *IDs) Seal(bound string, plain []byte) (string, error) {
	sealed, err := i.aead.EncryptDeterministically(plain, []byte("tongxin/cursor/1/"+bound))
	if err != nil {
		return "", err
	}
	return encoding.EncodeToString(sealed), nil
}

// Unseal opens a cursor; one that was edited or belongs elsewhere is refused.
func (i *IDs) Unseal(bound, cursor string) ([]byte, error) {
	sealed, err := encoding.DecodeString(cursor)
	if err == nil {
		plain, err := i.aead.DecryptDeterministically(sealed, []byte("tongxin/cursor/1/"+bound))
		if err == nil {
			return plain, nil
		}
	}
	return nil, fault.New(fault.BadRequest,
		"游标与本次查询不符，请从第一页重新开始。", "The cursor does not belong to this query; start from the first page.")
}
