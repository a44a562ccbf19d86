package console

import (
	"log/slog"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/console/session"
	"github.com/tongxin-hub/tongxin/internal/fault"
)

// visitOf is a page of a session with a secret of its own.
func visitOf(secret, sealed string) *visit {
	r := httptest.NewRequest("GET", "/w/x", nil)
	r.SetPathValue("handle", sealed)
	return &visit{
		c: &Console{deps: Deps{Log: slog.New(slog.DiscardHandler)}}, r: r,
		session: &session.Session{State: session.State{Secret: []byte(secret)}},
	}
}

// TestHandle_ofThisSessionAlone: an address says nothing to anybody else, and a changed
// one nothing to anybody.
func TestHandle_ofThisSessionAlone(t *testing.T) {
	t.Parallel()
	want := handle{Child: "child-1", Kind: "VISIT", Hat: hat{Post: "post-1", Purpose: "VISIT", Ticket: "VT-1"}}
	sealed := visitOf("secret of one session", "").link(want)
	got, err := visitOf("secret of one session", sealed).open()
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	changed := "A" + sealed[1:]
	if sealed[0] == 'A' {
		changed = "B" + sealed[1:]
	}
	for name, v := range map[string]*visit{
		"another session": visitOf("secret of another one", sealed),
		"changed":         visitOf("secret of one session", changed),
		"none":            visitOf("secret of one session", "x"),
	} {
		if _, err := v.open(); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
}
