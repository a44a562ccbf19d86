package quorum_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/torchwood"
	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/mod/sumdb/note"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/audit/audittest"
	"github.com/tongxin-hub/tongxin/internal/cosignature"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/quorum"
	"github.com/tongxin-hub/tongxin/internal/telemetry"
	"github.com/tongxin-hub/tongxin/internal/witness"
)

const origin = "quorum.example.test/log"

// hub is a log with everything that its operator has: database and signing key.
type hub struct {
	url     string
	db      *pgxpool.Pool
	options audit.Options
	writer  *audit.Writer
	lines   *bytes.Buffer
	mu      sync.Mutex
}

func newHub(t *testing.T) *hub {
	t.Helper()
	url, pool := pgtest.New(t)
	h := &hub{url: url, db: pool, lines: &bytes.Buffer{}, options: audittest.Options(t, origin)}
	h.open(t)
	return h
}

// open starts a writer on the log as it stands.
func (h *hub) open(t *testing.T) {
	t.Helper()
	h.writer = audittest.Open(t, h.url, h.options)
}

// grow adds n entries and signs the tree.
func (h *hub) grow(t *testing.T, n int) {
	t.Helper()
	if _, err := h.writer.AppendBatch(t.Context(), make([]audit.Entry, n)); err != nil {
		t.Fatal(err)
	}
	if _, err := h.writer.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Write takes log lines.
func (h *hub) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.lines.Write(p)
}

