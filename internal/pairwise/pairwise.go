package pairwise

import (
	"encoding/base64"
	"encoding/binary"
	"slices"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/siv"
)

// Associated data of identifiers before the agency's code, and of cursors before
// what they belong to; the version changes with the form of the plaintext.
const (
	context = "tongxin/pairwise/1/"
	cursor  = "tongxin/cursor/1/"
)

// encoding is strict: an identifier has one spelling.
var encoding = base64.RawURLEncoding.Strict()

// oneSpelling tells a text from others that decode to the same bytes: the decoder
// passes over line ends, strict or not.
func oneSpelling(text string, decoded []byte) bool {
	return encoding.EncodedLen(len(decoded)) == len(text)
}

// longest is the longest identifier that is looked at.
const longest = 200

// IDs encrypts deterministically (AES-SIV) with the agency as associated data:
// no table, and no two agencies can compare what they hold.
type IDs struct{ aead *siv.AEAD }

// New uses an AES-SIV key, as keyring.Ring.Pairwise gives it.
func New(aead *siv.AEAD) *IDs { return &IDs{aead: aead} }

// Encode is the identifier of a record of a type for an agency.
func (i *IDs) Encode(agency, typename string, id int64) string {
	return string(i.Append(nil, agency, typename, id))
}

// Append adds the identifier to into.
func (i *IDs) Append(into []byte, agency, typename string, id int64) []byte {
	var room struct{ plain, datum, sealed [64]byte }                   // on the stack for every name we have
	plain := binary.BigEndian.AppendUint64(room.plain[:0], uint64(id)) //nolint:gosec // ids are positive
	plain = append(plain, typename...)
	datum := append(append(room.datum[:0], context...), agency...)
	return encoding.AppendEncode(into, i.aead.Seal(room.sealed[:0], plain, datum))
}

// Decode gives type and internal id of an identifier that this agency was
// given. Anything else, another agency's id included, is fault.NotFound.
func (i *IDs) Decode(agency, id string) (string, int64, error) {
	var room struct{ text, sealed, plain, datum [longest]byte }
	if len(id) <= longest {
		sealed, err := encoding.AppendDecode(room.sealed[:0], append(room.text[:0], id...))
		if err == nil && oneSpelling(id, sealed) {
			plain, err := i.aead.Open(room.plain[:0], sealed, append(append(room.datum[:0], context...), agency...))
			if err == nil && len(plain) > 8 {
				return typenameOf(plain[8:]), int64(binary.BigEndian.Uint64(plain)), nil //nolint:gosec // written by Append
			}
		}
	}
	return "", 0, unknown()
}

// DecodeAs is the internal id of an identifier that must be of one of some types;
// one of another type is fault.NotFound too.
func (i *IDs) DecodeAs(agency, id string, types ...string) (int64, error) {
	typename, n, err := i.Decode(agency, id)
	if err == nil && !slices.Contains(types, typename) {
		return 0, unknown()
	}
	return n, err
}

func unknown() error {
	return fault.New(fault.NotFound, "没有这个编号，或不在您的范围内。", "There is no such id in your reach.")
}

// typenameOf spares the copy of what nearly all identifiers name.
func typenameOf(text []byte) string {
	const child = "Child"
	if string(text) == child {
		return child
	}
	return string(text)
}

// Seal hides a cursor's contents and binds it to what it belongs to.
func (i *IDs) Seal(bound string, plain []byte) string {
	return string(i.AppendSeal(nil, bound, plain))
}

// AppendSeal adds a sealed cursor to into.
func (i *IDs) AppendSeal(into []byte, bound string, plain []byte) []byte {
	var room struct{ sealed, datum [longest]byte }
	datum := append(append(room.datum[:0], cursor...), bound...)
	return encoding.AppendEncode(into, i.aead.Seal(room.sealed[:0], plain, datum))
}

// Unseal opens a cursor; one that was edited or belongs elsewhere is refused.
func (i *IDs) Unseal(bound, text string) ([]byte, error) {
	sealed, err := encoding.DecodeString(text)
	if err == nil && oneSpelling(text, sealed) {
		plain, err := i.aead.Open(nil, sealed, []byte(cursor+bound))
		if err == nil {
			return plain, nil
		}
	}
	return nil, fault.New(fault.BadRequest,
		"游标与本次查询不符，请从第一页重新开始。", "The cursor does not belong to this query; start from the first page.")
}
