package demoissuer

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
)

const hubAudience = "https://hub.example"

var schoolDay = time.Date(2025, 10, 15, 2, 0, 0, 0, time.UTC)

func clock() time.Time { return schoolDay }

// listen serves a demo issuer for two agencies on a real listener, as the hub
// does: the address is known first, the issuer second.
func listen(t *testing.T) (*Issuer, []identity.Issuer, *httptest.Server) {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	issuer, err := New(server.URL, clock)
	if err != nil {
		t.Fatal(err)
	}
	issuers, err := issuer.Issuers([]string{"TOWN", "EDU"}, hubAudience)
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/demo-issuer/", issuer.Handler())
	return issuer, issuers, server
}

func TestNew_LoopbackOnly(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]bool{
		"http://127.0.0.1:8080": true, "http://localhost:8080": true, "https://[::1]:8443": true,
		"http://192.0.2.1:8080": false, "https://hub.example": false, "http://0.0.0.0:8080": false, "": false,
		"http://127.0.0.1:8080/": false, "http://127.0.0.1.example:80": false, "http://a@127.0.0.1": false,
		"ftp://127.0.0.1": false, "http://[": false,
	} {
		if _, err := New(base, clock); (err == nil) != want {
			t.Errorf("New(%q): %v", base, err)
		}
	}
}

func TestIssuers_NeverBesideProduction(t *testing.T) {
	t.Parallel()
	_, issuers, _ := listen(t)
	if err := identity.Validate(issuers); err != nil {
		t.Fatal(err)
	}
	production := identity.Issuer{URL: "https://town.example", AgencyCode: "TOWN", Audience: hubAudience}
	_, err := identity.New(t.Context(), identity.Config{Issuers: append(issuers, production)}, nil, clock)
	if err == nil || !strings.Contains(err.Error(), "演示认证系统不能与正式认证系统同时启用") {
		t.Errorf("the demo issuer was enabled beside a production issuer: %v", err)
	}
}

func TestToken_AuthenticatesAtTheHub(t *testing.T) {
	t.Parallel()
	_, pool := pgtest.New(t)
	const people = `-- name: FixtureDemoPeople
WITH d AS (INSERT INTO division (code, name, level) VALUES ('D', '示例区', 'DISTRICT') RETURNING id),
a AS (INSERT INTO agency (code, name, kind, division_id)
 SELECT c, c, k, d.id FROM d, (VALUES ('TOWN', 'TOWNSHIP'), ('EDU', 'EDUCATION')) AS v(c, k) RETURNING id, code)
INSERT INTO staff (code, agency_id, display_name, kind, vetted_until)
SELECT 'lin', id, '林示例', 'PERSON', '2026-06-30' FROM a WHERE code = 'TOWN'`
	if _, err := pool.Exec(t.Context(), people); err != nil {
		t.Fatal(err)
	}
	register, err := identity.NewRegister(pool, clock)
	if err != nil {
		t.Fatal(err)
	}
	issuer, issuers, _ := listen(t)
	a, err := identity.New(t.Context(), identity.Config{Issuers: issuers}, register, clock)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(agency string) (identity.Caller, error) {
		token, err := issuer.Token(agency, "lin", "console", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		request := httptest.NewRequest(http.MethodPost, "/graphql", http.NoBody)
		request.Header.Set("Authorization", "Bearer "+token)
		return a.Authenticate(t.Context(), request)
	}
	caller, err := ask("TOWN")
	if err != nil || caller.Staff.Code != "lin" || caller.System != "console" || !caller.TokenExpires.Equal(schoolDay.Add(time.Minute)) {
		t.Errorf("want lin at the console for a minute, got %+v, %v", caller, err)
	}
	if _, err := ask("EDU"); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("one demo agency named another's staff: %v", err)
	}
}

func TestToken_Refuses(t *testing.T) {
	t.Parallel()
	issuer, _, _ := listen(t)
	for name, ask := range map[string]func() (string, error){
		"unknown agency": func() (string, error) { return issuer.Token("NONE", "lin", "console", time.Minute) },
		"no staff":       func() (string, error) { return issuer.Token("TOWN", "", "console", time.Minute) },
		"no system":      func() (string, error) { return issuer.Token("TOWN", "lin", "", time.Minute) },
		"no life":        func() (string, error) { return issuer.Token("TOWN", "lin", "console", 0) },
		"too long":       func() (string, error) { return issuer.Token("TOWN", "lin", "console", 13*time.Hour) },
	} {
		if _, err := ask(); err == nil {
			t.Errorf("%s: a token was issued", name)
		}
	}
}

