package identity

import (
	"encoding/base64"
	"errors"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
)

// Bounds of a token. They are checked before anything is decoded, so that a
// hostile header costs no more than its own length.
const (
	maxToken  = 8 << 10
	maxHeader = 1 << 10
	maxName   = 256
)

// token is what a compact JWS says, well formed but not yet believed.
type token struct {
	alg, kid string
	claims   claims
}

// claims are the members of the payload that the hub looks at.
type claims struct {
	issuer, subject, system, id string
	audience                    string
	expires                     time.Time
	notBefore, issuedAt         time.Time
	// thumbprint is cnf.x5t#S256, empty when the token is not bound.
	thumbprint string
}

// algorithms are the only ways in which a token may be signed.
func algorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA}
}

// parseToken reads a compact JWS strictly: canonical base64url, JSON without
// duplicate members at any depth, and no header member that could make a
// verifier fetch, unpack or believe a key. It verifies nothing. Its errors are
// fixed phrases without any part of the token.
func parseToken(compact string) (token, error) {
	if len(compact) > maxToken {
		return token{}, errors.New("token too long")
	}
	head, rest, _ := strings.Cut(compact, ".")
	body, signature, _ := strings.Cut(rest, ".")
	switch {
	case len(head) > maxHeader:
		return token{}, errors.New("header too long")
	case head == "" || body == "" || signature == "" || strings.Contains(signature, "."):
		return token{}, errors.New("not three parts")
	}
	if _, err := base64.RawURLEncoding.Strict().DecodeString(signature); err != nil {
		return token{}, errors.New("signature is not base64url")
	}
	header, err := decodeObject(head)
	if err != nil {
		return token{}, err
	}
	var t token
	if t.alg, t.kid, err = parseHeader(header); err != nil {
		return token{}, err
	}
	payload, err := decodeObject(body)
	if err != nil {
		return token{}, err
	}
	t.claims, err = parseClaims(payload)
	return t, err
}

// decodeObject reads one part. The decoder of go-jose, unlike the standard
// one, tells letter case apart and refuses duplicate members.
func decodeObject(part string) (map[string]any, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(part)
	if err != nil || strings.ContainsAny(part, "\r\n") {
		return nil, errors.New("part is not base64url")
	}
	var object map[string]any
	if !utf8.Valid(raw) || json.Unmarshal(raw, &object) != nil || object == nil {
		return nil, errors.New("part is not a JSON object without duplicates")
	}
	return object, nil
}

func parseHeader(header map[string]any) (alg, kid string, err error) {
	for _, name := range []string{"crit", "jku", "jwk", "x5u", "x5c", "zip", "enc", "b64", "cty"} {
		if _, found := header[name]; found {
			return "", "", errors.New("header member refused: " + name)
		}
	}
	typ, _ := header["typ"].(string)
	switch strings.ToLower(typ) {
	case "jwt", "at+jwt", "application/at+jwt":
	default:
		return "", "", errors.New("typ is neither at+jwt nor JWT")
	}
	alg, _ = header["alg"].(string)
	known := false
	for _, allowed := range algorithms() {
		known = known || alg == string(allowed)
	}
	if !known {
		return "", "", errors.New("alg is none of RS256, ES256, EdDSA")
	}
	kid, ok := header["kid"].(string)
	if !ok || !isName(kid) {
		return "", "", errors.New("kid is missing or no name")
	}
	return alg, kid, nil
}

func parseClaims(payload map[string]any) (claims, error) {
	var c claims
	var err error
	read := func(name string, into *string, required bool) {
		value, found := payload[name]
		text, isText := value.(string)
		if (found || required) && (!isText || !isName(text)) {
			err = errors.New("claim is missing or no name: " + name)
		}
		*into = text
	}
	when := func(name string, into *time.Time, required bool) {
		value, found := payload[name]
		seconds, isNumber := value.(float64)
		if (found || required) && (!isNumber || seconds < 0 || seconds > math.MaxInt32*100) {
			err = errors.New("claim is missing or no time: " + name)
			return
		}
		if found {
			*into = time.Unix(int64(seconds), 0)
		}
	}
	var party, client string
	read("iss", &c.issuer, true)
	read("sub", &c.subject, true)
	read("jti", &c.id, false)
	read("azp", &party, false)
	read("client_id", &client, false)
	when("exp", &c.expires, true)
	when("nbf", &c.notBefore, false)
	when("iat", &c.issuedAt, false)
	if err != nil {
		return claims{}, err
	}
	c.system = client
	if client == "" {
		c.system = party
	}
	if c.system == "" || (party != "" && party != c.system) {
		return claims{}, errors.New("client_id and azp are missing or differ")
	}
	c.audience = onlyAudience(payload["aud"])
	c.thumbprint, err = boundTo(payload)
	return c, err
}

// onlyAudience is the one audience of a token. A token for several audiences
// could be replayed here by any of the others, so it counts as having none.
func onlyAudience(aud any) string {
	if list, isList := aud.([]any); isList && len(list) == 1 {
		aud = list[0]
	}
	text, _ := aud.(string)
	return text
}

// boundTo reads the confirmation of RFC 8705. A confirmation of any other
// kind is refused: the hub could not check it.
func boundTo(payload map[string]any) (string, error) {
	cnf, found := payload["cnf"]
	if !found {
		return "", nil
	}
	members, _ := cnf.(map[string]any)
	thumbprint, _ := members["x5t#S256"].(string)
	raw, err := base64.RawURLEncoding.Strict().DecodeString(thumbprint)
	if err != nil || len(raw) != 32 || len(thumbprint) != 43 || len(members) != 1 {
		return "", errors.New("cnf is no x5t#S256 confirmation")
	}
	return thumbprint, nil
}

// isName accepts what may be an identifier: short, printable, no blanks.
func isName(text string) bool {
	if text == "" || len(text) > maxName {
		return false
	}
	for _, r := range text {
		if r == utf8.RuneError || !unicode.IsPrint(r) || r == ' ' {
			return false
		}
	}
	return true
}
