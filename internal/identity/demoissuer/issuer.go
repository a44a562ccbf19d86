package demoissuer

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/tongxin-hub/tongxin/internal/identity"
)

// maxTTL is the longest life of a demo token.
const maxTTL = 12 * time.Hour

// Issuer issues tokens for the agencies of the demo. It may be used by many
// goroutines at once.
type Issuer struct {
	base  string
	clock func() time.Time

	mu       sync.RWMutex
	agencies map[string]*agency
	codes    map[string]grant
}

func newCode() string { return rand.Text() }

// agency is the issuer of one agency.
type agency struct {
	url, audience string
	public        jose.JSONWebKey
	signer        jose.Signer
}

// New returns an issuer whose URLs begin with baseURL, the address of the
// hub's listener without a path. It must be a loopback address.
func New(baseURL string, clock func() time.Time) (*Issuer, error) {
	base, err := url.Parse(baseURL)
	if err != nil {
		return nil, fmt.Errorf("demo issuer: %w", err)
	}
	if (base.Scheme != "http" && base.Scheme != "https") || !identity.Loopback(base.Host) ||
		base.Scheme+"://"+base.Host != baseURL {
		return nil, errors.New("演示认证系统只能在本机回环地址上启用。 The demo issuer can be enabled on a loopback address only, such as http://127.0.0.1:8080")
	}
	return &Issuer{base: baseURL, clock: clock, agencies: map[string]*agency{}, codes: map[string]grant{}}, nil
}

// Issuers makes an issuer with a new key for each agency that has none yet and
// returns them all as configuration for identity.New. Their keys are read in
// this process, so the hub's start does not wait for its own listener.
func (i *Issuer) Issuers(agencyCodes []string, audience string) ([]identity.Issuer, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	issuers := make([]identity.Issuer, 0, len(agencyCodes))
	for _, code := range agencyCodes {
		a, found := i.agencies[code]
		if !found {
			made, err := newAgency(i.base+"/demo-issuer/"+url.PathEscape(code), audience)
			if err != nil {
				return nil, fmt.Errorf("demo issuer of agency %q: %w", code, err)
			}
			i.agencies[code], a = made, made
		}
		issuers = append(issuers, identity.Issuer{
			URL: a.url, AgencyCode: code, Audience: audience, Demo: true, Keys: a,
		})
	}
	return issuers, nil
}

func newAgency(issuerURL, audience string) (*agency, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	kid := rand.Text()
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.EdDSA, Key: jose.JSONWebKey{Key: private, KeyID: kid}},
		(&jose.SignerOptions{}).WithType("at+jwt"))
	if err != nil {
		return nil, fmt.Errorf("make signer: %w", err)
	}
	key := jose.JSONWebKey{Key: public, KeyID: kid, Algorithm: string(jose.EdDSA), Use: "sig"}
	return &agency{url: issuerURL, audience: audience, public: key, signer: signer}, nil
}

// JWKS is the agency's public key document; it makes the agency a KeySource.
func (a *agency) JWKS(context.Context) ([]byte, error) {
	document, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{a.public}})
	if err != nil {
		return nil, fmt.Errorf("encode JWKS: %w", err)
	}
	return document, nil
}

// accessClaims are the claims of an access token (RFC 9068).
type accessClaims struct {
	jwt.Claims
	ClientID string `json:"client_id"`
}

// Token issues an access token for a staff member of an agency, used through
// the named client system. It fails for an agency that Issuers was not asked
// for, and for a life of more than twelve hours.
func (i *Issuer) Token(agencyCode, staffCode, system string, ttl time.Duration) (string, error) {
	a, found := i.agency(agencyCode)
	switch {
	case !found:
		return "", fmt.Errorf("demo issuer: no agency %q", agencyCode)
	case staffCode == "" || system == "":
		return "", errors.New("demo issuer: staff code and system are needed")
	case ttl <= 0 || ttl > maxTTL:
		return "", fmt.Errorf("demo issuer: a token lives up to %s", maxTTL)
	}
	now := i.clock()
	token, err := jwt.Signed(a.signer).Claims(accessClaims{
		Claims: jwt.Claims{
			Issuer: a.url, Subject: staffCode, Audience: jwt.Audience{a.audience}, ID: rand.Text(),
			IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(ttl)),
		},
		ClientID: system,
	}).Serialize()
	if err != nil {
		return "", fmt.Errorf("demo issuer: sign: %w", err)
	}
	return token, nil
}

func (i *Issuer) agency(code string) (*agency, bool) {
	i.mu.RLock()
	defer i.mu.RUnlock()
	a, found := i.agencies[code]
	return a, found
}
