package e2e

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/internal/keyring"
	"github.com/tongxin-hub/tongxin/internal/retention"
)

// logWriter is a second process that writes the hub's log.
func logWriter(t *testing.T, h *hubtest.Hub) *audit.Writer {
	t.Helper()
	ring, err := keyring.Open(filepath.Join(h.DataDir, "keys"), false)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(ring.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	w, err := audit.Open(t.Context(), h.DB.Config().ConnString(), audit.Options{
		Origin: ring.Signer().Name(), Signer: ring.Signer(), Verifier: verifier, Logger: slog.New(slog.DiscardHandler),
		Now: hubtest.Day,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close(context.WithoutCancel(t.Context())) })
	return w
}

// destroyed walks over the log as if it were another day.
func destroyed(t *testing.T, h *hubtest.Hub, on time.Time) retention.Tally {
	t.Helper()
	w := &retention.Walker{
		DB: h.DB, Log: logWriter(t, h), Now: func() time.Time { return on }, Batch: 500, Progress: slog.New(slog.DiscardHandler),
	}
	tally, err := w.Walk(t.Context(), retention.Walk{Name: "test " + on.String(), Destroys: true, By: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return tally
}

// TestRetention_destroyedEntriesAreGone walks over the district's log three and a
// half years later: what was ordinary is gone from every question, what showed L4 is
// there until the children are grown, the log is sound and old proofs hold.
func TestRetention_destroyedEntriesAreGone(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	auditor := h.Caller(t, "auditor")
	signed(t, h)
	id := single[[16]byte](t, h, `SELECT e.entry_id FROM audit_entry e WHERE e.sequence = 100`)
	before, err := audit.Prove(t.Context(), h.DB, hex.EncodeToString(id[:]))
	if err != nil {
		t.Fatal(err)
	}
	total := single[int64](t, h, `SELECT count(*) FROM audit_entry`)
	tally := destroyed(t, h, hubtest.Day().AddDate(3, 6, 0))
	kept := single[int64](t, h, `SELECT count(*) FROM audit_entry WHERE salt IS NOT NULL AND operation <> 'audit.destroy'`)
	if tally.Destroyed == 0 || kept == 0 || kept+tally.Destroyed != total {
		t.Fatalf("%d destroyed, %d kept of %d: the district shows nothing", tally.Destroyed, kept, total)
	}
	var listed, pages int64
	for after := ""; ; {
		got := h.Ask(t, auditor, hubtest.Question{
			Query:     `query Log($after: String) { auditEntries(first: 100, after: $after) { nodes { outcome } pageInfo { hasNextPage endCursor } } }`,
			Variables: map[string]any{"after": nullable(after)},
		})
		var page struct {
			AuditEntries struct {
				Nodes []struct {
					Outcome *string
				}
				PageInfo struct {
					HasNextPage bool
					EndCursor   string
				}
			}
		}
		if err := json.Unmarshal(got.Data, &page); err != nil || len(got.Errors) > 0 {
			t.Fatalf("%v: %s", err, got.Body)
		}
		for _, n := range page.AuditEntries.Nodes {
			if n.Outcome == nil {
				t.Error("an entry without an outcome is listed")
			}
		}
		listed += int64(len(page.AuditEntries.Nodes))
		if pages++; !page.AuditEntries.PageInfo.HasNextPage {
			break
		}
		after = page.AuditEntries.PageInfo.EndCursor
	}
	if listed < kept || listed > kept+pages+10 {
		t.Errorf("%d listed, %d kept", listed, kept)
	}
	child := single[int64](t, h, `SELECT child_id FROM audit_disclosure ORDER BY at LIMIT 1`)
	history := h.Ask(t, auditor, hubtest.Question{
		Query:     `query History($id: ID!) { accessHistory(child: $id, first: 50) { nodes { bases shown entry { at outcome } } } }`,
		Variables: map[string]any{"id": h.ID(t, auditor, "Child", child)},
	})
	if len(history.Errors) > 0 {
		t.Errorf("history: %s", history.Body)
	}
	sound(t, h, "the log after a destruction")
	signed(t, h)
	after, err := audit.Prove(t.Context(), h.DB, hex.EncodeToString(id[:]))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []audit.Proof{before, after} {
		if _, err := p.Check(publicKey(t, h)); err != nil {
			t.Error(err)
		}
	}
}

// TestRetention_holdOverTheAPI: what an auditor's hold names outlives its time.
func TestRetention_holdOverTheAPI(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	auditor := h.Caller(t, "auditor")
	held := single[int64](t, h, `SELECT child_id FROM audit_disclosure GROUP BY child_id ORDER BY count(*) DESC LIMIT 1`)
	got := h.Ask(t, auditor, hubtest.Question{
		Query:     `mutation Hold($child: ID!) { placeLegalHold(input: {key: "k", child: $child, orderedBy: "区人民检察院", reason: "配合调查，保全记录"}) { hold userErrors { code } } }`,
		Variables: map[string]any{"child": h.ID(t, auditor, "Child", held)},
	})
	if len(got.Errors) > 0 || last(t, h).Shown[held] == nil {
		t.Fatalf("the entry does not name the child: %s", got.Body)
	}
	const count = `SELECT count(*) FROM audit_disclosure WHERE child_id = $1`
	before, all := single[int64](t, h, count, held), single[int64](t, h, `SELECT count(*) FROM audit_disclosure`)
	tally := destroyed(t, h, hubtest.Day().AddDate(40, 0, 0))
	if now := single[int64](t, h, count, held); now != before || tally.Destroyed == 0 || tally.Held["ORDINARY"] == 0 {
		t.Errorf("%d of %d disclosures are left, %+v", now, before, tally)
	}
	if left := single[int64](t, h, `SELECT count(*) FROM audit_disclosure`); left >= all {
		t.Error("nothing was destroyed")
	}
	sound(t, h, "the log after a destruction beside a hold")
}

func nullable(text string) any {
	if text == "" {
		return nil
	}
	return text
}