// collect asks the witnesses once.
func (h *hub) collect(t *testing.T, q cosignature.Quorum) *quorum.Collector {
	t.Helper()
	c, err := quorum.New(t.Context(), quorum.Deps{
		DB: h.db, Quorum: q, Now: time.Now, Log: slog.New(slog.NewTextHandler(h, nil)), Metrics: metrics(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	c.Round(t.Context())
	return c
}

// checkpoint is what the hub publishes.
func checkpoint(t *testing.T, c *quorum.Collector) (text, lines string, size int64) {
	t.Helper()
	signed, err := c.Published().Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text, lines, _ = cosignature.Split(string(signed))
	parsed, err := audit.ParseCheckpoint(text)
	if err != nil {
		t.Fatal(err)
	}
	return text, lines, parsed.Size
}

// standings are the witnesses as logStatus shows them.
func (h *hub) standings(t *testing.T) map[string]string {
	t.Helper()
	rows, err := h.db.Query(t.Context(), `SELECT name, size, coalesce(reason, ''), coalesce(refused_size, 0) FROM log_witness ORDER BY name`)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for rows.Next() {
		var name, reason string
		var size, refused int64
		if err := rows.Scan(&name, &size, &reason, &refused); err != nil {
			t.Fatal(err)
		}
		all[name] = fmt.Sprintf("%d %s %d", size, reason, refused)
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return all
}

func metrics(t *testing.T) *telemetry.Metrics {
	t.Helper()
	tel, err := telemetry.Setup(t.Context(), telemetry.Config{Service: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tel.Shutdown(context.WithoutCancel(t.Context())) })
	return tel.Metrics
}

// agency is a witness on a machine of its own.
type agency struct {
	cosignature.Witness
	server *httptest.Server
	self   *witness.Witness
}

// newAgency starts a witness of the hub's log.
func newAgency(t *testing.T, name string, log note.Verifier) *agency {
	t.Helper()
	keys, state := filepath.Join(t.TempDir(), "keys"), filepath.Join(t.TempDir(), "state")
	if err := witness.CreateKey(rand.Reader, keys, name); err != nil {
		t.Fatal(err)
	}
	if err := witness.CreateState(state); err != nil {
		t.Fatal(err)
	}
	own, err := witness.OpenKey(keys, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	self, err := witness.Open(state, log.Name(), log, own)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = self.Close() })
	a := &agency{self: self, server: httptest.NewServer(self.Handler(slog.New(slog.DiscardHandler)))}
	t.Cleanup(a.server.Close)
	if a.Witness, err = cosignature.NewWitness(own.VerifierKey()); err != nil {
		t.Fatal(err)
	}
	a.URL = a.server.URL
	return a
}

func quorumOf(t *testing.T, need int, agencies ...*agency) cosignature.Quorum {
	t.Helper()
	var all []cosignature.Witness
	for _, a := range agencies {
		all = append(all, a.Witness)
	}
	q, err := cosignature.NewQuorum(need, all)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// TestCollector_publishesWhatTheQuorumCosigned, as the standard's own policy sees it.
func TestCollector_publishesWhatTheQuorumCosigned(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	jy, wj, fl := newAgency(t, "jy.example.test", h.options.Verifier), newAgency(t, "wj.example.test", h.options.Verifier), newAgency(t, "fl.example.test", h.options.Verifier)
	q := quorumOf(t, 2, jy, wj, fl)
	h.grow(t, 5)
	fl.server.Close()
	c := h.collect(t, q)
	text, lines, size := checkpoint(t, c)
	if met := q.Met(text, lines); size != 5 || len(met) != 2 {
		t.Errorf("size %d with %v", size, met)
	}
	policy := torchwood.ThresholdPolicy(3, torchwood.OriginPolicy(origin), torchwood.SingleVerifierPolicy(h.options.Verifier),
		torchwood.ThresholdPolicy(2, torchwood.SingleVerifierPolicy(jy.Verifier), torchwood.SingleVerifierPolicy(wj.Verifier), torchwood.SingleVerifierPolicy(fl.Verifier)))
	if _, _, err := torchwood.VerifyCheckpoint([]byte(text+"\n"+lines), policy); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(map[string]string{"jy.example.test": "5  0", "wj.example.test": "5  0", "fl.example.test": "0 UNREACHABLE 5"}, h.standings(t)); diff != "" {
		t.Error(diff)
	}
	// Two of three are away: what the quorum cosigned last stays published.
	h.grow(t, 4)
	wj.server.Close()
	c = h.collect(t, q)
	if _, _, size := checkpoint(t, c); size != 5 {
		t.Errorf("published without a quorum: %d", size)
	}
	if !strings.Contains(h.lines.String(), "witness=wj.example.test reason=UNREACHABLE") {
		t.Errorf("the log says %s", h.lines.String())
	}
	// Whoever asks one witness alone gets the newest.
	c = h.collect(t, quorumOf(t, 1, jy))
	if _, _, size := checkpoint(t, c); size != 9 {
		t.Errorf("size %d", size)
	}
	if diff := cmp.Diff(map[string]string{"jy.example.test": "9  0"}, h.standings(t)); diff != "" {
		t.Errorf("dismissed witnesses are still shown: %s", diff)
	}
	report, err := audit.Verify(t.Context(), h.db, h.options.Verifier)
	if err != nil || !report.OK() || report.Cosignatures != 3 {
		t.Errorf("%v\n%s", err, report.String())
	}
}

// TestCollector_beforeAnyQuorum publishes what there is.
func TestCollector_beforeAnyQuorum(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	jy := newAgency(t, "jy.example.test", h.options.Verifier)
	jy.server.Close()
	c := h.collect(t, quorumOf(t, 1, jy))
	if _, err := c.Published().Checkpoint(t.Context()); err == nil {
		t.Error("a checkpoint of an empty log")
	}
	h.grow(t, 3)
	if _, lines, size := checkpoint(t, c); size != 3 || strings.Count(lines, "\n") != 1 {
		t.Errorf("size %d with %q", size, lines)
	}
}

// TestCollector_rewrittenHistory: the operator has every key of the hub and puts
// everything in the database right. Every witness refuses, and the hub says so;
// the checkpoint that a witness keeps contradicts the new log.
func TestCollector_rewrittenHistory(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"longer": 12, "as long": 7, "shorter": 4} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHub(t)
			jy, wj := newAgency(t, "jy.example.test", h.options.Verifier), newAgency(t, "wj.example.test", h.options.Verifier)
			q := quorumOf(t, 2, jy, wj)
			h.grow(t, 7)
			if _, _, size := checkpoint(t, h.collect(t, q)); size != 7 {
				t.Fatalf("published %d", size)
			}
			h.rewrite(t, size)
			c := h.collect(t, q)
			if report, err := audit.Verify(t.Context(), h.db, h.options.Verifier); err != nil || !report.OK() {
				t.Fatalf("the new log is sound in itself: %v\n%s", err, report.String())
			}
			why := "NOT_CONSISTENT"
			if size < 7 {
				why = "AHEAD"
			}
			// The operator has emptied witness_state too: it stands at 0 again.
			want := fmt.Sprintf("0 %s %d", why, size)
			if diff := cmp.Diff(map[string]string{"jy.example.test": want, "wj.example.test": want}, h.standings(t)); diff != "" {
				t.Error(diff)
			}
			if text, lines, _ := checkpoint(t, c); len(q.Met(text, lines)) != 0 {
				t.Errorf("cosigned all the same: %s", lines)
			}
			kept, _ := jy.self.Last()
			report, err := audit.Verify(t.Context(), h.db, h.options.Verifier, []byte(kept))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(report.Findings, func(f audit.Finding) bool {
				return f.Problem == audit.CheckpointForked || f.Problem == audit.LogShorter
			}) {
				t.Errorf("the witness's checkpoint does not show it:\n%s", report.String())
			}
		})
	}
}

