package identity

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

func TestAuthenticate_FollowsKeyRotation(t *testing.T) {
	t.Parallel()
	before, after := newKey(t, "k1", "ES256"), newKey(t, "k2", "EdDSA")
	issuer := newAgencyIssuer(t, before.public())
	h := newHub(t, trust(issuer, "TOWN"))
	claims := goodClaims(issuer.URL)
	want := func(step string, token string, code fault.Code, fetches int) {
		t.Helper()
		reply := h.ask(t, token)
		if reply.Code != code || issuer.fetches() != fetches {
			t.Errorf("%s: want code %q after %d fetches, got %q after %d: %s",
				step, code, fetches, reply.Code, issuer.fetches(), reply.Log)
		}
	}
	fresh := func(key signingKey) string {
		return key.token(t, with(claims, map[string]any{"jti": rand.Text()}))
	}
	want("first token", fresh(before), "", 1)
	issuer.publish(before.public(), after.public())
	for range 5 {
		want("new key too soon after the last fetch", fresh(after), fault.Unauthenticated, 1)
	}
	h.clock.Advance(refetchEvery)
	want("new key after ten seconds", fresh(after), "", 2)
	want("old key beside the new one", fresh(before), "", 2)

	issuer.publish(after.public())
	h.clock.Advance(keysFresh - time.Second)
	want("withdrawn key while the set is fresh", fresh(before), "", 2)
	h.clock.Advance(time.Second)
	want("withdrawn key when the set is old", fresh(before), fault.Unauthenticated, 3)
	want("remaining key", fresh(after), "", 3)
}

func TestAuthenticate_OutlivesAShortOutageOfTheIssuer(t *testing.T) {
	t.Parallel()
	key := newKey(t, "k1", "ES256")
	issuer := newAgencyIssuer(t, key.public())
	issuer.setDown(true)
	h := newHub(t, trust(issuer, "TOWN"))
	claims := with(goodClaims(issuer.URL), map[string]any{"exp": schoolDay.Add(3 * time.Hour).Unix()})
	token := key.token(t, claims)
	want := func(step string, code fault.Code) {
		t.Helper()
		if reply := h.ask(t, token); reply.Code != code {
			t.Errorf("%s: want %q, got %q: %s", step, code, reply.Code, reply.Log)
		}
	}
	want("no keys yet", fault.Unavailable)
	issuer.setDown(false)
	want("not asked again within ten seconds", fault.Unavailable)
	h.clock.Advance(refetchEvery)
	want("keys are there", "")
	issuer.setDown(true)
	h.clock.Advance(keysFresh + time.Minute)
	want("old keys in an outage", "")
	h.clock.Advance(keysUsable)
	want("keys too old to be believed", fault.Unavailable)
}

// waitingSource answers when the test lets it.
type waitingSource struct {
	document []byte
	asked    chan struct{}
	release  chan struct{}
}

func (w waitingSource) JWKS(ctx context.Context) ([]byte, error) {
	w.asked <- struct{}{}
	select {
	case <-w.release:
		return w.document, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func TestKeySet_AsksOnceForMany(t *testing.T) {
	t.Parallel()
	key := newKey(t, "k1", "EdDSA")
	document := mustJSON(t, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key.public()}})
	source := waitingSource{document: []byte(document), asked: make(chan struct{}, 99), release: make(chan struct{})}
	keys := &keySet{source: source, clock: newClock().Now}
	name := keyName{kid: "k1", alg: "EdDSA"}

	impatient, hangUp := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() {
		if _, err := keys.find(impatient, name); err != nil {
			t.Errorf("the caller whose request ended: %v", err)
		}
	})
	<-source.asked
	hangUp()
	if _, err := keys.find(impatient, name); !errors.Is(err, errKeysOutOfReach) {
		t.Errorf("a caller who is gone must not wait, got %v", err)
	}
	for range 20 {
		group.Go(func() {
			if _, err := keys.find(t.Context(), name); err != nil {
				t.Errorf("a caller who waited: %v", err)
			}
		})
	}
	close(source.release)
	group.Wait()
	if extra := len(source.asked); extra != 0 {
		t.Errorf("the issuer was asked %d times more than once", extra)
	}
}

