package relief_test

import (
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/relief"
)

// TestObject: within the days of the notice anybody may object, nothing is decided until
// it is answered; what holds is checked and published anew; who objected is nowhere.
func TestObject(t *testing.T) {
	t.Parallel()
	db := setup(t)
	object := func(d disclosure.Decided, on, ground string) func(tx postgres.Tx, version int) (relief.Result, error) {
		return func(tx postgres.Tx, version int) (relief.Result, error) {
			_, err := relief.Object(t.Context(), tx, d, version, relief.Objection{On: on, Ground: ground})
			return relief.Result{}, err
		}
	}
	refuses := func(what string, code fault.Code, do func(tx postgres.Tx, version int) (relief.Result, error)) {
		t.Helper()
		err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
			var version int
			if err := tx.QueryRow(t.Context(), `SELECT version FROM relief_application`).Scan(&version); err != nil {
				return err
			}
			_, err := do(tx, version)
			return err
		})
		if fault.CodeOf(err) != code {
			t.Errorf("%s: %v, want %s", what, err, code)
		}
	}
	handler, later := by(1, "REL"), by(1, "REL")
	later.Now = now.Add(10 * 24 * time.Hour)
	played(t, db, found(t, "EXPENDITURE"), named(t, handler, "applyForRelief"), named(t, handler, "checkRelief"))
	refuses("before the notice", fault.Conflict, object(handler, "2026-11-23", "FACTS"))
	played(t, db, named(t, handler, "publishRelief"))
	refuses("before its days", fault.BadRequest, object(handler, "2026-11-22", "FACTS"))
	refuses("a day to come", fault.BadRequest, object(handler, "2026-11-24", "FACTS"))
	refuses("after its days", fault.BadRequest, object(later, "2026-12-02", "FACTS"))
	refuses("by somebody else", fault.Forbidden, object(by(2, "REL"), "2026-11-23", "FACTS"))
	played(t, db, object(handler, "2026-11-23", "ECONOMY"), object(handler, "2026-11-23", "DUPLICATE"))
	refuses("nothing is decided meanwhile", fault.Conflict, named(t, later, "decideRelief"))
	if got := text(t, db, `SELECT concat_ws(' ', state, objected_on, array_to_string(objection_grounds, ',')) FROM relief_application`); got != "OBJECTED 2026-11-23 ECONOMY,DUPLICATE" {
		t.Errorf("objected: %s", got)
	}
	if got := text(t, db, `SELECT kind || ' ' || (due_at AT TIME ZONE 'Asia/Shanghai' - interval '1 second')::date FROM task WHERE done_at IS NULL`); got != "RELIEF_OBJECTION 2026-11-30" {
		t.Errorf("to do: %s", got)
	}
	played(t, db, named(t, handler, "rejectObjection"))
	refuses("not before the notice is over", fault.Conflict, named(t, handler, "decideRelief"))
	played(t, db, object(handler, "2026-11-23", "FACTS"), named(t, handler, "upholdObjection"))
	if got := text(t, db, `SELECT concat_ws(' ', state, economy, publicity, notice, objection_outcome, objection_answered_on, array_to_string(objection_grounds, ',')) FROM relief_application`); got != "APPLIED UPHELD 2026-11-23 FACTS" {
		t.Errorf("upheld: %s", got)
	}
	played(t, db, named(t, handler, "checkRelief"), named(t, handler, "proposeNoPublicity"), named(t, by(4, "CM"), "signNoPublicity"))
	refuses("without a notice nobody can object", fault.Conflict, object(handler, "2026-11-23", "FACTS"))
}
