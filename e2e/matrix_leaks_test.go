package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
)

// collector takes the spans that a hub exports, as they come.
func collector(t *testing.T, into io.Writer) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // what is missing is missed by the test
		_, _ = into.Write(body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// nowhere looks for planted values in everything that is kept beside the data.
func nowhere(t *testing.T, h *hubtest.Hub, log, spans *lines, operations int) {
	t.Helper()
	within(t, 30*time.Second, "the spans of all operations are exported", func() bool {
		return strings.Count(spans.text(), "/graphql") >= operations
	})
	places := map[string]string{"the log": log.text(), "the spans": spans.text(), "/metrics": metrics(t, h)}
	if text, found := pgtest.ServerLog(t); found {
		places["the database's own log"] = text
	}
	for name, text := range places {
		if found := planted.FindString(text); found != "" || len(text) < 200 {
			t.Errorf("%s (%d bytes) holds %q", name, len(text), found)
		}
	}
	for _, table := range single[[]string](t, h, `SELECT array_agg(table_name::text) FROM information_schema.tables
		WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name LIKE 'audit%'`) {
		if n := single[int](t, h, "SELECT count(*) FROM "+table+" x WHERE x::text ~ 'qz[0-9]{8}zq'"); n > 0 {
			t.Errorf("%d rows of %s hold planted values", n, table)
		}
	}
}
