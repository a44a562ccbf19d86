package server

import (
	"context"
	"embed"
	"encoding/json"
	"log/slog"
	"net/http"
)

//go:embed explorer
var explorerFiles embed.FS

// explorerPolicy lets the page load its own script and style and talk to the
// hub that served it; nothing inline, nothing from elsewhere.
const explorerPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Explorer is the demo's page for asking questions as one of its callers. It
// hands out tokens, so it exists for invented data only.
type Explorer struct {
	// Callers returns the demo's callers with tokens that are good for a while.
	Callers func(context.Context) ([]ExplorerCaller, error)
	// Purposes and Samples fill the page's menus.
	Purposes []ExplorerPurpose
	Samples  []ExplorerSample
}

// ExplorerCaller is somebody to ask as.
type ExplorerCaller struct {
	// ZH and EN say who it is; samples name callers by Key.
	Key   string `json:"key"`
	ZH    string `json:"zh"`
	EN    string `json:"en"`
	Token string `json:"token"`
}

// ExplorerPurpose is a purpose with its names.
type ExplorerPurpose struct {
	Code string `json:"code"`
	ZH   string `json:"zh"`
	EN   string `json:"en"`
}

// ExplorerSample is a question to start from.
type ExplorerSample struct {
	ZH        string `json:"zh"`
	EN        string `json:"en"`
	Caller    string `json:"caller"`
	Purpose   string `json:"purpose"`
	Ticket    string `json:"ticket"`
	Query     string `json:"query"`
	Variables string `json:"variables"`
}

func (e *Explorer) register(mux *http.ServeMux, log *slog.Logger) {
	for path, file := range map[string]struct{ name, media string }{
		"GET /explorer":     {"explorer/index.html", "text/html; charset=utf-8"},
		"GET /explorer.js":  {"explorer/explorer.js", "text/javascript; charset=utf-8"},
		"GET /explorer.css": {"explorer/explorer.css", "text/css; charset=utf-8"},
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			body, err := explorerFiles.ReadFile(file.name)
			if err != nil {
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Content-Security-Policy", explorerPolicy)
			writePage(r.Context(), log, w, page{http.StatusOK, file.media, body})
		})
	}
	mux.HandleFunc("GET /explorer.json", func(w http.ResponseWriter, r *http.Request) { e.menus(w, r, log) })
}

// menus gives the page its callers, purposes and samples, and nobody else's
// page: a browser says where a request comes from.
func (e *Explorer) menus(w http.ResponseWriter, r *http.Request, log *slog.Logger) {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	callers, err := e.Callers(r.Context())
	if err != nil {
		log.ErrorContext(r.Context(), "no callers for the explorer", slog.Any("error", err))
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	body, err := json.Marshal(struct {
		Callers  []ExplorerCaller  `json:"callers"`
		Purposes []ExplorerPurpose `json:"purposes"`
		Samples  []ExplorerSample  `json:"samples"`
	}{callers, e.Purposes, e.Samples})
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	writePage(r.Context(), log, w, page{http.StatusOK, jsonMedia + utf8Suffix, body})
}
