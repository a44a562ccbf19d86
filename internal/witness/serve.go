package witness

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/tongxin-hub/tongxin/internal/cosignature"
)

// Handler serves add-checkpoint and the last checkpoint.
func (w *Witness) Handler(log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /add-checkpoint", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.add(rw, r, log)
	}))
	mux.Handle("GET /"+w.originHash()+"/checkpoint", http.HandlerFunc(w.last))
	return mux
}

func (w *Witness) add(rw http.ResponseWriter, r *http.Request, log *slog.Logger) {
	line, err := w.read(rw, r)
	if err == nil {
		rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(rw, line) // the cosignature stands on the disk; who lost it asks again
		return
	}
	log.WarnContext(r.Context(), "not cosigned", slog.String("why", err.Error()))
	var c *conflict
	if errors.As(err, &c) {
		rw.Header().Set("Content-Type", "text/x.tlog.size")
		rw.WriteHeader(http.StatusConflict)
		_, _ = fmt.Fprintf(rw, "%d\n", c.known)
		return
	}
	status := statusOf(err)
	if status == http.StatusInternalServerError {
		err = errors.New("the state could not be kept")
	}
	http.Error(rw, err.Error(), status)
}

// read takes the request in and adds it.
func (w *Witness) read(rw http.ResponseWriter, r *http.Request) (string, error) {
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, cosignature.MaxRequest))
	if err != nil {
		return "", errMalformed
	}
	request, err := cosignature.ParseRequest(body)
	if err != nil {
		return "", errMalformed
	}
	return w.Add(request)
}

func statusOf(err error) int {
	switch {
	case errors.Is(err, errMalformed), errors.Is(err, errOldLarger):
		return http.StatusBadRequest
	case errors.Is(err, errUnsigned):
		return http.StatusForbidden
	case errors.Is(err, errUnknownLog):
		return http.StatusNotFound
	case errors.Is(err, errProof):
		return http.StatusUnprocessableEntity
	}
	return http.StatusInternalServerError
}

func (w *Witness) last(rw http.ResponseWriter, r *http.Request) {
	signed, _ := w.Last()
	if signed == "" {
		http.NotFound(rw, r)
		return
	}
	h := rw.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Length", strconv.Itoa(len(signed)))
	_, _ = io.WriteString(rw, signed) // who has left needs no answer
}
