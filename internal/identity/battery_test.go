package identity

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

// attack is one way to confuse a verifier. Each must be refused for its own
// reason, which proves that the case reached the check it is aimed at.
type attack struct {
	name, reason string
	token        string
}

// battery is an agency with a key of each kind, and another agency.
type battery struct {
	ec, rsa, ed, other signingKey
	issuer, foreign    *agencyIssuer
	good               map[string]any
}

func newBattery(t *testing.T) *battery {
	t.Helper()
	b := &battery{
		ec: newKey(t, "ec-1", "ES256"), rsa: newKey(t, "rsa-1", "RS256"),
		ed: newKey(t, "ed-1", "EdDSA"), other: newKey(t, "other-1", "ES256"),
	}
	b.issuer = newAgencyIssuer(t, b.ec.public(), b.rsa.public(), b.ed.public())
	b.foreign = newAgencyIssuer(t, b.other.public())
	b.good = goodClaims(b.issuer.URL)
	return b
}

func TestAuthenticate_RefusesConfusedTokens(t *testing.T) {
	t.Parallel()
	b := newBattery(t)
	h := newHub(t, trust(b.issuer, "TOWN"), trust(b.foreign, "EDU"))
	for _, key := range []signingKey{b.ec, b.rsa, b.ed} {
		if reply := h.ask(t, key.token(t, b.good)); reply.Caller.Staff.Code != "lin" {
			t.Fatalf("good token under %s refused: %s", key.alg, reply.Log)
		}
	}
	attacks := append(b.signatureAttacks(t), b.headerAttacks(t)...)
	attacks = append(attacks, b.claimAttacks(t)...)
	attacks = append(attacks, b.shapeAttacks(t)...)
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			reply := h.ask(t, a.token)
			checkRefusal(t, reply, a)
		})
	}
}

// checkRefusal wants the refusal, its reason, and no trace of the token in
// what the caller or the log gets to see.
func checkRefusal(t *testing.T, reply answer, a attack) {
	t.Helper()
	if diff := cmp.Diff(Caller{}, reply.Caller); diff != "" {
		t.Errorf("a refused token named a caller (-want +got):\n%s", diff)
	}
	if reply.Code != fault.Unauthenticated || !strings.Contains(reply.Log, a.reason) {
		t.Errorf("want %s because of %q, got %s: %s", fault.Unauthenticated, a.reason, reply.Code, reply.Log)
	}
	for _, part := range strings.Split(a.token, ".") {
		if len(part) > 8 && strings.Contains(reply.Sentence+reply.Log, part) {
			t.Error("the refusal repeats the token")
		}
	}
	for _, said := range []string{"lin", "ec-1", "evil", "etc/passwd", "town-app"} {
		if strings.Contains(reply.Sentence+reply.Log, said) {
			t.Errorf("the refusal repeats %q of the token", said)
		}
	}
}

func (b *battery) signatureAttacks(t *testing.T) []attack {
	t.Helper()
	body := mustJSON(t, b.good)
	der, err := x509.MarshalPKIXPublicKey(b.rsa.private.Public())
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	signed := b.ec.token(t, b.good)
	unsigned := signed[:strings.LastIndex(signed, ".")+1]
	stranger := newKey(t, "ec-1", "ES256")
	attacks := []attack{
		{"HS256 with the public key", "alg is none of", hmacToken(`{"alg":"HS256","typ":"JWT","kid":"rsa-1"}`, body, public)},
		{"RS256 key named by an ES256 header", "kid names no key", b.rsa.sign(t, `{"alg":"ES256","typ":"JWT","kid":"rsa-1"}`, body)},
		{"ES256 key named by an RS256 header", "kid names no key", b.ec.sign(t, `{"alg":"RS256","typ":"JWT","kid":"ec-1"}`, body)},
		{"PS256", "alg is none of", b.rsa.sign(t, `{"alg":"PS256","typ":"JWT","kid":"rsa-1"}`, body)},
		{"empty signature", "not three parts", unsigned},
		{"short signature", "signature does not hold", unsigned + "AAAA"},
		{"signature of zeros", "signature does not hold", unsigned + b64(strings.Repeat("\x00", 64))},
		{"another key under the same kid", "signature does not hold", stranger.token(t, b.good)},
		{"payload of another token", "signature does not hold", splice(signed, b64(mustJSON(t, with(b.good, map[string]any{"sub": "gone"}))))},
		{"key of another agency", "kid names no key", b.other.token(t, b.good)},
	}
	for _, none := range []string{"none", "None", "NONE", "nOnE", ""} {
		header := fmt.Sprintf(`{"alg":%q,"typ":"JWT","kid":"ec-1"}`, none)
		attacks = append(attacks,
			attack{"alg " + none + " unsigned", "not three parts", b64(header) + "." + b64(body) + "."},
			attack{"alg " + none + " signed", "alg is none of", b.ec.sign(t, header, body)})
	}
	return attacks
}

