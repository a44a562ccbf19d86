package relief_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/relief"
)

// district is a child, the relief officer of its township (1), two of the county (2, 3),
// a case manager (4), the director (5) and the supervisor (6). Whatever may not be
// published carries a mark.
const district = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', '示范区', 'DISTRICT', NULL), (2, '2', '示范街道', 'TOWNSHIP', 1), (3, '3', '示范村', 'VILLAGE', 2);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'TOWNSHIP', 2), (2, 'B', 'b', 'CIVIL_AFFAIRS', 1);
INSERT INTO school (id, code, name, agency_id, division_id) VALUES (1, '9900000001', 'MARK校', 1, 2);
INSERT INTO staff (id, code, agency_id, display_name, kind, vetted_until) SELECT i, 's' || i, 1, 's' || i, 'PERSON', '2027-12-31' FROM generate_series(1, 6) i;
INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES
    (1, 'REL', 1, 2, '2026-01-01', '2027-12-31', 'x'), (2, 'REL', 2, 1, '2026-02-01', '2027-12-31', 'x'), (3, 'REL', 2, 1, '2026-01-01', '2027-12-31', 'x'),
    (4, 'CM', 2, 1, '2026-01-01', '2027-12-31', 'x'), (5, 'DIR', 1, 3, '2026-01-01', '2027-12-31', 'x'), (6, 'SUP', 1, 2, '2026-01-01', '2027-12-31', 'x');
INSERT INTO child (id, name, citizen_id, sex, birth_date, residence_village_id, residence_township_id, residence_address)
    VALUES (1, 'MARK儿', 'MARK990117', 'FEMALE', '2016-10-23', 3, 2, 'MARK址');
