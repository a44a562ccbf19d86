package console_test

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// send makes one request; pairs are headers.
func (c *client) send(method, path string, form url.Values, pairs ...string) (int, string, http.Header) {
	c.Helper()
	request, err := http.NewRequestWithContext(c.Context(), method, c.hub.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		c.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(pairs); i += 2 {
		request.Header.Set(pairs[i], pairs[i+1])
	}
	got, err := c.http.Do(request)
	if err != nil {
		c.Fatal(err)
	}
	defer got.Body.Close() //nolint:errcheck // read to the end
	body, err := io.ReadAll(got.Body)
	if err != nil {
		c.Fatal(err)
	}
	return got.StatusCode, string(body), got.Header
}

func (c *client) signIn(key string) {
	c.Helper()
	_, page, _ := c.send("GET", "/signin", nil)
	who := strings.ToLower(url.QueryEscape(c.hub.Caller(c, key).StaffCode))
	m := regexp.MustCompile(`(?i)href="(/signin/[0-9]+\?hint=` + regexp.QuoteMeta(who) + `)"`).FindStringSubmatch(page)
	if m == nil {
		c.Fatalf("nobody like %s on the sign-in page", key)
	}
	if status, page, _ := c.send("GET", m[1], nil); status != http.StatusOK || !strings.Contains(page, `class="hat"`) {
		c.Fatalf("signed in: %d %.400s", status, page)
	}
}

// signedIn says whether the inbox is shown.
func (c *client) signedIn() bool {
	c.Helper()
	_, page, _ := c.send("GET", "/", nil)
	return strings.Contains(page, `class="hat"`)
}

// TestGuard_headers: every page has the policy, and no address without a session shows
// more than the sign-in.
func TestGuard_headers(t *testing.T) {
	t.Parallel()
	hub := hubtest.Start(t, hubtest.Options{})
	c := plain(t, hub)
	for _, path := range []string{"/", "/post", "/signin", "/no-such-page", "/static/no.css"} {
		status, page, h := c.send("GET", path, nil)
		want := "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
		if diff := cmp.Diff(want, h.Get("Content-Security-Policy")); diff != "" || strings.Contains(page, `class="hat"`) {
			t.Errorf("%s: %d %s", path, status, diff)
		}
		if strings.Contains(page, "<style") || regexp.MustCompile(`\son[a-z]+=|style=|javascript:`).MatchString(page) {
			t.Errorf("%s: inline code or style", path)
		}
	}
}

// TestGuard_everyPage: no page but the sign-in is seen without a session.
func TestGuard_everyPage(t *testing.T) {
	t.Parallel()
	hub := hubtest.Start(t, hubtest.Options{})
	files, err := filepath.Glob("*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var source []byte
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		source = append(source, text...)
	}
	c := plain(t, hub)
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	pages := regexp.MustCompile(`"(GET|POST) (/[^"]*)": +\w+,`).FindAllStringSubmatch(string(source), -1)
	if len(pages) < 20 {
		t.Fatalf("%d pages", len(pages))
	}
	for _, p := range pages {
		path := regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(strings.TrimSuffix(p[2], "{$}"), "x")
		if status, _, h := c.send(p[1], path, nil); status != http.StatusSeeOther || h.Get("Location") != "/signin" {
			t.Errorf("%s %s: %d", p[1], p[2], status)
		}
	}
}

// TestGuard_cookies: scripts do not see them, other sites do not send them.
func TestGuard_cookies(t *testing.T) {
	t.Parallel()
	hub := hubtest.Start(t, hubtest.Options{})
	c := plain(t, hub)
	c.signIn("director")
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	_, _, h := c.send("POST", "/post", url.Values{"ticket": {""}})
	cookie := h.Get("Set-Cookie")
	for _, part := range []string{"HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("%q lacks %s", cookie, part)
		}
	}
	if strings.Contains(cookie, "Domain") || strings.Contains(cookie, "Max-Age") {
		t.Errorf("%q outlives the browser or the host", cookie)
	}
}

// TestGuard_foreignForms: what another site's page posts is refused.
func TestGuard_foreignForms(t *testing.T) {
	t.Parallel()
	hub := hubtest.Start(t, hubtest.Options{})
	c := plain(t, hub)
	c.signIn("director")
	for _, header := range [][2]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://elsewhere.example"}} {
		for _, path := range []string{"/signout", "/signout/everywhere", "/post", "/language"} {
			if status, page, _ := c.send("POST", path, nil, header[0], header[1]); status != http.StatusForbidden || !strings.Contains(page, "FORBIDDEN") {
				t.Errorf("%s with %v: %d", path, header, status)
			}
		}
	}
	if !c.signedIn() {
		t.Error("a foreign form signed somebody out")
	}
	_, _, h := c.send("POST", "/language", url.Values{"lang": {"en"}, "back": {"//elsewhere.example/"}})
	if h.Get("Content-Language") != "en" {
		t.Error("an open redirect, or no change of language")
	}
}

// TestSession_ends: idle, old, signed out here, signed out everywhere.
func TestSession_ends(t *testing.T) {
	t.Parallel()
	var shift atomic.Int64
	hub := hubtest.Start(t, hubtest.Options{Shift: func() time.Duration { return time.Duration(shift.Load()) }})
	a, b := plain(t, hub), plain(t, hub)
	a.signIn("director")
	b.signIn("director")
	a.send("POST", "/signout", nil)
	if a.signedIn() || !b.signedIn() {
		t.Error("signing out ends this session and no other")
	}
	a.signIn("director")
	b.send("POST", "/signout/everywhere", nil)
	if a.signedIn() || b.signedIn() {
		t.Error("signing out everywhere leaves a session")
	}
	a.signIn("director")
	shift.Store(int64(29 * time.Minute))
	if !a.signedIn() {
		t.Error("ended too early")
	}
	shift.Store(int64(60 * time.Minute))
	if a.signedIn() {
		t.Error("an idle session is open")
	}
}

// TestSignIn_foreignCode: a code is of the browser that asked, and good once.
func TestSignIn_foreignCode(t *testing.T) {
	t.Parallel()
	hub := hubtest.Start(t, hubtest.Options{})
	thief := plain(t, hub)
	for _, q := range []string{"", "?state=x&code=y", "?code=y"} {
		if status, page, _ := thief.send("GET", "/signin/back"+q, nil); status != http.StatusUnauthorized || !strings.Contains(page, "UNAUTHENTICATED") {
			t.Errorf("back%s: %d", q, status)
		}
	}
	victim := plain(t, hub)
	var back string
	victim.http.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == "/signin/back" {
			back = r.URL.RequestURI()
			return http.ErrUseLastResponse
		}
		return nil
	}
	_, page, _ := victim.send("GET", "/signin", nil)
	start := regexp.MustCompile(`href="(/signin/[0-9]+\?hint=[^"]+)"`).FindStringSubmatch(page)[1]
	victim.send("GET", start, nil)
	if status, _, _ := thief.send("GET", back, nil); status != http.StatusUnauthorized {
		t.Errorf("a foreign code: %d", status)
	}
	if status, _, _ := victim.send("GET", back, nil); status != http.StatusOK && status != http.StatusSeeOther {
		t.Errorf("the own code: %d", status)
	}
	if status, _, _ := victim.send("GET", back, nil); status != http.StatusUnauthorized {
		t.Errorf("the own code again: %d", status)
	}
}
