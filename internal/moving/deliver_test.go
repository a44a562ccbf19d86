package moving_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/moving"
	"github.com/tongxin-hub/tongxin/internal/packet"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// entries takes what goes on record and keeps the reasons.
type entries struct{ reasons []string }

func (e *entries) AppendTx(_ context.Context, _ postgres.Tx, in audit.Entry) (audit.Receipt, error) {
	e.reasons = append(e.reasons, in.Reason)
	return audit.Receipt{}, nil
}

// hub is one of two hubs that hand children over to each other.
type hub struct {
	*moving.Exchange
	*testing.T

	db      *pgxpool.Pool
	log     *entries
	clock   time.Time
	carried int
	// road is what happens to a packet of this hub.
	road func(ctx context.Context, sealed []byte) ([]byte, error)
}

// twoHubs are two with the same people, in places of two counties; roads lead straight
// from one to the other.
func twoHubs(t *testing.T) (a, b *hub) {
	t.Helper()
	a, b = newHub(t, "a", "b", "990299"), newHub(t, "b", "a", "990000")
	if _, err := b.db.Exec(t.Context(), `DELETE FROM child; UPDATE division SET code = '990299' || substr(code, 7)`); err != nil {
		t.Fatal(err)
	}
	a.road, b.road = b.Receive, a.Receive
	return a, b
}

func newHub(t *testing.T, own, other, area string) *hub {
	t.Helper()
	h := &hub{T: t, db: setup(t), log: &entries{}, clock: now}
	card, err := packet.Card([]byte(strings.Repeat(other, 32)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]any{
		"hub": own + ".example", "contact": map[string]string{"post": "x", "phone": "x"},
		"partners": []any{map[string]any{"hub": other + ".example", "name": other, "areas": []string{area}, "url": "https://" + other + ".example", "keys": card}},
	})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "partners.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	h.Exchange = &moving.Exchange{
		DB: h.db, Log: h.log, Now: func() time.Time { return h.clock }, Random: rand.Reader,
		Carry: func(ctx context.Context, _ string, sealed []byte) ([]byte, error) {
			h.carried++
			return h.road(ctx, sealed)
		},
	}
	if h.Own, h.Partners, err = packet.Read(path, []byte(strings.Repeat(own, 32))); err != nil {
		t.Fatal(err)
	}
	return h
}

// sends hands the child over to the other hub.
func (h *hub) sends() {
	h.Helper()
	read := func(context.Context) ([]byte, error) {
		return []byte(`{"child":{"name":"x","sex":"FEMALE","birthDate":"2016-10-23"}}`), nil
	}
	if err := postgres.InTx(h.Context(), h.db, func(tx postgres.Tx) error {
		_, err := h.HandOver(h.Context(), tx, by(flowtest.Who("", "SUP", 2)), moving.Handing{To: "990299001902", WithParents: true, Summary: "全家随父母外出，请当地接续关爱。"}, read)
		return err
	}); err != nil {
		h.Fatal(err)
	}
}

// delivers runs the job that brings packets on their way.
func (h *hub) delivers(ctx context.Context) error {
	return jobs.Run(ctx, h.db, h.log, h.Jobs()[0], h.clock)
}

func (h *hub) withdraws(ctx context.Context) error {
	return postgres.InTx(ctx, h.db, func(tx postgres.Tx) error {
		_, err := moving.Withdraw(ctx, tx, by(flowtest.Who("", "SUP", 2)))
		return err
	})
}

// must demands a delivery without a fault, and how many packets have been on the road.
func (h *hub) must(ctx context.Context, carried int) {
	h.Helper()
	if err := h.delivers(ctx); err != nil || h.carried != carried {
		h.Errorf("%d packets were carried, %v, want %d", h.carried, err, carried)
	}
}

func (h *hub) says(ctx context.Context, what, sql, want string) {
	h.Helper()
	var got string
	if err := h.db.QueryRow(ctx, sql).Scan(&got); err != nil || got != want {
		h.Errorf("%s: %s, %v, want %s", what, got, err, want)
	}
}

const (
	queued   = `SELECT count(*)::text FROM transfer_message WHERE next_try_at IS NOT NULL OR sealed IS NOT NULL OR claimed_until IS NOT NULL`
	children = `SELECT count(*)::text FROM child`
)

