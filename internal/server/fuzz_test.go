package server

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/limit"
)

// FuzzDecode: a body is taken only if it is a JSON object with a text for query,
// and then the query is that text; a refusal repeats nothing of it.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"query":"{a}"}`, `{"query":"{a}","variables":{"a":1e999},"operationName":"A","extensions":{}}`, `[{"query":"{a}"}]`, `{"query":null}`,
		`{"QUERY":"{a}"}`, `{"query":"a","query":"b"}`, "\ufeff{}", `{"query":"\ud800"}`, `{"query":"` + "\xff" + `"}`, `{"query":7}`, ``, `null`,
		`{"variables":[]}`, `{"query":"{a}","variables":{"a":` + strings.Repeat("[", 50) + strings.Repeat("]", 50) + `}}`, `{"query":"{a}"} x`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		req, err := decode(string(body))
		if err != nil {
			harmless(t, err, string(body))
			return
		}
		var plain struct{ Query *string }
		var members map[string]json.RawMessage
		if !utf8.Valid(body) || json.Unmarshal(body, &members) != nil || json.Unmarshal(members["query"], &plain.Query) != nil || plain.Query == nil || *plain.Query != req.Query {
			t.Errorf("%q was read as the query %q", body, req.Query)
		}
	})
}

// FuzzReadURL: a query in an address is read like one in a body, and a mutation
// is never taken.
func FuzzReadURL(f *testing.F) {
	for _, seed := range []string{
		"query={a}", "query=mutation{a}", "query=%zz", "query={a}&query={b}", "query={a}&variables={", "query={a}&variables=7", "variables={}",
		"query=query+A{a}+mutation+B{b}&operationName=B", "query=%ff", "query=&operationName=", "query={a};variables={}",
	} {
		f.Add(seed)
	}
	s := &Server{cfg: Config{Limits: limit.Defaults()}}
	f.Fuzz(func(t *testing.T, raw string) {
		r := httptest.NewRequest(http.MethodGet, "/graphql", http.NoBody)
		r.URL.RawQuery = raw
		req, err := s.readURL(r)
		if err != nil {
			harmless(t, err, raw)
			return
		}
		if isMutation(req, s.cfg.Limits) {
			t.Errorf("a mutation by GET: %q", raw)
		}
	})
}

// FuzzHeaders: whatever stands in the headers that the hub reads itself, it comes
// to one of the known answers, and purpose, ticket and post are passed on as sent.
func FuzzHeaders(f *testing.F) {
	for _, seed := range [][3]string{
		{"application/json", "VISIT", "203.0.113.7"},
		{"*/*;q=0.1, application/graphql-response+json;q=1", "VISIT\r\nX: y", "1.1.1.1, 203.0.113.7"},
		{"text/html;q=nan", "访", "::ffff:1.2.3.4%eth0"},
		{";;;", "\x00", ","},
		{"application/json;charset=\"utf-8", strings.Repeat("A", 9000), "999.1.1.1"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	s := &Server{cfg: Config{Limits: limit.Defaults(), TrustedProxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}}
	f.Fuzz(func(t *testing.T, accept, name, forwarded string) {
		if media, ok := negotiate([]string{accept}); media != jsonMedia && (media != graphqlMedia || !ok) {
			t.Errorf("%q chose %q", accept, media)
		}
		if isJSON(accept) && !strings.Contains(strings.ToLower(accept), "application/json") {
			t.Errorf("%q is taken for JSON", accept)
		}
		r := httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewReader([]byte(`{"query":"{a}"}`)))
		r.Header["Content-Type"] = []string{"application/json"}
		r.Header["Tongxin-Purpose"], r.Header["Tongxin-Ticket"], r.Header["Tongxin-Post"] = []string{name}, []string{name}, []string{name}
		r.Header["X-Forwarded-For"] = []string{forwarded}
		if _, err := netip.ParseAddr(s.clientIP(r)); err != nil {
			t.Errorf("%q makes the client %q", forwarded, s.clientIP(r))
		}
		req, err := s.readRequest(httptest.NewRecorder(), r)
		if err != nil || req.Header != (Header{Purpose: name, Ticket: name, Post: name}) {
			t.Errorf("%q is passed on as %+v: %v", name, req.Header, err)
		}
	})
}

// harmless expects a refusal of the closed list that repeats nothing.
func harmless(t *testing.T, err error, sent string) {
	t.Helper()
	switch fault.CodeOf(err) {
	case fault.BadRequest, fault.CostLimit, fault.ValidationFailed:
	default:
		t.Errorf("refused with %v", err)
	}
	if len(sent) > 30 && strings.Contains(err.Error(), sent) {
		t.Errorf("the refusal repeats what was sent: %v", err)
	}
}
