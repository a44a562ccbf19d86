package session_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/console/session"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// watch is a clock that a test moves.
type watch struct {
	mu sync.Mutex
	at time.Time
}

func (w *watch) now() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.at }

func (w *watch) pass(d time.Duration) { w.mu.Lock(); w.at = w.at.Add(d); w.mu.Unlock() }

func setup(t *testing.T) (*session.Sessions, *watch, *pgxpool.Pool) {
	t.Helper()
	url, db := pgtest.New(t)
	if err := postgres.Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	w := &watch{at: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}
	s, err := session.New(session.Deps{DB: db, Key: bytes.Repeat([]byte{7}, 32), Idle: 30 * time.Minute, Life: 10 * time.Hour, Now: w.now})
	if err != nil {
		t.Fatal(err)
	}
	return s, w, db
}

var person = session.Person{Issuer: "https://issuer.example", Subject: "测试DPS0001"} //nolint:gochecknoglobals // never changed

func begin(t *testing.T, s *session.Sessions, w *watch) *session.Session {
	t.Helper()
	got, err := s.Begin(t.Context(), person, session.State{Token: "the token", Expires: w.now().Add(8 * time.Hour), Purpose: "VISIT"})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// found is what a cookie comes to: the purpose, or none.
func found(t *testing.T, s *session.Sessions, cookie string) (*session.Session, string) {
	t.Helper()
	got, err := s.Find(t.Context(), cookie)
	if errors.Is(err, session.ErrNone) {
		return nil, "none"
	}
	if err != nil {
		t.Fatal(err)
	}
	return got, got.Purpose
}

func is(t *testing.T, what, got, want string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// TestSessions_end: by idleness, by age, with the token, by hand and everywhere.
func TestSessions_end(t *testing.T) { //nolint:tparallel // the parts share one clock
	t.Parallel()
	s, w, _ := setup(t)
	t.Run("idle", func(t *testing.T) { //nolint:paralleltest // one clock
		b := begin(t, s, w)
		w.pass(29 * time.Minute)
		got, said := found(t, s, b.Cookie)
		is(t, "in use", said, "VISIT")
		w.pass(30 * time.Minute)
		_, said = found(t, s, got.Cookie)
		is(t, "idle", said, "none")
	})
	t.Run("with the token", func(t *testing.T) { //nolint:paralleltest // one clock
		b := begin(t, s, w)
		for range 19 {
			w.pass(25 * time.Minute)
			got, said := found(t, s, b.Cookie)
			is(t, "in use", said, "VISIT")
			b = got
		}
		w.pass(20 * time.Minute)
		_, said := found(t, s, b.Cookie)
		is(t, "after eight hours", said, "none")
	})
	t.Run("by hand", func(t *testing.T) { //nolint:paralleltest // one clock
		b := begin(t, s, w)
		if err := s.End(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		_, said := found(t, s, b.Cookie)
		is(t, "ended", said, "none")
	})
	t.Run("everywhere", func(t *testing.T) { //nolint:paralleltest // one clock
		a, b := begin(t, s, w), begin(t, s, w)
		if err := s.EndAll(t.Context(), person); err != nil {
			t.Fatal(err)
		}
		for _, one := range []*session.Session{a, b} {
			_, said := found(t, s, one.Cookie)
			is(t, "ended", said, "none")
		}
	})
}

// TestSessions_rotate: a cookie is replaced; the one before works for requests under
// way, and whoever comes with it later ends the session for everybody.
func TestSessions_rotate(t *testing.T) {
	t.Parallel()
	s, w, _ := setup(t)
	first := begin(t, s, w)
	w.pass(16 * time.Minute)
	second, said := found(t, s, first.Cookie)
	is(t, "rotated", said, "VISIT")
	if second.Cookie == first.Cookie || !second.Fresh || !bytes.Equal(second.Secret, first.Secret) {
		t.Fatalf("not rotated: fresh %v", second.Fresh)
	}
	_, said = found(t, s, first.Cookie)
	is(t, "under way", said, "VISIT")
	w.pass(3 * time.Minute)
	_, said = found(t, s, first.Cookie)
	is(t, "used again", said, "none")
	_, said = found(t, s, second.Cookie)
	is(t, "ended for everybody", said, "none")
}

// TestSessions_change: another post is kept under another cookie.
func TestSessions_change(t *testing.T) {
	t.Parallel()
	s, w, _ := setup(t)
	b := begin(t, s, w)
	old, state := b.Cookie, b.State
	state.Purpose = "DROPOUT_PREVENTION"
	if err := s.Change(t.Context(), b, state); err != nil {
		t.Fatal(err)
	}
	_, said := found(t, s, b.Cookie)
	is(t, "changed", said, "DROPOUT_PREVENTION")
	if old == b.Cookie {
		t.Error("the cookie stayed")
	}
}

// TestSessions_sealed: neither the database nor another key ring shows a token or lets
// anybody in; a changed byte ends the session.
func TestSessions_sealed(t *testing.T) {
	t.Parallel()
	s, w, db := setup(t)
	b := begin(t, s, w)
	var hash, sealed []byte
	if err := db.QueryRow(t.Context(), `SELECT cookie_hash, sealed FROM console_session`).Scan(&hash, &sealed); err != nil {
		t.Fatal(err)
	}
	raw, err := base64.RawURLEncoding.DecodeString(b.Cookie)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(raw)
	if !bytes.Equal(hash, sum[:]) || bytes.Contains(sealed, []byte("the token")) || bytes.Contains(sealed, raw) {
		t.Error("the database holds more than a hash and what is sealed")
	}
	other, err := session.New(session.Deps{DB: db, Key: bytes.Repeat([]byte{8}, 32), Idle: time.Hour, Life: time.Hour, Now: w.now})
	if err != nil {
		t.Fatal(err)
	}
	_, said := found(t, other, b.Cookie)
	is(t, "another key ring", said, "none")
	sealed[len(sealed)-1] ^= 1
	if _, err := db.Exec(t.Context(), `UPDATE console_session SET sealed = $1`, sealed); err != nil {
		t.Fatal(err)
	}
	_, said = found(t, s, b.Cookie)
	is(t, "changed in the database", said, "none")
	for _, cookie := range []string{"", "x", base64.RawURLEncoding.EncodeToString(hash)} {
		_, said = found(t, s, cookie)
		is(t, "cookie "+cookie, said, "none")
	}
}
