package identity

import (
	"bytes"
	"strings"
	"testing"
)

// FuzzParseJWKS: only public keys of a name and an algorithm that fits them come
// out of a document, whatever an issuer serves.
func FuzzParseJWKS(f *testing.F) {
	for _, seed := range []string{
		`{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`,
		`{"keys":[{"kty":"oct","kid":"a","k":"AA"}]}`, `{"keys":[{"kty":"RSA","kid":"a","n":"AQAB","e":"AQAB"}]}`, `{"keys":{}}`, `{"keys":null}`, `[]`, ``,
		`{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}]}`,
		`{"keys":[{"kty":"EC","crv":"P-256","kid":"a","x":"AA","y":"AA"}]}`, `{"keys":[7,{}]}`, "{\"keys\":[{\"kid\":\"\x00\"}]}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		keys, err := parseJWKS(document)
		if err != nil {
			return
		}
		for name, key := range keys {
			if !key.IsPublic() || !isName(name.kid) || name.alg == "" || name.alg != algorithmOf(key) || len(keys) == 0 {
				t.Errorf("%+v is taken for %+v", key, name)
			}
		}
	})
}

// FuzzReadIssuers: a list that is taken is one that Validate takes, and every
// issuer in it names an audience.
func FuzzReadIssuers(f *testing.F) {
	for _, seed := range []string{
		`[{"url":"https://id.example","agency":"MZ","audience":"tongxin"}]`, `[]`, `null`, `{}`, `[{}]`, `[{"url":"https://id.example","extra":1}]`, `[]x`,
		`[{"url":"http://id.example","agency":"MZ","audience":"tongxin"}]`, `[{"URL":"https://id.example","AGENCY":"MZ","AUDIENCE":""}]`, strings.Repeat("[", 2000),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		issuers, err := ReadIssuers(bytes.NewReader(text))
		if err != nil {
			return
		}
		if err := Validate(issuers); err != nil {
			t.Errorf("%q was read and is not valid: %v", text, err)
		}
		for _, i := range issuers {
			if i.Audience == "" {
				t.Errorf("%q has an issuer without audience", text)
			}
		}
	})
}
