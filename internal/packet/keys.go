package packet

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"

	"github.com/go-jose/go-jose/v4"
)

const (
	signs = jose.EdDSA
	seals = jose.ECDH_ES
	cover = jose.A256GCM
	// media is the type in the header of what is signed.
	media = "tongxin-transfer+jws"
)

// Own is this hub among its partners: its name, the keys that sign and open, and who is
// asked about what no packet holds.
type Own struct {
	Hub     string
	Contact Contact
	sign    ed25519.PrivateKey
	open    *ecdsa.PrivateKey
}

// derive makes the keys of a hub from a secret of its key directory: losing it loses
// them, and who has a copy has them.
func derive(secret []byte) (Own, error) {
	seed, err := hkdf.Key(sha256.New, secret, nil, "tongxin transfer sign v1", ed25519.SeedSize)
	if err != nil {
		return Own{}, err
	}
	own := Own{sign: ed25519.NewKeyFromSeed(seed)}
	for n := range 8 { // one number in 2³² is no key of the curve
		scalar, err := hkdf.Key(sha256.New, secret, nil, "tongxin transfer open v1 "+strconv.Itoa(n), 32)
		if err != nil {
			return Own{}, err
		}
		if own.open, err = ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar); err == nil {
			return own, nil
		}
	}
	return Own{}, errors.New("no key of the curve")
}

// Card is what a partner needs to know: the public keys.
func Card(secret []byte) (jose.JSONWebKeySet, error) {
	own, err := derive(secret)
	if err != nil {
		return jose.JSONWebKeySet{}, err
	}
	sign, err := named(own.sign.Public(), string(signs), "sig")
	if err != nil {
		return jose.JSONWebKeySet{}, err
	}
	open, err := named(own.open.Public(), string(seals), "enc")
	return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{sign, open}}, err
}

// named gives a public key its thumbprint (RFC 7638) for a name.
func named(key any, algorithm, use string) (jose.JSONWebKey, error) {
	k := jose.JSONWebKey{Key: key, Algorithm: algorithm, Use: use}
	thumb, err := k.Thumbprint(crypto.SHA256)
	k.KeyID = base64.RawURLEncoding.EncodeToString(thumb)
	return k, err
}

// pick finds the one signing and the one sealing key of a card.
func pick(set jose.JSONWebKeySet) (sign ed25519.PublicKey, open *ecdsa.PublicKey, err error) {
	for _, k := range set.Keys {
		switch key := k.Key.(type) {
		case ed25519.PublicKey:
			sign = key
		case *ecdsa.PublicKey:
			if key.Curve == elliptic.P256() {
				open = key
			}
		}
	}
	if len(set.Keys) != 2 || sign == nil || open == nil {
		return nil, nil, errors.New("keys must be one of Ed25519 that signs and one of P-256 that is sealed to, as `tongxin transferkey` prints them")
	}
	return sign, open, nil
}