INSERT INTO enrolment (child_id, school_id, current, student_no, status) VALUES (1, 1, true, 'MARKG', 'ENROLLED');
INSERT INTO registration (child_id, kinds, hardship_groups, left_behind, status) VALUES (1, '{LEFT_BEHIND,HARDSHIP}', '{DE_FACTO_UNATTENDED}', true, 'REGISTERED');
INSERT INTO health (child_id, illness_evidence, care_need) VALUES (1, 'MARK病', 'MARK需');
INSERT INTO guardian (child_id, name, relation, phone) VALUES (1, '王桂英', 'PATERNAL_GRANDMOTHER', 'MARK话');`

var now = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC) // a Monday

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

// makes makes a move by its name, with facts that are in order.
func makes(t *testing.T, tx postgres.Tx, d disclosure.Decided, name string, version int) (relief.Result, error) {
	t.Helper()
	ctx := t.Context()
	plain := map[string]func() (disclosure.Changed, error){
		"applyForRelief": func() (disclosure.Changed, error) {
			return relief.Apply(ctx, tx, d, version, relief.Application{Relation: "PATERNAL_GRANDMOTHER", Account: "0000123456789"})
		},
		"payUrgently": func() (disclosure.Changed, error) { return relief.Advance(ctx, tx, d, version, 500) },
		"checkRelief": func() (disclosure.Changed, error) {
			return relief.Check(ctx, tx, d, version, relief.Finding{VisitedOn: "2026-11-20", Economy: "WITHIN"})
		},
		"publishRelief": func() (disclosure.Changed, error) { return relief.Publish(ctx, tx, d, version, 1500) },
		"proposeNoPublicity": func() (disclosure.Changed, error) {
			return relief.Hush(ctx, tx, d, version, relief.Quiet{Amount: 1500, Reason: "CHILD_PRIVACY"})
		},
		"signNoPublicity":   func() (disclosure.Changed, error) { return relief.Sign(ctx, tx, d, version) },
		"refuseNoPublicity": func() (disclosure.Changed, error) { return relief.Unsign(ctx, tx, d, version) },
		"recordObjection": func() (disclosure.Changed, error) {
			return relief.Object(ctx, tx, d, version, relief.Objection{On: "2026-11-23", Ground: "ECONOMY"})
		},
		"rejectObjection": func() (disclosure.Changed, error) { return relief.RejectObjection(ctx, tx, d, version) },
		"upholdObjection": func() (disclosure.Changed, error) { return relief.UpholdObjection(ctx, tx, d, version) },
		"decideRelief":    func() (disclosure.Changed, error) { return relief.Grant(ctx, tx, d, version, 1200) },
		"refuseRelief":    func() (disclosure.Changed, error) { return relief.Reject(ctx, tx, d, version, "NOT_ELIGIBLE") },
		"payRelief":       func() (disclosure.Changed, error) { return relief.Pay(ctx, tx, d, version) },
		"closeRelief":     func() (disclosure.Changed, error) { return relief.Close(ctx, tx, d, version) },
		"appealRelief":    func() (disclosure.Changed, error) { return relief.Contest(ctx, tx, d, version) },
		"reopenRelief":    func() (disclosure.Changed, error) { return relief.Reopen(ctx, tx, d, version) },
	}
	done, err := plain[name]()
	got, _ := done.Result.(relief.Result)
	return got, err
}

// TestMachine_everyMove makes every move in every state by everybody: it happens where
// the table says so and it is theirs, and is refused with a code everywhere else.
func TestMachine_everyMove(t *testing.T) {
	t.Parallel()
	people := map[string]disclosure.Decided{
		"handler": by(1, "REL"), "county": by(2, "REL"), "signer": by(4, "CM"), "director": by(5, "DIR"), "supervisor": by(6, "SUP"),
	}
	flowtest.EveryMove(t, relief.Machine(), setup(t), flowtest.Trial{
		People: []string{"handler", "county", "signer", "director", "supervisor"}, Made: 18, Refused: 500,
		Try: func(tx postgres.Tx, a flowtest.Attempt) (string, error) {
			plant(t, tx, a)
			got, err := makes(t, tx, people[a.Who], a.Move, 1)
			return got.State, err
		},
		Want: func(a flowtest.Attempt) string {
			return a.Leads(relief.Machine(), theirs(a) && slices.Contains(flowtest.Roles(relief.Machine(), a.Move), people[a.Who].Post.Role))
		},
	})
}

// theirs: in an appeal the county decides, else the handler.
func theirs(a flowtest.Attempt) bool {
	switch a.Move {
	case "signNoPublicity", "refuseNoPublicity":
		return a.Who == "signer"
	case "appealRelief":
		return true
	case "decideRelief", "refuseRelief", "reopenRelief":
		if a.State == relief.Appeal {
			return a.Who == "county"
		}
	}
	return a.Who == "handler"
}

// plant makes an application in a state in which nothing but the state is in the way.
func plant(t *testing.T, tx postgres.Tx, a flowtest.Attempt) {
	t.Helper()
	signer, decider, from := "NULL", "NULL", "NULL"
	if a.Move == "signNoPublicity" || a.Move == "refuseNoPublicity" {
		signer = "4"
	}
	if a.State == relief.Appeal {
		decider = "2"
	}
	if a.Move == "recordObjection" {
		from = "'2026-11-20'"
	}
	sql := `INSERT INTO relief_application (id, child_id, reason, urgent, state, amount, handler_id, signer_id, decider_id, decided_on, decided_by, publicity, notice_from, notice_until)
		VALUES (1, 1, 'EXPENDITURE', ` + strconv.FormatBool(a.Move == "payUrgently") + `, '` + a.State + `', 1500, 1, ` + signer + `, ` + decider + `, '2026-11-20', 1,
		CASE WHEN ` + from + ` IS NOT NULL THEN 'PUBLIC' END, ` + from + `, '2026-11-25')`
	if _, err := tx.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// played makes moves one after the other, each on the newest version.
func played(t *testing.T, db *pgxpool.Pool, moves ...func(tx postgres.Tx, version int) (relief.Result, error)) {
	t.Helper()
	for i, do := range moves {
		err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
			var version int
			if err := tx.QueryRow(t.Context(), `SELECT coalesce(max(version), 1) FROM relief_application`).Scan(&version); err != nil {
				return err
			}
			_, err := do(tx, version)
			return err
		})
		if err != nil {
			t.Fatalf("move %d: %v", i, err)
		}
	}
}

func found(t *testing.T, reason string) func(tx postgres.Tx, _ int) (relief.Result, error) {
	t.Helper()
	return func(tx postgres.Tx, _ int) (relief.Result, error) {
		_, err := relief.Find(t.Context(), tx, by(5, "DIR"), reason)
		return relief.Result{}, err
	}
}

func named(t *testing.T, d disclosure.Decided, name string) func(tx postgres.Tx, version int) (relief.Result, error) {
	t.Helper()
	return func(tx postgres.Tx, version int) (relief.Result, error) { return makes(t, tx, d, name, version) }
}

func text(t *testing.T, db *pgxpool.Pool, sql string) (out string) {
	t.Helper()
	if err := db.QueryRow(t.Context(), sql).Scan(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestNotice_tellsNothingOfTheChild: name, school, numbers, address, illness and category
// of the child are nowhere in the notice, whoever applies.
func TestNotice_tellsNothingOfTheChild(t *testing.T) {
	t.Parallel()
	for _, who := range []struct{ name, relation, want string }{
		{"王桂英", "PATERNAL_GRANDMOTHER", "王**"}, {"MARK儿", "PATERNAL_GRANDMOTHER", "一户居民"}, {"", "PATERNAL_GRANDMOTHER", "一户居民"}, {"王桂英", "FATHER", "一户居民"},
	} {
		db := setup(t)
		if _, err := db.Exec(t.Context(), `UPDATE guardian SET name = $1, relation = $2`, who.name, who.relation); err != nil {
			t.Fatal(err)
		}
		played(t, db, found(t, "EXPENDITURE"), named(t, by(1, "REL"), "applyForRelief"), named(t, by(1, "REL"), "checkRelief"), named(t, by(1, "REL"), "publishRelief"))
		notice := text(t, db, `SELECT notice FROM relief_application`)
		for _, never := range []string{"MARK", "儿", "孩", "童", "学", "留守", "困境", "孤", "残", "病", "无人抚养", "低保", "0000123456789", "示范村", "祖母"} {
			if strings.Contains(notice, never) {
				t.Errorf("the notice holds %q: %s", never, notice)
			}
		}
		if want := "临时救助公示：示范街道" + who.want + "因家庭支出型困难申请临时救助，经核查拟救助1500.00元。公示期2026-11-23至2026-11-26。如有异议，请在公示期内向示范街道反映。"; notice != want {
			t.Errorf("the notice reads %s, want %s", notice, want)
		}
	}
}

// TestPublish_notOfAProtectedChild: a child who is shielded, or about whom a report is
// open, has no notice, and both are answered alike.
func TestPublish_notOfAProtectedChild(t *testing.T) {
	t.Parallel()
	var said []string
	for _, sql := range []string{
		`UPDATE child SET shield = 'ADDRESS'`, `INSERT INTO mandatory_report (child_id, state, received_on) VALUES (1, 'ACCEPTED', '2026-11-20')`,
	} {
		db := setup(t)
		played(t, db, found(t, "EXPENDITURE"), named(t, by(1, "REL"), "applyForRelief"), named(t, by(1, "REL"), "checkRelief"))
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
		err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
			_, err := makes(t, tx, by(1, "REL"), "publishRelief", 3)
			return err
		})
		if fault.CodeOf(err) != fault.Conflict {
			t.Errorf("%s: %v", sql, err)
		}
		said = append(said, fault.Public(err).Sentence())
		played(t, db, named(t, by(1, "REL"), "proposeNoPublicity"), named(t, by(4, "CM"), "signNoPublicity"))
		if got := text(t, db, `SELECT concat_ws(' ', state, publicity, signed_by, signer_id, notice) FROM relief_application`); got != "PUBLICITY NO_PUBLICITY 4" {
			t.Errorf("signed: %s", got)
		}
	}
	if said[0] != said[1] {
		t.Errorf("told apart: %q", said)
	}
}

// TestUrgent_moneyFirst: what is urgent is paid ahead up to the township's limit, the
// papers have a time of their own, and nothing is checked before.
func TestUrgent_moneyFirst(t *testing.T) {
	t.Parallel()
	db := setup(t)
	urgently := func(tx postgres.Tx, version int) (relief.Result, error) {
		_, err := relief.Apply(t.Context(), tx, by(1, "REL"), version, relief.Application{Relation: "FATHER", Account: "0000123456789", Urgent: true})
		return relief.Result{}, err
	}
	played(t, db, found(t, "EMERGENCY"), urgently)
	for name, code := range map[string]fault.Code{"checkRelief": fault.Conflict} {
		err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error { _, err := makes(t, tx, by(1, "REL"), name, 2); return err })
		if fault.CodeOf(err) != code {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, amount := range []float64{0, -1, 2000.01, 100000, 1.005} {
		err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
			_, err := relief.Advance(t.Context(), tx, by(1, "REL"), 2, amount)
			return err
		})
		if fault.CodeOf(err) != fault.BadRequest {
			t.Errorf("%v yuan: %v", amount, err)
		}
	}
	if got := text(t, db, `SELECT kind || ' ' || (due_at AT TIME ZONE 'Asia/Shanghai')::timestamp FROM task WHERE done_at IS NULL`); got != "RELIEF_URGENT 2026-11-24 10:00:00" {
		t.Errorf("to do: %s", got)
	}
	played(t, db, named(t, by(1, "REL"), "payUrgently"))
	if got := text(t, db, `SELECT concat_ws(' ', state, advance_amount, advanced_on, papers_due_on) FROM relief_application`); got != "APPLIED 500.00 2026-11-23 2026-12-07" {
		t.Errorf("paid ahead: %s", got)
	}
	if got := text(t, db, `SELECT kind || ' ' || (due_at AT TIME ZONE 'Asia/Shanghai')::date FROM task WHERE done_at IS NULL`); got != "RELIEF_CHECK 2026-12-08" {
		t.Errorf("to do then: %s", got)
	}
}

// TestDecide_countyAboveTheLimit: above the township's sum somebody else decides, in the
// county; and an appeal goes to another person than who refused.
func TestDecide_countyAboveTheLimit(t *testing.T) {
	t.Parallel()
	db := setup(t)
	quiet := func(tx postgres.Tx, version int) (relief.Result, error) {
		_, err := relief.Hush(t.Context(), tx, by(1, "REL"), version, relief.Quiet{Amount: 5000, Reason: "CHILD_SAFETY"})
		return relief.Result{}, err
	}
	played(t, db, found(t, "EXPENDITURE"), named(t, by(1, "REL"), "applyForRelief"), named(t, by(1, "REL"), "checkRelief"), quiet, named(t, by(4, "CM"), "signNoPublicity"))
	if got := text(t, db, `SELECT decider_id::text FROM relief_application`); got != "2" {
		t.Fatalf("decided by %s", got)
	}
	err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error { _, err := makes(t, tx, by(1, "REL"), "decideRelief", 5); return err })
	if fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("the township decides the county's sum: %v", err)
	}
	played(t, db, named(t, by(2, "REL"), "refuseRelief"), named(t, by(5, "DIR"), "appealRelief"))
	if got := text(t, db, `SELECT concat_ws(' ', state, decider_id, decided_by) FROM relief_application`); got != "APPEAL 3 2" {
		t.Errorf("the appeal: %s", got)
	}
	if got := text(t, db, `SELECT string_agg(staff_id || ' ' || (closed_at IS NULL), ',' ORDER BY id) FROM ticket`); got != "1 false,4 false,2 false,3 true" {
		t.Errorf("work items: %s", got)
	}
	played(t, db, named(t, by(3, "REL"), "reopenRelief"))
	if got := text(t, db, `SELECT concat_ws(' ', state, decider_id, refusal) FROM relief_application`); got != "CHECKING 3" {
		t.Errorf("upheld: %s", got)
	}
}

// TestFind_once: one application of a child at a time, though two find the need at once.
func TestFind_once(t *testing.T) {
	t.Parallel()
	db := setup(t)
	errs := make(chan error, 4)
	for range 4 {
		go func() {
			errs <- postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
				_, err := relief.Find(t.Context(), tx, by(5, "DIR"), "EMERGENCY")
				return err
			})
		}()
	}
	won := 0
	for range 4 {
		if err := <-errs; err == nil {
			won++
		} else if fault.CodeOf(err) != fault.Conflict {
			t.Error(err)
		}
	}
	if got := text(t, db, `SELECT count(*) || ' ' || min(handler_id) FROM relief_application`); won != 1 || got != "1 1" {
		t.Errorf("%d found it, %s", won, got)
	}
}
