package page

import (
	"log/slog"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/console/session"
	"github.com/tongxin-hub/tongxin/internal/fault"
)

// visitOf is a page of a session with a secret of its own.
func visitOf(secret, sealed string) *Visit {
	r := httptest.NewRequest("GET", "/w/x", nil)
	r.SetPathValue("handle", sealed)
	return &Visit{
		Site: &Site{Deps: Deps{Log: slog.New(slog.DiscardHandler)}}, R: r,
		Session: &session.Session{State: session.State{Secret: []byte(secret)}},
	}
}

// TestHandle_ofThisSessionAlone: an address says nothing to anybody else, and a changed
// one nothing to anybody.
func TestHandle_ofThisSessionAlone(t *testing.T) {
	t.Parallel()
	want := Handle{Child: "child-1", Kind: "VISIT", Hat: Hat{Post: "post-1", Purpose: "VISIT", Ticket: "VT-1"}}
	sealed := visitOf("secret of one session", "").Link(want)
	got, err := visitOf("secret of one session", sealed).Open()
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	changed := "A" + sealed[1:]
	if sealed[0] == 'A' {
		changed = "B" + sealed[1:]
	}
	for name, v := range map[string]*Visit{
		"another session": visitOf("secret of another one", sealed),
		"changed":         visitOf("secret of one session", changed),
		"none":            visitOf("secret of one session", "x"),
	} {
		if _, err := v.Open(); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
}
