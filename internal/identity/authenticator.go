package identity

import (
	"context"
	"crypto/sha256"
	"net/http"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// Verified tokens are remembered for a minute at most, and no more than
// maxVerified of them.
const (
	verifiedFor = time.Minute
	maxVerified = 10_000
)

// Config is what an Authenticator is built from.
type Config struct {
	// Issuers are the trusted issuers; Validate must accept them.
	Issuers []Issuer
	// HTTPClient fetches discovery documents and keys. Nil means the default
	// client. Redirects are never followed.
	HTTPClient *http.Client
}

// Authenticator turns requests into callers. It may be used by many
// goroutines at once.
type Authenticator struct {
	verifier *verifier
	register *Register
	verified *lru.Cache[verifiedKey, verdict]
	clock    func() time.Time
}

// verifiedKey is a token together with the certificate it came with: the same
// token over another connection is another question.
type verifiedKey struct {
	token      [sha256.Size]byte
	thumbprint string
}

// verdict is what a verified token says, until it must be asked again.
type verdict struct {
	claims claims
	agency string
	until  time.Time
}

// New returns an Authenticator, or says what is wrong with the issuers. Keys
// in files and in this process must be readable now; those of remote issuers
// are fetched with the first token, so that one agency's outage does not stop
// the hub for the others.
func New(ctx context.Context, cfg Config, register *Register, clock func() time.Time) (*Authenticator, error) {
	v, err := newVerifier(cfg.Issuers, cfg.HTTPClient, clock)
	if err != nil {
		return nil, err
	}
	if err := v.loadLocal(ctx); err != nil {
		return nil, err
	}
	verified, err := lru.New[verifiedKey, verdict](maxVerified)
	if err != nil {
		return nil, err
	}
	return &Authenticator{verifier: v, register: register, verified: verified, clock: clock}, nil
}

// Authenticate says who sent the request. The faults are Unauthenticated,
// with a sentence that says what to do, and Unavailable when keys or register
// cannot be reached. A token is taken from the Authorization header alone.
func (a *Authenticator) Authenticate(ctx context.Context, r *http.Request) (Caller, error) {
	compact, err := bearer(r)
	if err != nil {
		return Caller{}, err
	}
	thumbprint := connectionThumbprint(r.TLS)
	verdict, err := a.verify(ctx, compact, thumbprint)
	if err != nil {
		return Caller{}, err
	}
	caller, err := a.register.Find(ctx, verdict.agency, verdict.claims.subject)
	if err != nil {
		return Caller{}, err
	}
	client, err := a.register.client(ctx, verdict.agency, verdict.claims.system)
	if err == nil {
		err = client.admits(thumbprint)
	}
	if err != nil {
		return Caller{}, err
	}
	caller.SystemPurposes = client.purposes
	caller.System = verdict.claims.system
	caller.Issuer = verdict.claims.issuer
	caller.TokenExpires = verdict.claims.expires
	caller.CertThumbprint = thumbprint
	return caller, nil
}

func (a *Authenticator) verify(ctx context.Context, compact, thumbprint string) (verdict, error) {
	key := verifiedKey{token: sha256.Sum256([]byte(compact)), thumbprint: thumbprint}
	now := a.clock()
	if known, found := a.verified.Get(key); found && remembered(now, known.until, verifiedFor) {
		return known, nil
	}
	c, issuer, err := a.verifier.verify(ctx, compact, thumbprint)
	if err != nil {
		return verdict{}, err
	}
	fresh := verdict{claims: c, agency: issuer.AgencyCode, until: now.Add(verifiedFor)}
	if c.expires.Before(fresh.until) {
		fresh.until = c.expires
	}
	a.verified.Add(key, fresh)
	return fresh, nil
}

// bearer takes the token from the one Authorization header.
func bearer(r *http.Request) (string, error) {
	values := r.Header.Values("Authorization")
	if len(values) == 0 {
		return "", refuseMissing()
	}
	scheme, compact, _ := strings.Cut(values[0], " ")
	if len(values) > 1 || !strings.EqualFold(scheme, "Bearer") || compact == "" {
		return "", refuseInvalid("Authorization is not one bearer token")
	}
	return compact, nil
}
