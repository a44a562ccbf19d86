package report_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/report"
	"github.com/tongxin-hub/tongxin/internal/safeguard"
	"github.com/tongxin-hub/tongxin/policy"
)

// district is a child, two case managers (1, 2), its supervisor (3), a rights officer
// (4), a protection officer (5), and a teacher who reports (6).
const district = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', 'd', 'DISTRICT', NULL), (2, '2', 't', 'TOWNSHIP', 1), (3, '3', 'v', 'VILLAGE', 2);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'CIVIL_AFFAIRS', 1);
INSERT INTO staff (id, code, agency_id, display_name, kind, vetted_until) SELECT i, 's' || i, 1, 's' || i, 'PERSON', '2027-01-01' FROM generate_series(1, 6) i;
INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES
    (1, 'CM', 1, 1, '2026-02-01', '2027-01-01', 'x'), (2, 'CM', 1, 1, '2026-01-01', '2027-01-01', 'x'), (3, 'SUP', 1, 2, '2026-01-01', '2027-01-01', 'x'),
    (4, 'RP', 1, 1, '2026-01-01', '2027-01-01', 'x'), (5, 'DPO', 1, 1, '2026-01-01', '2027-01-01', 'x'), (6, 'HT', 1, 1, '2026-01-01', '2027-01-01', 'x');
INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id) VALUES (1, 'MALE', '2015-01-01', 3, 2);`

var now = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

func actor(staff int64, role string) report.Actor {
	return report.Actor{Staff: staff, Agency: 1, Role: role, Now: now, Today: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
}

func setup(t *testing.T) *pgxpool.Pool {
	t.Helper()
	_, db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), district); err != nil {
		t.Fatal(err)
	}
	return db
}

// move makes a move by its name, with facts that are in order.
func move(ctx context.Context, tx postgres.Tx, a report.Actor, name string, s report.Step) (report.Done, error) {
	s.Note = "一切按程序办理，情况属实无误。"
	switch name {
	case "acceptReport":
		return report.Accept(ctx, tx, a, report.Acceptance{Step: s, Suspected: true})
	case "notifyPolice":
		return report.NotifyPolice(ctx, tx, a, report.Notice{Step: s, Number: "演示警情-1", Unit: "派出所"})
	case "checkSafety":
		return report.CheckSafety(ctx, tx, a, report.Check{Step: s, Seen: true})
	case "assessReport":
		return report.Assess(ctx, tx, a, report.Findings{Step: s, Safety: "CONCERN", Guardianship: "SERIOUS", Body: "SAFE", Mind: "UNCLEAR"})
	case "planProtection":
		return report.PlanProtection(ctx, tx, a, report.Planned{Step: s, Steps: []safeguard.New{look(a)}})
	case "addProtectionStep":
		return report.AddStep(ctx, tx, a, s, look(a))
	case "followUpReport":
		return report.Follow(ctx, tx, a, report.Look{Step: s, Quiet: true})
	case "giveFeedback":
		return report.Tell(ctx, tx, a, report.Told{Step: s, Outcome: "PROTECTED", Feedback: "孩子现在安全，感谢您的报告。"})
	case "proposeClosing":
		return report.Propose(ctx, tx, a, s)
	case "signClosing":
		return report.Sign(ctx, tx, a, s)
	case "closeUnfounded":
		return report.CloseUnfounded(ctx, tx, a, s)
	case "linkReport":
		return report.Link(ctx, tx, a, s, report.New{Child: 1})
	case "supplementReport":
		return report.Supplement(ctx, tx, a, report.Addition{Report: s.Report, Narrative: s.Note})
	}
	panic(name)
}

// look is a step that the supervisor owns.
func look(a report.Actor) safeguard.New {
	return safeguard.New{Kind: "HOME_SAFETY", Words: "每周上门看望一次", Owner: "s3", Due: a.Today.AddDate(0, 0, 20)}
}

// TestFlow_everyMove makes every move in every state by every kind of person: it
// happens where the table says so, and is refused with a code everywhere else.
func TestFlow_everyMove(t *testing.T) {
	t.Parallel()
	db := setup(t)
	m := report.Flow()
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	people := map[string]report.Actor{
		"handler": actor(1, "CM"), "signer": actor(2, "CM"), "supervisor": actor(3, "SUP"), "rights officer": actor(4, "RP"), "reporter": actor(6, "HT"),
	}
	made, refused := 0, 0
	for _, state := range m.States {
		for _, name := range names() {
			for who, a := range people {
				to, err := try(t, db, state.Code, a, name)
				want := expected(state.Code, who, a, name)
				switch code := fault.CodeOf(err); {
				case err == nil && want == to:
					made++
				case err != nil && want == string(code):
					refused++
				default:
					t.Errorf("%s in %s by the %s: %q, %v, want %s", name, state.Code, who, to, err, want)
				}
			}
		}
	}
	if made < 25 || refused < 400 {
		t.Errorf("only %d moves were made and %d refused", made, refused)
	}
}

func names() []string {
	var out []string
	for _, m := range report.Flow().Moves {
		if !slices.Contains(out, m.Name) {
			out = append(out, m.Name)
		}
	}
	return out
}

// expected is the state that a move leads to, or the code it is refused with.
func expected(state, who string, a report.Actor, name string) string {
	if name == "supplementReport" {
		if who != "reporter" {
			return "NOT_FOUND"
		}
	} else if who == "rights officer" || who == "reporter" || who == "signer" && state != report.Feedback {
		return "NOT_FOUND" // not theirs to work on
	}
	for _, m := range report.Flow().Moves {
		if m.Name != name || !slices.Contains(m.From, state) {
			continue
		}
		switch {
		case !slices.Contains(m.Roles, a.Role):
			return "FORBIDDEN"
		case name == "linkReport": // the child is known
			return "CONFLICT"
		case name == "signClosing" && who == "handler":
			return "FORBIDDEN" // signed first
		}
		return m.To
	}
	if !may(a.Role, name) {
		return "FORBIDDEN"
	}
	return "CONFLICT"
}

func may(role, name string) bool {
	for _, m := range report.Flow().Moves {
		if m.Name == name && slices.Contains(m.Roles, role) {
			return true
		}
	}
	return false
}

// try makes a move on a report in a state, and takes everything back.
func try(t *testing.T, db *pgxpool.Pool, state string, a report.Actor, name string) (string, error) {
	t.Helper()
	tx, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context()) //nolint:errcheck // taken back
	child := "1"
	if state == report.Unfounded {
		child = "NULL"
	}
	for _, sql := range []string{
		`INSERT INTO mandatory_report (id, child_id, state, received_on, planned_on, unquiet_on, handler_id, sealed_handler_id, supervisor_id, author_id, closing_by)
			VALUES (1, ` + child + `, '` + state + `', '2026-01-05', '2026-01-15', '2026-01-15', 1, 1, 3, 6, 1)`,
		`INSERT INTO task (kind, subject, subject_id, staff_id, agency_id, opened_at, due_at, basis)
			SELECT 'REPORT_SIGN', 'mandatory_report', 1, 2, 1, now(), now(), 'x' WHERE '` + state + `' = 'FEEDBACK'`,
	} {
		if _, err := tx.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	done, err := move(t.Context(), tx, a, name, report.Step{Report: 1, Version: 1})
	return done.State, err
}

// TestFlow_policyAgrees holds the roles of the table against the policy's mutations.
func TestFlow_policyAgrees(t *testing.T) {
	t.Parallel()
	p, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range policy.Roles() {
		view, err := p.View(role.Code, policy.MandatoryReport)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names() {
			if open := view.Cell("Mutation."+name).Form(policy.Caller.Bit()) == policy.Full; open != may(string(role.Code), name) {
				t.Errorf("%s %s: policy %v, table %v", role.Code, name, open, !open)
			}
		}
		if view.Cell("Mutation.submitReport").Form(policy.Caller.Bit()) != policy.Full {
			t.Errorf("%s may not report", role.Code)
		}
	}
}

// TestVersion_twoAtOnce: of two who read the same version, one moves the report.
func TestVersion_twoAtOnce(t *testing.T) {
	t.Parallel()
	db := setup(t)
	var id int64
	inTx(t, db, func(tx postgres.Tx) error {
		sent, err := report.Submit(t.Context(), tx, actor(6, "HT"), report.New{Child: 1, Category: "OTHER", Channel: "SCHOOL", FoundOn: actor(6, "HT").Today, Narrative: "孩子连续几天没有吃早饭。"})
		id = sent.ID
		return err
	})
	results := make(chan error, 2)
	for range 2 {
		go func() {
			results <- postgres.InTx(context.Background(), db, func(tx postgres.Tx) error {
				_, err := report.Accept(context.Background(), tx, actor(1, "CM"), report.Acceptance{Step: report.Step{Report: id, Version: 1}})
				return err
			})
		}()
	}
	first, second := <-results, <-results
	if first != nil {
		first, second = second, first
	}
	if first != nil || fault.CodeOf(second) != fault.Conflict {
		t.Errorf("got %v and %v", first, second)
	}
}

// TestDesk_conflict: nobody in a declared conflict of interest gets the report, as
// handler, as supervisor or as second handler; a supplement that was written is none.
func TestDesk_conflict(t *testing.T) {
	t.Parallel()
	db := setup(t)
	if _, err := db.Exec(t.Context(), `INSERT INTO conflict_declaration (staff_id, child_id, kind, declared_on) VALUES (1, 1, 'KIN', '2026-01-01'), (3, 1, 'KIN', '2026-01-01'), (4, 1, 'KIN', '2026-01-01')`); err != nil {
		t.Fatal(err)
	}
	inTx(t, db, func(tx postgres.Tx) error {
		sent, err := report.Submit(t.Context(), tx, actor(6, "HT"), report.New{Child: 1, Category: "OTHER", Channel: "SCHOOL", FoundOn: actor(6, "HT").Today})
		if err != nil {
			return err
		}
		if sent.SupplementBy == nil || !sent.SupplementBy.Equal(now.Add(24*time.Hour)) {
			t.Errorf("the supplement is due %v", sent.SupplementBy)
		}
		s := report.Step{Report: sent.ID, Version: 1}
		if _, err := report.Accept(t.Context(), tx, actor(1, "CM"), report.Acceptance{Step: s}); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("somebody in conflict: %v", err)
		}
		if _, err := report.Accept(t.Context(), tx, actor(2, "CM"), report.Acceptance{Step: s, Suspected: true}); fault.CodeOf(err) != fault.BadRequest {
			t.Errorf("a second handler in conflict: %v", err)
		}
		if _, err := report.Accept(t.Context(), tx, actor(2, "CM"), report.Acceptance{Step: s}); err != nil {
			return err
		}
		var supervisor *int64
		if err := tx.QueryRow(t.Context(), `SELECT supervisor_id FROM mandatory_report WHERE id = $1`, sent.ID).Scan(&supervisor); err != nil || supervisor != nil {
			t.Errorf("supervisor %v, %v", supervisor, err)
		}
		return nil
	})
}

// TestSign_hidden: a report on a child that is hidden altogether is closed by its two
// named handlers, whatever posts they hold; nobody else hears of it, and without a second
// one nobody waits in vain.
func TestSign_hidden(t *testing.T) {
	t.Parallel()
	db := setup(t)
	for second, role := range map[int64]string{4: "RP", 2: "CM"} {
		tx, err := db.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(t.Context(), `INSERT INTO mandatory_report (id, child_id, state, received_on, unquiet_on, handler_id, sealed_handler_id, second_handler_id, author_id, shield)
			VALUES (1, 1, 'FEEDBACK', '2026-01-05', '2026-01-15', 1, 1, $1, 6, 'FULL')`, second); err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(t.Context(), `WITH c AS (UPDATE child SET shield = 'FULL') INSERT INTO shield_handler (child_id, staff_id, named_on, report_id) SELECT 1, x, date '2026-01-05', 1 FROM unnest(ARRAY[1, $1::bigint]) x`, second); err != nil {
			t.Fatal(err)
		}
		words := report.Step{Report: 1, Version: 1, Note: "三个月无新风险，提请办结。"}
		if _, err := report.Propose(t.Context(), tx, actor(1, "CM"), words); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("proposed before it was decided whether the shield stays: %v", err)
		}
		if _, err := tx.Exec(t.Context(), `UPDATE measure SET kept_on = '2026-01-20'`); err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(t.Context(), `SAVEPOINT gone; UPDATE staff SET active = false WHERE id IN (2, 4)`); err != nil {
			t.Fatal(err)
		}
		if _, err := report.Propose(t.Context(), tx, actor(1, "CM"), words); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("proposed with nobody to sign: %v", err)
		}
		if _, err := tx.Exec(t.Context(), `ROLLBACK TO gone`); err != nil {
			t.Fatal(err)
		}
		proposed, err := report.Propose(t.Context(), tx, actor(1, "CM"), words)
		if err != nil {
			t.Fatal(err)
		}
		var asked string
		if err := tx.QueryRow(t.Context(), `SELECT string_agg(t.kind || ' ' || t.staff_id || ' ' || k.purpose, ', ') FROM task t JOIN ticket k ON k.id = t.ticket_id AND k.closed_at IS NULL`).Scan(&asked); err != nil || asked != fmt.Sprintf("REPORT_SIGN %d MANDATORY_REPORT", second) {
			t.Errorf("asked to sign: %s, %v", asked, err)
		}
		words.Version = proposed.Version
		if _, err := report.Sign(t.Context(), tx, actor(3, "SUP"), words); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("the supervisor signs: %v", err)
		}
		if done, err := report.Sign(t.Context(), tx, actor(second, role), words); err != nil || done.State != report.Closed {
			t.Errorf("the second handler, %s, signs: %+v, %v", role, done, err)
		}
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestUnfounded_measuresStay: what was done to protect the child is not undone.
func TestUnfounded_measuresStay(t *testing.T) {
	t.Parallel()
	db := setup(t)
	inTx(t, db, func(tx postgres.Tx) error {
		if _, err := tx.Exec(t.Context(), `INSERT INTO mandatory_report (id, child_id, state, received_on, handler_id, author_id)
			VALUES (1, 1, 'POLICE_NOTIFIED', '2026-11-20', 1, 6)`); err != nil {
			return err
		}
		done, err := report.CheckSafety(t.Context(), tx, actor(1, "CM"), report.Check{
			Step: report.Step{Report: 1, Version: 1, Note: "孩子需要立即离开，已安置。"}, Seen: true, Ground: "HARMED", Kind: "KIN", Location: "外婆家（演示）",
		})
		if err != nil {
			return err
		}
		if _, err := report.CloseUnfounded(t.Context(), tx, actor(1, "CM"), report.Step{Report: 1, Version: done.Version, Note: "没有发现伤害，查无实据。"}); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("closed as unfounded after a placement: %v", err)
		}
		return nil
	})
}

func inTx(t *testing.T, db *pgxpool.Pool, do func(tx postgres.Tx) error) {
	t.Helper()
	if err := postgres.InTx(t.Context(), db, do); err != nil {
		t.Fatal(err)
	}
}
