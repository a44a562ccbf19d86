package load_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/bench/load"
)

func answering(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

func TestClient_Do(t *testing.T) {
	t.Parallel()
	long := `{"data":{"text":"` + strings.Repeat("长", 40_000) + `"}}`
	says := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }
	}
	cases := map[string]struct {
		answer  http.HandlerFunc
		want    string
		refused bool
	}{
		"length known":      {says(`{"data":{"a":1}}`), `{"data":{"a":1}}`, false},
		"chunked":           {says(long), long, false},
		"errors at the end": {says(`{"data":{"a":null},"errors":[{}]}`), "", true},
		"no data":           {says(`{"errors":[{}]}`), "", true},
		"refused by status": {func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, `{"data":{}}`, http.StatusServiceUnavailable)
		}, "", true},
		"the body came over": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(w, r.Body)
		}, `{"data":{"q":1}}`, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr := answering(t, c.answer)
			client, err := load.Dial(t.Context(), addr)
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			for range 2 { // the connection is kept
				got, err := client.Do(load.Post(addr, "/", nil, []byte(`{"data":{"q":1}}`)))
				if (err != nil) != c.refused {
					t.Fatalf("refused should be %t: %v", c.refused, err)
				}
				if !c.refused && !bytes.Equal(got, []byte(c.want)) {
					t.Errorf("want %.50s, got %.50s", c.want, got)
				}
			}
		})
	}
}

// An open loop counts the wait of requests that were due while the server stood
// still; a closed one would hide it.
func TestRun_OpenLoopShowsAStall(t *testing.T) {
	t.Parallel()
	stall := make(chan struct{}, 1)
	stall <- struct{}{}
	addr := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		select {
		case <-stall:
			<-time.After(300 * time.Millisecond)
		default:
		}
		_, _ = io.WriteString(w, `{"data":{}}`)
	})
	got, err := load.Run(t.Context(), load.Spec{
		Addr: addr, Requests: []load.Request{load.Post(addr, "/", nil, nil)}, Clients: 1, For: 400 * time.Millisecond, Rate: 200, Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.P50 < 50*time.Millisecond || got.Requests < 40 {
		t.Errorf("the stall of one request should show in half of %d: p50 %s", got.Requests, got.P50)
	}
}
