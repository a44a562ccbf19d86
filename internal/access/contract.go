package access

import (
	"context"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// Contract is a contract with what its moves need.
type Contract struct {
	ID                         int64
	Number, From, To, Returned string
	Purposes                   []string
	Version                    int
	Over                       bool
}

// Terms say in words what the contract opens.
func (c Contract) Terms() string { return Terms(c.From, c.To, c.Purposes) }

// state is where the contract stands.
func (c Contract) state() string {
	switch {
	case c.Returned != "":
		return Returned
	case c.Over:
		return Over
	}
	return Running
}

// TakeContract holds a contract for a move. Faults: NotFound, Conflict.
func TakeContract(ctx context.Context, tx postgres.Tx, d disclosure.Decided, move string, a Aim) (Contract, error) {
	c, err := takeContract(ctx, tx, a.ID, chinatime.Day(d.Now))
	if err != nil {
		return c, err
	}
	if _, err := Contracts().Next(c.state(), move); err != nil {
		return c, fault.At("id", err)
	}
	return c, flow.AsRead(a.Version, c.Version)
}

// EndContract ends a contract before its day: its posts open nothing any more.
func EndContract(ctx context.Context, tx postgres.Tx, d disclosure.Decided, a Aim) (disclosure.Changed, error) {
	reason, err := Reason(a.Reason)
	if err != nil {
		return disclosure.Changed{}, err
	}
	c, err := TakeContract(ctx, tx, d, "endContract", a)
	if err != nil {
		return disclosure.Changed{}, err
	}
	last := d.Now.AddDate(0, 0, -1)
	if chinatime.Day(last) < c.From {
		return disclosure.Changed{}, fault.At("id", fault.New(fault.Conflict,
			"合同今日或以后才开始，尚未开放任何内容；请停用其人员或结束其岗位。", "The contract begins today or later and has opened nothing yet; suspend its people or end their posts."))
	}
	version, err := endContract(ctx, tx, c.ID, chinatime.Day(last))
	if err != nil {
		return disclosure.Changed{}, err
	}
	n := Noted{What: "endContract", Subject: c.Number, Before: c.Terms(), After: Terms(c.From, chinatime.Day(last), c.Purposes), Reason: reason}
	return done(ctx, tx, d, n, Result{"ServiceContract", c.ID, Over, version})
}

// Proof says when the data were returned or deleted.
type Proof struct{ ReturnedOn, Reason string }

// ConfirmReturn notes that the contractor returned or deleted the data.
func ConfirmReturn(ctx context.Context, tx postgres.Tx, d disclosure.Decided, a Aim, in Proof) (disclosure.Changed, error) {
	reason, err := Reason(in.Reason)
	if err != nil {
		return disclosure.Changed{}, err
	}
	c, err := TakeContract(ctx, tx, d, "confirmReturn", a)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if in.ReturnedOn > chinatime.Day(d.Now) || in.ReturnedOn < c.From {
		return disclosure.Changed{}, fault.At("returnedOn", fault.New(fault.BadRequest,
			"返还或删除日期须在合同开始之后、不晚于今日。", "The day of return lies after the start of the contract and not in the future."))
	}
	version, err := setReturned(ctx, tx, c.ID, in.ReturnedOn)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if err := task.Finish(ctx, tx, task.Subject{Table: "contract", ID: c.ID}, d.Caller.Staff.ID, d.Now); err != nil {
		return disclosure.Changed{}, err
	}
	n := Noted{What: "confirmReturn", Subject: c.Number, Before: c.Terms(), After: "数据已返还或删除 returned or deleted " + in.ReturnedOn, Reason: reason}
	return done(ctx, tx, d, n, Result{"ServiceContract", c.ID, Returned, version})
}

// Terms say in words what days and purposes a contract has.
func Terms(from, to string, purposes []string) string {
	return from + "–" + to + " " + strings.Join(purposes, " ")
}
