package entrance

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/tongxin-hub/tongxin/internal/console/ask"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/internal/console/session"
	"github.com/tongxin-hub/tongxin/internal/console/signin"
	"github.com/tongxin-hub/tongxin/internal/fault"
)

const (
	// backPath is where issuers send people.
	backPath = "/signin/back"
	// attemptLife is how long a sign-in may take, in seconds.
	attemptLife   = 600
	attemptCookie = "tongxin-signin"
)

// offered is one of the demo's people with the door that lets them in.
type offered struct {
	Person
	Door int
}

type signInPage struct {
	Choices []signin.Choice
	// People are the ready-made callers, Helpers those of the stories.
	People, Helpers []offered
}

// showSignIn offers the agencies and, in the demo, its people.
func (e *entrance) showSignIn(w http.ResponseWriter, r *http.Request) {
	body := signInPage{Choices: e.desk.Choices()}
	for _, p := range e.people {
		for _, choice := range body.Choices {
			switch {
			case choice.URL != p.Issuer:
			case p.ShowsZH == "":
				body.Helpers = append(body.Helpers, offered{p, choice.Number})
			default:
				body.People = append(body.People, offered{p, choice.Number})
			}
		}
	}
	e.site.Write(w, r, "signin", http.StatusOK, page.View{Lang: e.site.Language(r), Path: "/signin", Body: body})
}

// startSignIn sends the browser to an issuer.
func (e *entrance) startSignIn(w http.ResponseWriter, r *http.Request) {
	number, err := strconv.Atoi(r.PathValue("door"))
	if err != nil {
		number = -1
	}
	hint := ""
	if e.site.Demo {
		hint = r.URL.Query().Get("hint")
	}
	address, attempt, err := e.desk.Start(r.Context(), number, hint)
	if err != nil {
		e.site.Fail(w, r, nil, err)
		return
	}
	text, err := json.Marshal(attempt)
	if err == nil {
		text, err = session.Seal(e.site.Key, text)
	}
	if err != nil {
		e.site.Fail(w, r, nil, err)
		return
	}
	e.site.SetCookie(w, attemptCookie, base64.RawURLEncoding.EncodeToString(text), attemptLife)
	http.Redirect(w, r, address, http.StatusSeeOther)
}

// finishSignIn takes the code that an issuer sent and begins a session.
func (e *entrance) finishSignIn(w http.ResponseWriter, r *http.Request) {
	var attempt signin.Attempt
	if cookie, err := r.Cookie(e.site.CookieName(attemptCookie)); err == nil {
		sealed, _ := base64.RawURLEncoding.DecodeString(cookie.Value) // what is none does not open
		if text, err := session.Open(e.site.Key, sealed); err == nil {
			if err := json.Unmarshal(text, &attempt); err != nil {
				e.site.Fail(w, r, nil, err)
				return
			}
		}
	}
	e.site.ClearCookie(w, attemptCookie)
	q := r.URL.Query()
	entry, err := e.desk.Finish(r.Context(), attempt, q.Get("state"), q.Get("code"))
	if err != nil {
		e.site.Fail(w, r, nil, err)
		return
	}
	state, err := e.firstState(r, entry)
	if err != nil {
		e.site.Fail(w, r, nil, err)
		return
	}
	if old, err := e.site.Find(r); err == nil {
		err = e.site.Sessions.End(r.Context(), old)
		if err != nil {
			e.site.Warn(r.Context(), err)
		}
	}
	s, err := e.site.Sessions.Begin(r.Context(), session.Person{Issuer: entry.Issuer, Subject: entry.Subject}, state)
	if err != nil {
		e.site.Fail(w, r, nil, err)
		return
	}
	e.site.Keep(w, s)
	to := "/"
	if s.Purpose == "" {
		to = "/post"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// firstState puts on the only hat of whoever has one alone.
func (e *entrance) firstState(r *http.Request, entry signin.Entry) (session.State, error) {
	state := session.State{Token: entry.Token, Expires: entry.Expires}
	as := ask.As{Page: r, Token: entry.Token}
	me, err := operations.ConsoleMe(r.Context(), e.site.HubAs(as, nil))
	if err != nil {
		return state, err
	}
	if me.Me == nil {
		return state, fault.New(fault.Unauthenticated, "枢纽名册中没有您的账号。", "The hub's register has no account of yours.")
	}
	state.Agency = page.Text(me.Me.AgencyName)
	posts := postsOf(me.Me)
	if len(posts) != 1 {
		return state, nil
	}
	p := posts[0]
	state.Post, state.Role, state.Title, state.Purpose = p.ID, p.Role, p.Title, p.first()
	state.Ticket, err = e.site.DefaultTicket(r, state)
	return state, err
}

func signOut(v *page.Visit) {
	if !v.OK(v.Site.Sessions.End(v.Context(), v.Session)) {
		return
	}
	v.Site.ClearCookie(v.W, page.SessionCookie)
	http.Redirect(v.W, v.R, "/signin", http.StatusSeeOther)
}

func signOutEverywhere(v *page.Visit) {
	if !v.OK(v.Site.Sessions.EndAll(v.Context(), v.Session.Person)) {
		return
	}
	v.Site.ClearCookie(v.W, page.SessionCookie)
	http.Redirect(v.W, v.R, "/signin", http.StatusSeeOther)
}