// TestDeliver_nothingWaits: while a packet is on the road no transaction is open and no
// row locked; nobody else carries it, and nobody takes back what may be there already.
func TestDeliver_nothingWaits(t *testing.T) {
	t.Parallel()
	a, b := twoHubs(t)
	a.sends()
	a.road = func(ctx context.Context, sealed []byte) ([]byte, error) {
		a.says(ctx, "open transactions", `SELECT count(*)::text FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL AND backend_type = 'client backend'`, "0")
		a.must(ctx, 1)
		if err := a.withdraws(ctx); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("taken back on the road: %v", err)
		}
		return b.Receive(ctx, sealed)
	}
	a.must(t.Context(), 1)
	a.says(t.Context(), "what is queued", queued, "0")
	b.says(t.Context(), "children over there", children, "1")
	if err := a.withdraws(t.Context()); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("taken back after its receipt: %v", err)
	}
	a.must(t.Context(), 1)
}

// TestDeliver_cutOff: a hub that is killed while its packet is there already delivers it
// again when the claim is over; the other hub knows it, and one receipt is noted.
func TestDeliver_cutOff(t *testing.T) {
	t.Parallel()
	a, b := twoHubs(t)
	a.sends()
	ctx, kill := context.WithCancel(t.Context())
	a.road = func(ctx context.Context, sealed []byte) ([]byte, error) {
		defer kill()
		return b.Receive(context.WithoutCancel(ctx), sealed)
	}
	if err := a.delivers(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("the hub that was killed: %v", err)
	}
	b.says(t.Context(), "children over there", children, "1")
	a.must(t.Context(), 1) // the claim stands
	a.road, a.clock = b.Receive, a.clock.Add(2*time.Minute)
	a.must(t.Context(), 2)
	a.must(t.Context(), 2)
	a.says(t.Context(), "what is queued", queued, "0")
	b.says(t.Context(), "children over there, still", children, "1")
	if diff := cmp.Diff([]string{"TRANSFER"}, a.log.reasons); diff != "" {
		t.Errorf("on record (-want +got):\n%s", diff)
	}
}

// TestDeliver_slow: of two deliveries of one packet, the first of which outlived its
// claim, one notes what came of it.
func TestDeliver_slow(t *testing.T) {
	t.Parallel()
	a, b := twoHubs(t)
	a.sends()
	a.road = func(ctx context.Context, sealed []byte) ([]byte, error) {
		a.road, a.clock = b.Receive, a.clock.Add(2*time.Minute)
		a.must(ctx, 2)
		return b.Receive(ctx, sealed)
	}
	a.must(t.Context(), 2)
	if diff := cmp.Diff([]string{"TRANSFER"}, a.log.reasons); diff != "" {
		t.Errorf("on record (-want +got):\n%s", diff)
	}
	b.says(t.Context(), "children over there", children, "1")
}

// TestDeliver_answeredMeanwhile: the other hub answers while the receipt is lost; what is
// answered is delivered no more.
func TestDeliver_answeredMeanwhile(t *testing.T) {
	t.Parallel()
	a, b := twoHubs(t)
	a.sends()
	a.road = func(ctx context.Context, sealed []byte) ([]byte, error) {
		if _, err := b.Receive(ctx, sealed); err != nil {
			t.Fatal(err)
		}
		if err := postgres.InTx(ctx, b.db, func(tx postgres.Tx) error {
			d := by(flowtest.Who("", "SUP", 2))
			if err := tx.QueryRow(ctx, `SELECT max(id) FROM child`).Scan(&d.ChildID); err != nil {
				return err
			}
			_, err := b.Refuse(ctx, tx, d, "NOT_HERE")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		b.must(ctx, 1)
		return nil, fault.New(fault.Unavailable, "回执丢失。", "The receipt is lost.")
	}
	a.must(t.Context(), 1)
	a.says(t.Context(), "where it stands", `SELECT state FROM transfer_request`, "REFUSED")
	a.says(t.Context(), "what is queued", queued, "0")
	a.clock = a.clock.Add(24 * time.Hour)
	a.must(t.Context(), 1)
	b.must(t.Context(), 1)
	if diff := cmp.Diff([]string{"ANSWER REFUSED"}, a.log.reasons); diff != "" {
		t.Errorf("on record (-want +got):\n%s", diff)
	}
}
