package identity

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
)

const hubAudience = "https://hub.example"

// schoolDay is the time at which every test begins: Wednesday, 10:00 in China.
var schoolDay = time.Date(2025, 10, 15, 2, 0, 0, 0, time.UTC)

// testClock is a clock that moves only when told.
type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *testClock { return &testClock{now: schoolDay} }

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *testClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// agencyIssuer stands for the issuer of another organisation: it publishes
// whatever keys the test gives it and counts how often it is asked.
type agencyIssuer struct {
	URL string

	mu    sync.Mutex
	keys  []jose.JSONWebKey
	down  bool
	asked int
}

func newAgencyIssuer(t *testing.T, keys ...jose.JSONWebKey) *agencyIssuer {
	t.Helper()
	issuer := &agencyIssuer{keys: keys}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": issuer.URL, "jwks_uri": issuer.URL + "/jwks"})
	})
	mux.HandleFunc("GET /jwks", func(w http.ResponseWriter, _ *http.Request) {
		issuer.mu.Lock()
		defer issuer.mu.Unlock()
		issuer.asked++
		if issuer.down {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: issuer.keys})
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	issuer.URL = server.URL
	return issuer
}

func (i *agencyIssuer) publish(keys ...jose.JSONWebKey) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = keys
}

func (i *agencyIssuer) setDown(down bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.down = down
}

func (i *agencyIssuer) fetches() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.asked
}

// signingKey is a private key with the name its issuer gives it.
type signingKey struct {
	kid, alg string
	private  crypto.Signer
}

