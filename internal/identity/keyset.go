package identity

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// How long keys are believed. A key that an issuer has withdrawn stops
// verifying after keysFresh, or after keysUsable when the issuer cannot be
// reached to say so. No token, however forged, makes the hub ask an issuer
// more often than every refetchEvery.
const (
	keysFresh    = 5 * time.Minute
	keysUsable   = time.Hour
	refetchEvery = 10 * time.Second
)

var (
	// errUnknownKey: the issuer has no such key; the token is refused.
	errUnknownKey = errors.New("kid names no key of this issuer for this alg")
	// errKeysOutOfReach: no keys to judge by; the caller should retry later.
	errKeysOutOfReach = errors.New("keys of the issuer are out of reach")
)

// keySet holds the keys of one issuer and fetches them when needed.
type keySet struct {
	source KeySource
	clock  func() time.Time

	mu       sync.Mutex
	keys     map[keyName]jose.JSONWebKey
	loaded   time.Time
	tried    time.Time
	inflight chan struct{}
	failure  error
}

// find returns the key of this name, asking the issuer first when the keys at
// hand are not fresh or lack it.
func (k *keySet) find(ctx context.Context, name keyName) (jose.JSONWebKey, error) {
	key, found, age := k.look(name)
	if !found || age >= keysFresh {
		k.refresh(ctx, !found || age >= keysUsable)
		key, found, age = k.look(name)
	}
	switch {
	case age >= keysUsable:
		k.mu.Lock()
		defer k.mu.Unlock()
		return jose.JSONWebKey{}, errors.Join(errKeysOutOfReach, k.failure)
	case !found:
		return jose.JSONWebKey{}, errUnknownKey
	default:
		return key, nil
	}
}

func (k *keySet) look(name keyName) (key jose.JSONWebKey, found bool, age time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	key, found = k.keys[name]
	if k.loaded.IsZero() {
		return key, found, keysUsable
	}
	return key, found, k.clock().Sub(k.loaded)
}

// refresh fetches the keys unless that was tried a moment ago. One caller
// fetches; those who cannot go on without the answer wait for it.
func (k *keySet) refresh(ctx context.Context, wait bool) {
	k.mu.Lock()
	if running := k.inflight; running != nil {
		k.mu.Unlock()
		if wait {
			select {
			case <-running:
			case <-ctx.Done():
			}
		}
		return
	}
	now := k.clock()
	if !k.tried.IsZero() && now.Sub(k.tried) < refetchEvery {
		k.mu.Unlock()
		return
	}
	k.tried = now
	k.inflight = make(chan struct{})
	k.mu.Unlock()
	k.load(ctx)
}

// load fetches in a context of its own: a caller who hangs up must not use up
// the attempt that others wait for.
func (k *keySet) load(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
	defer cancel()
	document, err := k.source.JWKS(ctx)
	var keys map[keyName]jose.JSONWebKey
	if err == nil {
		keys, err = parseJWKS(document)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.failure = err
	if err == nil {
		k.keys, k.loaded = keys, k.tried
	}
	close(k.inflight)
	k.inflight = nil
}