func (b *battery) headerAttacks(t *testing.T) []attack {
	t.Helper()
	body := mustJSON(t, b.good)
	var attacks []attack
	add := func(name, reason, header string) {
		attacks = append(attacks, attack{name, reason, b.ec.sign(t, header, body)})
	}
	for name, kid := range map[string]string{
		"path": "../../../../etc/passwd", "SQL": "ec-1'--", "URL": "https://evil.example/k",
		"NUL": "ec-1\x00", "long": strings.Repeat("k", 300), "empty": "",
	} {
		add("kid with "+name, "kid", mustJSON(t, map[string]string{"alg": "ES256", "typ": "JWT", "kid": kid}))
	}
	add("kid of another agency's key", "kid names no key", `{"alg":"ES256","typ":"JWT","kid":"other-1"}`)
	add("kid is a number", "kid is missing", `{"alg":"ES256","typ":"JWT","kid":1}`)
	add("no kid", "kid is missing", `{"alg":"ES256","typ":"JWT"}`)
	for member, value := range map[string]string{
		"jku": `"https://evil.example/jwks"`, "x5u": `"https://evil.example/x5u"`, "x5c": `["MIIB"]`,
		"jwk": mustJSON(t, newKey(t, "evil", "ES256").public()), "crit": `["exp"]`, "zip": `"DEF"`,
		"b64": `false`, "cty": `"JWT"`, "enc": `"A128GCM"`,
	} {
		add("header "+member, "header member refused", `{"alg":"ES256","typ":"JWT","kid":"ec-1","`+member+`":`+value+`}`)
	}
	add("typ of an ID token logout", "typ is neither", `{"alg":"ES256","typ":"logout+jwt","kid":"ec-1"}`)
	add("no typ", "typ is neither", `{"alg":"ES256","kid":"ec-1"}`)
	add("two alg members", "without duplicates", `{"alg":"none","alg":"ES256","typ":"JWT","kid":"ec-1"}`)
	add("alg in capitals", "alg is none of", `{"ALG":"ES256","typ":"JWT","kid":"ec-1"}`)
	add("header too long", "header too long", `{"alg":"ES256","typ":"JWT","kid":"ec-1","x":"`+strings.Repeat("x", 1000)+`"}`)
	return attacks
}

func (b *battery) claimAttacks(t *testing.T) []attack {
	t.Helper()
	var attacks []attack
	change := func(name, reason, claim string, value any) {
		attacks = append(attacks, attack{name, reason, b.ec.token(t, with(b.good, map[string]any{claim: value}))})
	}
	later := func(d time.Duration) int64 { return schoolDay.Add(d).Unix() }
	change("no aud", "not meant for this hub", "aud", nil)
	change("aud of another system", "not meant for this hub", "aud", "https://other.example")
	change("aud is a list of two", "not meant for this hub", "aud", []string{hubAudience, "https://other.example"})
	change("aud is an empty list", "not meant for this hub", "aud", []string{})
	change("aud is a number", "not meant for this hub", "aud", 1)
	change("aud is null", "not meant for this hub", "aud", []any{nil})
	change("unknown iss", "iss is not a configured issuer", "iss", "https://evil.example")
	change("iss with a slash more", "iss is not a configured issuer", "iss", b.issuer.URL+"/")
	change("iss of another agency", "kid names no key", "iss", b.foreign.URL)
	change("iss is a list", "claim is missing or no name: iss", "iss", []string{b.issuer.URL})
	change("no exp", "claim is missing or no time: exp", "exp", nil)
	change("exp is a string", "claim is missing or no time: exp", "exp", "1999999999")
	change("exp is negative", "claim is missing or no time: exp", "exp", -1)
	change("exp is beyond all time", "claim is missing or no time: exp", "exp", 1e300)
	change("expired this second", "has expired", "exp", later(0))
	change("expired ten minutes ago", "has expired", "exp", later(-10*time.Minute))
	change("nbf in ten minutes", "nbf is in the future", "nbf", later(10*time.Minute))
	change("nbf just beyond the skew", "nbf is in the future", "nbf", later(31*time.Second))
	change("nbf is a string", "claim is missing or no time: nbf", "nbf", "soon")
	change("issued in ten minutes", "iat is in the future", "iat", later(10*time.Minute))
	change("no sub", "claim is missing or no name: sub", "sub", nil)
	change("sub with NUL", "claim is missing or no name: sub", "sub", "lin\x00")
	change("no client", "client_id and azp", "client_id", nil)
	change("client_id and azp differ", "client_id and azp", "azp", "another-app")
	change("cnf of another kind", "cnf is no x5t#S256", "cnf", map[string]string{"jkt": "x"})
	change("cnf is a string", "cnf is no x5t#S256", "cnf", "x")

	body := mustJSON(t, b.good)
	for name, twice := range map[string]string{
		"two subs":         `{"sub":"wu",` + body[1:],
		"two subs escaped": `{"\u0073ub":"wu",` + body[1:],
		"two nested":       `{"x":[{"y":1,"y":2}],` + body[1:],
		"trailing text":    body + `{}`,
		"an array":         `[` + body + `]`,
		"null":             `null`,
		"bad UTF-8":        "{\"x\":\"\xff\"," + body[1:],
	} {
		attacks = append(attacks, attack{"payload with " + name, "without duplicates", b.ec.sign(t, b.ec.header(), twice)})
	}
	return attacks
}

