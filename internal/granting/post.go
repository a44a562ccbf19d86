package granting

import (
	"context"
	"strings"
	"time"

	"github.com/tongxin-hub/tongxin/internal/access"
	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/policy"
)

// Post is a post that is proposed for somebody who is in the register.
type Post struct {
	StaffCode, Role, Title                               string
	DivisionCode, SchoolCode, ClinicCode, ContractNumber string
	ValidFrom, ValidTo, AuthorisedUntil                  string
	Reason                                               string
}

// appointment is what the approval of a post carries out.
type appointment struct {
	Post
	Staff, Agency, Division, School, Clinic, Contract int64
}

// ProposePost proposes a post.
func ProposePost(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Post) (disclosure.Changed, error) {
	if err := in.check(chinatime.Day(d.Now)); err != nil {
		return disclosure.Changed{}, err
	}
	a, err := locate(ctx, tx, in)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if err := a.placed(); err != nil {
		return disclosure.Changed{}, err
	}
	if in.DivisionCode != "" {
		div, err := access.FindDivision(ctx, tx, in.DivisionCode)
		if err != nil {
			return disclosure.Changed{}, err
		}
		if err := access.Fits(in.Role, div.Level); err != nil {
			return disclosure.Changed{}, err
		}
	}
	return draft{
		kind: givePost, subject: in.StaffCode + " " + in.Role, gains: a.Staff, after: in.words(), reason: in.Reason, facts: a,
	}.propose(ctx, tx, d)
}

// words say what the post would open.
func (p Post) words() string {
	parts := []string{p.Role}
	for _, s := range []string{p.Title, p.DivisionCode, p.SchoolCode, p.ClinicCode, p.ContractNumber} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " ") + "，" + p.ValidFrom + "–" + p.ValidTo + "，授权至 authorised until " + p.AuthorisedUntil
}

// check refuses days that cannot be and a role that is none.
func (p Post) check(today string) error {
	known := false
	for _, r := range policy.Roles() {
		known = known || string(r.Code) == p.Role
	}
	switch {
	case !known:
		return fault.At("role", fault.New(fault.BadRequest, "没有这个角色。", "There is no such role."))
	case p.ValidFrom < today:
		return fault.At("validFrom", fault.New(fault.BadRequest, "任职起不早于今日。", "A post does not begin before today."))
	case p.ValidTo != "" && p.ValidTo <= p.ValidFrom:
		return fault.At("validTo", fault.New(fault.BadRequest, "任职止须晚于任职起。", "The end lies after the beginning."))
	}
	return yearly(p.ValidFrom, p.AuthorisedUntil, "authorisedUntil")
}

// yearly holds an authorisation or a vetting to one year.
func yearly(from, until, member string) error {
	day, err := time.Parse(time.DateOnly, from)
	if err != nil || until < from || until > day.AddDate(1, 0, 0).Format(time.DateOnly) {
		return fault.At(member, fault.New(fault.BadRequest, "授权和审查每年一次：截止日期不早于起始日、不超过一年。", "Authorisation and vetting are yearly: the end is not before the start and at most a year after it."))
	}
	return nil
}

// placed demands the place that the role answers for.
func (a appointment) placed() error {
	missing := func(member, zh, en string) error { return fault.At(member, fault.New(fault.BadRequest, zh, en)) }
	switch policy.Role(a.Role) {
	case policy.DIR, policy.SUP:
		if a.Division == 0 {
			return missing("divisionCode", "请填写负责的村（社区）或镇街代码。", "Give the code of the village or township.")
		}
	case policy.HT, policy.PSY:
		if a.School == 0 {
			return missing("schoolCode", "请填写学校标识码。", "Give the code of the school.")
		}
	case policy.HD:
		if a.School == 0 && a.Clinic == 0 {
			return missing("clinicCode", "请填写学校标识码或卫生院代码。", "Give the code of the school or of the clinic.")
		}
	case policy.SW:
		if a.Contract == 0 {
			return missing("contractNumber", "请填写合同编号：购买服务人员只在合同内任职。", "Give the number of the contract: contractors hold posts under one only.")
		}
	default: // the whole district
	}
	return nil
}

// appoint gives the post.
func appoint(ctx context.Context, tx postgres.Tx, _ disclosure.Decided, p proposal) error {
	a, err := facts[appointment](p)
	if err != nil {
		return err
	}
	return insertPost(ctx, tx, p.id, a)
}

// reach is another reach of a post.
type reach struct {
	Division int64
	Version  int
}

// Widening is another or a wider reach.
type Widening struct{ DivisionCode, Reason string }

// WidenPost proposes another reach.
func WidenPost(ctx context.Context, tx postgres.Tx, d disclosure.Decided, a access.Aim, in Widening) (disclosure.Changed, error) {
	p, err := access.Take(ctx, tx, d, "widenPost", a)
	if err != nil {
		return disclosure.Changed{}, err
	}
	to, err := access.FindDivision(ctx, tx, in.DivisionCode)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if to.ID == p.Division {
		return disclosure.Changed{}, fault.At("divisionCode", fault.New(fault.BadRequest, "这就是现有的负责范围。", "That is the present reach."))
	}
	if err := access.Fits(p.Role, to.Level); err != nil {
		return disclosure.Changed{}, err
	}
	return draft{
		kind: widenPost, subject: p.Subject(), about: p.ID, gains: p.Staff, before: p.Place, after: to.Name, reason: in.Reason,
		facts: reach{to.ID, p.Version},
	}.propose(ctx, tx, d)
}

func widen(ctx context.Context, tx postgres.Tx, d disclosure.Decided, p proposal) error {
	to, err := facts[reach](p)
	if err != nil {
		return err
	}
	if _, err := access.Take(ctx, tx, d, "widenPost", access.Aim{ID: p.about, Version: to.Version}); err != nil {
		return overtaken()
	}
	_, err = access.SetReach(ctx, tx, p.about, to.Division)
	return err
}

// Renewal is the yearly authorisation of a post, or the vetting of a person.
type Renewal struct{ Until, Reason string }

// until is what the approval of a renewal carries out.
type until struct {
	Until   string
	Version int
}

// RenewPost proposes the yearly authorisation.
func RenewPost(ctx context.Context, tx postgres.Tx, d disclosure.Decided, a access.Aim, in Renewal) (disclosure.Changed, error) {
	p, err := access.Take(ctx, tx, d, "renewPost", a)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if err := yearly(chinatime.Day(d.Now), in.Until, "until"); err != nil {
		return disclosure.Changed{}, err
	}
	return draft{
		kind: renewPost, subject: p.Subject(), about: p.ID, gains: p.Staff, before: p.Authorised, after: in.Until, reason: in.Reason,
		facts: until{in.Until, p.Version},
	}.propose(ctx, tx, d)
}

func renew(ctx context.Context, tx postgres.Tx, d disclosure.Decided, p proposal) error {
	to, err := facts[until](p)
	if err != nil {
		return err
	}
	if _, err := access.Take(ctx, tx, d, "renewPost", access.Aim{ID: p.about, Version: to.Version}); err != nil {
		return overtaken()
	}
	return authorise(ctx, tx, p, to.Until)
}
