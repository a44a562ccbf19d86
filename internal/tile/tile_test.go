package tile_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"testing"

	"filippo.io/torchwood"
	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/client"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/audit/audittest"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/tile"
)

const origin = "tile.example.test/log"

// served is a log with its address.
type served struct {
	url    string
	db     *pgxpool.Pool
	writer *audit.Writer
	key    note.Verifier
}

// serve writes a log of n entries and serves it.
func serve(t *testing.T, n int) *served {
	t.Helper()
	url, pool := pgtest.New(t)
	o := audittest.Options(t, origin)
	s := &served{db: pool, writer: audittest.Open(t, url, o), key: o.Verifier}
	s.grow(t, n)
	server := httptest.NewServer(http.StripPrefix("/log", tile.Handler(audit.NewPublished(pool), slog.New(slog.DiscardHandler))))
	t.Cleanup(server.Close)
	s.url = server.URL + "/log/"
	return s
}

// grow adds n entries and signs the tree.
func (s *served) grow(t *testing.T, n int) {
	t.Helper()
	if _, err := s.writer.AppendBatch(t.Context(), make([]audit.Entry, n)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.writer.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// page is an answer.
type page struct {
	status int
	header http.Header
	body   []byte
}

// get fetches an address below the prefix.
func (s *served) get(t *testing.T, path string, header ...string) page {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // read to the end
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return page{response.StatusCode, response.Header, body}
}

// TestHandler_torchwood: a client of the standard that was not written for us
// reads and verifies every entry.
func TestHandler_torchwood(t *testing.T) {
	t.Parallel()
	s := serve(t, 700)
	fetcher, err := torchwood.NewTileFetcher(s.url)
	if err != nil {
		t.Fatal(err)
	}
	c, err := torchwood.NewClient(fetcher)
	if err != nil {
		t.Fatal(err)
	}
	policy := torchwood.ThresholdPolicy(2, torchwood.OriginPolicy(origin), torchwood.SingleVerifierPolicy(s.key))
	open := func() tlog.Tree {
		t.Helper()
		signed, err := fetcher.ReadEndpoint(t.Context(), "checkpoint")
		if err != nil {
			t.Fatal(err)
		}
		checkpoint, _, err := torchwood.VerifyCheckpoint(signed, policy)
		if err != nil {
			t.Fatal(err)
		}
		return checkpoint.Tree
	}
	first := open()
	entries := 0
	for i, entry := range c.AllEntries(t.Context(), first, 0) {
		if l, err := audit.ParseLeaf(entry); err != nil || l.Sequence != i {
			t.Fatalf("entry %d: %+v, %v", i, l, err)
		}
		entries++
	}
	if c.Err() != nil || entries != 700 {
		t.Fatalf("%d entries, %v", entries, c.Err())
	}
	for _, i := range []int64{0, 255, 256, 511, 512, 699} {
		if _, _, err := c.Entry(t.Context(), first, i); err != nil {
			t.Errorf("inclusion of %d: %v", i, err)
		}
	}
	s.grow(t, 70)
	second := open()
	proof, err := tlog.ProveTree(second.N, first.N, torchwood.TileHashReaderWithContext(t.Context(), second, fetcher))
	if err != nil {
		t.Fatal(err)
	}
	if err := tlog.CheckTree(proof, second.N, second.Hash, first.N, first.Hash); err != nil {
		t.Error(err)
	}
}

// TestHandler_tessera is the same with another client.
func TestHandler_tessera(t *testing.T) {
	t.Parallel()
	s := serve(t, 600)
	root, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	fetcher, err := client.NewHTTPFetcher(root, http.DefaultClient)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	tracker, err := client.NewLogStateTracker(ctx, fetcher.ReadTile, nil, s.key, origin, client.UnilateralConsensus(fetcher.ReadCheckpoint))
	if err != nil {
		t.Fatal(err)
	}
	first := tracker.Latest()
	s.grow(t, 333)
	if _, _, _, err := tracker.Update(ctx); err != nil { // checks consistency
		t.Fatal(err)
	}
	latest := tracker.Latest()
	if diff := cmp.Diff([]uint64{600, 933}, []uint64{first.Size, latest.Size}); diff != "" {
		t.Error(diff)
	}
	builder, err := client.NewProofBuilder(ctx, latest.Size, fetcher.ReadTile)
	if err != nil {
		t.Fatal(err)
	}
	var entries [][]byte
	for n := uint64(0); n*256 < latest.Size; n++ {
		bundle, err := client.GetEntryBundle(ctx, fetcher.ReadEntryBundle, n, latest.Size)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, bundle.Entries...)
	}
	for i := uint64(0); i < latest.Size; i += 31 { // across the borders of tiles
		path, err := builder.InclusionProof(ctx, i)
		if err != nil {
			t.Fatal(err)
		}
		hash := rfc6962.DefaultHasher.HashLeaf(entries[i])
		if err := proof.VerifyInclusion(rfc6962.DefaultHasher, i, latest.Size, hash, path, latest.Hash); err != nil {
			t.Fatalf("inclusion of %d: %v", i, err)
		}
	}
}

func TestHandler_headers(t *testing.T) {
	t.Parallel()
	s := serve(t, 300)
	const forever = "public, max-age=31536000, immutable"
	for path, want := range map[string][3]string{
		"checkpoint":             {"200", "text/plain; charset=utf-8", "no-cache"},
		"tile/0/000":             {"200", "application/octet-stream", forever},
		"tile/0/001.p/44":        {"200", "application/octet-stream", forever},
		"tile/1/000.p/1":         {"200", "application/octet-stream", forever},
		"tile/entries/000":       {"200", "application/octet-stream", forever},
		"tile/entries/001.p/44":  {"200", "application/octet-stream", forever},
		"tile/0/001":             {"404", "text/plain; charset=utf-8", "no-store"},
		"tile/0/001.p/45":        {"404", "text/plain; charset=utf-8", "no-store"},
		"tile/1/000":             {"404", "text/plain; charset=utf-8", "no-store"},
		"tile/63/000":            {"404", "text/plain; charset=utf-8", "no-store"},
		"tile/64/000":            {"404", "text/plain; charset=utf-8", "no-store"},
		"tile/00/000":            {"404", "text/plain; charset=utf-8", "no-store"},
		"tile/0/0":               {"404", "text/plain; charset=utf-8", "no-store"},
		"tile/0/000.p/256":       {"404", "text/plain; charset=utf-8", "no-store"},
		"tile/0/000.p/0":         {"404", "text/plain; charset=utf-8", "no-store"},
		"tile/entries/001.p/300": {"404", "text/plain; charset=utf-8", "no-store"},
		"tile/0/x999/x999/x999/x999/x999/x999/999": {"404", "text/plain; charset=utf-8", "no-store"},
		"tile/6/x999/x999/x999/x999/x999/999":      {"404", "text/plain; charset=utf-8", "no-store"},
		"tile/":                                    {"404", "text/plain; charset=utf-8", "no-store"},
		"":                                         {"404", "text/plain; charset=utf-8", "no-store"},
	} {
		r := s.get(t, path)
		got := [3]string{strconv.Itoa(r.status), r.header.Get("Content-Type"), r.header.Get("Cache-Control")}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
	tight := s.get(t, "tile/entries/000", "Accept-Encoding", "gzip").body
	plain := s.get(t, "tile/entries/000", "Accept-Encoding", "identity").body
	if len(tight) >= len(plain) || len(plain) != 256*(2+66) {
		t.Errorf("%d bytes compressed, %d plain", len(tight), len(plain))
	}
}

// TestHandler_nothingUnsigned: what no checkpoint covers is not there.
func TestHandler_nothingUnsigned(t *testing.T) {
	t.Parallel()
	s := serve(t, 0)
	if r := s.get(t, "checkpoint"); r.status != http.StatusNotFound {
		t.Error(r.status)
	}
	if _, err := s.writer.AppendBatch(t.Context(), make([]audit.Entry, 256)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"tile/0/000", "tile/entries/000", "tile/0/000.p/1"} {
		if r := s.get(t, path); r.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, r.status)
		}
	}
	s.grow(t, 0)
	if r := s.get(t, "tile/0/000"); r.status != http.StatusOK {
		t.Error(r.status)
	}
}

// TestHandler_databaseAway says so and shows no cause.
func TestHandler_databaseAway(t *testing.T) {
	t.Parallel()
	s := serve(t, 1)
	s.db.Close()
	r := s.get(t, "checkpoint")
	if r.status != http.StatusServiceUnavailable || string(r.body) != "Service Unavailable\n" || r.header.Get("Retry-After") == "" {
		t.Errorf("%d %q", r.status, r.body)
	}
}
