package session

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
)

// row seals a session for the database, under its cookie.
func (s *Sessions) row(of *Session) (stored, error) {
	raw, err := base64.RawURLEncoding.DecodeString(of.Cookie)
	if err != nil {
		return stored{}, err
	}
	text, err := json.Marshal(of.State) //nolint:gosec // it is sealed below
	if err != nil {
		return stored{}, err
	}
	sealed, err := Seal(s.under(raw), text)
	hash := sha256.Sum256(raw)
	return stored{hash: hash[:], issuer: of.Issuer, subject: of.Subject, sealed: sealed}, err
}

func (s *Sessions) open(raw []byte, row stored) (State, error) {
	text, err := Open(s.under(raw), row.sealed)
	if err != nil {
		return State{}, err
	}
	var state State
	return state, json.Unmarshal(text, &state)
}

// under is the key of one cookie: whoever has the database and the key ring still needs
// the cookie.
func (s *Sessions) under(cookie []byte) []byte {
	return append(append([]byte{}, s.deps.Key...), cookie...)
}

// DraftKey is under what a person's browser keeps what is being filled in: the same
// whenever the person signs in, nobody else's.
func (s *Sessions) DraftKey(p Person) (string, error) {
	key, err := hkdf.Key(sha256.New, s.deps.Key, nil, fmt.Sprintf("tongxin console draft v1 %q %q", p.Issuer, p.Subject), 32)
	if err != nil {
		return "", fmt.Errorf("derive key: %w", err)
	}
	return base64.StdEncoding.EncodeToString(key), nil
}

// Seal encrypts a text so that only the same secret opens it.
func Seal(secret, text []byte) ([]byte, error) {
	gcm, err := sealer(secret)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, gcm.NonceSize(), gcm.NonceSize()+len(text)+gcm.Overhead())
	_, _ = rand.Read(nonce) // never fails
	return gcm.Seal(nonce, nonce, text, nil), nil
}

// Open gives the text back that Seal has sealed under the same secret.
func Open(secret, sealed []byte) ([]byte, error) {
	gcm, err := sealer(secret)
	if err != nil {
		return nil, err
	}
	if len(sealed) < gcm.NonceSize() {
		return nil, errors.New("open: too short")
	}
	return gcm.Open(nil, sealed[:gcm.NonceSize()], sealed[gcm.NonceSize():], nil)
}

func sealer(secret []byte) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "tongxin console seal v1", 32)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
