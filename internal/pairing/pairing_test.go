package pairing_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/pairing"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// district is a child, two coordinators (1, 2), somebody of no federation (3), and a
// volunteer whose vetting holds for half a year.
const district = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', 'd', 'DISTRICT', NULL), (2, '2', 't', 'TOWNSHIP', 1), (3, '3', 'v', 'VILLAGE', 2);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'WOMENS_FEDERATION', 1);
INSERT INTO staff (id, code, agency_id, display_name, kind, vetted_until) SELECT i, 's' || i, 1, 's' || i, 'PERSON', '2027-12-31' FROM generate_series(1, 3) i;
INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id) VALUES (1, 'FEMALE', '2017-10-23', 3, 2);
INSERT INTO volunteer (id, code, kind, vetting_ref, vetted_on, vetted_until) VALUES (1, 'V-1', 'MENTOR', 'x', '2026-11-01', '2027-05-01');`

var now = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

func by(staff int64, role string) disclosure.Decided {
	return disclosure.Decided{
		Access: &disclosure.Access{
			Caller: identity.Caller{Agency: identity.Agency{ID: 1}, Staff: identity.Staff{ID: staff}},
			Post:   identity.Post{Role: role}, Now: now,
		},
		SubjectID: 1, ChildID: 1,
	}
}

func setup(t *testing.T) *pgxpool.Pool {
	t.Helper()
	_, db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), district); err != nil {
		t.Fatal(err)
	}
	return db
}

// plant makes a pairing in a state, with its work item and what there is to do.
func plant(t *testing.T, tx postgres.Tx, state string) {
	t.Helper()
	for _, sql := range []string{
		`INSERT INTO ticket (id, code, kind, purpose, staff_id, agency_id, child_id, reason, opened_at) VALUES (1, 'WT-1', 'PAIRING_CONSENT', 'PAIRING', 1, 1, 1, 'x', '2026-11-20'), (2, 'WT-2', 'PAIRING_CONSENT', 'PAIRING', 1, 1, 1, 'x', '2026-11-20')`,
		`INSERT INTO pairing (id, child_id, volunteer, volunteer_id, consent_ref, coordinator_id, state, ticket_id, contract_until) VALUES (1, 1, 'V-1', 1, 'c', 1, '` + state + `', 1, '2027-04-01')`,
		`INSERT INTO task (kind, child_id, subject, subject_id, staff_id, agency_id, opened_at, due_at, basis) VALUES ('PAIRING_START', 1, 'pairing', 1, 1, 1, '2026-11-20', '2026-12-04', 'x')`,
	} {
		if _, err := tx.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

// makes makes a move by its name, with facts that are in order.
func makes(t *testing.T, tx postgres.Tx, d disclosure.Decided, name string, version int) (string, error) {
	t.Helper()
	ctx := t.Context()
	done, err := map[string]func() (disclosure.Changed, error){
		pairing.StartMove: func() (disclosure.Changed, error) {
			return pairing.Start(ctx, tx, d, pairing.Contract{Version: version, ContractFrom: "2026-11-23", ContractUntil: "2027-04-30", Frequency: "WEEKLY"})
		},
		pairing.ContactMove: func() (disclosure.Changed, error) {
			return pairing.Note(ctx, tx, d, pairing.Contact{Version: version, ContactedOn: "2026-11-23", Mode: "MEET", Topic: "STUDY"})
		},
		pairing.EndMove: func() (disclosure.Changed, error) {
			return pairing.End(ctx, tx, d, pairing.Ending{Version: version, Reason: "VOLUNTEER_LEFT"})
		},
	}[name]()
	to, _ := done.Result.(pairing.Result)
	return to.State, err
}

// TestMachine_everyMove makes every move in every state through the area: who may is
// asked of the policy before (TestMachine_saysWhatThePolicySays), whose pairing it is of
// the basis.
func TestMachine_everyMove(t *testing.T) {
	t.Parallel()
	m := pairing.Machine()
	flowtest.EveryMove(t, m, setup(t), flowtest.Trial{
		People: []string{"FE"}, Made: 4, Refused: 5,
		Try: func(tx postgres.Tx, a flowtest.Attempt) (string, error) {
			plant(t, tx, a.State)
			return makes(t, tx, by(1, a.Who), a.Move, 1)
		},
		Want: func(a flowtest.Attempt) string { return a.Leads(m, true) },
	})
}

// TestStart_refuses what the contract, the vetting or the consent does not bear, and what
// somebody else has changed.
func TestStart_refuses(t *testing.T) {
	t.Parallel()
	db := setup(t)
	start := func(from, until string, version int) func(tx postgres.Tx) error {
		return func(tx postgres.Tx) error {
			_, err := pairing.Start(t.Context(), tx, by(1, "FE"), pairing.Contract{Version: version, ContractFrom: from, ContractUntil: until})
			return err
		}
	}
	withdrawn := func(again string) func(tx postgres.Tx) error {
		return func(tx postgres.Tx) error {
			if _, err := tx.Exec(t.Context(), `INSERT INTO consent_record (child_id, kind, withdrawn_on) VALUES (1, 'PAIRING', '2026-11-21')`+again); err != nil {
				return err
			}
			return start("2026-11-23", "2027-04-30", 1)(tx)
		}
	}
	for name, x := range map[string]struct {
		do   func(tx postgres.Tx) error
		code fault.Code
	}{
		"no day":                       {start("x", "2027-04-30", 1), fault.BadRequest},
		"ends before it begins":        {start("2026-12-23", "2026-12-01", 1), fault.BadRequest},
		"has ended":                    {start("2026-10-01", "2026-11-23", 1), fault.BadRequest},
		"longer than the vetting":      {start("2026-11-23", "2027-05-02", 1), fault.Conflict},
		"another version":              {start("2026-11-23", "2027-04-30", 2), fault.Conflict},
		"the consent was withdrawn":    {withdrawn(""), fault.Conflict},
		"and given again":              {withdrawn(`, (1, 'PAIRING', NULL)`), ""},
		"as long as the vetting holds": {start("2026-11-23", "2027-05-01", 1), ""},
	} {
		_, err := flowtest.TakenBack(t, db, func(tx postgres.Tx) (string, error) {
			plant(t, tx, pairing.Proposed)
			return "", x.do(tx)
		})
		if err != nil && fault.CodeOf(err) != x.code || err == nil && x.code != "" {
			t.Errorf("%s: %v, want %q", name, err, x.code)
		}
	}
}

// TestUnconsented: a withdrawn consent ends what runs and what was to begin, with its
// tasks and every work item, and tells the coordinator, unless it is the coordinator who
// says so.
func TestUnconsented(t *testing.T) {
	t.Parallel()
	db := setup(t)
	for _, state := range []string{pairing.Proposed, pairing.Active} {
		for staff, told := range map[int64][]string{1: {}, 2: {"CONSENT_WITHDRAWN 1"}} {
			_, err := flowtest.TakenBack(t, db, func(tx postgres.Tx) (string, error) {
				plant(t, tx, state)
				if err := pairing.Unconsented(t.Context(), tx, by(staff, "FE")); err != nil {
					return "", err
				}
				return "", say(t, tx, state, map[string][]string{
					`SELECT concat_ws(' ', state, end_reason, ended_on) FROM pairing`:              {"ENDED CONSENT_WITHDRAWN 2026-11-23"},
					`SELECT code FROM ticket WHERE closed_at IS NULL`:                              {},
					`SELECT concat_ws(' ', kind, staff_id) FROM task WHERE done_at IS NULL`:        told,
					`SELECT 'open' FROM child WHERE id = 1 AND marks & mark('pairing') <> 0`:       {},
					`SELECT 'basis' FROM deciding.pairing WHERE child_id = 1 AND ended_on IS NULL`: {},
				})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// say compares what the tables tell.
func say(t *testing.T, tx postgres.Tx, what string, told map[string][]string) error {
	t.Helper()
	for sql, want := range told {
		var got []string
		if err := tx.QueryRow(t.Context(), `SELECT coalesce(array_agg(x.line), '{}') FROM (`+sql+`) x (line)`).Scan(&got); err != nil {
			return err
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", what, sql, diff)
		}
	}
	return nil
}
