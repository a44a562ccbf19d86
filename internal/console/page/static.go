package page

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// file is a static file, also as it travels.
type file struct{ plain, packed []byte }

// readStatics packs the static files once. Pages themselves are sent as they are: they
// hold secrets beside what was typed, and what packs well tells by its length.
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
		var packed bytes.Buffer
		w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		if err != nil {
			return nil, err
		}
		if _, err = w.Write(body); err == nil {
			err = w.Close()
		}
		if err != nil {
			return nil, fmt.Errorf("pack %s: %w", name, err)
		}
		out[path.Base(name)] = file{body, packed.Bytes()}
	}
	return out, nil
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
		body = f.packed
		w.Header().Set("Content-Encoding", "gzip")
	}
	w.Header().Set("Vary", "Accept-Encoding")
	w.Header().Set("Content-Type", media)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

// staticVersion changes when a static file does.
func staticVersion() (string, error) {
	sum := sha256.New()
	names, err := fs.Glob(statics, "static/*")
	if err != nil {
		return "", err
	}
	for _, name := range names {
		body, err := statics.ReadFile(name)
		if err != nil {
			return "", err
		}
		sum.Write(body)
	}
	return hex.EncodeToString(sum.Sum(nil))[:12], nil
}
