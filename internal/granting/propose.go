package granting

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/tongxin-hub/tongxin/internal/access"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// kind is what a proposal is of.
type kind string

// The kinds of proposals, each with what carries it out: see effects.
const (
	givePost       kind = "GIVE_POST"
	widenPost      kind = "WIDEN_POST"
	renewPost      kind = "RENEW_POST"
	vetStaff       kind = "VET_STAFF"
	resumeStaff    kind = "RESUME_STAFF"
	giveContract   kind = "GIVE_CONTRACT"
	extendContract kind = "EXTEND_CONTRACT"
	giveClient     kind = "GIVE_CLIENT"
	rotateClient   kind = "ROTATE_CLIENT"
	resumeClient   kind = "RESUME_CLIENT"
	changeSetting  kind = "CHANGE_SETTING"
	changeCalendar kind = "CHANGE_CALENDAR"
	endConflict    kind = "END_CONFLICT"
)

// draft is a proposal before it is made.
type draft struct {
	kind kind
	// subject names it in codes; about is the row it changes, gains the person it
	// opens something for, 0 for none.
	subject       string
	about, gains  int64
	before, after string
	reason        string
	// facts are what its approval carries out.
	facts any
}

// propose records the draft and asks everybody who may decide. Faults: BadRequest
// without a reason, Forbidden for oneself, Conflict where the same is proposed already.
func (p draft) propose(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
	reason, err := access.Reason(p.reason)
	if err != nil {
		return disclosure.Changed{}, err
	}
	p.reason = reason
	if p.gains == d.Caller.Staff.ID {
		return disclosure.Changed{}, fault.New(fault.Forbidden, "不能为自己申请权限，须由他人提出。", "Nobody proposes a right for themselves; another person must.")
	}
	facts, err := json.Marshal(p.facts)
	if err != nil {
		return disclosure.Changed{}, fmt.Errorf("propose %s: %w", p.kind, err)
	}
	id, err := insert(ctx, tx, d, p, facts)
	if err != nil {
		return disclosure.Changed{}, err
	}
	people, err := deciders(ctx, tx, d, p.gains)
	if err != nil {
		return disclosure.Changed{}, err
	}
	for _, staff := range people {
		if err := task.Open(ctx, tx, task.New{Kind: toDecide(), Subject: table, SubjectID: id, Staff: staff, From: d.Now}); err != nil {
			return disclosure.Changed{}, err
		}
	}
	n := access.Noted{Subject: string(p.kind) + " " + p.subject, Before: p.before, After: p.after, Reason: reason}
	return disclosure.Changed{Result: access.Result{Type: "AccessProposal", ID: id, State: Proposed, Version: 1}, Reason: access.Because(n)}, nil
}

// table is what tasks to decide are about.
const table = "access_proposal"