func newKey(tb testing.TB, kid, alg string) signingKey {
	tb.Helper()
	var private crypto.Signer
	var err error
	switch alg {
	case "RS256":
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	case "EdDSA":
		_, private, err = ed25519.GenerateKey(rand.Reader)
	default:
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return signingKey{kid: kid, alg: alg, private: private}
}

func (k signingKey) public() jose.JSONWebKey {
	return jose.JSONWebKey{Key: k.private.Public(), KeyID: k.kid, Algorithm: k.alg, Use: "sig"}
}

// sign makes a compact JWS over exactly this text, however wrong it is.
func (k signingKey) sign(tb testing.TB, header, payload string) string {
	tb.Helper()
	input := b64(header) + "." + b64(payload)
	digest := sha256.Sum256([]byte(input))
	var signature []byte
	var err error
	switch private := k.private.(type) {
	case *ecdsa.PrivateKey:
		r, s, signErr := ecdsa.Sign(rand.Reader, private, digest[:])
		if err = signErr; err == nil {
			signature = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
		}
	case ed25519.PrivateKey:
		signature, err = private.Sign(nil, []byte(input), crypto.Hash(0))
	default:
		signature, err = private.Sign(rand.Reader, digest[:], crypto.SHA256)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return input + "." + b64(string(signature))
}

// header is the ordinary header of a token under this key.
func (k signingKey) header() string {
	return fmt.Sprintf(`{"alg":%q,"typ":"at+jwt","kid":%q}`, k.alg, k.kid)
}

func (k signingKey) token(tb testing.TB, claims map[string]any) string {
	tb.Helper()
	return k.sign(tb, k.header(), mustJSON(tb, claims))
}

// hmacToken signs with a public key as if it were a shared secret.
func hmacToken(header, payload string, secret []byte) string {
	input := b64(header) + "." + b64(payload)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(input))
	return input + "." + b64(string(mac.Sum(nil)))
}

func b64(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

func mustJSON(tb testing.TB, value any) string {
	tb.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// goodClaims are what an issuer says about Director Lin at schoolDay.
func goodClaims(issuer string) map[string]any {
	return map[string]any{
		"iss": issuer, "sub": "lin", "aud": hubAudience, "client_id": "town-app",
		"iat": schoolDay.Unix(), "exp": schoolDay.Add(time.Hour).Unix(),
	}
}

// with is claims with some members set, or removed where the value is nil.
func with(claims map[string]any, changes map[string]any) map[string]any {
	changed := maps.Clone(claims)
	for name, value := range changes {
		changed[name] = value
		if value == nil {
			delete(changed, name)
		}
	}
	return changed
}

// district is a database with two agencies, a contractor and their people.
func district(t *testing.T) *pgxpool.Pool {
	t.Helper()
	_, pool := pgtest.New(t)
	if _, err := pool.Exec(t.Context(), districtSQL); err != nil {
		t.Fatal(err)
	}
	return pool
}

const districtSQL = `-- name: FixtureDistrict
INSERT INTO division (id, code, name, level, parent_id) VALUES
 (1, 'D', '示例区', 'DISTRICT', NULL), (2, 'T1', '示例镇', 'TOWNSHIP', 1), (3, 'V1', '示例村', 'VILLAGE', 2);
INSERT INTO agency (id, code, name, kind, division_id) VALUES
 (1, 'TOWN', '示例镇人民政府', 'TOWNSHIP', 2), (2, 'EDU', '示例区教育局', 'EDUCATION', 1),
 (3, 'SOCIAL', '示例社工机构', 'CONTRACTOR', 1);
INSERT INTO contract (id, number, agency_id, project, valid_from, valid_to, purposes, security_assessed_on, returned_on) VALUES
 (1, 'HT-1', 3, '个案服务', '2025-09-01', '2025-10-15', '{CASE_MGMT}', '2025-08-20', NULL),
 (2, 'HT-2', 3, '未评估', '2025-09-01', '2026-08-31', '{CASE_MGMT}', NULL, NULL),
 (3, 'HT-3', 3, '已返还', '2025-09-01', '2026-08-31', '{CASE_MGMT}', '2025-09-20', '2025-10-01');
INSERT INTO staff (id, code, agency_id, display_name, kind, vetted_until, active) VALUES
 (1, 'lin', 1, '林示例', 'PERSON', '2026-06-30', true), (2, 'gone', 1, '停用示例', 'PERSON', '2026-06-30', false),
 (3, 'wu', 2, '吴示例', 'PERSON', '2026-06-30', true), (4, 'chen', 3, '陈示例', 'PERSON', '2026-06-30', true),
 (5, 'new', 1, '新人示例', 'PERSON', NULL, true);
INSERT INTO post (id, staff_id, role, agency_id, division_id, contract_id, title, valid_from, valid_to, authorised_until, approval_ref) VALUES
 (1, 1, 'DIR', 1, 3, NULL, '儿童主任', '2025-01-01', NULL, '2025-12-31', 'SQ-1'),
 (2, 1, 'SUP', 1, 2, NULL, '儿童督导员', '2024-01-01', '2025-01-01', '2025-12-31', 'SQ-2'),
 (3, 3, 'DPS', 2, 1, NULL, '控辍保学专干', '2025-01-01', NULL, '2025-12-31', 'SQ-3'),
 (4, 4, 'SW', 3, 1, 1, '社工', '2025-01-01', NULL, '2025-12-31', 'SQ-4'),
 (5, 4, 'SW', 3, 1, 2, '社工', '2025-01-01', NULL, '2025-12-31', 'SQ-5'),
 (6, 4, 'SW', 3, 1, 3, '社工', '2025-01-01', NULL, '2025-12-31', 'SQ-6'),
 (7, 4, 'SW', 3, 1, NULL, '社工', '2025-01-01', NULL, '2025-12-31', 'SQ-7')`

// hub is an Authenticator behind a real listener.
type hub struct {
	clock  *testClock
	db     *pgxpool.Pool
	server *httptest.Server
}

// answer is what the listener says about a request.
type answer struct {
	Caller   Caller
	Code     fault.Code
	Sentence string
	// Log is what the hub's own log would hold.
	Log string
}

func newHub(t *testing.T, issuers ...Issuer) *hub {
	t.Helper()
	h := &hub{clock: newClock(), db: district(t)}
	h.server = httptest.NewServer(h.handler(t, issuers))
	t.Cleanup(h.server.Close)
	return h
}

func (h *hub) handler(t *testing.T, issuers []Issuer) http.Handler {
	t.Helper()
	register, err := NewRegister(h.db, h.clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	authenticator, err := New(t.Context(), Config{Issuers: issuers}, register, h.clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var reply answer
		caller, err := authenticator.Authenticate(r.Context(), r)
		if err != nil {
			public := fault.Public(err)
			reply = answer{Caller: caller, Code: public.Code, Sentence: public.Sentence(), Log: err.Error()}
		} else {
			reply.Caller = caller
		}
		_ = json.NewEncoder(w).Encode(reply)
	})
}

// ask sends a request with this token.
func (h *hub) ask(t *testing.T, token string) answer {
	t.Helper()
	return askWith(t, h.server.Client(), h.server.URL, http.Header{"Authorization": {"Bearer " + token}})
}

func askWith(t *testing.T, client *http.Client, url string, header http.Header) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodPost, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var reply answer
	if err := json.NewDecoder(response.Body).Decode(&reply); err != nil {
		t.Fatal(err)
	}
	return reply
}

// trust is the configuration for one issuer that is found by discovery.
func trust(issuer *agencyIssuer, agency string) Issuer {
	return Issuer{URL: issuer.URL, AgencyCode: agency, Audience: hubAudience}
}
