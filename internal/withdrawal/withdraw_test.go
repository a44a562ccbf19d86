package withdrawal_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/withdrawal"
)

// district is a child of fourteen with a mother, at a school with a psychologist (1); a
// contracted counsellor (2) has the referral in hand; a coordinator (3), a teacher (4),
// the protection officer (5), the duty desk (6), an officer of the bureau (7).
const district = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', 'd', 'DISTRICT', NULL), (2, '2', 't', 'TOWNSHIP', 1), (3, '3', 'v', 'VILLAGE', 2);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'EDUCATION', 1);
INSERT INTO school (id, code, name, agency_id, division_id) VALUES (1, '9900000001', '示范一小', 1, 2);
INSERT INTO contract (id, number, agency_id, project, valid_from, valid_to, purposes) VALUES (1, 'C1', 1, 'p', '2026-01-01', '2027-12-31', '{PSYCH_SUPPORT}');
INSERT INTO staff (id, code, agency_id, display_name, kind, vetted_until) SELECT i, 's' || i, 1, 's' || i, 'PERSON', '2027-12-31' FROM generate_series(1, 7) i;
INSERT INTO post (staff_id, role, agency_id, division_id, school_id, contract_id, valid_from, authorised_until, approval_ref) VALUES
    (1, 'PSY', 1, NULL, 1, NULL, '2026-01-01', '2027-12-31', 'x'), (2, 'SW', 1, NULL, NULL, 1, '2026-01-01', '2027-12-31', 'x'),
    (6, 'CM', 1, 1, NULL, NULL, '2026-01-01', '2027-12-31', 'x');
INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id) VALUES (1, 'FEMALE', '2012-10-23', 3, 2);
INSERT INTO enrolment (child_id, school_id, current, status, stage) VALUES (1, 1, true, 'ENROLLED', 'JUNIOR');
INSERT INTO guardian (child_id, name, relation) VALUES (1, '王', 'MOTHER');
INSERT INTO consent_record (child_id, kind, given_by, given_on) VALUES (1, 'COUNSELLING', 'MOTHER', '2026-11-01');
INSERT INTO psych_referral (id, child_id, state, opened_on, guardian_informed_on, consent_basis, consent_on, level, to_school_id, assignee_id, author_id)
    VALUES (1, 1, 'FOLLOW_UP', '2026-10-19', '2026-10-20', 'GUARDIAN', '2026-11-01', 'LEVEL_2', 1, 2, 1);
