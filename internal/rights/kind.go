package rights

import (
	"context"

	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// Desk declares a task of the rights desk: late, the officer is reminded.
func Desk(code, zh, en string) task.Kind {
	return task.Kind{
		Code: code, Text: flow.Text{ZH: zh, EN: en}, Due: "inquiry_target_days", Unit: flow.WorkingDays,
		Ladder: []task.Rung{{After: "inquiry_remind_days"}},
	}
}

func toAnswer() task.Kind {
	return Desk("RIGHTS_INQUIRY", "答复“谁看过我孩子的档案”", "answer who looked at a child's file")
}

func toCorrect() task.Kind {
	return Desk("RIGHTS_CORRECTION", "答复监护人、儿童的更正或删除申请", "answer a request to correct or erase")
}

// Kinds are the tasks of the desk: each until it is answered in writing.
func Kinds() []task.Kind { return []task.Kind{toAnswer(), toCorrect()} }

// tables are where what each kind is about stands.
const (
	inquiries   = "access_inquiry"
	corrections = "guardian_correction"
)

// asks gives the officer the task. It names no child: the desk reaches none.
func (n New) asks(ctx context.Context, tx postgres.Tx, k task.Kind, table string, id int64) error {
	return task.Open(ctx, tx, task.New{Kind: k, Subject: table, SubjectID: id, Staff: n.StaffID, From: n.On})
}

// answered ends it.
func (c Case) answered(ctx context.Context, tx postgres.Tx, table string, id int64) error {
	return task.Finish(ctx, tx, task.Subject{Table: table, ID: id}, c.StaffID, c.Now, Kinds()...)
}