func TestParseJWKS(t *testing.T) {
	t.Parallel()
	ec, ed := newKey(t, "ec", "ES256"), newKey(t, "ed", "EdDSA")
	twin := ec.public()
	twin.KeyID = "ed"
	encryption, wrongAlg, nameless, secret := ec.public(), ec.public(), ec.public(), ec.public()
	encryption.Use, wrongAlg.Algorithm, nameless.KeyID, secret.Key = "enc", "ES512", "", ec.private
	symmetric := jose.JSONWebKey{Key: []byte("0123456789abcdef0123456789abcdef"), KeyID: "s", Algorithm: "HS256"}
	tests := map[string]struct {
		keys []jose.JSONWebKey
		want string
	}{
		"two kinds under one kid":        {[]jose.JSONWebKey{ed.public(), twin}, ""},
		"unusable beside usable":         {[]jose.JSONWebKey{encryption, wrongAlg, nameless, ed.public()}, ""},
		"nothing usable":                 {[]jose.JSONWebKey{encryption, wrongAlg, nameless}, "no usable signing key"},
		"one key twice":                  {[]jose.JSONWebKey{ed.public(), ed.public()}, "two keys under one kid"},
		"a private key":                  {[]jose.JSONWebKey{ed.public(), secret}, "secret key"},
		"a symmetric key":                {[]jose.JSONWebKey{ed.public(), symmetric}, "secret key"},
		"no keys":                        {nil, "no usable signing key"},
		"a key of fewer than 2,048 bits": {[]jose.JSONWebKey{weakKey(t)}, "no usable signing key"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := parseJWKS([]byte(mustJSON(t, jose.JSONWebKeySet{Keys: test.keys})))
			if (err == nil) != (test.want == "") || (err != nil && !strings.Contains(err.Error(), test.want)) {
				t.Errorf("want error %q, got %v", test.want, err)
			}
		})
	}
	if _, err := parseJWKS([]byte(`<html>`)); err == nil {
		t.Error("a page that is no JSON was accepted")
	}
}

// weakKey is an RSA key of 1,024 bits, too short to be believed.
func weakKey(t *testing.T) jose.JSONWebKey {
	t.Helper()
	var key jose.JSONWebKey
	modulus := strings.Repeat("_", 170) + "8"
	if err := json.Unmarshal([]byte(`{"kty":"RSA","kid":"weak","e":"AQAB","n":"`+modulus+`"}`), &key); err != nil {
		t.Fatal(err)
	}
	return key
}

func TestSource_File(t *testing.T) {
	t.Parallel()
	before, after := newKey(t, "k1", "ES256"), newKey(t, "k2", "ES256")
	file := filepath.Join(t.TempDir(), "jwks.json")
	write := func(key signingKey) {
		t.Helper()
		text := mustJSON(t, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key.public()}})
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(before)
	issuer := Issuer{URL: "https://issuer.example", AgencyCode: "TOWN", Audience: hubAudience, JWKSFile: file}
	h := newHub(t, issuer)
	if reply := h.ask(t, before.token(t, goodClaims(issuer.URL))); reply.Code != "" {
		t.Errorf("key of the file refused: %s", reply.Log)
	}
	write(after)
	h.clock.Advance(refetchEvery)
	if reply := h.ask(t, after.token(t, goodClaims(issuer.URL))); reply.Code != "" {
		t.Errorf("key of the replaced file refused: %s", reply.Log)
	}
	issuer.JWKSFile = filepath.Join(t.TempDir(), "missing.json")
	if _, err := New(t.Context(), Config{Issuers: []Issuer{issuer}}, nil, newClock().Now); err == nil {
		t.Error("a missing key file did not stop the start")
	}
}

func TestSource_RemoteRefusesTrickery(t *testing.T) {
	t.Parallel()
	good := mustJSON(t, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{newKey(t, "k", "ES256").public()}})
	mux := http.NewServeMux()
	server := newServer(t, mux)
	text := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }
	}
	mux.HandleFunc("/good", text(good))
	mux.HandleFunc("/huge", text(good+strings.Repeat(" ", maxDocument)))
	mux.Handle("/moved", http.RedirectHandler("/good", http.StatusFound))
	mux.HandleFunc("/liar/.well-known/openid-configuration", text(`{"issuer":"https://other.example","jwks_uri":"`+server+`/good"}`))
	mux.HandleFunc("/plain/.well-known/openid-configuration", text(`{"issuer":"`+server+`/plain","jwks_uri":"http://192.0.2.1/jwks"}`))
	mux.HandleFunc("/file/.well-known/openid-configuration", text(`{"issuer":"`+server+`/file","jwks_uri":"file:///etc/passwd"}`))
	client := fetchClient(nil)
	if _, err := (urlSource{url: server + "/good", client: client}).JWKS(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, source := range map[string]KeySource{
		"document too large":          urlSource{url: server + "/huge", client: client},
		"redirect":                    urlSource{url: server + "/moved", client: client},
		"missing":                     urlSource{url: server + "/missing", client: client},
		"discovery of another issuer": discoverySource{issuer: server + "/liar", client: client},
		"keys over plain http":        discoverySource{issuer: server + "/plain", client: client},
		"keys in a file":              discoverySource{issuer: server + "/file", client: client},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := source.JWKS(t.Context()); err == nil {
				t.Error("accepted")
			}
		})
	}
}
