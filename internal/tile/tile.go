package tile

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

// Log is what is served. Nothing of it tells about people, so nobody is asked
// who he is. NotFound means that no signed tree has what was asked for.
type Log interface {
	// Checkpoint is the signed note to verify the log by.
	Checkpoint(ctx context.Context) ([]byte, error)
	// Hashes are width hashes of the n'th tile at a level.
	Hashes(ctx context.Context, level int, n int64, width int) ([]byte, error)
	// Leaves are the bytes of the entries from one to before another.
	Leaves(ctx context.Context, from, to int64) ([][]byte, error)
}

// forever: a tile never changes, a partial one neither, because its width is in
// its address.
const forever = "public, max-age=31536000, immutable"

// entries is the level that tlog gives to bundles of entries.
const entries = -1

// Handler serves checkpoint and tile/… below the prefix of the log.
func Handler(l Log, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.TrimPrefix(r.URL.Path, "/")
		if path == "checkpoint" {
			checkpoint, err := l.Checkpoint(r.Context())
			answer(w, r, log, content{"text/plain; charset=utf-8", "no-cache", checkpoint}, err)
			return
		}
		t, err := torchwood.ParseTilePath(path)
		if err != nil {
			refuse(w, http.StatusNotFound)
			return
		}
		body, err := read(r.Context(), l, t)
		if t.L == entries && err == nil {
			body, err = packed(w, r, body)
		}
		answer(w, r, log, content{"application/octet-stream", forever, body}, err)
	})
}

// content is an answer that was found.
type content struct {
	media, cache string
	body         []byte
}

// read fetches the bytes of a tile.
func read(ctx context.Context, l Log, t tlog.Tile) ([]byte, error) {
	if t.L != entries {
		return l.Hashes(ctx, t.L, t.N, t.W)
	}
	from := t.N * torchwood.TileWidth
	leaves, err := l.Leaves(ctx, from, from+int64(t.W))
	if err != nil {
		return nil, err
	}
	var bundle []byte
	for _, leaf := range leaves {
		if bundle, err = torchwood.AppendTileEntry(bundle, leaf); err != nil {
			return nil, err
		}
	}
	return bundle, nil
}

// packed compresses a bundle for clients that take it so.
func packed(w http.ResponseWriter, r *http.Request, body []byte) ([]byte, error) {
	w.Header().Set("Vary", "Accept-Encoding")
	if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		return body, nil
	}
	w.Header().Set("Content-Encoding", "gzip")
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, err := z.Write(body)
	err = errors.Join(err, z.Close())
	return out.Bytes(), err
}

// answer writes what was found, or why it was not.
func answer(w http.ResponseWriter, r *http.Request, log *slog.Logger, c content, err error) {
	switch {
	case fault.CodeOf(err) == fault.NotFound:
		refuse(w, http.StatusNotFound)
		return
	case err != nil:
		log.ErrorContext(r.Context(), "log not served", slog.Any("error", err))
		w.Header().Set("Retry-After", "2")
		refuse(w, http.StatusServiceUnavailable)
		return
	}
	h := w.Header()
	h.Set("Content-Type", c.media)
	h.Set("Cache-Control", c.cache)
	h.Set("Content-Length", strconv.Itoa(len(c.body)))
	if _, err := w.Write(c.body); err != nil {
		log.DebugContext(r.Context(), "answer not taken", slog.Any("error", err))
	}
}

// refuse answers without content. Nobody may keep the answer: a tile that is not
// there yet will be.
func refuse(w http.ResponseWriter, status int) {
	h := w.Header()
	h.Del("Content-Encoding")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(http.StatusText(status) + "\n")) // who has left needs no answer
}
