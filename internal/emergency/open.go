package emergency

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// New is an emergency that somebody declares.
type New struct {
	Staff, Agency int64
	// Child is the internal id of a child in reach, 0 for none; Kind and Token name
	// one by a number of the agency.
	Child  int64
	Kind   string
	Token  []byte
	Reason string
	Now    time.Time
}

// Opened is what came of it.
type Opened struct {
	ID, Child int64
	Ticket    string
	Expires   time.Time
}

// life is how long break-glass opens a child (domain rule and table agree).
const life = 24 * time.Hour

// Notice is the task of those who are told.
func Notice() task.Kind {
	return task.Kind{
		Code: "EMERGENCY_OPENED", Text: flow.Text{ZH: "有人启动了紧急救护", EN: "break-glass was opened"},
		Due: "emergency_notice_days", Unit: flow.WorkingDays,
	}
}

// Open opens one child for a day, with the ticket of the purpose, and tells the
// protection officer, the head of the agency and the source agencies. Faults: NotFound,
// alike for a child that is not there and one that stays hidden even then; Conflict
// while one of the same person for the same child lives; Forbidden for a system.
func Open(ctx context.Context, tx postgres.Tx, n New) (Opened, error) {
	person, err := lockPerson(ctx, tx, n.Staff)
	if err != nil {
		return Opened{}, fmt.Errorf("open emergency: %w", err)
	}
	if !person {
		return Opened{}, fault.New(fault.Forbidden,
			"紧急救护只能由具名的工作人员启动。", "Break-glass is for named persons, not for systems.")
	}
	child, err := find(ctx, tx, n)
	if err != nil {
		return Opened{}, fmt.Errorf("open emergency: %w", err)
	}
	if child == 0 {
		return Opened{}, fault.At("child", fault.New(fault.NotFound, "没有这个编号，或不在您的范围内。", "There is no such id in your reach."))
	}
	lives, err := alive(ctx, tx, n.Staff, child, n.Now)
	if err != nil {
		return Opened{}, fmt.Errorf("open emergency: %w", err)
	}
	if lives {
		return Opened{}, fault.At("child", fault.New(fault.Conflict,
			"您对这个孩子的紧急救护仍在有效期内，直接查询即可。", "Your break-glass for this child is still in force; just ask."))
	}
	out := Opened{Child: child, Expires: n.Now.Add(life)}
	if out.ID, out.Ticket, err = insert(ctx, tx, n, out); err != nil {
		return Opened{}, fmt.Errorf("open emergency: %w", err)
	}
	return out, tell(ctx, tx, n, out)
}

// tell gives the notice to everybody who has to know, once each.
func tell(ctx context.Context, tx postgres.Tx, n New, o Opened) error {
	told, err := whoMustKnow(ctx, tx, n)
	if err != nil {
		return fmt.Errorf("tell of emergency: %w", err)
	}
	for _, staff := range told {
		err := task.Open(ctx, tx, task.New{
			Kind: Notice(), Child: o.Child, Subject: "emergency_access", SubjectID: o.ID, Staff: staff, From: n.Now,
		})
		if err != nil {
			return err
		}
	}
	return nil
}
