package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// way is a manner of sending a request, and the status that refuses it.
type way struct {
	method, media, query, body string
	headers                    map[string]string
	status                     int
}

// sent is what came back.
type sent struct {
	status int
	header http.Header
	body   string
}

// send sends a request with the caller's own token, as a tricked browser would.
func send(t *testing.T, h *hubtest.Hub, c demo.Caller, w way) sent {
	t.Helper()
	token, err := h.App.DemoToken(c.AgencyCode, c.StaffCode)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), w.method, h.URL+"/graphql"+w.query, strings.NewReader(w.body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Tongxin-Purpose", c.Purpose)
	request.Header.Set("Tongxin-Ticket", c.TicketCode)
	if w.media != "" {
		request.Header.Set("Content-Type", w.media)
	}
	for name, value := range w.headers {
		request.Header.Set(name, value)
	}
	got, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close() //nolint:errcheck // read to the end
	body, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return sent{got.StatusCode, got.Header, string(body)}
}

// otherWays are ways in that other servers leave open: forms and plain text
// that a foreign page may send unasked, files, batches, streams, queries in
// addresses.
func otherWays(question string) map[string]way {
	const jsonMedia = "application/json"
	form := url.Values{"query": {question}}.Encode()
	body := fmt.Sprintf(`{"query":%q}`, question)
	upload := "--b\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n" + body +
		"\r\n--b\r\nContent-Disposition: form-data; name=\"map\"\r\n\r\n{\"0\":[\"variables.file\"]}" +
		"\r\n--b\r\nContent-Disposition: form-data; name=\"0\"; filename=\"a.txt\"\r\n\r\nx\r\n--b--\r\n"
	post := func(media, body string) way {
		return way{method: http.MethodPost, media: media, body: body, status: 415}
	}
	with := func(w way, status int, name, value string) way {
		w.status, w.headers = status, map[string]string{name: value}
		return w
	}
	plain := post(jsonMedia, body)
	return map[string]way{
		"form":                 post("application/x-www-form-urlencoded", form),
		"plain text":           post("text/plain", body),
		"plain text as JSON":   post("text/plain; application/json", body),
		"no media type":        post("", body),
		"application/graphql":  post("application/graphql", question),
		"upload":               post("multipart/form-data; boundary=b", upload),
		"mixed":                post("multipart/mixed; boundary=b", upload),
		"compressed":           with(plain, 415, "Content-Encoding", "gzip"),
		"another charset":      post("application/json; charset=utf-16", body),
		"batch":                {method: http.MethodPost, media: jsonMedia, body: "[" + body + "," + body + "]", status: 400},
		"batch of one":         {method: http.MethodPost, media: jsonMedia, body: "[" + body + "]", status: 400},
		"event stream":         with(plain, 406, "Accept", "text/event-stream"),
		"incremental delivery": with(plain, 406, "Accept", "multipart/mixed; deferSpec=20220824"),
		"GET":                  {method: http.MethodGet, query: "?" + form, status: 405},
		"GET with a body":      {method: http.MethodGet, media: jsonMedia, body: body, status: 405},
		"POST with an address": {method: http.MethodPost, media: jsonMedia, query: "?" + form, status: 400},
		"PUT":                  {method: http.MethodPut, media: jsonMedia, body: body, status: 405},
		"PATCH":                {method: http.MethodPatch, media: jsonMedia, body: body, status: 405},
		"DELETE":               {method: http.MethodDelete, query: "?" + form, status: 405},
		"HEAD":                 {method: http.MethodHead, query: "?" + form, status: 405},
		"overridden method": with(way{method: http.MethodGet, media: jsonMedia, body: body}, 405,
			"X-HTTP-Method-Override", "POST"),
		"preflight": with(way{method: http.MethodOptions}, 405, "Access-Control-Request-Method", "POST"),
		"web socket": {method: http.MethodGet, status: 405, headers: map[string]string{
			"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
			"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "graphql-transport-ws",
			"Origin": "https://elsewhere.example",
		}},
	}
}

// TestProtocol_hasOneWayIn: a question goes in by POST as JSON, alone, and by no
// other way, with or without the right to ask it.
func TestProtocol_hasOneWayIn(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{Strict: true})
	c := h.Caller(t, "director")
	id := h.ID(t, c, "Child", c.ChildID)
	question := `query One { child(id: "` + id + `") { id } }`
	if got := send(t, h, c, way{method: http.MethodPost, media: "application/json", body: fmt.Sprintf(`{"query":%q}`, question)}); !strings.Contains(got.body, id) {
		t.Fatalf("the question has no answer, so the test proves nothing: %s", got.body)
	}
	for name, w := range otherWays(question) {
		before := size(t, h)
		got := send(t, h, c, w)
		if got.status != w.status || strings.Contains(got.body, `"data"`) || strings.Contains(got.body, id) {
			t.Errorf("%s: want %d, got %d %.200s", name, w.status, got.status, got.body)
		}
		if cors := got.header.Get("Access-Control-Allow-Origin"); cors != "" {
			t.Errorf("%s: other sites may read it: %s", name, cors)
		}
		if n := size(t, h) - before; n != 1 {
			t.Errorf("%s: %d entries of the refusal", name, n)
		}
	}
}

