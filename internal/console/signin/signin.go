package signin

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/identity"
)

// patience is how long an issuer may take to answer.
const patience = 10 * time.Second

// Desk signs people in.
type Desk struct {
	doors  []*door
	client *http.Client
	now    func() time.Time
}

// door is one issuer; it is discovered when somebody first asks for it, so that one
// agency's outage stops nobody else.
type door struct {
	issuer identity.Issuer
	back   string

	mu       sync.Mutex
	provider *oidc.Provider
}

// Choice is an issuer that somebody may sign in at.
type Choice struct {
	Number int
	Name   string
	URL    string
}

// Attempt is a sign-in under way: what the browser keeps until it comes back.
type Attempt struct {
	Door                   int
	State, Nonce, Verifier string
}

// Entry is somebody who has signed in.
type Entry struct {
	Issuer, Subject, Token string
	Expires                time.Time
}

// New returns a desk for the issuers that know the console as a client; back is the
// address that they send people to.
func New(issuers []identity.Issuer, back string, now func() time.Time) *Desk {
	d := &Desk{client: &http.Client{Timeout: patience}, now: now}
	for _, i := range issuers {
		if i.Console != nil {
			d.doors = append(d.doors, &door{issuer: i, back: back})
		}
	}
	return d
}

// Choices are the issuers in their order.
func (d *Desk) Choices() []Choice {
	out := make([]Choice, len(d.doors))
	for i, door := range d.doors {
		out[i] = Choice{Number: i, Name: door.issuer.Console.Name, URL: door.issuer.URL}
	}
	return out
}

// Start gives the address to send a browser to, and what it has to keep meanwhile.
func (d *Desk) Start(ctx context.Context, number int, hint string) (string, Attempt, error) {
	if number < 0 || number >= len(d.doors) {
		return "", Attempt{}, fault.New(fault.NotFound, "没有这个登录单位。", "There is no such agency to sign in at.")
	}
	config, _, err := d.doors[number].config(oidc.ClientContext(ctx, d.client))
	if err != nil {
		return "", Attempt{}, away(err)
	}
	a := Attempt{Door: number, State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier()}
	options := []oauth2.AuthCodeOption{oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)}
	if hint != "" {
		options = append(options, oauth2.SetAuthURLParam("login_hint", hint))
	}
	return config.AuthCodeURL(a.State, options...), a, nil
}

// Finish exchanges the code that a browser came back with. Faults: Unauthenticated
// where it is not of this attempt, Unavailable where the issuer does not answer.
func (d *Desk) Finish(ctx context.Context, a Attempt, state, code string) (Entry, error) {
	if a.State == "" || state != a.State || code == "" || a.Door < 0 || a.Door >= len(d.doors) {
		return Entry{}, broken(errors.New("state differs"))
	}
	door := d.doors[a.Door]
	ctx = oidc.ClientContext(ctx, d.client)
	config, provider, err := door.config(ctx)
	if err != nil {
		return Entry{}, away(err)
	}
	token, err := config.Exchange(ctx, code, oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return Entry{}, broken(err)
	}
	raw, _ := token.Extra("id_token").(string)
	verifier := provider.Verifier(&oidc.Config{ClientID: config.ClientID, Now: d.now, SupportedSigningAlgs: []string{"RS256", "ES256", "EdDSA"}})
	id, err := verifier.Verify(ctx, raw)
	if err != nil {
		return Entry{}, broken(err)
	}
	if id.Nonce != a.Nonce {
		return Entry{}, broken(errors.New("nonce differs"))
	}
	// The life that the issuer states, by our clock; not stated, it is short.
	life := 5 * time.Minute
	if token.ExpiresIn > 0 {
		life = time.Duration(token.ExpiresIn) * time.Second
	}
	return Entry{Issuer: door.issuer.URL, Subject: id.Subject, Token: token.AccessToken, Expires: d.now().Add(life)}, nil
}

// config is the client at the issuer, which is discovered once it answers.
func (o *door) config(ctx context.Context) (*oauth2.Config, *oidc.Provider, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.provider == nil {
		provider, err := oidc.NewProvider(context.WithoutCancel(ctx), o.issuer.URL)
		if err != nil {
			return nil, nil, fmt.Errorf("discover issuer: %w", err)
		}
		o.provider = provider
	}
	secret := ""
	if file := o.issuer.Console.SecretFile; file != "" {
		text, err := os.ReadFile(file) //nolint:gosec // named by the operator
		if err != nil {
			return nil, nil, fmt.Errorf("read client secret: %w", err)
		}
		secret = strings.TrimSpace(string(text))
	}
	return &oauth2.Config{
		ClientID: o.issuer.Console.ID, ClientSecret: secret, Endpoint: o.provider.Endpoint(),
		RedirectURL: o.back, Scopes: []string{oidc.ScopeOpenID},
	}, o.provider, nil
}

func broken(err error) error {
	return fault.Wrap(fault.Unauthenticated, "登录没有完成，请重新登录。", "The sign-in was not completed; sign in again.", err)
}

func away(err error) error {
	return fault.Wrap(fault.Unavailable, "所选单位的认证系统暂时没有应答，请稍后再试。", "The sign-in of that agency does not answer; try again later.", err)
}
