package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// allocated is what this process has allocated so far, in bytes.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// stuff sends a request with a header of many kilobytes, piece by piece from
// one buffer, and returns the first line of the answer.
func stuff(t *testing.T, b *bundle, header string, kilobytes int) string {
	t.Helper()
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "tcp", b.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(conn, "POST /graphql HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer li\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\n%s: ", len(question), header); err != nil {
		t.Fatal(err)
	}
	piece := []byte(strings.Repeat("k=vvvvv,", 128))
	for range kilobytes {
		if _, err := conn.Write(piece); err != nil {
			break // the hub has heard enough
		}
	}
	_, _ = io.WriteString(conn, "end=1\r\n\r\n"+question)
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return "" // hung up on while sending
	}
	return strings.TrimSpace(line)
}

// TestGraphQL_BaggageCostsNothing: a megabyte of baggage is refused unread, and
// what fits into the headers is neither parsed nor passed on.
func TestGraphQL_BaggageCostsNothing(t *testing.T) { //nolint:paralleltest // it measures memory
	b := setup(t, nil)
	stuff(t, b, "Baggage", 1) // connections and pools are there from now on
	for _, header := range []string{"Baggage", "Traceparent", "Tracestate", "Cookie"} {
		before := allocated()
		line := stuff(t, b, header, 1024)
		if grown := allocated() - before; grown > 1<<20 {
			t.Errorf("%s: %d KB for a megabyte", header, grown>>10)
		}
		if line != "" && !strings.HasPrefix(line, "HTTP/1.1 431 ") {
			t.Errorf("%s: %s", header, line)
		}
	}
	if line := stuff(t, b, "Baggage", 12); line != "HTTP/1.1 200 OK" {
		t.Errorf("12 KB of baggage: %q", line)
	}
	r := b.ask(question, "Baggage: canary=51d0", "Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	if diff := cmp.Diff(http.StatusOK, r.Status); diff != "" || strings.Contains(b.log.String(), "canary=51d0") {
		t.Errorf("baggage is logged, or %s", diff)
	}
	if r.Header.Get("X-Request-Id") == "4bf92f3577b34da6a3ce929d0e0e4736" {
		t.Error("the caller chose the trace")
	}
}
