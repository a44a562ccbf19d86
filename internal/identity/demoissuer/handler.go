package demoissuer

import (
	"encoding/json"
	"net"
	"net/http"
	"time"

	"github.com/tongxin-hub/tongxin/internal/identity"
)

// GrantDemoStaff is the grant type that asks for a person's token by staff
// code: nobody signs in, which is why only this machine may ask.
const GrantDemoStaff = "urn:tongxin:grant-type:demo-staff"

const (
	// tokenTTL is the life of a token from the token endpoint.
	tokenTTL = 15 * time.Minute
	// defaultSystem is the client that a person's token names when the
	// request names none.
	defaultSystem = "tongxin-demo"
	maxForm       = 4 << 10
)

// Handler serves discovery, keys and tokens under /demo-issuer/. It answers
// only requests that come straight from this machine, addressed to it by a
// loopback name, and no form that another site's page posts. The people are whom its
// sign-in page offers.
func (i *Issuer) Handler(people ...Person) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /demo-issuer/{agency}/.well-known/openid-configuration", i.discovery)
	mux.HandleFunc("GET /demo-issuer/{agency}/jwks", i.jwks)
	mux.HandleFunc("GET /demo-issuer/{agency}/authorize", i.authorize(people))
	mux.HandleFunc("POST /demo-issuer/{agency}/token", i.token)
	return loopbackOnly(http.NewCrossOriginProtection().Handler(mux))
}

// loopbackOnly refuses other machines, names that were made to resolve to this
// one, and requests that a proxy on this machine passed on.
func loopbackOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peer, _, err := net.SplitHostPort(r.RemoteAddr)
		local := err == nil && identity.Loopback(peer) && identity.Loopback(r.Host)
		for _, header := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via"} {
			local = local && len(r.Header.Values(header)) == 0
		}
		if !local {
			refuse(w, http.StatusForbidden, "access_denied",
				"演示认证系统只接受本机直接访问。 The demo issuer answers requests from this machine only.")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (i *Issuer) discovery(w http.ResponseWriter, r *http.Request) {
	a, found := i.agency(r.PathValue("agency"))
	if !found {
		refuseAgency(w)
		return
	}
	reply(w, http.StatusOK, map[string]any{
		"issuer":                                a.url,
		"jwks_uri":                              a.url + "/jwks",
		"authorization_endpoint":                a.url + "/authorize",
		"token_endpoint":                        a.url + "/token",
		"grant_types_supported":                 []string{"authorization_code", "client_credentials", GrantDemoStaff},
		"response_types_supported":              []string{"code", "token"},
		"code_challenge_methods_supported":      []string{"S256"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{"EdDSA"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post", "none"},
	})
}

func (i *Issuer) jwks(w http.ResponseWriter, r *http.Request) {
	a, found := i.agency(r.PathValue("agency"))
	if !found {
		refuseAgency(w)
		return
	}
	document, err := a.JWKS(r.Context())
	if err != nil {
		refuse(w, http.StatusInternalServerError, "server_error", "演示密钥无法输出。 The demo key cannot be written.")
		return
	}
	reply(w, http.StatusOK, json.RawMessage(document))
}

// token gives a system its own token (client_credentials, client_id is its
// staff code; the demo has no secrets to check) or a person's by staff code.
func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	agencyCode := r.PathValue("agency")
	if _, found := i.agency(agencyCode); !found {
		refuseAgency(w)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		refuse(w, http.StatusBadRequest, "invalid_request", "表单无法解析。 The form cannot be read.")
		return
	}
	system := r.PostForm.Get("client_id")
	if user, _, basic := r.BasicAuth(); basic {
		system = user
	}
	staff := system
	switch r.PostForm.Get("grant_type") {
	case "client_credentials":
	case "authorization_code":
		i.exchange(w, r, system)
		return
	case GrantDemoStaff:
		staff = r.PostForm.Get("staff")
		if system == "" {
			system = defaultSystem
		}
	default:
		refuse(w, http.StatusBadRequest, "unsupported_grant_type",
			"仅支持 client_credentials 与演示人员两种方式。 Use client_credentials or "+GrantDemoStaff+".")
		return
	}
	token, err := i.Token(agencyCode, staff, system, tokenTTL)
	if err != nil {
		refuse(w, http.StatusBadRequest, "invalid_request",
			"请提供 client_id，或演示人员的 staff 代码。 Send client_id, or the staff code of a demo person as staff.")
		return
	}
	reply(w, http.StatusOK, map[string]any{
		"access_token": token, "token_type": "Bearer", "expires_in": int(tokenTTL.Seconds()),
	})
}

func refuseAgency(w http.ResponseWriter) {
	refuse(w, http.StatusNotFound, "invalid_request", "演示区没有这个单位。 The demo district has no such agency.")
}

// refuse answers in the shape of an OAuth error (RFC 6749, 5.2).
func refuse(w http.ResponseWriter, status int, code, description string) {
	reply(w, status, map[string]any{"error": code, "error_description": description})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// The status is sent; whoever reads half an answer asks again.
	_ = json.NewEncoder(w).Encode(body)
}
