package report_test

import (
	"testing"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/report"
	"github.com/tongxin-hub/tongxin/internal/safeguard"
)

// TestPlan_closing: a plan comes from a consultation of the child that was convened, and
// from no other; a report with an open step is not closed, and a step that is added takes
// back the first signature.
func TestPlan_closing(t *testing.T) {
	t.Parallel()
	inTx(t, setup(t), func(tx postgres.Tx) error {
		if _, err := tx.Exec(t.Context(), `INSERT INTO mandatory_report (id, child_id, state, received_on, handler_id, supervisor_id, author_id) VALUES (1, 1, 'ASSESSMENT', '2026-11-20', 1, 3, 6), (2, NULL, 'ASSESSMENT', '2026-11-20', 1, 3, 6);
			INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id) VALUES (2, 'MALE', '2015-01-01', 3, 2);
			INSERT INTO consultation (id, child_id, state) VALUES (1, 1, 'PROPOSED'), (2, 2, 'MEETING'), (3, 1, 'MEETING')`); err != nil {
			return err
		}
		desk := actor(1, "CM")
		words := report.Step{Report: 1, Version: 1, Note: "一切按程序办理，情况属实无误。"}
		plan := func(s report.Step, consultation int64) (report.Done, error) {
			return report.PlanProtection(t.Context(), tx, desk, report.Planned{Step: s, Steps: []safeguard.New{look(desk)}, Consultation: consultation})
		}
		if _, err := plan(report.Step{Report: 2, Version: 1, Note: words.Note}, 0); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("a plan for nobody known: %v", err)
		}
		for _, other := range []int64{1, 2} {
			if _, err := plan(words, other); fault.CodeOf(err) != fault.NotFound || fault.Public(err).Member != "consultation" {
				t.Errorf("from consultation %d: %v", other, err)
			}
		}
		done, err := plan(words, 3)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(t.Context(), `UPDATE mandatory_report SET state = 'FEEDBACK', unquiet_on = '2026-01-01', feedback_given_on = '2026-01-01' WHERE id = 1`); err != nil {
			return err
		}
		words.Version = done.Version
		if _, err := report.Propose(t.Context(), tx, desk, words); fault.CodeOf(err) != fault.Conflict || fault.Public(err).EN != "1 of the plan's steps are open; do or drop them first." {
			t.Errorf("closed with an open step: %v", err)
		}
		if _, err := tx.Exec(t.Context(), `UPDATE protection_step SET state = 'DONE'`); err != nil {
			return err
		}
		asked := func() (n int) {
			if err := tx.QueryRow(t.Context(), `SELECT count(*) FROM task WHERE kind = 'REPORT_CLOSE' AND staff_id = 1 AND done_at IS NULL`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if done, err = report.Follow(t.Context(), tx, desk, report.Look{Step: words, Quiet: true}); err != nil {
			return err
		}
		words.Version = done.Version
		if n := asked(); n != 1 {
			t.Errorf("long enough quiet: asked %d times to propose the closing", n)
		}
		if done, err = report.Propose(t.Context(), tx, desk, words); err != nil {
			return err
		}
		if n := asked(); n != 0 {
			t.Errorf("proposed: still asked %d times", n)
		}
		words.Version = done.Version
		if done, err = report.AddStep(t.Context(), tx, desk, words, look(desk)); err != nil {
			return err
		}
		words.Version = done.Version
		if _, err := report.Sign(t.Context(), tx, actor(3, "SUP"), words); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("signed after a step was added: %v", err)
		}
		return nil
	})
}
