package quorum

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tongxin-hub/tongxin/internal/cosignature"
)

// askTimeout bounds one request to a witness.
const askTimeout = 5 * time.Second

// Refusal is why a witness did not cosign, a stable code. It implements error.
type Refusal string

// Why a witness does not cosign. The first two say that the log is not the one it
// knows; the others that it could not judge.
const (
	// NotConsistent: the tree does not hold the one that the witness cosigned.
	NotConsistent Refusal = "NOT_CONSISTENT"
	// Ahead: the witness cosigned a larger tree than this hub has.
	Ahead Refusal = "AHEAD"
	// UnknownLog and UnknownKey: the witness follows another log, or another key.
	UnknownLog Refusal = "UNKNOWN_LOG"
	UnknownKey Refusal = "UNKNOWN_KEY"
	// Unreachable: no answer in time, or that it cannot work now.
	Unreachable Refusal = "UNREACHABLE"
	// WrongAnswer: what came is no cosignature under the witness's key.
	WrongAnswer Refusal = "WRONG_ANSWER"
)

// Refusals are all of them.
func Refusals() []Refusal {
	return []Refusal{NotConsistent, Ahead, UnknownLog, UnknownKey, Unreachable, WrongAnswer}
}

// Error implements error.
func (r Refusal) Error() string { return string(r) }

// behind: the witness stands at another size than was thought.
type behind struct{ known int64 }

// Error implements error.
func (b *behind) Error() string { return fmt.Sprintf("the witness stands at size %d", b.known) }

// newClient follows no redirect: a witness has one address.
func newClient() *http.Client {
	return &http.Client{
		Timeout:       askTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// add sends one request and returns the lines of a witness that cosigned.
func (c *Collector) add(ctx context.Context, w cosignature.Witness, r cosignature.Request) (string, error) {
	address := strings.TrimSuffix(w.URL, "/") + "/add-checkpoint"
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(r.Bytes()))
	if err != nil {
		return "", Unreachable
	}
	request.Header.Set("Content-Type", "text/plain; charset=utf-8")
	response, err := c.client.Do(request) //nolint:gosec // the operator named the witness
	if err != nil {
		return "", Unreachable
	}
	defer response.Body.Close() //nolint:errcheck // read only
	body, err := io.ReadAll(io.LimitReader(response.Body, cosignature.MaxRequest))
	if err != nil {
		return "", Unreachable
	}
	return judge(response.StatusCode, string(body))
}

// judge takes the answer of a witness for what the standard says it means.
func judge(status int, body string) (string, error) {
	switch status {
	case http.StatusOK:
		return body, nil
	case http.StatusConflict:
		known, err := strconv.ParseInt(strings.TrimSuffix(body, "\n"), 10, 64)
		if err != nil || known < 0 {
			return "", WrongAnswer
		}
		return "", &behind{known}
	case http.StatusUnprocessableEntity:
		return "", NotConsistent
	case http.StatusNotFound:
		return "", UnknownLog
	case http.StatusForbidden:
		return "", UnknownKey
	case http.StatusTooManyRequests:
		return "", Unreachable
	}
	if status >= http.StatusInternalServerError {
		return "", Unreachable
	}
	return "", WrongAnswer
}

// cosign has one witness cosign a checkpoint, from the size where it is thought
// to stand; once it says that it stands elsewhere, from there.
func (c *Collector) cosign(ctx context.Context, w cosignature.Witness, tree signedTree, old int64) (cosignature.Cosignature, error) {
	text, _, _ := cosignature.Split(tree.note)
	for range 2 {
		if old > tree.size {
			return cosignature.Cosignature{}, Ahead
		}
		proof, err := c.log.Consistency(ctx, old, tree.size)
		if err != nil {
			return cosignature.Cosignature{}, err
		}
		lines, err := c.add(ctx, w, cosignature.Request{Old: old, Proof: proof, Checkpoint: []byte(tree.note)})
		var elsewhere *behind
		if errors.As(err, &elsewhere) {
			old = elsewhere.known
			continue
		}
		if err != nil {
			return cosignature.Cosignature{}, err
		}
		found, err := cosignature.Find(text, lines, w.Verifier)
		if err != nil {
			return cosignature.Cosignature{}, WrongAnswer
		}
		return found, nil
	}
	if old > tree.size {
		return cosignature.Cosignature{}, Ahead
	}
	return cosignature.Cosignature{}, WrongAnswer
}