// TestHandler_ServesOrdinaryClients asks with the OAuth client and the OIDC
// verifier that any partner would use.
func TestHandler_ServesOrdinaryClients(t *testing.T) {
	t.Parallel()
	issuer, issuers, server := listen(t)
	provider, err := oidc.NewProvider(t.Context(), issuers[0].URL)
	if err != nil {
		t.Fatal(err)
	}
	verifier := provider.Verifier(&oidc.Config{ClientID: hubAudience, Now: clock})
	client := clientcredentials.Config{ClientID: "edu-feed", ClientSecret: "any", TokenURL: provider.Endpoint().TokenURL}
	system, err := client.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	person := post(t, server, url.Values{"grant_type": {GrantDemoStaff}, "staff": {"lin"}}, nil)
	type claims struct {
		Subject string `json:"sub"`
		Client  string `json:"client_id"`
	}
	for token, want := range map[string]claims{
		system.AccessToken:          {"edu-feed", "edu-feed"},
		person.body["access_token"]: {"lin", defaultSystem},
	} {
		verified, err := verifier.Verify(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		var got claims
		if err := verified.Claims(&got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("claims (-want +got):\n%s", diff)
		}
	}
	again, err := issuer.Issuers([]string{"TOWN"}, hubAudience)
	if err != nil || again[0].Keys != issuers[0].Keys {
		t.Errorf("asking twice made another key: %v", err)
	}
}

type tokenReply struct {
	status int
	body   map[string]string
}

// post asks the token endpoint of the town; change may spoil the request.
func post(t *testing.T, server *httptest.Server, form url.Values, change func(*http.Request)) tokenReply {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		server.URL+"/demo-issuer/TOWN/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if change != nil {
		change(request)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	reply := tokenReply{status: response.StatusCode, body: map[string]string{}}
	var raw map[string]any
	if json.Unmarshal(text, &raw) == nil {
		for name, value := range raw {
			reply.body[name], _ = value.(string)
		}
	}
	return reply
}

func TestHandler_RefusesOthers(t *testing.T) {
	t.Parallel()
	_, _, server := listen(t)
	person := url.Values{"grant_type": {GrantDemoStaff}, "staff": {"lin"}}
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	tests := map[string]struct {
		form   url.Values
		change func(*http.Request)
		status int
	}{
		"a person on this machine": {person, nil, http.StatusOK},
		"a made-up host name":      {person, func(r *http.Request) { r.Host = "evil.example" }, http.StatusForbidden},
		"behind a proxy":           {person, header("X-Forwarded-For", "127.0.0.1"), http.StatusForbidden},
		"behind another proxy":     {person, header("Forwarded", "for=192.0.2.1"), http.StatusForbidden},
		"a form of another site":   {person, header("Origin", "https://evil.example"), http.StatusForbidden},
		"a fetch of another site":  {person, header("Sec-Fetch-Site", "cross-site"), http.StatusForbidden},
		"no staff":                 {url.Values{"grant_type": {GrantDemoStaff}}, nil, http.StatusBadRequest},
		"no client":                {url.Values{"grant_type": {"client_credentials"}}, nil, http.StatusBadRequest},
		"another grant":            {url.Values{"grant_type": {"password"}}, nil, http.StatusBadRequest},
		"a form too large":         {url.Values{"x": {strings.Repeat("x", maxForm)}}, nil, http.StatusBadRequest},
		"unknown agency":           {person, func(r *http.Request) { r.URL.Path = "/demo-issuer/NONE/token" }, http.StatusNotFound},
		"staff in the query":       {nil, func(r *http.Request) { r.URL.RawQuery = person.Encode() }, http.StatusBadRequest},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reply := post(t, server, test.form, test.change)
			if reply.status != test.status || (reply.body["access_token"] != "") != (test.status == http.StatusOK) {
				t.Errorf("want status %d, got %d %v", test.status, reply.status, reply.body)
			}
		})
	}
}

func TestHandler_RefusesOtherMachines(t *testing.T) {
	t.Parallel()
	issuer, _, _ := listen(t)
	for _, peer := range []string{"192.0.2.7:40000", "[2001:db8::1]:40000", "10.0.0.1:1", "", "@"} {
		request := httptest.NewRequest(http.MethodGet, "http://127.0.0.1/demo-issuer/TOWN/jwks", http.NoBody)
		request.RemoteAddr = peer
		recorder := httptest.NewRecorder()
		issuer.Handler().ServeHTTP(recorder, request)
		if recorder.Code != http.StatusForbidden {
			t.Errorf("peer %q got status %d", peer, recorder.Code)
		}
	}
}
