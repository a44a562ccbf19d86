package conflict

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Declaration is that somebody stands in a relation to a child; no reason is asked.
type Declaration struct {
	Kind string
	// StaffCode names a person of the head's agency; empty for oneself.
	StaffCode string
	// Child is the internal id that the handle stands for, 0 for none; JoinToken names
	// a child whom the hub may not know.
	Child     int64
	JoinToken string
}

// Result is what comes of it, whether or not there is such a child.
type Result struct{ ID int64 }

// Declare notes the conflict: from now on it is a conflict, if the hub knows the child,
// and from the day it does, if not. Faults: BadRequest, and Forbidden to speak for
// another without leading the agency.
func Declare(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Declaration) (disclosure.Changed, error) {
	token, err := hex.DecodeString(in.JoinToken)
	if err != nil || in.JoinToken != "" && len(token) != 32 || in.JoinToken == "" == (in.Child == 0) {
		return disclosure.Changed{}, fault.At("joinToken", fault.New(fault.BadRequest,
			"请给出儿童编号或关联令牌（64位十六进制）之一。", "Give either the child's id or a join token of 64 hexadecimal digits."))
	}
	staff := d.Caller.Staff.ID
	if in.StaffCode != "" && in.StaffCode != d.Caller.Staff.Code {
		if d.Post.Role != "STA" {
			return disclosure.Changed{}, fault.At("staffCode", fault.New(fault.Forbidden, "只能申报本人的利益冲突；机构负责人可为本单位人员申报。", "One declares one's own; the head of an agency may for its people."))
		}
		if staff, err = person(ctx, tx, in.StaffCode, d.Post.AgencyID, d.Now); err != nil {
			return disclosure.Changed{}, err
		}
	}
	id, err := note(ctx, tx, d, staff, in.Kind, token)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if in.Child != 0 {
		err = met(ctx, tx, id, in.Child)
	} else {
		_, err = meet(ctx, tx, id, d.Now)
	}
	if err != nil {
		return disclosure.Changed{}, err
	}
	return disclosure.Changed{Result: Result{id}, Reason: in.Kind}, nil
}

// Take holds a declaration for its end. Faults: NotFound where there is none that the
// person may know of, Conflict where it has ended.
func Take(ctx context.Context, tx postgres.Tx, d disclosure.Decided, id int64) (Notice, error) {
	n, err := takeNotice(ctx, tx, id, d.Caller.Staff.ID, d.Now)
	if err != nil {
		return n, err
	}
	if !n.Answers && n.Staff != d.Caller.Staff.ID {
		return n, gone()
	}
	state := Declared
	if n.Ended {
		state = Ended
	}
	if _, err := Machine().Next(state, "endConflict"); err != nil {
		return n, fault.At("id", err)
	}
	return n, nil
}

func gone() error {
	return fault.At("id", fault.New(fault.NotFound, "没有这项申报。", "There is no such declaration."))
}

// Meeting looks for the children of declarations whom the hub did not know.
func Meeting() jobs.Job {
	return jobs.Job{
		Name: "conflict.meet", Every: time.Hour,
		Step: func(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
			children, err := meet(ctx, tx, 0, now)
			if err != nil {
				return jobs.Done{}, fmt.Errorf("conflicts that wait: %w", err)
			}
			return jobs.Done{Children: children}, nil
		},
	}
}
