package identity

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// keyName finds a key within the set of one issuer. The algorithm is part of
// the name: a key verifies the one algorithm that its type allows, so that no
// token can choose another.
type keyName struct{ kid, alg string }

// parseJWKS reads the usable public signing keys of a JWKS document. Keys of
// other kinds are passed over, private and symmetric ones make the document
// unusable: whoever publishes those is in trouble.
func parseJWKS(document []byte) (map[keyName]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(document, &set); err != nil {
		return nil, fmt.Errorf("parse JWKS: %w", err)
	}
	keys := map[keyName]jose.JSONWebKey{}
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		if err := key.UnmarshalJSON(raw); err != nil {
			continue
		}
		if !key.IsPublic() {
			return nil, errors.New("parse JWKS: the document holds a secret key")
		}
		alg := algorithmOf(key)
		if alg == "" || !isName(key.KeyID) || (key.Use != "" && key.Use != "sig") {
			continue
		}
		name := keyName{kid: key.KeyID, alg: alg}
		if _, twice := keys[name]; twice {
			return nil, errors.New("parse JWKS: two keys under one kid")
		}
		keys[name] = key
	}
	if len(keys) == 0 {
		return nil, errors.New("parse JWKS: no usable signing key")
	}
	return keys, nil
}

// algorithmOf is the one algorithm a key may verify, "" when there is none.
func algorithmOf(key jose.JSONWebKey) string {
	var alg jose.SignatureAlgorithm
	switch public := key.Key.(type) {
	case *rsa.PublicKey:
		if bits := public.N.BitLen(); bits < 2048 || bits > 8192 {
			return ""
		}
		alg = jose.RS256
	case *ecdsa.PublicKey:
		if public.Curve != elliptic.P256() {
			return ""
		}
		alg = jose.ES256
	case ed25519.PublicKey:
		alg = jose.EdDSA
	default:
		return ""
	}
	if key.Algorithm != "" && key.Algorithm != string(alg) {
		return ""
	}
	return string(alg)
}
