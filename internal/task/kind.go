package task

import (
	"context"
	"time"

	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/policy"
)

// Kind is a kind of task: what is to be done, until when, and the ladder that it
// goes up when it is late. Kinds are declared by the areas whose work they are.
type Kind struct {
	// Code is in capitals and never changes.
	Code string
	flow.Text
	// Due is the deadline's name in the table parameter, which holds its basis.
	Due  string
	Unit flow.Unit
	// Ladder says who hears of a late task, rung by rung.
	Ladder []Rung
	// Admit opens the work item under which whoever the task goes up to reads what it
	// is about; nil where the own post is enough. Who only stands in for that role gets none.
	Admit Admission
}

// headAfter names the time from the end of the deadline after which whoever leads the
// agency hears that one of its people is late, whatever the kind.
const headAfter = "task_head_days"

// Late tells whoever leads an agency that one of its people is late, and neither with
// what nor about whom. It ends with a word that it was read.
func Late() Kind {
	return Kind{
		Code: "LATE_WORK", Text: flow.Text{ZH: "本机构人员有任务逾期，请督办", EN: "somebody of the agency is late: see to it"},
		Due: "task_head_answer_days", Unit: flow.WorkingDays,
	}
}

// Admission opens a work item for somebody and returns its id, 0 for none.
type Admission func(ctx context.Context, tx postgres.Tx, to Up) (int64, error)

// Up is a late task that goes up: the child and record that it is about, and to whom.
type Up struct {
	Child, SubjectID, Staff int64
	Now                     time.Time
}

// Rung is a step of a ladder.
type Rung struct {
	// After is the name of the time from the end of the deadline, in the table
	// parameter; Unit says what it counts, days if empty.
	After string
	Unit  flow.Unit
	// Role is who gets a task of the same kind, in the reach of the child; empty to
	// remind the person who is late.
	Role policy.Role
	// Named finds whom the record itself names for it, 0 for nobody; nil where only the
	// role decides.
	Named func(ctx context.Context, tx postgres.Tx, subjectID int64) (staff int64, err error)
}
