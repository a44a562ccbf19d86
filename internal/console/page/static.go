package page

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// file is a static file, also as it travels: packed when it is first asked for.
type file struct {
	plain  []byte
	packed func() ([]byte, error)
}

// readStatics reads the static files. Pages themselves are sent as they are: they hold
// secrets beside what was typed, and what packs well tells by its length.
func readStatics() (map[string]file, error) {
	names, err := fs.Glob(statics, "static/*")
	if err != nil {
		return nil, err
	}
	out := map[string]file{}
	for _, name := range names {
		body, err := statics.ReadFile(name)
		if err != nil {
			return nil, err
		}
		out[path.Base(name)] = file{body, sync.OnceValues(func() ([]byte, error) { return pack(body) })}
	}
	return out, nil
}

func pack(body []byte) ([]byte, error) {
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err = w.Write(body); err == nil {
		err = w.Close()
	}
	return packed.Bytes(), err
}

// static serves the style and the scripts; their address changes with their content.
func (c *Site) static(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	media := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}[path.Ext(name)]
	f, known := c.statics[name]
	if !known || media == "" {
		c.notThere(w, r)
		return
	}
	body := f.plain
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		if packed, err := f.packed(); err == nil {
			body = packed
			w.Header().Set("Content-Encoding", "gzip")
		}
	}
	w.Header().Set("Vary", "Accept-Encoding")
	w.Header().Set("Content-Type", media)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

// versionOf changes when a static file does.
func versionOf(files map[string]file) string {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		sum.Write(files[name].plain)
	}
	return hex.EncodeToString(sum.Sum(nil))[:12]
}
