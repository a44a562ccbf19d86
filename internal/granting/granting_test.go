package granting_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/access"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
	"github.com/tongxin-hub/tongxin/internal/granting"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// office is two administrators (1, 2), a protection officer (3), a supervisor (4) with
// post 4 and a declared conflict, a social worker (5), a contract and a client.
const office = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', '示范区', 'DISTRICT', NULL), (2, '2', '甲街道', 'TOWNSHIP', 1), (3, '3', '乙街道', 'TOWNSHIP', 1), (4, '4', '示范村', 'VILLAGE', 2);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'DISTRICT_OFFICE', 1), (2, 'B', 'b', 'TOWNSHIP', 2), (3, 'C', 'c', 'CONTRACTOR', 1);
INSERT INTO staff (id, code, agency_id, display_name, kind, vetted_until) VALUES (1, 'p1', 1, 'x', 'PERSON', '2027-06-30'), (2, 'p2', 1, 'x', 'PERSON', '2027-06-30'),
    (3, 'p3', 1, 'x', 'PERSON', '2027-06-30'), (4, 'p4', 2, 'x', 'PERSON', NULL), (5, 'p5', 3, 'x', 'PERSON', NULL);
INSERT INTO post (id, staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES
    (1, 1, 'ADM', 1, NULL, '2026-01-01', '2027-06-30', 'x'), (2, 2, 'ADM', 1, NULL, '2026-01-01', '2027-06-30', 'x'), (3, 3, 'DPO', 1, NULL, '2026-01-01', '2027-06-30', 'x'),
    (4, 4, 'SUP', 2, 2, '2026-01-01', '2027-01-31', 'x');
INSERT INTO contract (id, number, agency_id, project, valid_from, valid_to, purposes, security_assessed_on) VALUES (1, 'K1', 3, 'p', '2026-01-01', '2026-12-31', '{CASE_MGMT}', '2026-01-01');
INSERT INTO conflict_notice (id, staff_id, declared_by, kind, agency_id, declared_on) VALUES (1, 4, 4, 'KIN', 2, '2026-01-01');
INSERT INTO client (id, agency_id, code, name, purposes, registered_on) VALUES (1, 2, 'sys', 'x', '{VISIT}', '2026-01-01');
ALTER TABLE post ALTER id RESTART WITH 100; ALTER TABLE client ALTER id RESTART WITH 100; ALTER TABLE contract ALTER id RESTART WITH 100;`

const why = "按年度计划办理"

var now = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

func by(staff int64) disclosure.Decided {
	return disclosure.Decided{Access: &disclosure.Access{
		Caller: identity.Caller{Agency: identity.Agency{ID: 1, Code: "A"}, Staff: identity.Staff{ID: staff}},
		Post:   identity.Post{Role: "ADM", AgencyID: 1}, Now: now,
	}}
}

func setup(t *testing.T) *pgxpool.Pool {
	t.Helper()
	_, db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), office); err != nil {
		t.Fatal(err)
	}
	return db
}

var errUndo = errors.New("undo")

// trying does something and takes it back.
func trying(t *testing.T, db *pgxpool.Pool, do func(ctx context.Context, tx postgres.Tx)) {
	t.Helper()
	err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
		do(t.Context(), tx)
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		t.Fatal(err)
	}
}

func sup(code string) granting.Post {
	return granting.Post{StaffCode: code, Role: "SUP", DivisionCode: "3", ValidFrom: "2026-11-23", AuthorisedUntil: "2027-11-22", Reason: why}
}

type proposing = func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error)

// kinds are all that may be proposed, each with a question whose answer its approval
// changes from one to the other.
func kinds() map[string]struct {
	propose         proposing
	ask, from, into string
} {
	aim := access.Aim{ID: 4, Version: 1, Reason: why}
	first := access.Aim{ID: 1, Version: 1, Reason: why}
	type kind = struct {
		propose         proposing
		ask, from, into string
	}
	return map[string]kind{
		"post": {func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			return granting.ProposePost(ctx, tx, d, sup("p4"))
		}, `SELECT count(*)::text FROM post WHERE staff_id = 4`, "1", "2"},
		"reach": {func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			return granting.WidenPost(ctx, tx, d, aim, granting.Widening{DivisionCode: "3", Reason: why})
		}, `SELECT division_id::text FROM post WHERE id = 4`, "2", "3"},
		"renewal": {func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			return granting.RenewPost(ctx, tx, d, aim, granting.Renewal{Until: "2027-11-22", Reason: why})
		}, `SELECT authorised_until::text FROM post WHERE id = 4`, "2027-01-31", "2027-11-22"},
		"vetting": {func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			return granting.VetStaff(ctx, tx, d, aim, granting.Renewal{Until: "2027-11-22", Reason: why})
		}, `SELECT coalesce(vetted_until::text, '') FROM staff WHERE id = 4`, "", "2027-11-22"},
		"contract": {func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			return granting.ProposeContract(ctx, tx, d, granting.Contract{
				AgencyCode: "C", Number: "K2", Project: "p", ValidFrom: "2027-01-01", ValidTo: "2027-12-31", SecurityAssessedOn: "2026-11-01", Purposes: []string{"CASE_MGMT"}, Reason: why,
			})
		}, `SELECT count(*)::text FROM contract`, "1", "2"},
		"extension": {func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			return granting.ExtendContract(ctx, tx, d, first, granting.Extension{ValidTo: "2027-12-31", Purposes: []string{"CASE_MGMT"}, Reason: why})
		}, `SELECT valid_to::text FROM contract WHERE id = 1`, "2026-12-31", "2027-12-31"},
		"client": {func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			return granting.RegisterClient(ctx, tx, d, granting.Client{AgencyCode: "A", Code: "new", Name: "x", Purposes: []string{"VISIT"}, Reason: why})
		}, `SELECT count(*)::text FROM client`, "1", "2"},
		"certificate": {func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			return granting.RotateClient(ctx, tx, d, first, granting.Certificate{Thumbprint: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", Reason: why})
		}, `SELECT coalesce(thumbprint, '') FROM client WHERE id = 1`, "", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
		"setting of today": {func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			return granting.ChangeSetting(ctx, tx, d, granting.Setting{Name: "post_unused_days", Value: "60", EffectiveOn: "2026-11-23", Reason: why})
		}, `SELECT value FROM parameter WHERE name = 'post_unused_days'`, "90", "60"},
		"calendar": {func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			return granting.ChangeCalendar(ctx, tx, d, granting.Day{Day: "2027-01-01", Note: "放假通知", Reason: why})
		}, `SELECT count(*)::text FROM calendar_exception`, "0", "1"},
		"conflict": {func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			return granting.EndConflict(ctx, tx, d, first)
		}, `SELECT coalesce(ended_on::text, '') FROM conflict_notice`, "", "2026-11-23"},
	}
}

// proposed makes a proposal of a kind by somebody.
func proposed(ctx context.Context, t *testing.T, tx postgres.Tx, kind string) access.Result {
	t.Helper()
	done, err := kinds()[kind].propose(ctx, tx, by(1))
	if err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	to, _ := done.Result.(access.Result)
	return to
}

func asked(ctx context.Context, t *testing.T, tx postgres.Tx, sql string) (out string) {
	t.Helper()
	if err := tx.QueryRow(ctx, sql).Scan(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestDecide_everyKind: nothing opens before another person approves, and then it does;
// what a proposal started from must not have changed meanwhile.
func TestDecide_everyKind(t *testing.T) {
	t.Parallel()
	db := setup(t)
	for name, k := range kinds() {
		trying(t, db, func(ctx context.Context, tx postgres.Tx) {
			p := proposed(ctx, t, tx, name)
			if got := asked(ctx, t, tx, k.ask); got != k.from {
				t.Errorf("%s proposed: %q", name, got)
			}
			if _, err := granting.Decide(ctx, tx, by(2), granting.ApproveMove, granting.Decision{ID: p.ID, Version: 1}); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if got := asked(ctx, t, tx, k.ask); got != k.into {
				t.Errorf("%s approved: %q, want %q", name, got, k.into)
			}
			if n := asked(ctx, t, tx, `SELECT count(*)::text FROM access_change WHERE proposal_id IS NOT NULL`); n != "1" {
				t.Errorf("%s: %s changes are kept", name, n)
			}
			if n := asked(ctx, t, tx, `SELECT count(*)::text FROM task WHERE done_at IS NULL`); n != "0" {
				t.Errorf("%s: %s tasks are left", name, n)
			}
		})
		trying(t, db, func(ctx context.Context, tx postgres.Tx) {
			p := proposed(ctx, t, tx, name)
			if _, err := tx.Exec(ctx, `UPDATE post SET version = 9; UPDATE staff SET version = 9; UPDATE contract SET version = 9; UPDATE client SET version = 9`); err != nil {
				t.Fatal(err)
			}
			_, err := granting.Decide(ctx, tx, by(2), granting.ApproveMove, granting.Decision{ID: p.ID, Version: 1})
			if starts := slices.Contains([]string{"reach", "renewal", "vetting", "extension", "certificate"}, name); starts != (fault.CodeOf(err) == fault.Conflict) || !starts && err != nil {
				t.Errorf("%s on what has changed: %v", name, err)
			}
		})
	}
}

// TestDecide_everyStateMoveAndPerson: a move happens where the machine says so, for whom
// it is; everything else is refused with a code.
func TestDecide_everyStateMoveAndPerson(t *testing.T) {
	t.Parallel()
	db := setup(t)
	m := granting.Machine()
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	ends := map[string]int64{granting.ApproveMove: 2, granting.RejectMove: 2, granting.WithdrawMove: 1}
	happened := 0
	for _, move := range m.Moves {
		for before := range ends {
			for _, decided := range []bool{false, true} {
				for _, staff := range []int64{1, 2, 3, 4} {
					trying(t, db, func(ctx context.Context, tx postgres.Tx) {
						p := proposed(ctx, t, tx, "reach")
						if decided {
							if _, err := granting.Decide(ctx, tx, by(ends[before]), before, granting.Decision{ID: p.ID, Version: 1}); err != nil {
								t.Fatal(err)
							}
						}
						_, err := granting.Decide(ctx, tx, by(staff), move.Name, granting.Decision{ID: p.ID, Version: 1})
						want := fault.Code("")
						switch own := staff == 1; {
						case decided:
							want = fault.Conflict
						case own != (move.Name == granting.WithdrawMove), staff == 4 && move.Name == granting.ApproveMove:
							want = fault.Forbidden
						default:
							happened++
						}
						if err == nil && want != "" || err != nil && fault.CodeOf(err) != want {
							t.Errorf("%s by %d, decided %v: %v, want %q", move.Name, staff, decided, err, want)
						}
					})
				}
			}
		}
	}
	if happened < 12 {
		t.Errorf("only %d moves happened", happened)
	}
}

// TestPropose_refused: what cannot be, and what is for oneself.
func TestPropose_refused(t *testing.T) {
	t.Parallel()
	db := setup(t)
	post := func(change func(*granting.Post)) proposing {
		return func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			p := sup("p4")
			change(&p)
			return granting.ProposePost(ctx, tx, d, p)
		}
	}
	for name, test := range map[string]struct {
		propose proposing
		want    fault.Code
	}{
		"for oneself":        {post(func(p *granting.Post) { p.StaffCode = "p1" }), fault.Forbidden},
		"nobody":             {post(func(p *granting.Post) { p.StaffCode = "p9" }), fault.BadRequest},
		"no such role":       {post(func(p *granting.Post) { p.Role = "KING" }), fault.BadRequest},
		"a village":          {post(func(p *granting.Post) { p.DivisionCode = "4" }), fault.BadRequest},
		"no reach":           {post(func(p *granting.Post) { p.DivisionCode = "" }), fault.BadRequest},
		"no such reach":      {post(func(p *granting.Post) { p.DivisionCode = "99" }), fault.BadRequest},
		"yesterday":          {post(func(p *granting.Post) { p.ValidFrom = "2026-11-22" }), fault.BadRequest},
		"ends before":        {post(func(p *granting.Post) { p.ValidTo = "2026-11-23" }), fault.BadRequest},
		"two years":          {post(func(p *granting.Post) { p.AuthorisedUntil = "2028-01-01" }), fault.BadRequest},
		"without a word":     {post(func(p *granting.Post) { p.Reason = " " }), fault.BadRequest},
		"another's contract": {post(func(p *granting.Post) { p.ContractNumber = "K1" }), fault.BadRequest},
		"contractor without": {post(func(p *granting.Post) { p.StaffCode, p.Role = "p5", "SW" }), fault.BadRequest},
		"audit entrusted": {func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			return granting.ExtendContract(ctx, tx, d, access.Aim{ID: 1, Version: 1}, granting.Extension{ValidTo: "2027-12-31", Purposes: []string{"ACCESS_AUDIT"}, Reason: why})
		}, fault.BadRequest},
		"a number becomes a word": {func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			return granting.ChangeSetting(ctx, tx, d, granting.Setting{Name: "volume_day", Value: "many", EffectiveOn: "2026-12-01", Reason: why})
		}, fault.BadRequest},
		"another version": {func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			return granting.RenewPost(ctx, tx, d, access.Aim{ID: 4, Version: 7}, granting.Renewal{Until: "2027-11-22", Reason: why})
		}, fault.Conflict},
		"twice": {func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			if _, err := kinds()["renewal"].propose(ctx, tx, d); err != nil {
				return disclosure.Changed{}, err
			}
			return kinds()["renewal"].propose(ctx, tx, d)
		}, fault.Conflict},
	} {
		trying(t, db, func(ctx context.Context, tx postgres.Tx) {
			if _, err := test.propose(ctx, tx, by(1)); fault.CodeOf(err) != test.want {
				t.Errorf("%s: %v, want %s", name, err, test.want)
			}
		})
	}
}

// TestProposals_keptByTheDatabase: not even who writes to the tables approves a proposal
// of their own or for themselves, or rewrites what was proposed or changed.
func TestProposals_keptByTheDatabase(t *testing.T) {
	t.Parallel()
	db := setup(t)
	if err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
		p := proposed(t.Context(), t, tx, "reach")
		_, err := granting.Decide(t.Context(), tx, by(2), granting.ApproveMove, granting.Decision{ID: p.ID, Version: 1})
		if err == nil {
			proposed(t.Context(), t, tx, "vetting")
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for name, sql := range map[string]string{
		"by oneself":   `UPDATE access_proposal SET state = 'APPROVED', decided_by = 1, decided_at = now() WHERE state = 'PROPOSED'`,
		"for oneself":  `UPDATE access_proposal SET state = 'APPROVED', decided_by = 4, decided_at = now() WHERE state = 'PROPOSED'`,
		"by nobody":    `UPDATE access_proposal SET state = 'APPROVED' WHERE state = 'PROPOSED'`,
		"rewritten":    `UPDATE access_proposal SET facts = '{}' WHERE state = 'PROPOSED'`,
		"decided anew": `UPDATE access_proposal SET state = 'REJECTED' WHERE state = 'APPROVED'`,
		"removed":      `DELETE FROM access_proposal WHERE state = 'PROPOSED'`,
		"forgotten":    `DELETE FROM access_change`,
		"told anew":    `UPDATE access_change SET reason = 'x'`,
	} {
		if _, err := db.Exec(t.Context(), sql); err == nil {
			t.Errorf("%s: the database let it", name)
		}
	}
}

// TestMachine_agreesWithThePolicy: who may make a move is who may use its mutation.
func TestMachine_agreesWithThePolicy(t *testing.T) {
	t.Parallel()
	flowtest.AgreesWithThePolicy(t, granting.Machine())
}
