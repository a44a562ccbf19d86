package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/console/fact"
	"github.com/tongxin-hub/tongxin/internal/console/session"
	"github.com/tongxin-hub/tongxin/policy"
)

//go:embed templates/*.html
var templates embed.FS

//go:embed static
var statics embed.FS

// pages are the templates by name, each with the layout around it.
type pages map[string]*template.Template

func readPages() (pages, error) {
	version, err := staticVersion()
	if err != nil {
		return nil, err
	}
	funcs := template.FuncMap{"dict": dict, "version": func() string { return version }}
	common, err := template.New("").Funcs(funcs).ParseFS(templates, "templates/layout.html", "templates/parts.html")
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(templates, "templates/*.html")
	if err != nil {
		return nil, err
	}
	out := pages{}
	for _, name := range names {
		one, err := common.Clone()
		if err != nil {
			return nil, err
		}
		if out[strings.TrimSuffix(path.Base(name), ".html")], err = one.ParseFS(templates, name); err != nil {
			return nil, err
		}
	}
	return out, nil
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

// view is what a template sees.
type view struct {
	c       *Console
	Lang    string
	Session *session.Session
	Hat     hat
	Demo    bool
	// Path is the page itself, to come back to after a change of language.
	Path string
	// About is the handle of the child that the page is about, for the report of harm.
	About string
	// Moves is where the forms of moves go.
	Moves string
	Page  string
	// Done is the key of the sentence about what was just done; Entry its record.
	Done, Entry string
	Body        any
}

// T is a sentence in the page's language.
func (p *view) T(key string, pairs ...any) (string, error) {
	return p.c.words.Say(p.Lang, key, pairs...)
}

// Value names a value of an enum of the schema.
func (p *view) Value(enum string, value any) string {
	switch v := value.(type) {
	case string:
		return p.c.lexicon.Value(p.Lang, enum, v)
	case *string:
		if v != nil {
			return p.c.lexicon.Value(p.Lang, enum, *v)
		}
		return ""
	}
	return p.c.lexicon.Value(p.Lang, enum, fmt.Sprint(value))
}

// Label names a coordinate of the schema.
func (p *view) Label(coordinate string) string { return p.c.lexicon.Coordinate(p.Lang, coordinate) }

// Purpose names a purpose.
func (p *view) Purpose(code string) string {
	for _, info := range p.c.deps.Purposes {
		if string(info.Code) == code {
			return pick(p.Lang, info.Name.ZH, info.Name.EN)
		}
	}
	return code
}

// Role names a role.
func (p *view) Role(code string) string {
	for _, info := range policy.Roles() {
		if string(info.Code) == code {
			return pick(p.Lang, info.Name.ZH, info.Name.EN)
		}
	}
	return code
}

// Leads says whether the post has something to do with dropout prevention's ledgers, or
// reads figures alone.
func (p *view) Leads(page string) bool {
	switch page {
	case "ledgers":
		return p.Hat.Role == string(policy.DPS) || p.Hat.Role == string(policy.SUP)
	case "desk":
		return p.Hat.Role == string(policy.CM) || p.Hat.Role == string(policy.SUP)
	case "month":
		return p.Hat.Role == string(policy.HT)
	case "board":
		return p.Hat.Role == string(policy.STA)
	}
	return p.Hat.Role != string(policy.STA) && p.Hat.Role != string(policy.AUD)
}

// Task names a kind of thing to do.
func (p *view) Task(code string) string {
	if text, known := p.c.deps.Tasks[code]; known {
		return pick(p.Lang, text.ZH, text.EN)
	}
	return code
}

// Moment and Day write times of the schema.
func (p *view) Moment(text *string) string {
	if text == nil {
		return ""
	}
	return fact.Moment(p.Lang, *text)
}

// Day writes a date of the schema.
func (p *view) Day(text *string) string {
	if text == nil {
		return ""
	}
	return fact.Day(p.Lang, *text)
}

func pick(lang, zh, en string) string {
	if lang == "en" {
		return en
	}
	return zh
}

// show writes a page, complete before its first byte leaves.
func (v *visit) show(name string, p view) { v.showAs(http.StatusOK, name, p) }

func (v *visit) showAs(status int, name string, p view) {
	p.Session, p.Hat, p.Lang, p.Path = v.session, v.hat, v.lang, v.r.URL.EscapedPath()
	v.c.write(v.w, v.r, name, status, p)
}

func (c *Console) write(w http.ResponseWriter, r *http.Request, name string, status int, p view) {
	p.c, p.Page, p.Demo = c, name, c.deps.Demo
	var out bytes.Buffer
	if err := c.pages[name].ExecuteTemplate(&out, "layout", &p); err != nil {
		c.warn(r.Context(), fmt.Errorf("page %s: %w", name, err))
		http.Error(w, "系统内部错误。 Internal error. INTERNAL", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", p.Lang)
	w.Header().Set("Content-Length", strconv.Itoa(out.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes()) // who has left needs no page
}

// static serves the style and the scripts; their address changes with their content.
func (c *Console) static(w http.ResponseWriter, r *http.Request) {
	media := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}[path.Ext(r.PathValue("file"))]
	body, err := statics.ReadFile("static/" + r.PathValue("file"))
	if err != nil || media == "" {
		c.notThere(w, r)
		return
	}
	w.Header().Set("Content-Type", media)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) //nolint:gosec // a file of the program
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