// rewrite replaces the whole history by n other entries, signed with the real key.
func (h *hub) rewrite(t *testing.T, n int) {
	t.Helper()
	if err := h.writer.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := h.db.Exec(t.Context(), `SET session_replication_role = replica;
		DELETE FROM audit_entry; DELETE FROM audit_packed; DELETE FROM audit_hash;
		DELETE FROM audit_checkpoint; DELETE FROM audit_cosignature; DELETE FROM witness_state;
		UPDATE audit_head SET size = 0, root = decode(repeat('00', 32), 'hex'), frontier = '', at = 'epoch';
		SET session_replication_role = origin`)
	if err != nil {
		t.Fatal(err)
	}
	h.open(t)
	h.grow(t, n)
}

// TestCollector_answers: whatever a witness says, it is taken for what the
// standard says it means, and nothing that is no cosignature is kept.
func TestCollector_answers(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	h.grow(t, 3)
	other := newAgency(t, "jy.example.test", h.options.Verifier)
	stranger := newAgency(t, "stranger.example.test", h.options.Verifier)
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"unknown log":         {status(404, ""), "UNKNOWN_LOG"},
		"unknown key":         {status(403, ""), "UNKNOWN_KEY"},
		"not consistent":      {status(422, ""), "NOT_CONSISTENT"},
		"a larger size":       {status(409, "4\n"), "AHEAD"},
		"never satisfied":     {status(409, "2\n"), "WRONG_ANSWER"},
		"no size":             {status(409, "many\n"), "WRONG_ANSWER"},
		"a negative size":     {status(409, "-4\n"), "WRONG_ANSWER"},
		"bad request":         {status(400, ""), "WRONG_ANSWER"},
		"elsewhere":           {status(302, ""), "WRONG_ANSWER"},
		"broken":              {status(500, ""), "UNREACHABLE"},
		"busy":                {status(429, ""), "UNREACHABLE"},
		"nothing":             {status(200, ""), "WRONG_ANSWER"},
		"noise":               {status(200, "— jy.example.test AAAA\n"), "WRONG_ANSWER"},
		"another's signature": {stranger.server.Config.Handler.ServeHTTP, "WRONG_ANSWER"},
	} {
		server := httptest.NewServer(c.answer)
		liar := &agency{Witness: other.Witness}
		liar.URL = server.URL
		if _, err := h.db.Exec(t.Context(), `DELETE FROM witness_state`); err != nil {
			t.Fatal(err)
		}
		h.collect(t, quorumOf(t, 1, liar))
		server.Close()
		if got := h.standings(t)["jy.example.test"]; got != "0 "+c.want+" 3" {
			t.Errorf("%s: %q, want %s", name, got, c.want)
		}
	}
	var kept int
	if err := h.db.QueryRow(t.Context(), `SELECT count(*) FROM audit_cosignature`).Scan(&kept); err != nil || kept != 0 {
		t.Errorf("%d cosignatures kept, %v", kept, err)
	}
	h.collect(t, quorumOf(t, 1, other))
	if got := h.standings(t)["jy.example.test"]; got != "3  0" {
		t.Errorf("after the true answer: %q", got)
	}
}

func status(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		_, _ = w.Write([]byte(body))
	}
}
