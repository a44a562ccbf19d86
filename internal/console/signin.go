package console

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/tongxin-hub/tongxin/internal/console/ask"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/session"
	"github.com/tongxin-hub/tongxin/internal/console/signin"
	"github.com/tongxin-hub/tongxin/internal/fault"
)

const (
	// backPath is where issuers send people.
	backPath = "/signin/back"
	// attemptLife is how long a sign-in may take, in seconds.
	attemptLife = 600
)

// offered is one of the demo's people with the door that lets them in.
type offered struct {
	Person
	Door int
}

type signInPage struct {
	Choices []signin.Choice
	People  []offered
}

// showSignIn offers the agencies and, in the demo, its people.
func (c *Console) showSignIn(w http.ResponseWriter, r *http.Request) {
	page := signInPage{Choices: c.desk.Choices()}
	for _, p := range c.deps.People {
		for _, choice := range page.Choices {
			if choice.URL == p.Issuer {
				page.People = append(page.People, offered{p, choice.Number})
			}
		}
	}
	c.write(w, r, "signin", http.StatusOK, view{Lang: c.language(r), Path: "/signin", Body: page})
}

// startSignIn sends the browser to an issuer.
func (c *Console) startSignIn(w http.ResponseWriter, r *http.Request) {
	number, err := strconv.Atoi(r.PathValue("door"))
	if err != nil {
		number = -1
	}
	hint := ""
	if c.deps.Demo {
		hint = r.URL.Query().Get("hint")
	}
	address, attempt, err := c.desk.Start(r.Context(), number, hint)
	if err != nil {
		c.fail(w, r, nil, err)
		return
	}
	text, err := json.Marshal(attempt)
	if err == nil {
		text, err = session.Seal(c.deps.Key, text)
	}
	if err != nil {
		c.fail(w, r, nil, err)
		return
	}
	c.setCookie(w, attemptCookie, base64.RawURLEncoding.EncodeToString(text), attemptLife)
	http.Redirect(w, r, address, http.StatusSeeOther)
}

// finishSignIn takes the code that an issuer sent and begins a session.
func (c *Console) finishSignIn(w http.ResponseWriter, r *http.Request) {
	var attempt signin.Attempt
	if cookie, err := r.Cookie(c.cookieName(attemptCookie)); err == nil {
		sealed, _ := base64.RawURLEncoding.DecodeString(cookie.Value) // what is none does not open
		if text, err := session.Open(c.deps.Key, sealed); err == nil {
			if err := json.Unmarshal(text, &attempt); err != nil {
				c.fail(w, r, nil, err)
				return
			}
		}
	}
	c.clearCookie(w, attemptCookie)
	q := r.URL.Query()
	entry, err := c.desk.Finish(r.Context(), attempt, q.Get("state"), q.Get("code"))
	if err != nil {
		c.fail(w, r, nil, err)
		return
	}
	state, err := c.firstState(r, entry)
	if err != nil {
		c.fail(w, r, nil, err)
		return
	}
	if old, err := c.find(r); err == nil {
		err = c.sessions.End(r.Context(), old)
		if err != nil {
			c.warn(r.Context(), err)
		}
	}
	s, err := c.sessions.Begin(r.Context(), session.Person{Issuer: entry.Issuer, Subject: entry.Subject}, state)
	if err != nil {
		c.fail(w, r, nil, err)
		return
	}
	c.keep(w, s)
	to := "/"
	if s.Purpose == "" {
		to = "/post"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// firstState puts on the only hat of whoever has one alone.
func (c *Console) firstState(r *http.Request, entry signin.Entry) (session.State, error) {
	state := session.State{Token: entry.Token, Expires: entry.Expires}
	as := ask.As{Page: r, Token: entry.Token}
	me, err := operations.ConsoleMe(r.Context(), c.ask.For(as, nil))
	if err != nil {
		return state, err
	}
	if me.Me == nil {
		return state, fault.New(fault.Unauthenticated, "枢纽名册中没有您的账号。", "The hub's register has no account of yours.")
	}
	state.Agency = text(me.Me.AgencyName)
	posts := postsOf(me.Me)
	if len(posts) != 1 {
		return state, nil
	}
	p := posts[0]
	state.Post, state.Role, state.Title, state.Purpose = p.ID, p.Role, p.Title, p.first()
	state.Ticket, err = c.defaultTicket(r, state) //nolint:contextcheck // the request has it
	return state, err
}

func signOut(v *visit) {
	if !v.ok(v.c.sessions.End(v.ctx(), v.session)) {
		return
	}
	v.c.clearCookie(v.w, sessionCookie)
	http.Redirect(v.w, v.r, "/signin", http.StatusSeeOther)
}

func signOutEverywhere(v *visit) {
	if !v.ok(v.c.sessions.EndAll(v.ctx(), v.session.Person)) {
		return
	}
	v.c.clearCookie(v.w, sessionCookie)
	http.Redirect(v.w, v.r, "/signin", http.StatusSeeOther)
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
