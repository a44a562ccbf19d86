package visiting

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/concern"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/policy"
)

// register is the subject of the task to decide on a risk: one for a child, however
// many visits suggest it.
const register = "registration"

// AskRisk asks the case manager for a decision, and opens the register for it.
func AskRisk(ctx context.Context, tx postgres.Tx, child int64, now time.Time) error {
	holder, err := task.Holder(ctx, tx, policy.CM, child, now)
	if err != nil || holder.Staff == 0 {
		return err
	}
	n := task.New{Kind: ToConfirmRisk(), Child: child, Subject: register, SubjectID: child, Staff: holder.Staff, For: holder.For, From: now}
	if holder.Role == policy.CM {
		if n.Ticket, err = concern.ForManager(ctx, tx, concern.Opening{Staff: holder.Staff, Child: child, Now: now}); err != nil {
			return err
		}
	}
	return task.Open(ctx, tx, n)
}

// RiskDecision is what a named person decides.
type RiskDecision struct {
	Version int    `json:"version"`
	Level   string `json:"level"`
}

// ConfirmRisk sets the risk of a child: a named person decides, visits only suggest
// (个保法 24). Faults: Conflict, NotFound.
func ConfirmRisk(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in RiskDecision) (disclosure.Changed, error) {
	stands, err := registered(ctx, tx, d.ChildID)
	if err != nil {
		return disclosure.Changed{}, fmt.Errorf("registered: %w", err)
	}
	if err := flow.AsRead(in.Version, stands); err != nil {
		return disclosure.Changed{}, err
	}
	if err := setRisk(ctx, tx, d.ChildID, in.Level, d.Caller.Staff.Code); err != nil {
		return disclosure.Changed{}, fmt.Errorf("set risk: %w", err)
	}
	if err := closeRiskTickets(ctx, tx, d.ChildID, d.Now); err != nil {
		return disclosure.Changed{}, fmt.Errorf("close tickets: %w", err)
	}
	if err := task.Finish(ctx, tx, task.Subject{Table: register, ID: d.ChildID}, d.Caller.Staff.ID, d.Now, ToConfirmRisk()); err != nil {
		return disclosure.Changed{}, err
	}
	return disclosure.Changed{Reason: "RISK_CONFIRMED", Result: Result{Version: stands + 1}}, nil
}
