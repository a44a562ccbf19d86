package granting_test

import (
	"context"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/access"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
	"github.com/tongxin-hub/tongxin/internal/granting"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/recertifying"
)

// heads are the head (6) of the township, and of another agency (7); post 4 reaches a
// township that can be narrowed to its village.
const heads = `
INSERT INTO staff (id, code, agency_id, display_name, kind) VALUES (6, 'p6', 2, 'x', 'PERSON'), (7, 'p7', 3, 'x', 'PERSON');
INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES
    (6, 'STA', 2, NULL, '2026-01-01', '2027-06-30', 'x'), (7, 'STA', 3, NULL, '2026-01-01', '2027-06-30', 'x');
UPDATE post SET role = 'CM' WHERE id = 4;`

// moved makes the moves of what is administered, by name.
func moved(ctx context.Context, tx postgres.Tx, d disclosure.Decided, move string) (disclosure.Changed, error) {
	post := access.Aim{ID: 4, Version: 1, Reason: why}
	first := access.Aim{ID: 1, Version: 1, Reason: why}
	const until = "2027-11-22"
	return map[string]func() (disclosure.Changed, error){
		"confirmPost": func() (disclosure.Changed, error) { return recertifying.Confirm(ctx, tx, d, post) },
		"renewPost": func() (disclosure.Changed, error) {
			return granting.RenewPost(ctx, tx, d, post, granting.Renewal{Until: until, Reason: why})
		},
		"widenPost": func() (disclosure.Changed, error) {
			return granting.WidenPost(ctx, tx, d, post, granting.Widening{DivisionCode: "3", Reason: why})
		},
		"narrowPost": func() (disclosure.Changed, error) {
			return access.NarrowPost(ctx, tx, d, post, access.Narrowing{DivisionCode: "4", Reason: why})
		},
		"endPost": func() (disclosure.Changed, error) { return access.EndPost(ctx, tx, d, post) },
		"vetStaff": func() (disclosure.Changed, error) {
			return granting.VetStaff(ctx, tx, d, post, granting.Renewal{Until: until, Reason: why})
		},
		"suspendStaff": func() (disclosure.Changed, error) { return access.SuspendStaff(ctx, tx, d, post) },
		"resumeStaff":  func() (disclosure.Changed, error) { return granting.ResumeStaff(ctx, tx, d, post) },
		"extendContract": func() (disclosure.Changed, error) {
			return granting.ExtendContract(ctx, tx, d, first, granting.Extension{ValidTo: "2027-12-31", Purposes: []string{"CASE_MGMT"}, Reason: why})
		},
		"endContract": func() (disclosure.Changed, error) { return access.EndContract(ctx, tx, d, first) },
		"confirmReturn": func() (disclosure.Changed, error) {
			return access.ConfirmReturn(ctx, tx, d, first, access.Proof{ReturnedOn: "2026-11-20", Reason: why})
		},
		"rotateClient": func() (disclosure.Changed, error) {
			return granting.RotateClient(ctx, tx, d, first, granting.Certificate{Thumbprint: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", Reason: why})
		},
		"suspendClient": func() (disclosure.Changed, error) { return access.SuspendClient(ctx, tx, d, first) },
		"resumeClient":  func() (disclosure.Changed, error) { return granting.ResumeClient(ctx, tx, d, first) },
	}[move]()
}

// makes makes a move; what is only proposed by it, another administrator approves.
func makes(ctx context.Context, tx postgres.Tx, p flowtest.Person, move string) (string, error) {
	d := by(p.Staff)
	d.Post.Role = p.Role
	if p.Role == "STA" {
		d.Caller.Agency.ID, d.Post.AgencyID = p.Staff-4, p.Staff-4
	}
	done, err := moved(ctx, tx, d, move)
	if err != nil {
		return "", err
	}
	to, _ := done.Result.(access.Result)
	if to.State != granting.Proposed {
		return to.State, nil
	}
	_, err = granting.Decide(ctx, tx, by(2), granting.ApproveMove, granting.Decision{ID: to.ID, Version: 1})
	return "", err
}

// TestMachines_everyMove makes every move of posts, accounts, contracts and clients in
// every state by everybody: what opens something takes a second person, and a head ends
// and confirms the posts of the own agency alone.
func TestMachines_everyMove(t *testing.T) {
	t.Parallel()
	db := setup(t)
	if _, err := db.Exec(t.Context(), heads); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		machine       flow.Machine
		stand, stored string
		made          int
	}{
		{
			access.Posts(), `UPDATE post SET valid_to = CASE WHEN $1 = 'ENDED' THEN date '2026-11-01' END WHERE id = 4`,
			`SELECT CASE WHEN valid_to <= '2026-11-23' THEN 'ENDED' ELSE 'HELD' END FROM post WHERE id = 4`, 9,
		},
		{
			access.Accounts(), `UPDATE staff SET active = $1 = 'ACTIVE' WHERE id = 4`,
			`SELECT CASE WHEN active THEN 'ACTIVE' ELSE 'SUSPENDED' END FROM staff WHERE id = 4`, 4,
		},
		{
			access.Contracts(), `UPDATE contract SET valid_to = CASE $1 WHEN 'RUNNING' THEN date '2026-12-31' ELSE date '2026-11-01' END, returned_on = CASE $1 WHEN 'RETURNED' THEN date '2026-11-10' END WHERE id = 1`,
			`SELECT CASE WHEN returned_on IS NOT NULL THEN 'RETURNED' WHEN valid_to < '2026-11-23' THEN 'OVER' ELSE 'RUNNING' END FROM contract WHERE id = 1`, 4,
		},
		{
			access.Clients(), `UPDATE client SET active = $1 = 'ACTIVE' WHERE id = 1`,
			`SELECT CASE WHEN active THEN 'ACTIVE' ELSE 'SUSPENDED' END FROM client WHERE id = 1`, 4,
		},
	} {
		flowtest.Everybody(t, c.machine, db, flowtest.Case{
			People: []flowtest.Person{
				flowtest.Who("administrator", "ADM", 1), flowtest.Who("protection officer", "DPO", 3), flowtest.Who("head", "STA", 6), flowtest.Who("another head", "STA", 7),
			},
			Stand: func(ctx context.Context, tx postgres.Tx, a flowtest.Attempt) error {
				_, err := tx.Exec(ctx, c.stand, a.State)
				return err
			},
			Make: makes, Stored: c.stored, Made: c.made,
			Otherwise: func(p flowtest.Person, a flowtest.Attempt) string {
				if p.Staff == 7 && a.State == access.Held {
					return "NOT_FOUND"
				}
				return ""
			},
		})
		flowtest.AgreesWithThePolicy(t, c.machine)
	}
}