func (b *battery) shapeAttacks(t *testing.T) []attack {
	t.Helper()
	good := b.ec.token(t, b.good)
	return []attack{
		{"200 KB of dots", "token too long", strings.Repeat(".", 200_000)},
		{"long header before the first dot", "token too long", strings.Repeat("e", 100_000) + good},
		{"nested JWE zip bomb", "not three parts", bomb(t, b.rsa)},
		{"four parts", "not three parts", good + ".x"},
		{"two parts", "not three parts", good[:strings.LastIndex(good, ".")]},
		{"JSON serialisation", "not three parts", `{"payload":"e30","signatures":[]}`},
		{"padding", "not base64url", good + "="},
		{"base64 with a standard alphabet", "not base64url", "+" + good},
		{"loose last bits", "not base64url", loosen(good)},
	}
}

// bomb is a small JWE that unpacks to many megabytes, meant for our own eyes.
func bomb(t *testing.T, key signingKey) string {
	t.Helper()
	encrypter, err := jose.NewEncrypter(jose.A128GCM,
		jose.Recipient{Algorithm: jose.RSA_OAEP, Key: key.private.Public().(*rsa.PublicKey), KeyID: key.kid},
		&jose.EncrypterOptions{Compression: jose.DEFLATE})
	if err != nil {
		t.Fatal(err)
	}
	packed, err := encrypter.Encrypt(make([]byte, 4<<20))
	if err != nil {
		t.Fatal(err)
	}
	compact, err := packed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return compact
}

// splice puts another payload into a token.
func splice(token, payload string) string {
	parts := strings.Split(token, ".")
	return parts[0] + "." + payload + "." + parts[2]
}

// loosen sets bits of the last character that decode to nothing, so that one
// signature could have several spellings.
func loosen(token string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, token[len(token)-1])
	return token[:len(token)-1] + string(alphabet[last|1])
}

func TestAuthenticate_RefusesAJTIUnderASecondToken(t *testing.T) {
	t.Parallel()
	b := newBattery(t)
	h := newHub(t, trust(b.issuer, "TOWN"))
	first := with(b.good, map[string]any{"jti": "id-" + rand.Text()})
	token := b.ec.token(t, first)
	for range 2 {
		if reply := h.ask(t, token); reply.Code != "" {
			t.Fatalf("the token itself was refused: %s", reply.Log)
		}
	}
	copied := attack{"", "jti was used by another token", b.ec.token(t, with(first, map[string]any{"client_id": "copied"}))}
	checkRefusal(t, h.ask(t, copied.token), copied)
	h.clock.Advance(61 * time.Second)
	if reply := h.ask(t, token); reply.Code != "" {
		t.Errorf("the token was refused after its verdict was forgotten: %s", reply.Log)
	}
}

func TestAuthenticate_TakesOneBearerTokenFromTheHeaderOnly(t *testing.T) {
	t.Parallel()
	b := newBattery(t)
	h := newHub(t, trust(b.issuer, "TOWN"))
	good := b.ec.token(t, b.good)
	tests := map[string]struct {
		header http.Header
		query  string
		reason string
	}{
		"no header":       {http.Header{}, "", "carries no access token"},
		"token in query":  {http.Header{}, "?access_token=" + good, "carries no access token"},
		"two headers":     {http.Header{"Authorization": {"Bearer " + good, "Bearer " + good}}, "", "not one bearer token"},
		"basic":           {http.Header{"Authorization": {"Basic " + good}}, "", "not one bearer token"},
		"scheme alone":    {http.Header{"Authorization": {"Bearer"}}, "", "not one bearer token"},
		"two tokens":      {http.Header{"Authorization": {"Bearer " + good + " " + good}}, "", "not three parts"},
		"comma separated": {http.Header{"Authorization": {"Bearer " + good + "," + good}}, "", "not three parts"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reply := askWith(t, h.server.Client(), h.server.URL+"/"+test.query, test.header)
			checkRefusal(t, reply, attack{name, test.reason, good})
		})
	}
}