// TestProtocol_GETChangesNothing: where queries may come by GET, mutations may
// not, however they are hidden.
func TestProtocol_GETChangesNothing(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{Configure: func(c *config.Config) { c.AllowGET = true }})
	c := h.Caller(t, "dps-phone-check")
	reveal := `mutation R { revealField(input: {id: "` + h.ID(t, c, "Child", c.ChildID) +
		`", coordinate: "Child.name", reason: CONTACT, statement: "联系家长核实返校情况"}) { value } }`
	for name, values := range map[string]url.Values{
		"alone":               {"query": {reveal}},
		"by name":             {"query": {reveal + " query Q { __typename }"}, "operationName": {"R"}},
		"behind a query":      {"query": {"query Q { __typename } " + reveal}, "operationName": {"R"}},
		"without its name":    {"query": {"query Q { __typename } " + reveal}},
		"with an empty name":  {"query": {reveal}, "operationName": {""}},
		"query sent twice":    {"query": {"query Q { __typename }", reveal}},
		"named twice":         {"query": {reveal + " query Q { __typename }"}, "operationName": {"Q", "R"}},
		"in another spelling": {"query": {"\ufeff#\n" + reveal}},
	} {
		got := send(t, h, c, way{method: http.MethodGet, query: "?" + values.Encode()})
		if strings.Contains(got.body, `"data"`) || strings.Contains(got.body, "revealField") {
			t.Errorf("%s: %d %.200s", name, got.status, got.body)
		}
		if e := last(t, h); e.Outcome == "REVEALED" {
			t.Errorf("%s: revealed", name)
		}
	}
}

// TestProtocol_logsOneLinePerEvent puts line ends, terminal commands and forged
// entries wherever a client may write: each line of the log stays one event in
// JSON, and none repeats what was sent.
func TestProtocol_logsOneLinePerEvent(t *testing.T) {
	t.Parallel()
	log := &lines{}
	h := hubtest.Start(t, hubtest.Options{LogTo: log})
	c := h.Caller(t, "director")
	const canary = "canary-3e77"
	forged := canary + `"}` + "\t" + `{"level":"ERROR","msg":"forged"}` + "\u202e\u2028\u0085"
	for _, name := range []string{
		"User-Agent", "Tongxin-Purpose", "Tongxin-Ticket", "Tongxin-Post", "X-Request-Id", "X-Forwarded-For",
		"Traceparent", "Tracestate", "Baggage", "Referer", "Origin", "Cookie", "Accept", "Authorization", "Forwarded",
	} {
		send(t, h, c, way{
			method: http.MethodPost, media: "application/json", body: `{"query":"query Q { child(id: \"x\") { id } }"}`,
			headers: map[string]string{name: forged},
		})
	}
	hostile := strings.NewReplacer("\"", "\\\"", "\t", "\\r\\n").Replace(forged) + `\r\n\u001b[2J`
	for _, body := range []string{
		`{"query":"` + hostile + `"}`, hostile, `{"query":"query Q { __typename }","operationName":"` + hostile + `"}`,
		`{"query":"query ` + canary + ` { nothing }"}`, `{"query":"query Q($x: ID!) { child(id: $x) { id } }","variables":{"x":"` + hostile + `"}}`,
		`{"query":"query Q($x: ID!) { child(id: $x) { id } }","variables":{"x":{"` + hostile + `":1}}}`,
	} {
		send(t, h, c, way{method: http.MethodPost, media: "application/json", body: body})
	}
	send(t, h, c, way{method: "CANARY-3E77", query: "?" + canary + "=%0d%0a%1b[2J"})
	log.Lock()
	defer log.Unlock()
	events := bytes.Split(bytes.TrimSpace(log.Bytes()), []byte("\n"))
	if len(events) < 20 {
		t.Errorf("only %d lines: too few to prove anything", len(events))
	}
	for _, line := range events {
		var event map[string]any
		if json.Unmarshal(line, &event) != nil || bytes.Contains(bytes.ToLower(line), []byte(canary)) || bytes.ContainsAny(line, "\r\x1b\u202e\u2028\u0085") {
			t.Errorf("a line of the log: %q", line)
		}
	}
}
