package courier

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/packet"
)

// Receiver keeps a sealed packet and returns the sealed receipt.
type Receiver func(ctx context.Context, sealed []byte) ([]byte, error)

// refusal is the answer to a packet that is not taken: a code of the closed list and no
// word about what the hub knows.
type refusal struct {
	Code    fault.Code `json:"code"`
	Message string     `json:"message"`
}

// Handler takes packets in. Who sends is known by the packet's signature alone.
func Handler(receive Receiver, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		receipt, err := take(w, r, receive)
		body, status := receipt, http.StatusOK
		w.Header().Set("Content-Type", media)
		if err != nil {
			log.InfoContext(r.Context(), "packet not taken", slog.String("code", string(fault.CodeOf(err))))
			public := fault.Public(err)
			if body, err = json.Marshal(refusal{public.Code, public.Sentence()}); err != nil {
				body = nil
			}
			status = statusOf(public.Code)
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
		}
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		_, _ = w.Write(body) //nolint:gosec // JSON or a sealed receipt, never a page; who has left asks again
	})
}

func take(w http.ResponseWriter, r *http.Request, receive Receiver) ([]byte, error) {
	if r.Header.Get("Content-Type") != media {
		return nil, fault.New(fault.BadRequest, "只接受 application/jose。", "Only application/jose is taken.")
	}
	sealed, err := io.ReadAll(http.MaxBytesReader(w, r.Body, packet.MaxSealed))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, fault.New(fault.CostLimit, "此包过大。", "This packet is too large.")
	case err != nil:
		return nil, fault.New(fault.BadRequest, "此包未完整送达。", "The packet did not arrive whole.")
	}
	return receive(r.Context(), sealed)
}

func statusOf(code fault.Code) int {
	switch code {
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.CostLimit:
		return http.StatusRequestEntityTooLarge
	case fault.BadRequest:
		return http.StatusBadRequest
	default:
		return http.StatusServiceUnavailable
	}
}
