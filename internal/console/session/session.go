package session

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"
)

const (
	// cookieBytes is the length of a cookie before it is written as text.
	cookieBytes = 32
	// rotateAfter is how old a cookie gets before another one takes its place.
	rotateAfter = 15 * time.Minute
	// formerFor is how long the cookie before still works, for requests that were
	// under way.
	formerFor = 2 * time.Minute
	// seenEvery spares a write for each request.
	seenEvery = time.Minute
)

// ErrNone says that there is no such session, or no longer: sign in again.
var ErrNone = errors.New("no session")

// State is what a session holds sealed.
type State struct {
	// Token opens the hub, until Expires.
	Token   string
	Expires time.Time
	// Post, Role, Purpose and Ticket are in which post and why somebody works now.
	Post, Role, Title, Purpose, Ticket string
	// Agency is the name of the unit, to be shown.
	Agency string
	// Secret is of this session alone: links are sealed under it.
	Secret []byte
}

// Person is who signed in, as the issuer names them.
type Person struct{ Issuer, Subject string }

// Session is somebody who is signed in.
type Session struct {
	Person
	State
	// Cookie is what the browser is to hold from now on; Fresh says that it is new.
	Cookie string
	Fresh  bool
}

// Deps are what sessions need.
type Deps struct {
	DB DB
	// Key seals the sessions of this hub.
	Key []byte
	// Idle ends a session that is not used, Life every session.
	Idle, Life time.Duration
	Now        func() time.Time
}

// Sessions begins, finds and ends sessions.
type Sessions struct{ deps Deps }

// New returns the sessions of a hub.
func New(d Deps) (*Sessions, error) {
	if d.DB == nil || len(d.Key) < 32 || d.Idle <= 0 || d.Life <= 0 || d.Now == nil {
		return nil, errors.New("console sessions need a database, a key, idle and whole life, and a clock")
	}
	return &Sessions{d}, nil
}

// Begin starts a session; it ends with the token at the latest.
func (s *Sessions) Begin(ctx context.Context, p Person, state State) (*Session, error) {
	now := s.deps.Now()
	ends := now.Add(s.deps.Life)
	if state.Expires.Before(ends) {
		ends = state.Expires
	}
	state.Secret = random()
	out := &Session{Person: p, State: state, Cookie: newCookie(), Fresh: true}
	row, err := s.row(out)
	if err != nil {
		return nil, err
	}
	row.started, row.seen, row.rotated, row.ends = now, now, now, ends
	if err := s.deps.sweep(ctx, now, now.Add(-s.deps.Idle)); err != nil {
		return nil, fmt.Errorf("begin session: %w", err)
	}
	if err := s.deps.insert(ctx, row); err != nil {
		return nil, fmt.Errorf("begin session: %w", err)
	}
	return out, nil
}

// Find returns the session of a cookie, with another cookie when it is time for one.
// ErrNone where there is none, it has ended, or its cookie was replaced a while ago.
func (s *Sessions) Find(ctx context.Context, cookie string) (*Session, error) {
	raw, err := base64.RawURLEncoding.DecodeString(cookie)
	if err != nil || len(raw) != cookieBytes {
		return nil, ErrNone
	}
	hash := sha256.Sum256(raw)
	row, err := s.deps.find(ctx, hash[:])
	if err != nil {
		return nil, err
	}
	now := s.deps.Now()
	former := string(row.former) == string(hash[:])
	switch {
	case !now.Before(row.ends) || now.Sub(row.seen) >= s.deps.Idle:
		return nil, errors.Join(ErrNone, s.deps.remove(ctx, row.hash))
	case former && now.Sub(row.rotated) >= formerFor:
		// Somebody holds a cookie that was replaced: nobody keeps this session.
		return nil, errors.Join(ErrNone, s.deps.remove(ctx, row.hash))
	}
	out := &Session{Person: Person{row.issuer, row.subject}, Cookie: cookie}
	if out.State, err = s.open(raw, row); err != nil {
		return nil, errors.Join(ErrNone, err)
	}
	switch {
	case former:
		return out, nil
	case now.Sub(row.rotated) >= rotateAfter:
		return s.renew(ctx, out, row.hash, now)
	case now.Sub(row.seen) >= seenEvery:
		return out, s.deps.touch(ctx, row.hash, now)
	}
	return out, nil
}

// Peek is Find for what a page asks by itself: it is no use of the session, so it does
// not keep one that is idle, and gives no other cookie. ErrNone where there is none.
func (s *Sessions) Peek(ctx context.Context, cookie string) (*Session, error) {
	raw, err := base64.RawURLEncoding.DecodeString(cookie)
	if err != nil || len(raw) != cookieBytes {
		return nil, ErrNone
	}
	hash := sha256.Sum256(raw)
	row, err := s.deps.find(ctx, hash[:])
	if err != nil {
		return nil, err
	}
	now := s.deps.Now()
	if string(row.hash) != string(hash[:]) || !now.Before(row.ends) || now.Sub(row.seen) >= s.deps.Idle {
		return nil, ErrNone
	}
	out := &Session{Person: Person{row.issuer, row.subject}, Cookie: cookie}
	if out.State, err = s.open(raw, row); err != nil {
		return nil, errors.Join(ErrNone, err)
	}
	return out, nil
}

// renew gives another cookie; where another request was first, that one did.
func (s *Sessions) renew(ctx context.Context, of *Session, hash []byte, now time.Time) (*Session, error) {
	as := *of
	if err := s.rotate(ctx, of, hash, now); err != nil {
		if errors.Is(err, errFirst) {
			return &as, nil
		}
		return nil, err
	}
	return of, nil
}

// Change keeps a new state under a new cookie: what somebody may see has changed.
func (s *Sessions) Change(ctx context.Context, of *Session, state State) error {
	raw, _ := base64.RawURLEncoding.DecodeString(of.Cookie) // found by it
	hash := sha256.Sum256(raw)
	of.State = state
	err := s.rotate(ctx, of, hash[:], s.deps.Now())
	if errors.Is(err, errFirst) {
		return ErrNone
	}
	return err
}

func (s *Sessions) rotate(ctx context.Context, of *Session, hash []byte, now time.Time) error {
	of.Cookie, of.Fresh = newCookie(), true
	row, err := s.row(of)
	if err != nil {
		return err
	}
	row.former, row.rotated = hash, now
	return s.deps.replace(ctx, row)
}

// End ends a session.
func (s *Sessions) End(ctx context.Context, of *Session) error {
	raw, _ := base64.RawURLEncoding.DecodeString(of.Cookie) // found by it
	hash := sha256.Sum256(raw)
	return s.deps.remove(ctx, hash[:])
}

// EndAll ends every session of the person, wherever it was begun.
func (s *Sessions) EndAll(ctx context.Context, p Person) error { return s.deps.removeAll(ctx, p) }

func random() []byte {
	raw := make([]byte, cookieBytes)
	_, _ = rand.Read(raw) // never fails
	return raw
}

func newCookie() string { return base64.RawURLEncoding.EncodeToString(random()) }
