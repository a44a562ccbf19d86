package moving_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/moving"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// villages are two of one township, the director of the second (1), its supervisor (2)
// and another director (3), and a child of the first.
const villages = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '990000', 'd', 'DISTRICT', NULL), (2, '990000001', 't', 'TOWNSHIP', 1),
    (3, '990000001901', 'v', 'VILLAGE', 2), (4, '990000001902', 'w', 'VILLAGE', 2);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'TOWNSHIP', 2);
INSERT INTO staff (id, code, agency_id, display_name, kind) SELECT i, 's' || i, 1, 'x', 'PERSON' FROM generate_series(1, 3) i;
INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES
    (1, 'DIR', 1, 4, '2026-01-01', '2027-12-31', 'x'), (2, 'SUP', 1, 2, '2026-01-01', '2027-12-31', 'x'), (3, 'DIR', 1, 3, '2026-01-01', '2027-12-31', 'x');
INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id) VALUES (1, 'FEMALE', '2016-10-23', 3, 2);`

var now = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

func by(p flowtest.Person) disclosure.Decided {
	return disclosure.Decided{
		Access: &disclosure.Access{
			Caller: identity.Caller{Agency: identity.Agency{ID: 1, Name: "a"}, Staff: identity.Staff{ID: p.Staff}}, Post: identity.Post{Role: p.Role}, Now: now,
		},
		SubjectID: 1, ChildID: 1,
	}
}

func setup(t *testing.T) *pgxpool.Pool {
	t.Helper()
	_, db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), villages); err != nil {
		t.Fatal(err)
	}
	return db
}

// TestMachine_everyMove makes every move of a move within the district in every state by
// everybody. Directors hand over, and the supervisor in their stead; the director of the
// new village alone is asked: nobody else has a task to answer. Who was received once may move again, which is another transfer.
func TestMachine_everyMove(t *testing.T) {
	t.Parallel()
	m, x := moving.Machine(), &moving.Exchange{Random: rand.Reader}
	flowtest.Everybody(t, m, setup(t), flowtest.Case{
		People: []flowtest.Person{flowtest.Who("director", "DIR", 1), flowtest.Who("another director", "DIR", 3), flowtest.Who("supervisor", "SUP", 2)},
		Stand: func(ctx context.Context, tx postgres.Tx, a flowtest.Attempt) error {
			if a.State == moving.Requested {
				return nil
			}
			_, err := tx.Exec(ctx, `WITH t AS (INSERT INTO transfer_request (id, child_id, from_area, to_area, state, kind, handed_by) VALUES (9, 1, '990000001901', '990000001902', $1, 'WITHIN', 2))
				INSERT INTO task (id, kind, subject, subject_id, staff_id, agency_id, opened_at, due_at, basis)
				OVERRIDING SYSTEM VALUE VALUES (9, 'MOVE_CLAIM', 'transfer_request', 9, 1, 1, '2026-11-20', '2026-11-30', 'x')`, a.State)
			if err == nil {
				_, err = tx.Exec(ctx, `SELECT setval(pg_get_serial_sequence('task', 'id'), 9), setval(pg_get_serial_sequence('transfer_request', 'id'), 9)`)
			}
			return err
		},
		Make: func(ctx context.Context, tx postgres.Tx, p flowtest.Person, move string) (string, error) {
			d := by(p)
			done, err := map[string]func() (disclosure.Changed, error){
				moving.HandOverMove: func() (disclosure.Changed, error) {
					return x.HandOver(ctx, tx, d, within(), nil)
				},
				moving.ClaimMove:   func() (disclosure.Changed, error) { return moving.Claim(ctx, tx, d, 9) },
				moving.DeclineMove: func() (disclosure.Changed, error) { return moving.Decline(ctx, tx, d, 9) },
			}[move]()
			got, _ := done.Result.(moving.Result)
			return got.State, err
		},
		Stored: `SELECT coalesce((SELECT state FROM transfer_request ORDER BY id DESC LIMIT 1), 'REQUESTED')`, Made: 5,
		Otherwise: func(p flowtest.Person, a flowtest.Attempt) string {
			switch handsOver := a.Move == moving.HandOverMove; {
			case !handsOver && (p.Staff != 1 || a.State == moving.Requested):
				return "NOT_FOUND"
			case handsOver && a.State == moving.Received:
				return moving.Sent
			}
			return ""
		},
	})
	flowtest.AgreesWithThePolicy(t, m)
}

// TestHandOver_withoutADirector: where the new village has no director in post the
// supervisor is asked, and claims the child.
func TestHandOver_withoutADirector(t *testing.T) {
	t.Parallel()
	db := setup(t)
	if _, err := db.Exec(t.Context(), `UPDATE post SET valid_to = '2026-11-23' WHERE staff_id = 1`); err != nil {
		t.Fatal(err)
	}
	x, supervisor := &moving.Exchange{Random: rand.Reader}, by(flowtest.Who("supervisor", "SUP", 2))
	err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
		if _, err := x.HandOver(t.Context(), tx, supervisor, within(), nil); err != nil {
			return err
		}
		var asked int64
		if err := tx.QueryRow(t.Context(), `SELECT id FROM task WHERE kind = 'MOVE_CLAIM' AND staff_id = 2`).Scan(&asked); err != nil {
			return err
		}
		_, err := moving.Claim(t.Context(), tx, supervisor, asked)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var village int64
	if err := db.QueryRow(t.Context(), `SELECT residence_village_id FROM child WHERE id = 1`).Scan(&village); err != nil || village != 4 {
		t.Errorf("the child lives in village %d: %v", village, err)
	}
}

// TestHandOver_declined: what the old village's director handed over and the new village
// declined is the director's to find out, with the work item for it.
func TestHandOver_declined(t *testing.T) {
	t.Parallel()
	db := setup(t)
	x := &moving.Exchange{Random: rand.Reader}
	err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
		if _, err := x.HandOver(t.Context(), tx, by(flowtest.Who("old director", "DIR", 3)), within(), nil); err != nil {
			return err
		}
		var asked int64
		if err := tx.QueryRow(t.Context(), `SELECT id FROM task WHERE kind = 'MOVE_CLAIM' AND staff_id = 1`).Scan(&asked); err != nil {
			return err
		}
		_, err := moving.Decline(t.Context(), tx, by(flowtest.Who("new director", "DIR", 1)), asked)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := open(t, db), []string{"3 MOVE_RETURNED VISIT_TASK"}; !cmp.Equal(want, got) {
		t.Errorf("open are %v, not %v", got, want)
	}
}

// TestHandOver_toAnotherCounty: the director says so and writes the summary, the
// supervisor goes on with the same hand-over and sends it.
func TestHandOver_toAnotherCounty(t *testing.T) {
	t.Parallel()
	db := setup(t)
	x := &moving.Exchange{Random: rand.Reader}
	away := moving.Handing{To: "990218001901", Summary: "随祖母迁居外县，户籍仍在本村。"}
	hand := func(who flowtest.Person) string {
		t.Helper()
		var to string
		err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
			done, err := x.HandOver(t.Context(), tx, by(who), away, nil)
			got, _ := done.Result.(moving.Result)
			to = got.State
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return to
	}
	if to := hand(flowtest.Who("old director", "DIR", 3)); to != moving.Requested {
		t.Errorf("the director sends it: %s", to)
	}
	if got, want := open(t, db), []string{"2 MOVE_REQUESTED"}; !cmp.Equal(want, got) {
		t.Errorf("open are %v, not %v", got, want)
	}
	away.Summary = "随祖母迁居外县，请当地走访。"
	if to := hand(flowtest.Who("supervisor", "SUP", 2)); to != moving.Sent {
		t.Errorf("the supervisor does not send it: %s", to)
	}
	if got := open(t, db); len(got) > 0 {
		t.Errorf("still open: %v", got)
	}
	var n int
	var author, handed int64
	if err := db.QueryRow(t.Context(), `SELECT count(*), min(author_id), min(handed_by) FROM transfer_request WHERE state = 'SENT'`).Scan(&n, &author, &handed); err != nil || n != 1 || author != 3 || handed != 2 {
		t.Errorf("%d hand-overs, written by %d and sent by %d: %v", n, author, handed, err)
	}
}

// within is a move to the other village.
func within() moving.Handing {
	return moving.Handing{To: "990000001902", Summary: "随祖母迁居到邻村，作业需要辅导"}
}

// open are the tasks that are not done: whose, of which kind, and with which work item.
func open(t *testing.T, db *pgxpool.Pool) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), `SELECT concat_ws(' ', t.staff_id, t.kind, k.kind) FROM task t LEFT JOIN ticket k ON k.id = t.ticket_id AND k.staff_id = t.staff_id AND k.closed_at IS NULL WHERE t.done_at IS NULL ORDER BY t.id`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestBetween_everyMove makes every move of a hand-over between two hubs in every state
// by everybody: the receiving place accepts or refuses, the sending one withdraws.
func TestBetween_everyMove(t *testing.T) {
	t.Parallel()
	m, x := moving.Between(), &moving.Exchange{Random: rand.Reader}
	flowtest.Everybody(t, m, setup(t), flowtest.Case{
		People: []flowtest.Person{flowtest.Who("supervisor", "SUP", 2)},
		Stand: func(ctx context.Context, tx postgres.Tx, a flowtest.Attempt) error {
			incoming := a.Move != moving.WithdrawMove
			_, err := tx.Exec(ctx, `WITH t AS (INSERT INTO transfer_request (id, child_id, from_area, to_area, state, kind, handed_by, incoming, hub, packet_id)
					VALUES (9, 1, '990000001901', '990218001901', $1, 'WITH_PARENTS', 2, nullif($2, false), 'other.example', 'p9') RETURNING id)
				INSERT INTO transfer_message (incoming, hub, id, kind, transfer_id, sealed, created_at, expires_at)
				SELECT $2, 'other.example', 'p9', 'TRANSFER', t.id, CASE WHEN NOT $2 THEN 'x'::bytea END, '2026-11-20', '2026-12-20' FROM t`, a.State, incoming)
			return err
		},
		Make: func(ctx context.Context, tx postgres.Tx, p flowtest.Person, move string) (string, error) {
			d, since := by(p), "2026-11-01"
			done, err := map[string]func() (disclosure.Changed, error){
				moving.AcceptMove: func() (disclosure.Changed, error) {
					return x.Accept(ctx, tx, d, moving.Accepting{Area: "990000001902", Since: &since})
				},
				moving.RefuseMove:   func() (disclosure.Changed, error) { return x.Refuse(ctx, tx, d, "NOT_HERE") },
				moving.WithdrawMove: func() (disclosure.Changed, error) { return moving.Withdraw(ctx, tx, d) },
			}[move]()
			got, _ := done.Result.(moving.Result)
			return got.State, err
		},
		Stored: `SELECT state FROM transfer_request WHERE id = 9`, Made: 3,
	})
	flowtest.AgreesWithThePolicy(t, m)
}
