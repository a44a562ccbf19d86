package registering_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/nominating"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/registering"
)

// more is another director (3), a teacher (4), a health worker (5) and an officer of the
// women's federation (6), a case manager (7), and the number by which child 6 is found.
const more = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (4, '990000000001', 'w', 'VILLAGE', 2);
UPDATE child SET name = 'x', residence_village_id = 4 WHERE id = 6;
INSERT INTO staff (id, code, agency_id, display_name, kind) SELECT i, 's' || i, 1, 'x', 'PERSON' FROM generate_series(3, 7) i;
INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES (1, 'DIR', 1, 4, '2026-01-01', '2027-12-31', 'x');
INSERT INTO join_token (agency_id, kind, token, child_id) VALUES (1, 'CITIZEN_ID', decode(repeat('66', 32), 'hex'), 6);
SELECT setval(pg_get_serial_sequence('child', 'id'), 100);`

func by(staff int64, role string) disclosure.Decided {
	return disclosure.Decided{
		Access: &disclosure.Access{
			Caller: identity.Caller{Agency: identity.Agency{ID: 1}, Staff: identity.Staff{ID: staff}},
			Post:   identity.Post{Role: role}, Now: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC),
		},
		SubjectID: 6, ChildID: 6,
	}
}

// stand lets child 6 be in a state: who claimed it is the director, its parents have been
// away for long.
func stand(ctx context.Context, tx postgres.Tx, a flowtest.Attempt) error {
	stored := map[string]string{registering.Claimed: registering.Candidate, registering.Merged: registering.Exited}[a.State]
	if stored == "" {
		stored = a.State
	}
	_, err := tx.Exec(ctx, `UPDATE registration SET status = $1, claimed_by = CASE WHEN $2 IN ('CLAIMED', 'VERIFYING') THEN 1 END, exited_on = CASE WHEN $1 = 'EXITED' THEN date '2026-10-01' END,
		exit_reason = CASE WHEN $1 = 'EXITED' THEN 'PARENT_RETURNED' END, care_reason = 'BOTH_AWAY', away_reach = 'BEYOND_CITY', left_behind_since = '2025-01-01', spot_asked_on = CASE WHEN $1 = 'REGISTERED' THEN date '2026-11-20' END WHERE child_id = 6`, stored, a.State)
	if err == nil && a.State == registering.None {
		_, err = tx.Exec(ctx, `DELETE FROM registration WHERE child_id = 6`)
	}
	if err == nil && a.State == registering.Merged {
		_, err = tx.Exec(ctx, `WITH t AS (UPDATE join_token SET child_id = 7 WHERE child_id = 6) UPDATE child SET merged_into = 7 WHERE id = 6`)
	}
	return err
}

// stored is the state of child 6, as the area reads it.
const stored = `SELECT CASE WHEN c.merged_into IS NOT NULL THEN 'MERGED' WHEN r.status = 'CANDIDATE' AND r.claimed_by IS NOT NULL THEN 'CLAIMED' ELSE coalesce(r.status, 'NONE') END
	FROM child c LEFT JOIN registration r ON r.child_id = c.id WHERE c.id = 6`

// makes makes a move by its name, with facts that are in order. A nomination tells
// nothing of where it led.
func makes(ctx context.Context, tx postgres.Tx, p flowtest.Person, move string) (string, error) {
	d := by(p.Staff, p.Role)
	since, reach, born := "2025-01-01", "BEYOND_CITY", "2016-01-01"
	done, err := map[string]func() (disclosure.Changed, error){
		registering.NominateMove: func() (disclosure.Changed, error) {
			return registering.Nominate(ctx, tx, d, registering.Nomination{})
		},
		registering.NominateNewMove: func() (disclosure.Changed, error) {
			n := nominating.Newcomer{Name: "x", Sex: "MALE", BirthDate: &born, Village: "990000000001", Source: "CLINIC"}
			n.Token = &struct {
				Kind  string `json:"kind"`
				Token string `json:"token"`
			}{"CITIZEN_ID", strings.Repeat("66", 32)}
			return nominating.Nominate(ctx, tx, d, n)
		},
		registering.ClaimMove: func() (disclosure.Changed, error) { return registering.Claim(ctx, tx, d, 1) },
		registering.VerifyMove: func() (disclosure.Changed, error) {
			return registering.Verify(ctx, tx, d, registering.Finding{Version: 1, Reason: "BOTH_AWAY", Since: &since, Reach: &reach})
		},
		registering.ConfirmMove: func() (disclosure.Changed, error) {
			return registering.Confirm(ctx, tx, d, registering.Decision{Version: 1, Risk: "GREEN"})
		},
		registering.RejectMove: func() (disclosure.Changed, error) {
			return registering.Reject(ctx, tx, d, registering.Refusal{Version: 1, Reason: "NOT_ELIGIBLE"})
		},
		registering.SpotMove: func() (disclosure.Changed, error) {
			return registering.SpotCheck(ctx, tx, d, registering.Spot{Version: 1, Result: "DIFFERS"})
		},
		registering.ExitMove: func() (disclosure.Changed, error) {
			return registering.Exit(ctx, tx, d, registering.Leaving{Version: 1, Reason: "PARENT_RETURNED", Evidence: "HOME_CHECK"})
		},
	}[move]()
	got, _ := done.Result.(registering.Result)
	if move == registering.NominateMove || move == registering.NominateNewMove {
		got.State = ""
	}
	return got.State, err
}

// TestMachine_everyMove makes every move in every state by everybody: only who claimed a
// child checks it at home first, a supervisor and a case manager do what others are there
// for only where they are not, and a nomination changes nothing, and says so to nobody,
// where there is nothing to nominate.
func TestMachine_everyMove(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	exec(t, db, village)
	exec(t, db, more)
	m := registering.Machine()
	flowtest.Everybody(t, m, db, flowtest.Case{
		People: []flowtest.Person{
			flowtest.Who("claimer", "DIR", 1), flowtest.Who("another director", "DIR", 3), flowtest.Who("supervisor", "SUP", 2),
			flowtest.Who("teacher", "HT", 4), flowtest.Who("health worker", "HD", 5), flowtest.Who("federation", "FE", 6), flowtest.Who("case manager", "CM", 7),
		},
		Stand: stand, Make: makes, Stored: stored, Made: 60,
		Otherwise: func(p flowtest.Person, a flowtest.Attempt) string {
			nominated := a.Move == registering.NominateMove || a.Move == registering.NominateNewMove
			switch to := a.Leads(m, true); {
			case nominated && to == "CONFLICT":
				return a.State
			case p.Staff != 1 && a.State == registering.Claimed && a.Move == registering.VerifyMove:
				return "FORBIDDEN"
			case p.Role == "SUP" && (a.Move == registering.ClaimMove || a.Move == registering.VerifyMove),
				p.Role == "CM" && (a.Move == registering.ConfirmMove || a.Move == registering.RejectMove):
				return a.Barred(m) // the posts are held
			}
			return ""
		},
	})
	flowtest.AgreesWithThePolicy(t, m)
}

// TestStandIn_fourEyes: where the village has no director the supervisor claims and checks
// at home, and somebody else decides: another supervisor, or else the case manager.
func TestStandIn_fourEyes(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	exec(t, db, village)
	exec(t, db, more)
	exec(t, db, `UPDATE post SET valid_to = '2026-11-01' WHERE role = 'DIR';
		UPDATE registration SET status = 'CANDIDATE', claimed_by = NULL WHERE child_id = 6;
		INSERT INTO staff (id, code, agency_id, display_name, kind) VALUES (8, 's8', 1, 'x', 'PERSON');
		INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES (7, 'CM', 1, 1, '2026-01-01', '2027-12-31', 'x')`)
	since, reach := "2025-01-01", "BEYOND_CITY"
	do := func(staff int64, role string, move func(context.Context, postgres.Tx, disclosure.Decided) (disclosure.Changed, error)) error {
		return postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
			_, err := move(t.Context(), tx, by(staff, role))
			return err
		})
	}
	confirm := func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return registering.Confirm(ctx, tx, d, registering.Decision{Version: 3, Risk: "GREEN"})
	}
	for _, move := range []func(context.Context, postgres.Tx, disclosure.Decided) (disclosure.Changed, error){
		func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			return registering.Claim(ctx, tx, d, 1)
		},
		func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			return registering.Verify(ctx, tx, d, registering.Finding{Version: 2, Reason: "BOTH_AWAY", Since: &since, Reach: &reach})
		},
	} {
		if err := do(2, "SUP", move); err != nil {
			t.Fatal(err)
		}
	}
	if err := do(2, "SUP", confirm); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("the supervisor confirms what she has checked: %v", err)
	}
	if got := lines(t, db, `SELECT concat_ws(' ', t.staff_id, t.kind, k.kind) FROM task t LEFT JOIN ticket k ON k.id = t.ticket_id AND k.staff_id = t.staff_id WHERE t.kind = 'REGISTER_CONFIRM' AND t.done_at IS NULL`); len(got) != 1 || got[0] != "7 REGISTER_CONFIRM SURVEY_BATCH" {
		t.Errorf("asked to decide are %v", got)
	}
	exec(t, db, `INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES (8, 'SUP', 1, 2, '2026-01-01', '2027-12-31', 'x')`)
	if err := do(7, "CM", confirm); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("the case manager confirms where another supervisor is in post: %v", err)
	}
	exec(t, db, `UPDATE post SET valid_to = '2026-11-01' WHERE staff_id = 8`)
	if err := do(7, "CM", confirm); err != nil {
		t.Error(err)
	}
}
