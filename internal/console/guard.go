package console

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/console/ask"
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
	sessionCookie  = "tongxin"
	attemptCookie  = "tongxin-signin"
)

// visit is one request of somebody who is signed in.
type visit struct {
	c       *Console
	w       http.ResponseWriter
	r       *http.Request
	session *session.Session
	hat     hat
	lang    string
}

// guard sets what every page carries and refuses forms that other sites send.
func (c *Console) guard(next http.Handler) http.Handler {
	crossing := http.NewCrossOriginProtection()
	crossing.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.fail(w, r, nil, fault.New(fault.Forbidden, "此表单来自其他网站，未被受理。", "This form came from another site and was not accepted."))
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", pagePolicy)
		if r.Body != nil {
			r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		}
		crossing.Handler(next).ServeHTTP(w, r)
	})
}

// signedIn lets a page be seen by whoever has a session, and by nobody else.
func (c *Console) signedIn(page func(*visit)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s, err := c.find(r)
		switch {
		case errors.Is(err, session.ErrNone):
			c.clearCookie(w, sessionCookie)
			http.Redirect(w, r, "/signin", http.StatusSeeOther)
			return
		case err != nil:
			c.fail(w, r, nil, err)
			return
		}
		c.keep(w, s)
		if err := r.ParseForm(); err != nil {
			c.fail(w, r, s, fault.Wrap(fault.BadRequest, "表单无法读取或过大。", "The form cannot be read or is too large.", err))
			return
		}
		page(&visit{c: c, w: w, r: r, session: s, hat: hatOf(s), lang: c.language(r)})
	}
}

func (c *Console) find(r *http.Request) (*session.Session, error) {
	cookie, err := r.Cookie(c.cookieName(sessionCookie))
	if err != nil {
		return nil, session.ErrNone
	}
	return c.sessions.Find(r.Context(), cookie.Value)
}

// keep gives the browser a cookie that is new.
func (c *Console) keep(w http.ResponseWriter, s *session.Session) {
	if s.Fresh {
		c.setCookie(w, sessionCookie, s.Cookie, 0)
	}
}

// cookieName binds a cookie to this very host where the connection is encrypted.
func (c *Console) cookieName(name string) string {
	if c.secure {
		return "__Host-" + name
	}
	return name
}

func (c *Console) setCookie(w http.ResponseWriter, name, value string, age int) {
	//nolint:gosec // Secure everywhere but on the demo's loopback address
	http.SetCookie(w, &http.Cookie{
		Name: c.cookieName(name), Value: value, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteLaxMode,
	})
}

func (c *Console) clearCookie(w http.ResponseWriter, name string) { c.setCookie(w, name, "", -1) }

// isSecure: everything but the demo's loopback address is reached over TLS.
func isSecure(address string) bool { return strings.HasPrefix(address, "https://") }

// language is what the browser was told last, else what it prefers, else Chinese.
func (c *Console) language(r *http.Request) string {
	if cookie, err := r.Cookie(c.cookieName(languageCookie)); err == nil {
		return words.Known(cookie.Value)
	}
	if strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), words.EN) {
		return words.EN
	}
	return words.ZH
}

// setLanguage changes the language and shows the same page again.
func (c *Console) setLanguage(w http.ResponseWriter, r *http.Request) {
	const year = 365 * 24 * 60 * 60
	c.setCookie(w, languageCookie, words.Known(r.PostFormValue("lang")), year)
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

// as is how the visitor asks the hub, in the post and for the purpose of this page.
func (v *visit) as() ask.As {
	return ask.As{Page: v.r, Token: v.session.Token, Post: v.hat.Post, Purpose: v.hat.Purpose, Ticket: v.hat.Ticket}
}

// ctx is the context of the request.
func (v *visit) ctx() context.Context { return v.r.Context() }

// ok is false where an error was shown instead of the page.
func (v *visit) ok(err error) bool {
	if err == nil {
		return true
	}
	v.c.fail(v.w, v.r, v.session, err)
	return false
}

func (c *Console) warn(ctx context.Context, err error) {
	c.deps.Log.ErrorContext(ctx, "page failed", slog.Any("error", err))
}
