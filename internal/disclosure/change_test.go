package disclosure

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/audit/audittest"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/policy"
)

// changing is a gate over an empty register, and a person who may reveal: the
// right that stands here for that to any mutation.
func changing(t *testing.T) (*Gate, *pgxpool.Pool, *Question, *Access) {
	t.Helper()
	url, db := pgtest.New(t)
	for _, sql := range []string{
		`INSERT INTO division (id, code, name, level) VALUES (1, '1', 'd', 'DISTRICT')`,
		`INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'EDUCATION', 1)`,
		`INSERT INTO staff (id, code, agency_id, display_name, kind) VALUES (7, 's', 1, 's', 'PERSON')`,
		`CREATE TABLE done (n bigint)`,
	} {
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	writer := audittest.Open(t, url, audittest.Options(t, "change.example.test/log"))
	rules, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	view, err := rules.View("DPS", "DROPOUT_PREVENTION")
	if err != nil {
		t.Fatal(err)
	}
	caller := identity.Caller{Agency: identity.Agency{ID: 1, Code: "A"}, Staff: identity.Staff{ID: 7, Code: "s"}}
	g := &Gate{Deps: Deps{DB: db, Audit: writer, Now: time.Now}}
	return g, db, &Question{Caller: caller}, &Access{Caller: caller, Post: identity.Post{Role: "DPS"}, View: view, Now: time.Now()}
}

// count does the change "write a row down" and answers with how many there are.
func count(ctx context.Context, tx postgres.Tx, _ Decided) (Changed, error) {
	var n int
	err := tx.QueryRow(ctx, `WITH new AS (INSERT INTO done VALUES (1)) SELECT count(*) + 1 FROM done`).Scan(&n)
	return Changed{Result: n, Reason: "COUNTED"}, err
}

func rowsOf(t *testing.T, db *pgxpool.Pool, sql string) (n int) {
	t.Helper()
	if err := db.QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestGate_Change_onceForAKey(t *testing.T) {
	t.Parallel()
	g, db, q, a := changing(t)
	change := Change{Mutation: "revealField", Key: "k1", Input: map[string]string{"a": "b"}}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			var n int
			q := *q // of an operation of its own
			if _, err := g.Change(t.Context(), &q, a, change, &n, count); err != nil || n != 1 {
				t.Errorf("got %d, %v", n, err)
			}
		})
	}
	wg.Wait()
	if n := rowsOf(t, db, `SELECT count(*) FROM done`); n != 1 {
		t.Errorf("the change was made %d times", n)
	}
	if n := rowsOf(t, db, `SELECT count(*) FROM audit_entry WHERE reason = 'REPEATED' AND outcome = 'ALLOWED'`); n != 7 {
		t.Errorf("%d repetitions are on record, not 7", n)
	}
	change.Input = "another"
	var n int
	if _, err := g.Change(t.Context(), q, a, change, &n, count); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("the key with another input: %v", err)
	}
}

// TestGate_Change_repeatedOutOfReach: what ends the right to a change does not end the
// answer to whoever makes it again with its key.
func TestGate_Change_repeatedOutOfReach(t *testing.T) {
	t.Parallel()
	g, db, q, a := changing(t)
	p, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	without, lapsed, closed := *a, *a, *a
	if without.View, err = p.View(policy.AUD, policy.AccessAudit); err != nil {
		t.Fatal(err)
	}
	lapsed.Lapsed, closed.closed = "CONTRACT_EXPIRED", fault.New(fault.TicketInvalid, "已关闭", "closed")
	change := func(a *Access, input string) (int, error) {
		var n int
		q := *q
		_, err := g.Change(t.Context(), &q, a, Change{Mutation: "revealField", Key: "k", Input: input}, &n, count)
		return n, err
	}
	if _, err := change(&closed, "same"); fault.CodeOf(err) != fault.TicketInvalid {
		t.Errorf("the first time on a closed ticket: %v", err)
	}
	for i, a := range []*Access{a, &without, &closed} {
		if n, err := change(a, "same"); err != nil || n != 1 {
			t.Errorf("time %d: %d, %v", i+1, n, err)
		}
	}
	if _, err := change(&without, "another"); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("the key with another input: %v", err)
	}
	if _, err := change(&closed, "another"); fault.CodeOf(err) != fault.TicketInvalid {
		t.Errorf("the key with another input on a closed ticket: %v", err)
	}
	if _, err := change(&lapsed, "same"); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("a lapsed post: %v", err)
	}
	if n := rowsOf(t, db, `SELECT count(*) FROM done`); n != 1 {
		t.Errorf("the change was made %d times", n)
	}
}

func TestGate_Change_leavesNothingWhenItFails(t *testing.T) {
	t.Parallel()
	g, db, q, a := changing(t)
	broken := errors.New("broken")
	var n int
	_, err := g.Change(t.Context(), q, a, Change{Mutation: "revealField", Key: "k"}, &n,
		func(ctx context.Context, tx postgres.Tx, d Decided) (Changed, error) {
			_, err := count(ctx, tx, d)
			return Changed{}, errors.Join(err, broken)
		})
	if !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
	for _, sql := range []string{`SELECT count(*) FROM done`, `SELECT count(*) FROM change_key`, `SELECT count(*) FROM audit_entry`} {
		if n := rowsOf(t, db, sql); n != 0 {
			t.Errorf("%s: %d", sql, n)
		}
	}
}

func TestGate_Change_withoutTheLogChangesNothing(t *testing.T) {
	t.Parallel()
	g, db, q, a := changing(t)
	if _, err := db.Exec(t.Context(), `ALTER TABLE audit_entry ADD CHECK (sequence < 0) NOT VALID`); err != nil {
		t.Fatal(err)
	}
	var n int
	if _, err := g.Change(t.Context(), q, a, Change{Mutation: "revealField", Key: "k"}, &n, count); fault.CodeOf(err) != fault.AuditUnavailable {
		t.Fatalf("got %v", err)
	}
	if n := rowsOf(t, db, `SELECT count(*) FROM done`); n != 0 {
		t.Errorf("%d changes without an entry", n)
	}
}

func TestGate_Change_refuses(t *testing.T) {
	t.Parallel()
	g, db, q, a := changing(t)
	lapsed := *a
	lapsed.Lapsed = "CONTRACT_EXPIRED"
	for name, c := range map[string]struct {
		access *Access
		change Change
		code   fault.Code
	}{
		"no right":    {a, Change{Mutation: "unheardOf", Key: "k"}, fault.Forbidden},
		"lapsed post": {&lapsed, Change{Mutation: "revealField", Key: "k"}, fault.Forbidden},
		"no key":      {a, Change{Mutation: "revealField"}, fault.BadRequest},
		"long key":    {a, Change{Mutation: "revealField", Key: string(make([]byte, maxKey+1))}, fault.BadRequest},
	} {
		var n int
		if _, err := g.Change(t.Context(), q, c.access, c.change, &n, count); fault.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := rowsOf(t, db, `SELECT count(*) FROM done`); n != 0 {
		t.Errorf("%d changes were made", n)
	}
}
