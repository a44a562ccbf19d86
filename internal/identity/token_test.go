package identity

import (
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
)

func TestParseToken(t *testing.T) {
	t.Parallel()
	key := newKey(t, "k1", "EdDSA")
	claimsOf := goodClaims("https://town.example")
	thumbprint := Thumbprint([]byte("certificate"))
	claimsOf["jti"], claimsOf["nbf"], claimsOf["exp"] = "id", schoolDay.Unix(), float64(schoolDay.Unix())+0.5
	claimsOf["cnf"] = map[string]string{"x5t#S256": thumbprint}
	want := token{alg: "EdDSA", kid: "k1", claims: claims{
		issuer: "https://town.example", subject: "lin", system: "town-app", id: "id", audience: hubAudience,
		expires: schoolDay, notBefore: schoolDay, issuedAt: schoolDay, thumbprint: thumbprint,
	}}
	got, err := parseToken(key.token(t, claimsOf))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(token{}, claims{})); diff != "" {
		t.Errorf("token (-want +got):\n%s", diff)
	}
}

// FuzzParseToken: whatever is parsed is also a compact JWS of go-jose with the
// same algorithm and kid, and no input makes the parser panic or quote it.
func FuzzParseToken(f *testing.F) {
	key := newKey(f, "k1", "EdDSA")
	good := key.token(f, goodClaims("https://town.example"))
	for _, seed := range []string{
		good, good + ".", "", ".", "..", "a.b.c", strings.Repeat(".", 9000), splice(good, b64(`{"exp":1,"exp":2}`)),
		key.sign(f, `{"alg":"none","typ":"JWT","kid":"k1"}`, `{}`), key.sign(f, key.header(), `{"exp":1e999}`),
		key.sign(f, key.header(), `{"iss":"a","sub":"b","exp":1,"client_id":"c","aud":["d"],"cnf":{"x5t#S256":""}}`),
		key.sign(f, `{"alg":"ES256","typ":"at+jwt","kid":"../k","jku":"https://evil.example"}`, `[]`),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, compact string) {
		parsed, err := parseToken(compact)
		if err != nil {
			if len(compact) > 20 && strings.Contains(err.Error(), compact) {
				t.Errorf("the error repeats the token: %v", err)
			}
			return
		}
		signed, err := jose.ParseSignedCompact(compact, algorithms())
		if err != nil {
			t.Fatalf("parsed what go-jose refuses: %v", err)
		}
		header := signed.Signatures[0].Protected
		if diff := cmp.Diff([]string{header.Algorithm, header.KeyID}, []string{parsed.alg, parsed.kid}); diff != "" {
			t.Errorf("read another header than go-jose (-want +got):\n%s", diff)
		}
		c := parsed.claims
		if c.issuer == "" || c.subject == "" || c.system == "" || c.expires.Before(time.Unix(0, 0)) {
			t.Errorf("accepted incomplete claims: %+v", c)
		}
	})
}
