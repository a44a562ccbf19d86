package granting

import (
	"context"
	"slices"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/access"
	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Contract is a contract of entrusted processing that is proposed.
type Contract struct {
	AgencyCode, Number, Project            string
	ValidFrom, ValidTo, SecurityAssessedOn string
	Purposes                               []string
	Reason                                 string
}

// ProposeContract proposes a contract.
func ProposeContract(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Contract) (disclosure.Changed, error) {
	in.Number = strings.TrimSpace(in.Number)
	switch {
	case in.Number == "" || len(in.Number) > 60:
		return disclosure.Changed{}, fault.At("number", fault.New(fault.BadRequest, "请填写合同编号。", "Give the number of the contract."))
	case in.ValidTo < in.ValidFrom:
		return disclosure.Changed{}, fault.At("validTo", fault.New(fault.BadRequest, "合同止不早于合同起。", "The end is not before the beginning."))
	case in.ValidTo < chinatime.Day(d.Now):
		return disclosure.Changed{}, fault.At("validTo", fault.New(fault.BadRequest, "合同已过期。", "That contract is over already."))
	}
	if err := entrusted(in.Purposes); err != nil {
		return disclosure.Changed{}, err
	}
	if err := contractor(ctx, tx, in.AgencyCode, in.Number); err != nil {
		return disclosure.Changed{}, err
	}
	return draft{
		kind: giveContract, subject: in.AgencyCode + " " + in.Number, after: access.Terms(in.ValidFrom, in.ValidTo, in.Purposes), reason: in.Reason, facts: in,
	}.propose(ctx, tx, d)
}

// entrusted are the purposes that a contract may open.
func entrusted(purposes []string) error {
	if len(purposes) == 0 || slices.ContainsFunc(purposes, func(p string) bool {
		return slices.Contains([]string{"ACCESS_ADMIN", "ACCESS_AUDIT", "POLICY_REVIEW", "RIGHTS_REQUEST", "STATISTICS"}, p)
	}) {
		return fault.At("purposes", fault.New(fault.BadRequest,
			"请选择约定用途；权限管理、审计、权利请求和统计不能委托。", "Name the purposes; administration, audit, requests and statistics are not entrusted."))
	}
	return nil
}

func contract(ctx context.Context, tx postgres.Tx, _ disclosure.Decided, p proposal) error {
	c, err := facts[Contract](p)
	if err != nil {
		return err
	}
	return insertContract(ctx, tx, c)
}

// Extension is a later end, or other purposes.
type Extension struct {
	ValidTo  string
	Purposes []string
	Reason   string
}

// terms are what the approval of an extension carries out.
type terms struct {
	ValidTo  string
	Purposes []string
	Version  int
}

// ExtendContract proposes a later end or other purposes.
func ExtendContract(ctx context.Context, tx postgres.Tx, d disclosure.Decided, a access.Aim, in Extension) (disclosure.Changed, error) {
	c, err := access.TakeContract(ctx, tx, d, "extendContract", a)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if in.ValidTo < chinatime.Day(d.Now) {
		return disclosure.Changed{}, fault.At("validTo", fault.New(fault.BadRequest, "新的截止日期不早于今日。", "The new end is not before today."))
	}
	if err := entrusted(in.Purposes); err != nil {
		return disclosure.Changed{}, err
	}
	return draft{
		kind: extendContract, subject: c.Number, about: c.ID, before: c.Terms(), after: access.Terms(c.From, in.ValidTo, in.Purposes), reason: in.Reason,
		facts: terms{in.ValidTo, in.Purposes, c.Version},
	}.propose(ctx, tx, d)
}

func extend(ctx context.Context, tx postgres.Tx, d disclosure.Decided, p proposal) error {
	to, err := facts[terms](p)
	if err != nil {
		return err
	}
	if _, err := access.TakeContract(ctx, tx, d, "extendContract", access.Aim{ID: p.about, Version: to.Version}); err != nil {
		return overtaken()
	}
	return setTerms(ctx, tx, p.about, to)
}
