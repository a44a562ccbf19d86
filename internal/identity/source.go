package identity

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// Bounds of a key fetch.
const (
	fetchTimeout = 5 * time.Second
	maxDocument  = 256 << 10
)

// sourceOf chooses where the keys of an issuer come from.
func sourceOf(issuer Issuer, client *http.Client) KeySource {
	switch {
	case issuer.Keys != nil:
		return issuer.Keys
	case issuer.JWKSFile != "":
		return fileSource(issuer.JWKSFile)
	case issuer.JWKSURL != "":
		return urlSource{url: issuer.JWKSURL, client: client}
	default:
		return discoverySource{issuer: issuer.URL, client: client}
	}
}

// fileSource is a JWKS document that the operator keeps on this machine.
type fileSource string

// JWKS reads the file anew, so that a replaced file is a rotation.
func (f fileSource) JWKS(context.Context) ([]byte, error) {
	document, err := os.ReadFile(string(f))
	if err != nil {
		return nil, fmt.Errorf("read JWKS file: %w", err)
	}
	return document, nil
}

// urlSource is a JWKS document at a fixed address.
type urlSource struct {
	url    string
	client *http.Client
}

// JWKS fetches the document.
func (u urlSource) JWKS(ctx context.Context) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.url, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch JWKS: %w", err)
	}
	response, err := u.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("fetch JWKS: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch JWKS: status %d", response.StatusCode)
	}
	document, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("fetch JWKS: %w", err)
	}
	return document, nil
}

// discoverySource asks the issuer itself where its keys are (OIDC discovery).
type discoverySource struct {
	issuer string
	client *http.Client
}

// JWKS discovers the address, which must be as safe as a configured one, and
// fetches the document.
func (d discoverySource) JWKS(ctx context.Context) ([]byte, error) {
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, d.client), d.issuer)
	if err != nil {
		return nil, fmt.Errorf("discover issuer: %w", err)
	}
	var found struct {
		JWKSURL string `json:"jwks_uri"`
	}
	if err := provider.Claims(&found); err != nil {
		return nil, fmt.Errorf("discover issuer: %w", err)
	}
	if err := safeURL(found.JWKSURL); err != nil {
		return nil, fmt.Errorf("discover issuer: jwks_uri: %w", err)
	}
	return urlSource{url: found.JWKSURL, client: d.client}.JWKS(ctx)
}

// fetchClient is a copy of base that follows no redirect and reads no more
// than maxDocument of any answer.
func fetchClient(base *http.Client) *http.Client {
	if base == nil {
		base = &http.Client{}
	}
	bounded := *base
	if bounded.Transport == nil {
		bounded.Transport = http.DefaultTransport
	}
	bounded.Transport = boundedTransport{next: bounded.Transport}
	bounded.CheckRedirect = func(*http.Request, []*http.Request) error {
		return errors.New("redirect refused")
	}
	return &bounded
}

type boundedTransport struct{ next http.RoundTripper }

// RoundTrip lets the body end with an error at the bound.
func (b boundedTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := b.next.RoundTrip(request)
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	response.Body = http.MaxBytesReader(nil, response.Body, maxDocument)
	return response, nil
}
