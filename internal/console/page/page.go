package page

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
)

//go:embed templates/*.html
var templates embed.FS

//go:embed static
var statics embed.FS

// readPages reads the templates of all areas, each with the layout around it; version is
// that of the static files.
func readPages(areas []Area, version string) (map[string]*template.Template, error) {
	funcs := template.FuncMap{"dict": dict, "version": func() string { return version }}
	common, err := template.New("").Funcs(funcs).ParseFS(templates, "templates/layout.html", "templates/parts.html")
	if err != nil {
		return nil, err
	}
	out := map[string]*template.Template{}
	for _, area := range append(areas, Area{Templates: templates}) {
		if area.Templates == nil {
			continue
		}
		names, err := fs.Glob(area.Templates, "templates/*.html")
		if err != nil {
			return nil, err
		}
		of, err := ofArea(common, area, names)
		if err != nil {
			return nil, err
		}
		for _, file := range names {
			one, err := of.Clone()
			if err != nil {
				return nil, err
			}
			name := strings.TrimSuffix(path.Base(file), ".html")
			if file == areaParts {
				continue
			}
			if out[name] != nil {
				return nil, fmt.Errorf("two pages are named %s", name)
			}
			if out[name], err = one.ParseFS(area.Templates, file); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// areaParts is what the pages of one area share.
const areaParts = "templates/parts.html"

// ofArea is what every page of an area begins with.
func ofArea(common *template.Template, area Area, names []string) (*template.Template, error) {
	of, err := common.Clone()
	if err != nil || !slices.Contains(names, areaParts) {
		return of, err
	}
	return of.ParseFS(area.Templates, areaParts)
}

// dict passes several values to a part of a page.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errors.New("dict: a name without value")
	}
	out := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		out[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return out, nil
}

// Show writes a page, complete before its first byte leaves.
func (v *Visit) Show(name string, p View) { v.ShowAs(http.StatusOK, name, p) }

// ShowAs writes a page that says that something went wrong.
func (v *Visit) ShowAs(status int, name string, p View) {
	p.Session, p.Hat, p.Lang, p.Path, p.named = v.Session, v.Hat, v.Lang, v.address(), v.named
	v.Site.Write(v.W, v.R, name, status, p)
}

// address is where the same page is found again, with what it was asked for.
func (v *Visit) address() string {
	if v.R.Method == http.MethodGet {
		return v.R.URL.RequestURI()
	}
	return v.R.URL.EscapedPath()
}

// Write writes a page for whoever asks.
func (c *Site) Write(w http.ResponseWriter, r *http.Request, name string, status int, p View) {
	p.site, p.Page, p.Demo = c, name, c.Demo
	if p.Session != nil {
		var err error
		if p.Drafts, err = c.Sessions.DraftKey(p.Session.Person); err != nil {
			c.Warn(r.Context(), err)
		}
	}
	var out bytes.Buffer
	if err := c.pages[name].ExecuteTemplate(&out, "layout", &p); err != nil {
		c.Warn(r.Context(), fmt.Errorf("page %s: %w", name, err))
		http.Error(w, "系统内部错误。 Internal error. INTERNAL", http.StatusInternalServerError)
		return
	}
	body := out.Bytes()
	if p.named != nil {
		body = p.named(body)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", p.Lang)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // who has left needs no page
}
