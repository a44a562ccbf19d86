package page

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/Khan/genqlient/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/console/ask"
	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/session"
	"github.com/tongxin-hub/tongxin/internal/console/words"
	"github.com/tongxin-hub/tongxin/internal/fault"
)

// pagePolicy lets a page load its own style and script and send forms to the hub; nothing
// inline, nothing from elsewhere.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// maxForm is the largest form that is read.
const maxForm = 64 << 10

const (
	languageCookie = "tongxin-lang"
	// SessionCookie names the cookie of a session.
	SessionCookie = "tongxin"
)

// Visit is one request of somebody who is signed in.
type Visit struct {
	Site    *Site
	W       http.ResponseWriter
	R       *http.Request
	Session *session.Session
	Hat     Hat
	Lang    string

	notes map[string][]form.Option
	met   map[lexicon.Kind]*codes
}

// Once asks for choices once for a page, however many forms offer them.
func (v *Visit) Once(what string, ask func() ([]form.Option, error)) ([]form.Option, error) {
	if known, has := v.notes[what]; has {
		return known, nil
	}
	options, err := ask()
	if err != nil {
		return nil, err
	}
	if v.notes == nil {
		v.notes = map[string][]form.Option{}
	}
	v.notes[what] = options
	return options, nil
}

// guard sets what every page carries and refuses forms that other sites send.
func (c *Site) guard(next http.Handler) http.Handler {
	crossing := http.NewCrossOriginProtection()
	crossing.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.Fail(w, r, nil, fault.New(fault.Forbidden, "此表单来自其他网站，未被受理。", "This form came from another site and was not accepted."))
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", pagePolicy)
		if r.Body != nil {
			r.Body = http.MaxBytesReader(w, r.Body, max(maxForm, c.uploads[r.URL.Path]))
		}
		crossing.Handler(next).ServeHTTP(w, r)
	})
}

// signedIn lets a page be seen by whoever has a session, and by nobody else.
func (c *Site) signedIn(page func(*Visit)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s, err := c.Find(r)
		switch {
		case errors.Is(err, session.ErrNone):
			c.ClearCookie(w, SessionCookie)
			http.Redirect(w, r, "/signin", http.StatusSeeOther)
			return
		case err != nil:
			c.Fail(w, r, nil, err)
			return
		}
		c.Keep(w, s)
		if err := r.ParseForm(); err != nil {
			c.Fail(w, r, s, fault.Wrap(fault.BadRequest, "表单无法读取或过大。", "The form cannot be read or is too large.", err))
			return
		}
		page(&Visit{Site: c, W: w, R: r, Session: s, Hat: HatOf(s), Lang: c.Language(r)})
	}
}

// quietly serves what a page asks by itself, for as long as there is a session.
func (c *Site) quietly(serve func(*Visit)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		cookie, err := r.Cookie(c.CookieName(SessionCookie))
		var s *session.Session
		if err == nil {
			s, err = c.Sessions.Peek(r.Context(), cookie.Value)
		}
		switch {
		case errors.Is(err, session.ErrNone) || errors.Is(err, http.ErrNoCookie):
			http.Redirect(w, r, "/signin", http.StatusSeeOther)
		case err != nil:
			c.Fail(w, r, nil, err)
		default:
			serve(&Visit{Site: c, W: w, R: r, Session: s, Hat: HatOf(s), Lang: c.Language(r)})
		}
	}
}

// Find is the session of a request.
func (c *Site) Find(r *http.Request) (*session.Session, error) {
	cookie, err := r.Cookie(c.CookieName(SessionCookie))
	if err != nil {
		return nil, session.ErrNone
	}
	return c.Sessions.Find(r.Context(), cookie.Value)
}

// Keep gives the browser a cookie that is new.
func (c *Site) Keep(w http.ResponseWriter, s *session.Session) {
	if s.Fresh {
		c.SetCookie(w, SessionCookie, s.Cookie, 0)
	}
}

// CookieName binds a cookie to this very host where the connection is encrypted.
func (c *Site) CookieName(name string) string {
	if c.secure {
		return "__Host-" + name
	}
	return name
}

// SetCookie gives the browser a cookie that no script reads.
func (c *Site) SetCookie(w http.ResponseWriter, name, value string, age int) {
	//nolint:gosec // Secure everywhere but on the demo's loopback address
	http.SetCookie(w, &http.Cookie{
		Name: c.CookieName(name), Value: value, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteLaxMode,
	})
}

// ClearCookie takes it back.
func (c *Site) ClearCookie(w http.ResponseWriter, name string) { c.SetCookie(w, name, "", -1) }

// Language is what the browser was told last, else what it prefers, else Chinese.
func (c *Site) Language(r *http.Request) string {
	if cookie, err := r.Cookie(c.CookieName(languageCookie)); err == nil {
		return words.Known(cookie.Value)
	}
	if strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), words.EN) {
		return words.EN
	}
	return words.ZH
}

// setLanguage changes the language and shows the same page again.
func (c *Site) setLanguage(w http.ResponseWriter, r *http.Request) {
	const year = 365 * 24 * 60 * 60
	c.SetCookie(w, languageCookie, words.Known(r.PostFormValue("lang")), year)
	http.Redirect(w, r, local(r.PostFormValue("back")), http.StatusSeeOther)
}

// local is a path of this console, whatever was sent.
func local(back string) string {
	u, err := url.Parse(back)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(back, "/") || strings.HasPrefix(back, "//") || strings.ContainsAny(back, "\\\r\n") {
		return "/"
	}
	return back
}

// As is how the visitor asks the hub, in the post and for the purpose of this page.
func (v *Visit) As() ask.As {
	return ask.As{Page: v.R, Token: v.Session.Token, Post: v.Hat.Post, Purpose: v.Hat.Purpose, Ticket: v.Hat.Ticket}
}

// AsOf is the same post for another purpose, without ticket.
func (v *Visit) AsOf(purpose string) ask.As {
	as := v.As()
	as.Purpose, as.Ticket = purpose, ""
	return as
}

// Context is the context of the request.
func (v *Visit) Context() context.Context { return v.R.Context() }

// OK is false where an error was shown instead of the page.
func (v *Visit) OK(err error) bool {
	if err == nil {
		return true
	}
	v.Site.Fail(v.W, v.R, v.Session, err)
	return false
}

// Warn writes an error to the log.
func (c *Site) Warn(ctx context.Context, err error) {
	c.Log.ErrorContext(ctx, "page failed", slog.Any("error", err))
}

// Hub is the client of generated code for this visit; receipt, where given, takes what
// the hub says about its answer.
func (v *Visit) Hub(receipt *ask.Receipt) graphql.Client { return v.Site.HubAs(v.As(), receipt) }

// HubAs is the same for somebody who says in which post and for which purpose.
func (c *Site) HubAs(as ask.As, receipt *ask.Receipt) graphql.Client { return c.ask.For(as, receipt) }

// Ask sends a document by its name, and gives its operation with the answer.
func (v *Visit) Ask(name string, variables map[string]any) (*ast.OperationDefinition, ask.Answer, error) {
	d, known := v.Site.Documents[name]
	if !known {
		return nil, ask.Answer{}, errors.New("no document " + name)
	}
	answer, err := v.AskDocument(d, variables)
	return d.Operation, answer, err
}

// AskDocument sends a document.
func (v *Visit) AskDocument(d operations.Document, variables map[string]any) (ask.Answer, error) {
	answer, err := v.Site.ask.Ask(v.Context(), v.As(), d.Text, d.Operation.Name, variables)
	if err == nil {
		v.meet(d.Operation.SelectionSet, answer.Data)
	}
	return answer, err
}
