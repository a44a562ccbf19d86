package demoissuer

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4/jwt"
)

const (
	// codeLife is how long a code may be exchanged, once.
	codeLife = time.Minute
	// signInTTL is the life of a token from a sign-in: a day's work.
	signInTTL = 8 * time.Hour
	// maxCodes are kept at once; who comes later waits until one has expired.
	maxCodes = 1000
)

// Person is somebody of the demo who may be signed in as.
type Person struct {
	AgencyCode, StaffCode string
	// ZH and EN say who it is.
	ZH, EN string
}

// grant is what a code stands for.
type grant struct {
	agency, staff, client, redirect, challenge, nonce string
	until                                             time.Time
}

// authorize signs a ready-made person in at a click: the page of an agency offers its
// people, and a login_hint is the click already. Like the token endpoint it takes any
// staff code that is named.
func (i *Issuer) authorize(people []Person) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		agencyCode, q := r.PathValue("agency"), r.URL.Query()
		if _, found := i.agency(agencyCode); !found {
			refuseAgency(w)
			return
		}
		back := q.Get("redirect_uri")
		if !strings.HasPrefix(back, i.base+"/") || q.Get("response_type") != "code" || q.Get("client_id") == "" ||
			q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 {
			refuse(w, http.StatusBadRequest, "invalid_request",
				"演示登录需要本机回调地址与PKCE（S256）。 A demo sign-in needs a redirect to this hub and PKCE with S256.")
			return
		}
		if hint := q.Get("login_hint"); hint != "" {
			i.sendBack(w, r, back, Person{AgencyCode: agencyCode, StaffCode: hint})
			return
		}
		var offered []Person
		for _, p := range people {
			if p.AgencyCode == agencyCode {
				offered = append(offered, p)
			}
		}
		i.offer(w, r, offered)
	}
}

func (i *Issuer) sendBack(w http.ResponseWriter, r *http.Request, back string, p Person) {
	q := r.URL.Query()
	code, ok := i.keep(grant{
		agency: p.AgencyCode, staff: p.StaffCode, client: q.Get("client_id"), redirect: back,
		challenge: q.Get("code_challenge"), nonce: q.Get("nonce"), until: i.clock().Add(codeLife),
	})
	if !ok {
		refuse(w, http.StatusServiceUnavailable, "temporarily_unavailable", "登录人数过多，请稍候。 Too many sign-ins; wait a minute.")
		return
	}
	values := url.Values{"code": {code}, "state": {q.Get("state")}}
	http.Redirect(w, r, back+"?"+values.Encode(), http.StatusSeeOther)
}

// keep remembers a grant under a new code.
func (i *Issuer) keep(g grant) (string, bool) {
	code := newCode()
	i.mu.Lock()
	defer i.mu.Unlock()
	for old, kept := range i.codes {
		if !i.clock().Before(kept.until) {
			delete(i.codes, old)
		}
	}
	if len(i.codes) >= maxCodes {
		return "", false
	}
	i.codes[code] = g
	return code, true
}

// take gives a code's grant out once.
func (i *Issuer) take(code string) (grant, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	g, found := i.codes[code]
	delete(i.codes, code)
	return g, found && i.clock().Before(g.until)
}

// exchange gives access and identity token for a code.
func (i *Issuer) exchange(w http.ResponseWriter, r *http.Request, client string) {
	form := r.PostForm
	g, found := i.take(form.Get("code"))
	sum := sha256.Sum256([]byte(form.Get("code_verifier")))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	if !found || g.agency != r.PathValue("agency") || g.client != client || g.redirect != form.Get("redirect_uri") ||
		subtle.ConstantTimeCompare([]byte(challenge), []byte(g.challenge)) != 1 {
		refuse(w, http.StatusBadRequest, "invalid_grant", "登录码无效或已用过。 The code is not valid or was used.")
		return
	}
	access, err := i.Token(g.agency, g.staff, client, signInTTL)
	var id string
	if err == nil {
		id, err = i.identityToken(g)
	}
	if err != nil {
		refuse(w, http.StatusInternalServerError, "server_error", "无法签发令牌。 The tokens cannot be made.")
		return
	}
	reply(w, http.StatusOK, map[string]any{
		"access_token": access, "token_type": "Bearer", "expires_in": int(signInTTL.Seconds()), "id_token": id,
	})
}

func (i *Issuer) identityToken(g grant) (string, error) {
	a, _ := i.agency(g.agency) // the code was given out by it
	now := i.clock()
	return jwt.Signed(a.signer).Claims(struct {
		jwt.Claims
		Nonce string `json:"nonce,omitempty"`
	}{jwt.Claims{
		Issuer: a.url, Subject: g.staff, Audience: jwt.Audience{g.client},
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(codeLife)),
	}, g.nonce}).Serialize()
}

// chooser is the page of one agency.
var chooser = template.Must(template.New("chooser").Parse(`<!doctype html><html lang="zh"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>演示登录 · Demo sign-in</title>
<h1>演示登录，全部虚构 · Demo sign-in, all made up</h1>
<ul>{{range .}}<li><a href="{{.URL}}">{{.ZH}} · {{.EN}}</a></li>{{end}}</ul></html>`))

func (i *Issuer) offer(w http.ResponseWriter, r *http.Request, people []Person) {
	type choice struct {
		Person
		URL string
	}
	choices := make([]choice, 0, len(people))
	for _, p := range people {
		q := r.URL.Query()
		q.Set("login_hint", p.StaffCode)
		choices = append(choices, choice{p, "?" + q.Encode()})
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = chooser.Execute(w, choices) // half a page is asked for again
}
