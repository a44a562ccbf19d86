package contestant

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/tongxin-hub/tongxin/bench/dataset"
	"github.com/tongxin-hub/tongxin/internal/identity"
)

// audience of the benchmark's tokens.
const audience = "tongxin-bench"

// tokenLife outlasts any run.
const tokenLife = 12 * time.Hour

// issuer vouches for the staff of some agencies, with keys of its own that the
// hub reads from files, as an operator would configure it.
type issuer struct {
	file    string
	signers map[string]jose.Signer
	trusted []identity.Issuer
}

func newIssuer(dir string) *issuer {
	return &issuer{file: filepath.Join(dir, "issuers.json"), signers: map[string]jose.Signer{}}
}

// trust makes the keys of an agency's issuer.
func (i *issuer) trust(agency string) error {
	if i.signers[agency] != nil {
		return nil
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	kid := rand.Text()
	i.signers[agency], err = jose.NewSigner(
		jose.SigningKey{Algorithm: jose.EdDSA, Key: jose.JSONWebKey{Key: private, KeyID: kid}},
		(&jose.SignerOptions{}).WithType("at+jwt"))
	if err != nil {
		return err
	}
	document, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
		{Key: public, KeyID: kid, Algorithm: string(jose.EdDSA), Use: "sig"},
	}})
	if err != nil {
		return err
	}
	keys := filepath.Join(filepath.Dir(i.file), fmt.Sprintf("jwks-%d.json", len(i.trusted)))
	if err := os.WriteFile(keys, document, 0o600); err != nil {
		return err
	}
	i.trusted = append(i.trusted, identity.Issuer{URL: issuerURL(agency), AgencyCode: agency, Audience: audience, JWKSFile: keys})
	list, err := json.Marshal(i.trusted)
	if err != nil {
		return err
	}
	return os.WriteFile(i.file, list, 0o600)
}

func issuerURL(agency string) string { return "https://issuer.invalid/" + fmt.Sprintf("%x", agency) }

// token signs somebody in.
func (i *issuer) token(s dataset.Staff) (string, error) {
	now := time.Now()
	return jwt.Signed(i.signers[s.AgencyCode]).Claims(struct {
		jwt.Claims
		ClientID string `json:"client_id"`
	}{
		jwt.Claims{
			Issuer: issuerURL(s.AgencyCode), Subject: s.Code, Audience: jwt.Audience{audience}, ID: rand.Text(),
			IssuedAt: jwt.NewNumericDate(now.Add(-time.Minute)), Expiry: jwt.NewNumericDate(now.Add(tokenLife)),
		}, "bench",
	}).Serialize()
}
