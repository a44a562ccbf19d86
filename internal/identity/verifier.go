package identity

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"
	lru "github.com/hashicorp/golang-lru/v2"
)

// clockSkew is how far an issuer's clock may be ahead. It is granted to nbf
// and iat alone; exp is kept to the second, because nothing expired opens
// anything.
const clockSkew = 30 * time.Second

// trusted is a configured issuer with its keys.
type trusted struct {
	Issuer
	signing *keySet
}

// tokenID is the jti of one issuer.
type tokenID struct{ issuer, id string }

// seenID remembers which token carried a jti, until that token expires.
type seenID struct {
	token   [sha256.Size]byte
	expires time.Time
}

// verifier decides whether a token holds. It keeps no verdicts.
type verifier struct {
	issuers map[string]*trusted
	ids     *lru.Cache[tokenID, seenID]
	clock   func() time.Time
}

func newVerifier(issuers []Issuer, client *http.Client, clock func() time.Time) (*verifier, error) {
	if err := Validate(issuers); err != nil {
		return nil, err
	}
	ids, err := lru.New[tokenID, seenID](maxVerified)
	if err != nil {
		return nil, err
	}
	v := &verifier{issuers: map[string]*trusted{}, ids: ids, clock: clock}
	client = fetchClient(client)
	for _, issuer := range issuers {
		signing := &keySet{source: sourceOf(issuer, client), clock: clock}
		v.issuers[issuer.URL] = &trusted{Issuer: issuer, signing: signing}
	}
	return v, nil
}

// verify believes a token or returns a refusal. The issuer that the token
// names chooses the keys; everything else is looked at only after the
// signature under one of these keys holds.
func (v *verifier) verify(ctx context.Context, compact, thumbprint string) (claims, *trusted, error) {
	parsed, err := parseToken(compact)
	if err != nil {
		return claims{}, nil, refuseInvalid(err.Error())
	}
	issuer, known := v.issuers[parsed.claims.issuer]
	if !known {
		return claims{}, nil, refuseInvalid("iss is not a configured issuer")
	}
	if err := checkSignature(ctx, issuer.signing, compact, parsed); err != nil {
		return claims{}, nil, err
	}
	c := parsed.claims
	now := v.clock()
	switch {
	case c.audience != issuer.Audience:
		return claims{}, nil, refuseAudience()
	case !now.Before(c.expires):
		return claims{}, nil, refuseExpired()
	case c.notBefore.After(now.Add(clockSkew)):
		return claims{}, nil, refuseInvalid("nbf is in the future")
	case c.issuedAt.After(now.Add(clockSkew)):
		return claims{}, nil, refuseInvalid("iat is in the future")
	}
	if err := checkBinding(c.thumbprint, thumbprint, issuer.RequireCertificate); err != nil {
		return claims{}, nil, err
	}
	if err := v.checkID(compact, c, now); err != nil {
		return claims{}, nil, err
	}
	return c, issuer, nil
}

func checkSignature(ctx context.Context, keys *keySet, compact string, parsed token) error {
	key, err := keys.find(ctx, keyName{kid: parsed.kid, alg: parsed.alg})
	if errors.Is(err, errKeysOutOfReach) {
		return issuerUnavailable(err)
	}
	if err != nil {
		return refuseInvalid(err.Error())
	}
	signed, err := jose.ParseSignedCompact(compact, algorithms())
	if err != nil {
		return refuseInvalid("not a compact JWS")
	}
	if _, err := signed.Verify(key.Key); err != nil {
		return refuseInvalid("signature does not hold")
	}
	return nil
}

// checkID refuses a second token under the jti of another one: an identifier
// is given out once. The same token may be used until it expires; where a
// stolen token is the worry, bind it to a certificate.
func (v *verifier) checkID(compact string, c claims, now time.Time) error {
	if c.id == "" {
		return nil
	}
	id := tokenID{issuer: c.issuer, id: c.id}
	own := seenID{token: sha256.Sum256([]byte(compact)), expires: c.expires}
	seen, found, _ := v.ids.PeekOrAdd(id, own)
	switch {
	case !found || seen.token == own.token:
		return nil
	case now.Before(seen.expires):
		return refuseInvalid("jti was used by another token")
	default:
		v.ids.Add(id, own)
		return nil
	}
}

// loadLocal reads the keys that lie on this machine, so that a missing file
// is found at start-up.
func (v *verifier) loadLocal(ctx context.Context) error {
	for url, issuer := range v.issuers {
		if issuer.JWKSFile == "" && issuer.Keys == nil {
			continue
		}
		issuer.signing.refresh(ctx, true)
		if issuer.signing.failure != nil {
			return fmt.Errorf("issuer %q: %w", url, issuer.signing.failure)
		}
	}
	return nil
}
