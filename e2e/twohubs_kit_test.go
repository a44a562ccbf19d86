package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/courier"
	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/internal/keyring/keyringtest"
	"github.com/tongxin-hub/tongxin/internal/packet"
)

// road leads to a hub. It can be shut, and it can lose what comes back: then the sender
// knows no more than after being killed between delivery and commit.
type road struct {
	url        string
	to         atomic.Pointer[string]
	shut, lose atomic.Bool

	mu   sync.Mutex
	last []byte
}

func newRoad(t *testing.T) *road {
	t.Helper()
	r := &road{}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.url = server.URL
	return r
}

// ServeHTTP lets a packet through.
func (r *road) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil || r.shut.Load() {
		panic(http.ErrAbortHandler)
	}
	r.mu.Lock()
	r.last = body
	r.mu.Unlock()
	onward, err := http.NewRequestWithContext(q.Context(), q.Method, *r.to.Load()+q.URL.Path, bytes.NewReader(body))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	onward.Header = q.Header.Clone()
	got, err := http.DefaultClient.Do(onward)
	if err != nil || r.lose.Load() {
		panic(http.ErrAbortHandler)
	}
	defer got.Body.Close() //nolint:errcheck // read only
	w.WriteHeader(got.StatusCode)
	_, _ = io.Copy(w, got.Body)
}

// sent is the newest packet that came along.
func (r *road) sent() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

// The two hubs, and the seed of a third that neither knows.
const (
	here, there   = "here.example", "there.example"
	hereKey, afar = hubtest.Seed, "there"
	nobody        = "nobody.example"
	thereArea     = "990299"
	hereArea      = "420117"
	thereTown     = thereArea + "001"
	contactPost   = "区民政局个案管理岗"
	contactPhone  = "027-00000000"
)

// partners writes the file of partners of a hub that knows one other.
func partners(t *testing.T, own, other, seed, area, url string) string {
	t.Helper()
	card, err := packet.Card(keyringtest.New(t, seed).TransferSecret())
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]any{
		"hub": own, "contact": map[string]string{"post": contactPost, "phone": contactPhone},
		"partners": []any{map[string]any{"hub": other, "name": other, "areas": []string{area}, "url": url, "keys": card}},
	})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "partners.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// twoHubs are two hubs with roads between them. The other has the same people, in places
// of another county.
func twoHubs(t *testing.T, child int64) (a, b *survey, out, back *road) {
	t.Helper()
	at := &atomic.Int64{}
	out, back = newRoad(t), newRoad(t)
	knows := func(path string) func(*config.Config) { return func(c *config.Config) { c.Partners = path } }
	a = surveyedAt(t, child, at, hubtest.Options{Configure: knows(partners(t, here, there, afar, thereArea, out.url))})
	b = surveyedAt(t, child, at, hubtest.Options{Other: afar, Configure: knows(partners(t, there, here, hereKey, hereArea, back.url))})
	change(t, b.h, `UPDATE division SET code = $1 || substr(code, 7)`, thereArea)
	out.to.Store(&b.h.URL)
	back.to.Store(&a.h.URL)
	return a, b, out, back
}

// wrapped is a packet of one hub to another, signed by whoever has the seed and sealed to
// the other hub.
func wrapped(t *testing.T, seed, from, to string, p packet.Packet) []byte {
	t.Helper()
	own, ps, err := packet.Read(partners(t, from, to, afar, thereArea, "https://there.example"), keyringtest.New(t, seed).TransferSecret())
	if err != nil {
		t.Fatal(err)
	}
	p.From, p.To = from, to
	sealed, err := own.Seal(p, ps[0])
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// posts sends a packet to a hub, and says what came back: the status and the code.
func posts(t *testing.T, h *hubtest.Hub, sealed []byte) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.URL+courier.Path, bytes.NewReader(sealed))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/jose")
	got, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close() //nolint:errcheck // read only
	var told struct{ Code string }
	if got.StatusCode != http.StatusOK {
		if err := json.NewDecoder(got.Body).Decode(&told); err != nil {
			t.Fatal(err)
		}
	}
	return http.StatusText(got.StatusCode) + " " + told.Code
}

// tasked is who of a hub has an open task of a kind.
func tasked(t *testing.T, h *hubtest.Hub, c demo.Caller, kind string) int {
	t.Helper()
	return single[int](t, h, `SELECT count(*) FROM task a JOIN staff w ON w.id = a.staff_id WHERE w.code = $1 AND a.kind = $2 AND a.done_at IS NULL`, c.StaffCode, kind)
}
