package cosignature

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// MaxRequest bounds the body of add-checkpoint: 63 hashes and a note.
const MaxRequest = 16 << 10

// maxProof is how many hashes a consistency proof may have.
const maxProof = 63

// Request is the body of add-checkpoint.
type Request struct {
	// Old is the size of the tree that the witness cosigned last.
	Old int64
	// Proof leads from that tree to the one of the checkpoint.
	Proof []tlog.Hash
	// Checkpoint is the signed note.
	Checkpoint []byte
}

// Bytes is the request as it is sent.
func (r *Request) Bytes() []byte {
	b := fmt.Appendf(nil, "old %d\n", r.Old)
	for _, h := range r.Proof {
		b = fmt.Appendf(b, "%s\n", base64.StdEncoding.EncodeToString(h[:]))
	}
	b = append(b, '\n')
	return append(b, r.Checkpoint...)
}

// errRequest: the body is no request in its one form.
var errRequest = errors.New("malformed add-checkpoint request")

// ParseRequest reads what Bytes writes, and nothing else.
func ParseRequest(body []byte) (Request, error) {
	head, checkpoint, found := bytes.Cut(body, []byte("\n\n"))
	if !found || len(body) > MaxRequest {
		return Request{}, errRequest
	}
	lines := strings.Split(string(head), "\n")
	number, found := strings.CutPrefix(lines[0], "old ")
	old, err := strconv.ParseInt(number, 10, 64)
	if !found || err != nil || old < 0 || len(lines) > 1+maxProof {
		return Request{}, errRequest
	}
	r := Request{Old: old, Checkpoint: checkpoint}
	for _, line := range lines[1:] {
		hash, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(hash) != tlog.HashSize {
			return Request{}, errRequest
		}
		r.Proof = append(r.Proof, tlog.Hash(hash))
	}
	if !bytes.Equal(r.Bytes(), body) { // another spelling of the number or of a hash
		return Request{}, errRequest
	}
	return r, nil
}