INSERT INTO ticket (id, code, kind, purpose, staff_id, agency_id, child_id, reason, opened_at) VALUES (901, 'WT-1', 'PSYCH_REFERRAL', 'PSYCH_SUPPORT', 2, 1, 1, 'x', '2026-11-20');
INSERT INTO task (kind, child_id, subject, subject_id, staff_id, agency_id, ticket_id, opened_at, due_at, basis) VALUES ('REFERRAL_FOLLOW_UP', 1, 'psych_referral', 1, 2, 1, 901, '2026-11-20', '2026-12-04', 'x');
INSERT INTO education_aid (id, child_id, kind, state, consent_on, author_id, decider_id) VALUES (1, 1, 'MEAL', 'APPROVED', '2026-11-01', 4, 7);`

func by(staff int64, role string) disclosure.Decided {
	return disclosure.Decided{
		Access: &disclosure.Access{
			Caller: identity.Caller{Agency: identity.Agency{ID: 1, Name: "a"}, Staff: identity.Staff{ID: staff, Name: "s"}},
			Post:   identity.Post{Role: role}, Now: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC),
		},
		SubjectID: 1, ChildID: 1,
	}
}

// TestWithdraw: every kind by those whose services rest on it, and by the protection
// officer; said by a guardian on file, or by a child of fourteen; answered alike, whether
// anything rested on it.
func TestWithdraw(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), district); err != nil {
		t.Fatal(err)
	}
	const (
		psych = `SELECT concat_ws(' ', state, outcome, consent_basis, refused_on, closed_on, assignee_id) FROM psych_referral`
		items = `SELECT concat_ws(' ', 'open', staff_id) FROM ticket WHERE closed_at IS NULL ORDER BY id`
		tasks = `SELECT concat_ws(' ', kind, staff_id) FROM task WHERE done_at IS NULL ORDER BY staff_id, kind`
		kept  = `SELECT concat_ws(' ', kind, given_on, withdrawn_on) FROM consent_record ORDER BY id`
	)
	running := "FOLLOW_UP GUARDIAN 2"
	for name, x := range map[string]struct {
		by   disclosure.Decided
		in   withdrawal.Statement
		with string // happens before
		code fault.Code
		told map[string][]string
	}{
		"counselling": {by(1, "PSY"), withdrawal.Statement{Kind: "COUNSELLING", Relation: "MOTHER", On: "2026-11-22"}, "", "", map[string][]string{
			psych: {"CLOSED REFUSED 2026-11-23 2026-11-23 2"}, items: {}, tasks: {"CONSENT_WITHDRAWN 2"}, kept: {"COUNSELLING 2026-11-01 2026-11-22"},
		}},
		"counselling, with the child in danger": {by(2, "SW"), withdrawal.Statement{Kind: "COUNSELLING", Relation: "CHILD_SELF", On: "2026-11-23"}, `UPDATE psych_referral SET urgent = true`, "", map[string][]string{
			psych: {"GUARDIAN_INFORMED 2026-11-23"}, items: {"open 6", "open 1"}, tasks: {"REFERRAL_CONSENT 1", "REPORT_ACCEPT 6"},
			`SELECT category FROM mandatory_report`: {"GUARDIAN_INCAPABLE"},
		}},
		"counselling in an emergency goes on": {by(5, "DPO"), withdrawal.Statement{Kind: "COUNSELLING", Relation: "MOTHER", On: "2026-11-23"}, `UPDATE psych_referral SET consent_basis = 'EMERGENCY'`, "", map[string][]string{
			psych: {"FOLLOW_UP EMERGENCY 2"}, items: {"open 2"}, tasks: {"REFERRAL_FOLLOW_UP 2"}, kept: {"COUNSELLING 2026-11-01 2026-11-23"},
		}},
		"aid": {by(5, "DPO"), withdrawal.Statement{Kind: "EDUCATION_AID", Relation: "MOTHER", On: "2026-11-23"}, "", "", map[string][]string{
			`SELECT concat_ws(' ', state, valid_until) FROM education_aid`: {"WITHDRAWN 2026-11-23"}, psych: {running},
			tasks: {"REFERRAL_FOLLOW_UP 2", "CONSENT_WITHDRAWN 4", "CONSENT_WITHDRAWN 7"},
		}},
		"pairing, on which nothing rests": {by(3, "FE"), withdrawal.Statement{Kind: "PAIRING", Relation: "MOTHER", On: "2026-11-23"}, "", "", map[string][]string{
			psych: {running}, kept: {"COUNSELLING 2026-11-01", "PAIRING 2026-11-23"},
		}},
		"another's service":         {by(3, "FE"), withdrawal.Statement{Kind: "COUNSELLING", Relation: "MOTHER", On: "2026-11-23"}, "", fault.Forbidden, nil},
		"a kind that is none":       {by(5, "DPO"), withdrawal.Statement{Kind: "NOTICE", Relation: "MOTHER", On: "2026-11-23"}, "", fault.Forbidden, nil},
		"who is no guardian":        {by(5, "DPO"), withdrawal.Statement{Kind: "PAIRING", Relation: "PATERNAL_GRANDMOTHER", On: "2026-11-23"}, "", fault.BadRequest, nil},
		"the child, under fourteen": {by(5, "DPO"), withdrawal.Statement{Kind: "PAIRING", Relation: "CHILD_SELF", On: "2026-11-23"}, `UPDATE child SET birth_date = '2012-11-24'`, fault.BadRequest, nil},
		"a day to come":             {by(5, "DPO"), withdrawal.Statement{Kind: "PAIRING", Relation: "MOTHER", On: "2026-11-24"}, "", fault.BadRequest, nil},
		"a day that is none":        {by(5, "DPO"), withdrawal.Statement{Kind: "PAIRING", Relation: "MOTHER", On: "x"}, "", fault.BadRequest, nil},
	} {
		state, err := flowtest.TakenBack(t, db, func(tx postgres.Tx) (string, error) {
			if _, err := tx.Exec(t.Context(), "SELECT 1;"+x.with); err != nil {
				return "", err
			}
			done, err := withdrawal.Withdraw(t.Context(), tx, x.by, x.in)
			if err != nil {
				return "", err
			}
			for sql, want := range x.told {
				var got []string
				if err := tx.QueryRow(t.Context(), `SELECT coalesce(array_agg(x.line), '{}') FROM (`+sql+`) x (line)`).Scan(&got); err != nil {
					return "", err
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: %s (-want +got):\n%s", name, sql, diff)
				}
			}
			to, _ := done.Result.(withdrawal.Result)
			return to.State, nil
		})
		if err != nil && fault.CodeOf(err) != x.code || err == nil && (x.code != "" || state != withdrawal.Done) {
			t.Errorf("%s: %q, %v, want %q", name, state, err, x.code)
		}
	}
}
