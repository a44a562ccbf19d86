package complaint_test

import (
	"context"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/complaint"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/policy"
)

// office is an officer (1), another one (2), the head of their agency (3) and one of
// another (4).
const office = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', 'd', 'DISTRICT', NULL), (2, '2', 't', 'TOWNSHIP', 1), (3, '3', 'v', 'VILLAGE', 2);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', '甲局', 'CIVIL_AFFAIRS', 1), (2, 'B', '乙局', 'EDUCATION', 1);
INSERT INTO staff (id, code, agency_id, display_name, kind, vetted_until) SELECT i, 's' || i, CASE i WHEN 4 THEN 2 ELSE 1 END, 's' || i, 'PERSON', '2027-12-31' FROM generate_series(1, 4) i;
INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES
    (3, 'STA', 1, 1, '2026-01-01', '2027-12-31', 'x'), (4, 'STA', 2, 1, '2026-01-01', '2027-12-31', 'x');
INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id) VALUES (1, 'FEMALE', '2017-10-23', 3, 2);
INSERT INTO conflict_declaration (child_id, staff_id, kind, declared_on) VALUES (1, 1, 'KIN', '2026-01-01');`

// TestMachine_everyMove makes every move in every state by everybody: of a complaint that
// the officer answers, and of one about the officer, which is the head's alone.
func TestMachine_everyMove(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), office); err != nil {
		t.Fatal(err)
	}
	m := complaint.Machine()
	for officer, made := range map[bool]int{false: 8, true: 5} {
		flowtest.Everybody(t, m, db, flowtest.Case{
			People: []flowtest.Person{
				flowtest.Who("officer", "DPO", 1), flowtest.Who("another officer", "DPO", 2), flowtest.Who("head", "STA", 3), flowtest.Who("another head", "STA", 4),
			},
			Stand: func(ctx context.Context, tx postgres.Tx, a flowtest.Attempt) error {
				_, err := tx.Exec(ctx, `INSERT INTO complaint (id, about, about_officer, words, received_on, due_on, state, dpo_id, head_id)
					VALUES (1, 'DELAY', $1, '两个月没有答复', '2026-11-20', '2026-12-11', $2, 1, 3)`, officer, a.State)
				return err
			},
			Make: func(ctx context.Context, tx postgres.Tx, p flowtest.Person, move string) (string, error) {
				c := complaint.Case{ID: 1, StaffID: p.Staff, AgencyID: 1, Role: policy.Role(p.Role), Version: 1, Now: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)}
				done, err := map[string]func() (complaint.Done, error){
					complaint.AnswerMove: func() (complaint.Done, error) { return complaint.Answer(ctx, tx, c, "已查明，系工作疏漏") },
					complaint.PassMove:   func() (complaint.Done, error) { return complaint.Pass(ctx, tx, c) },
					complaint.UpholdMove: func() (complaint.Done, error) { return complaint.Decide(ctx, tx, c, true, "超过期限") },
					complaint.RejectMove: func() (complaint.Done, error) { return complaint.Decide(ctx, tx, c, false, "未超过期限") },
					complaint.CloseMove:  func() (complaint.Done, error) { return complaint.Close(ctx, tx, c) },
				}[move]()
				return done.State, err
			},
			Stored: `SELECT state FROM complaint WHERE id = 1`, Made: made,
			Otherwise: func(p flowtest.Person, a flowtest.Attempt) string {
				switch {
				case p.Staff == 2 || p.Staff == 4 || p.Staff == 1 && officer:
					return string(fault.NotFound)
				case p.Staff == 3 && a.Move == complaint.CloseMove && !officer:
					return a.Barred(m)
				}
				return ""
			},
		})
	}
	flowtest.AgreesWithThePolicy(t, m)
}

// TestPass_byKin: an officer who is kin of the child does not answer, and hands it on.
func TestPass_byKin(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), office+`
		INSERT INTO complaint (id, child_id, requester_relation, about, about_officer, words, received_on, state, dpo_id) VALUES (1, 1, 'MOTHER', 'ACCESS', false, '不让看', '2026-11-20', 'RECEIVED', 1)`); err != nil {
		t.Fatal(err)
	}
	c := complaint.Case{ID: 1, StaffID: 1, AgencyID: 1, Role: policy.DPO, Version: 1, Now: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)}
	err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error { _, err := complaint.Answer(t.Context(), tx, c, "已答复"); return err })
	if fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("kin answers: %v", err)
	}
	var done complaint.Done
	if err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) (err error) { done, err = complaint.Pass(t.Context(), tx, c); return err }); err != nil || done.State != complaint.WithHead {
		t.Errorf("kin hands it on: %+v %v", done, err)
	}
}
