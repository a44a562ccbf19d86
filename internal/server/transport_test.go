package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/server"
)

const canary = "canary-51d0"

func TestGraphQL_HandsOverTheRequest(t *testing.T) {
	t.Parallel()
	var got server.Call
	b := setup(t, func(_ *server.Config, d *server.Deps) {
		d.Graph = graphFunc(func(ctx context.Context, c server.Call) server.Reply {
			got = c
			return answer(ctx, c)
		})
	})
	r := b.ask(` {"query":"query A { child }","operationName":"A","variables":{"n":12345678901234567890},
		"extensions":{"a":true},"Query":"ignored"}`,
		"Tongxin-Purpose: SCHOOL_CARE", "Tongxin-Ticket: T-1", "Tongxin-Post: 7")
	if r.Status != http.StatusOK || r.Body != data {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	want := server.Request{
		Query: "query A { child }", OperationName: "A",
		Variables:  map[string]any{"n": json.Number("12345678901234567890")},
		Extensions: map[string]any{"a": true},
		Header:     server.Header{Purpose: "SCHOOL_CARE", Ticket: "T-1", Post: "7"},
	}
	if diff := cmp.Diff(want, got.Request); diff != "" {
		t.Error(diff)
	}
	if got.ClientIP != "127.0.0.1" || got.Caller.Staff.Code != "li" || got.TraceID != r.Header.Get("X-Request-Id") || len(got.TraceID) != 32 {
		t.Errorf("call %+v", got)
	}
	if length := r.Header.Get("Content-Length"); length != strconv.Itoa(len(data)) {
		t.Errorf("Content-Length %s", length)
	}
}

func TestGraphQL_Accept(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	for accept, want := range map[string]string{
		"":                                  jsonMedia,
		"*/*":                               jsonMedia,
		"application/*":                     jsonMedia,
		"application/json":                  jsonMedia,
		"application/json; charset=utf-8":   jsonMedia,
		graphqlMedia:                        graphqlMedia,
		graphqlMedia + ", application/json": graphqlMedia,
		"application/json, " + graphqlMedia: jsonMedia,
		graphqlMedia + ";q=0.9, application/json":          jsonMedia,
		graphqlMedia + ", application/json;q=0.9":          graphqlMedia,
		"*/*, " + graphqlMedia:                             graphqlMedia,
		"application/json;q=0, */*":                        graphqlMedia,
		"text/event-stream, application/json;q=0.5":        jsonMedia,
		"nonsense, ;;;, APPLICATION/GraphQL-response+JSON": graphqlMedia,
		"text/html":              "",
		"application/json;q=0":   "",
		"application/json;q=NaN": "",
		"application/json;q=2":   "",
		"image/*, ;":             "",
	} {
		r := b.ask(question, "Accept: "+accept)
		got := r.Header.Get("Content-Type")
		switch {
		case want == "" && (r.Status != http.StatusNotAcceptable || r.code() != "BAD_REQUEST"):
			t.Errorf("%q: %d %s", accept, r.Status, r.Body)
		case want != "" && (got != want+"; charset=utf-8" || r.Status != http.StatusOK):
			t.Errorf("%q: want %s, got %d %s", accept, want, r.Status, got)
		}
	}
}

func TestGraphQL_StatusOfReplies(t *testing.T) {
	t.Parallel()
	replies := map[string]server.Reply{}
	b := map[server.Profile]*bundle{}
	for _, profile := range []server.Profile{server.Suite, server.Middle} {
		b[profile] = setup(t, func(c *server.Config, d *server.Deps) {
			c.Profile, c.CallerBurst = profile, 1000
			d.Graph = graphFunc(func(_ context.Context, c server.Call) server.Reply {
				return replies[c.Request.OperationName]
			})
		})
	}
	type statuses struct{ JSON, GraphQL, Middle int }
	want := map[string]statuses{
		"data with an error": {200, 200, 200},
		"no code":            {200, 400, 400},
	}
	failed := []byte(`{"errors":[{"message":"x"}]}`)
	replies["data with an error"] = server.Reply{Body: []byte(data), Code: fault.Internal}
	replies["no code"] = server.Reply{Body: failed, RequestError: true}
	for _, code := range fault.Codes() {
		replies[string(code)] = server.Reply{Body: failed, RequestError: true, Code: code}
		want[string(code)] = statuses{200, 400, 400}
	}
	for _, code := range []fault.Code{fault.Forbidden, fault.PurposeNotPermitted, fault.TicketInvalid, fault.VolumeLimit} {
		want[string(code)] = statuses{200, 403, 403}
	}
	for status, codes := range map[int][]fault.Code{
		401: {fault.Unauthenticated}, 429: {fault.RateLimited}, 500: {fault.Internal}, 504: {fault.Timeout},
		503: {fault.AuditUnavailable, fault.PolicyUnavailable, fault.Unavailable},
	} {
		for _, code := range codes {
			want[string(code)] = statuses{status, status, status}
		}
	}
	got := map[string]statuses{}
	for name, reply := range replies {
		body := fmt.Sprintf(`{"query":"{ child }","operationName":%q}`, name)
		plain, graphql := b[server.Suite].ask(body), b[server.Suite].ask(body, "Accept: "+graphqlMedia)
		middle := b[server.Middle].ask(body)
		got[name] = statuses{plain.Status, graphql.Status, middle.Status}
		if plain.Body != string(reply.Body) {
			t.Errorf("%s: body %s", name, plain.Body)
		}
		if retry := plain.Header.Get("Retry-After") != ""; retry != (plain.Status == 429 || plain.Status == 503) {
			t.Errorf("%s: Retry-After %v with %d", name, retry, plain.Status)
		}
		if auth := plain.Header.Get("WWW-Authenticate") != ""; auth != (plain.Status == 401) {
			t.Errorf("%s: WWW-Authenticate %v with %d", name, auth, plain.Status)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestGraphQL_RefusesMalformedRequests(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *server.Config, _ *server.Deps) { c.CallerBurst = 1000 })
	bodies := []string{
		``, ` `, `null`, `7`, `"` + canary + `"`, `{`, `{"query":"` + canary, `{"query":"` + canary + `"} x`,
		`{"query":"\xff` + "\xff" + canary + `"}`, `{}`, `{"query":null}`, `{"query":7}`, `{"query":["` + canary + `"]}`,
		`{"QUERY":"` + canary + `"}`, `{"query":"{a}","operationName":7}`, `{"query":"{a}","operationName":{}}`,
		`{"query":"{a}","variables":"` + canary + `"}`, `{"query":"{a}","variables":[1]}`, `{"query":"{a}","variables":7}`,
		`{"query":"{a}","extensions":"` + canary + `"}`, `{"query":"{a}","extensions":[]}`,
		`[]`, ` [{"query":"` + canary + `"}]`, `[` + strings.Repeat(question+",", 100) + question + `]`,
		strings.Repeat(`{"a":`, 20_000), `<xml>` + canary + `</xml>`,
	}
	for _, body := range bodies {
		for _, accept := range []string{jsonMedia, graphqlMedia} {
			r := b.ask(body, "Accept: "+accept)
			if r.Status != http.StatusBadRequest || r.code() != "BAD_REQUEST" || strings.Contains(r.Body, `"data"`) {
				t.Errorf("%.60q: %d %s", body, r.Status, r.Body)
			}
			if !strings.HasPrefix(r.Header.Get("Content-Type"), accept) {
				t.Errorf("%.60q: %s", body, r.Header.Get("Content-Type"))
			}
			if strings.Contains(r.Body, canary) {
				t.Errorf("%.60q: the body is repeated", body)
			}
		}
	}
	if n := len(b.refusals()); n != 2*len(bodies) {
		t.Errorf("want %d refusals on record, got %d", 2*len(bodies), n)
	}
	if strings.Contains(b.log.String(), canary) {
		t.Error("the log repeats the body")
	}
}

func TestGraphQL_ContentType(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	for media, want := range map[string]int{
		"application/json": 200, "application/json; charset=utf-8": 200, "application/json;charset=\"UTF-8\"": 200,
		"Application/JSON": 200, "": 415, "text/plain": 415, "application/x-www-form-urlencoded": 415,
		"multipart/form-data; boundary=x": 415, "application/graphql": 415, "application/json, text/plain": 415,
		"application/json; charset=gbk": 415, graphqlMedia: 415,
	} {
		r := b.do(http.MethodPost, "/graphql", strings.NewReader(question),
			headers{"Authorization: Bearer li", "Content-Type: " + media})
		if r.Status != want {
			t.Errorf("%q: want %d, got %d", media, want, r.Status)
		}
	}
	if r := b.ask(question, "Content-Encoding: gzip"); r.Status != http.StatusUnsupportedMediaType {
		t.Errorf("compressed: %d", r.Status)
	}
	if r := b.ask(question, "Content-Type: text/plain"); r.Status != http.StatusUnsupportedMediaType {
		t.Errorf("two content types: %d", r.Status)
	}
}

func TestGraphQL_BodySize(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	sized := func(n int) string { return question + strings.Repeat(" ", n-len(question)) }
	// streamed hides its length, so that it is sent in chunks.
	type streamed struct{ *bytes.Reader }
	for name, c := range map[string]struct {
		size, status int
	}{"at the limit": {256 << 10, 200}, "one more": {256<<10 + 1, 413}, "10 MB": {10 << 20, 413}} {
		if r := b.ask(sized(c.size)); r.Status != c.status {
			t.Errorf("%s: want %d, got %d", name, c.status, r.Status)
		}
		r := b.do(http.MethodPost, "/graphql", struct{ streamed }{streamed{bytes.NewReader([]byte(sized(c.size)))}},
			headers{"Authorization: Bearer li", "Content-Type: application/json"})
		if r.Status != c.status || c.status == 413 && r.code() != "COST_LIMIT" {
			t.Errorf("%s, streamed: want %d, got %d %.100s", name, c.status, r.Status, r.Body)
		}
	}
}

func TestGraphQL_MethodsAndGET(t *testing.T) {
	t.Parallel()
	off, on := setup(t, nil), setup(t, func(c *server.Config, _ *server.Deps) { c.AllowGET = true })
	at := func(pairs ...string) string {
		v := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			v.Add(pairs[i], pairs[i+1])
		}
		return "/graphql?" + v.Encode()
	}
	for name, c := range map[string]struct {
		b            *bundle
		method, path string
		status       int
		allow        string
	}{
		"GET while off":            {off, "GET", at("query", "{ child }"), 405, "POST"},
		"PUT":                      {off, "PUT", "/graphql", 405, "POST"},
		"OPTIONS":                  {on, "OPTIONS", "/graphql", 405, "GET, POST"},
		"GET a query":              {on, "GET", at("query", "{ child }"), 200, ""},
		"GET with all":             {on, "GET", at("query", "query A { child }", "operationName", "A", "variables", "{}", "extensions", "{}"), 200, ""},
		"GET a mutation":           {on, "GET", at("query", "mutation { close }"), 405, "POST"},
		"GET a mutation by name":   {on, "GET", at("query", "query A { a } mutation B { b }", "operationName", "B"), 405, "POST"},
		"GET a query by name":      {on, "GET", at("query", "query A { a } mutation B { b }", "operationName", "A"), 200, ""},
		"GET no GraphQL":           {on, "GET", at("query", "{"), 200, ""},
		"GET nothing":              {on, "GET", "/graphql", 400, ""},
		"GET two queries":          {on, "GET", at("query", "{a}", "query", "{b}"), 400, ""},
		"GET bad variables":        {on, "GET", at("query", "{a}", "variables", "{"), 400, ""},
		"GET variables not object": {on, "GET", at("query", "{a}", "variables", "7"), 400, ""},
		"GET bad escapes":          {on, "GET", "/graphql?query=%zz", 400, ""},
	} {
		r := c.b.do(c.method, c.path, http.NoBody, headers{"Authorization: Bearer li"})
		if r.Status != c.status || r.Header.Get("Allow") != c.allow {
			t.Errorf("%s: %d, Allow %q", name, r.Status, r.Header.Get("Allow"))
		}
	}
	if strings.Contains(on.log.String(), "child") {
		t.Error("the log repeats a query from the URL")
	}
}

func TestGraphQL_Unauthenticated(t *testing.T) {
	t.Parallel()
	b := setup(t, func(_ *server.Config, d *server.Deps) {
		d.Graph = graphFunc(func(context.Context, server.Call) server.Reply { panic("reached") })
	})
	for _, body := range []string{question, "", strings.Repeat("x", 10<<20)} {
		r := b.do(http.MethodPost, "/graphql", strings.NewReader(body), headers{"Content-Type: application/json"})
		if r.Status != http.StatusUnauthorized || r.code() != "UNAUTHENTICATED" ||
			r.Header.Get("WWW-Authenticate") != `Bearer realm="tongxin"` {
			t.Errorf("%d %v %s", r.Status, r.Header, r.Body)
		}
	}
	r := b.do(http.MethodPost, "/graphql", strings.NewReader(question), headers{"Authorization: Bearer register-down"})
	if r.Status != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" {
		t.Errorf("register down: %d", r.Status)
	}
	want := fmt.Sprintf(`{"errors":[{"message":"稍后再试。 Try again.","extensions":{"code":"UNAVAILABLE","traceId":%q}}]}`,
		r.Header.Get("X-Request-Id"))
	if diff := cmp.Diff(want, r.Body); diff != "" {
		t.Error(diff)
	}
	if n := len(b.refusals()); n != 0 {
		t.Errorf("%d refusals of unknown callers on record", n)
	}
}
