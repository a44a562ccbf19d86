package ask_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/Khan/genqlient/graphql"
	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/console/ask"
)

// answering is a handler that says one thing, and remembers how it was asked.
type answering struct {
	status int
	body   string
	header http.Header
}

func (a *answering) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.header = r.Header
	w.WriteHeader(a.status)
	_, _ = w.Write([]byte(a.body))
}

func asks(hub http.Handler) (ask.Answer, error) {
	page := httptest.NewRequest(http.MethodGet, "/w/x", nil)
	page.Header.Set("X-Forwarded-For", "192.0.2.7")
	page.Header.Set("Cookie", "tongxin=secret")
	return (&ask.Client{Hub: hub}).Ask(page.Context(), ask.As{Page: page, Token: "t", Post: "p", Purpose: "VISIT"}, "query X { me { staffCode } }", "X", nil)
}

// TestAsk: the person's own token, post and purpose go with the question, and nothing
// that belongs to the page.
func TestAsk(t *testing.T) {
	t.Parallel()
	hub := &answering{status: http.StatusOK, body: `{"data":{"me":1},"extensions":{"disclosure":{"entry":"e1","withheld":[{"coordinate":"A.b","count":2,"unlock":{"zh":"甲","en":"a"}}]}}}`}
	got, err := asks(hub)
	if err != nil || string(got.Data) != `{"me":1}` || got.Receipt.Entry != "e1" || got.Receipt.Withheld[0].Unlock.EN != "a" {
		t.Errorf("%+v %v", got, err)
	}
	want := map[string]string{"Authorization": "Bearer t", "Tongxin-Post": "p", "Tongxin-Purpose": "VISIT", "Tongxin-Ticket": "", "X-Forwarded-For": "192.0.2.7", "Cookie": ""}
	for name, value := range want {
		if diff := cmp.Diff(value, hub.header.Get(name)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestAsk_refused: a no is an error with its code, not an empty answer.
func TestAsk_refused(t *testing.T) {
	t.Parallel()
	_, err := asks(&answering{status: http.StatusForbidden, body: `{"errors":[{"message":"不行。 No.","extensions":{"code":"FORBIDDEN","traceId":"7"}}]}`})
	var no *ask.Refusal
	if !errors.As(err, &no) || no.Code != "FORBIDDEN" || no.Status != http.StatusForbidden || no.TraceID != "7" || no.Sentence != "不行。 No." {
		t.Errorf("%v", err)
	}
	var receipt ask.Receipt
	client := (&ask.Client{Hub: &answering{status: http.StatusOK, body: `{"data":{"x":5},"extensions":{"disclosure":{"entry":"e2"}}}`}}).
		For(ask.As{Page: httptest.NewRequest(http.MethodGet, "/", nil)}, &receipt)
	var into struct{ X int }
	if err := client.MakeRequest(t.Context(), &graphql.Request{Query: "query X { x }", OpName: "X"}, &graphql.Response{Data: &into}); err != nil || into.X != 5 || receipt.Entry != "e2" {
		t.Errorf("%v %+v %s", err, into, receipt.Entry)
	}
}

// FuzzAnswer: whatever comes back, it is an answer or an error, never a crash.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{`{"data":null}`, `{"errors":[{}]}`, `{"errors":[]}`, `[]`, ``, `{"extensions":{"disclosure":5}}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		got, err := asks(&answering{status: http.StatusOK, body: body})
		if err != nil && len(got.Data) > 0 {
			t.Errorf("%q: both %s and %v", body, got.Data, err)
		}
	})
}
