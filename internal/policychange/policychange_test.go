package policychange_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/policychange"
	"github.com/tongxin-hub/tongxin/internal/policyversion"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/wall"
	"github.com/tongxin-hub/tongxin/policy"
)

// office is an auditor (1) and two protection officers (2, 3).
const office = `
INSERT INTO division (id, code, name, level) VALUES (1, '1', 'd', 'DISTRICT');
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'DISTRICT_OFFICE', 1);
INSERT INTO staff (id, code, agency_id, display_name, kind) SELECT i, 's' || i, 1, 'x', 'PERSON' FROM generate_series(1, 3) i;`

// change is a proposal by the first protection officer against the version in force. The
// second wall of what it makes stands already: who raises it is tried elsewhere.
type change struct {
	base, next   policy.Tree
	before, then string
	load         policychange.Load
}

func propose(t *testing.T) change {
	t.Helper()
	base, err := policy.Texts()
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.Open(base)
	if err != nil {
		t.Fatal(err)
	}
	remove, err := policy.ParseChange([]string{p.Lines()[0].Text()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	next, err := remove.Apply(base)
	if err != nil {
		t.Fatal(err)
	}
	q, err := policy.Open(next)
	if err != nil {
		t.Fatal(err)
	}
	load := func(policy.Tree) (policyversion.Loaded, error) {
		return policyversion.Loaded{Policy: q, Wall: wall.Wall{Policy: q.Version()}}, nil
	}
	return change{base, next, p.Version(), q.Version(), load}
}

// stand lets the proposal be in a state.
func (c change) stand(ctx context.Context, tx postgres.Tx, a flowtest.Attempt) error {
	base, err := json.Marshal(c.base)
	if err != nil {
		return err
	}
	next, err := json.Marshal(c.next)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO policy_version (version, files, activated_by, activated_at) VALUES ($1, $2, 'x', '2026-01-01')`, c.before, base); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO wall (policy, digest) VALUES ($1, $2)`, c.then, wall.Wall{Policy: c.then}.Digest()); err != nil {
		return err
	}
	decider := map[string]int64{"APPROVED": 3, "REJECTED": 3, "WITHDRAWN": 2}[a.State]
	_, err = tx.Exec(ctx, `INSERT INTO policy_proposal (id, base, version, files, reason, proposed_by, proposed_at, state, decided_by, decided_at) OVERRIDING SYSTEM VALUE
		VALUES (9, $1, $2, $3, '收回一项不再需要的权限', 2, '2026-11-20', $4, nullif($5::bigint, 0), CASE WHEN $5 <> 0 THEN timestamptz '2026-11-21' END)`, c.before, c.then, next, a.State, decider)
	return err
}

// TestMachine_everyMove makes every move in every state by everybody: nobody decides on a
// proposal of their own, nobody else withdraws it, and what is decided is decided.
func TestMachine_everyMove(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), office); err != nil {
		t.Fatal(err)
	}
	c, m := propose(t), policychange.Machine()
	flowtest.Everybody(t, m, db, flowtest.Case{
		People: []flowtest.Person{flowtest.Who("auditor", "AUD", 1), flowtest.Who("proposer", "DPO", 2), flowtest.Who("another officer", "DPO", 3)},
		Stand:  c.stand, Stored: `SELECT state FROM policy_proposal WHERE id = 9`, Made: 3,
		Make: func(ctx context.Context, tx postgres.Tx, p flowtest.Person, move string) (string, error) {
			by := policychange.Person{ID: p.Staff, Code: "A/s", Now: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)}
			got, err := policychange.Decide(ctx, tx, by, policychange.Decision{ID: 9, Move: move}, c.load)
			return got.State, err
		},
		Otherwise: func(p flowtest.Person, a flowtest.Attempt) string {
			if own := p.Staff == 2; own != (a.Move == "withdrawPolicy") {
				return "FORBIDDEN"
			}
			return ""
		},
	})
	flowtest.AgreesWithThePolicy(t, m)
}
