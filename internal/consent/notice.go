package consent

import (
	"context"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// ToStop tells whoever worked on a consent that it was taken back; it ends with their own
// answer.
func ToStop() task.Kind {
	return task.Kind{
		Code: "CONSENT_WITHDRAWN", Text: flow.Text{ZH: "监护人已撤回同意，请停止服务", EN: "the guardian withdrew the consent: stop"},
		Due: "consent_stop_days", Unit: flow.WorkingDays, Ladder: []task.Rung{{After: "consent_remind_days"}},
	}
}

// Kinds are the tasks of this area, and Notices those that end with an answer.
func Kinds() []task.Kind { return []task.Kind{ToStop()} }

// Stop tells people about a record of the child, but the caller, who knows; 0 is nobody.
func Stop(ctx context.Context, tx postgres.Tx, d disclosure.Decided, about task.Subject, people ...int64) error {
	for _, who := range people {
		if who == 0 || who == d.Caller.Staff.ID {
			continue
		}
		n := task.New{Kind: ToStop(), Child: d.ChildID, Subject: about.Table, SubjectID: about.ID, Staff: who, From: d.Now}
		if err := task.Open(ctx, tx, n); err != nil {
			return err
		}
	}
	return nil
}
