package access

import (
	"context"
	"strings"
	"unicode"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Account is a person's or a system's account.
type Account struct {
	ID                     int64
	AgencyCode, Code, Kind string
	Vetted                 string
	Active                 bool
	Version                int
}

// Subject names the account in the record.
func (a Account) Subject() string { return a.AgencyCode + "/" + a.Code }

func (a Account) state() string {
	if a.Active {
		return Active
	}
	return Suspended
}

// TakeAccount holds an account for a move. Faults: NotFound, Conflict.
func TakeAccount(ctx context.Context, tx postgres.Tx, move string, a Aim) (Account, error) {
	got, err := takeAccount(ctx, tx, a.ID)
	if err != nil {
		return got, err
	}
	if _, err := Accounts().Next(got.state(), move); err != nil {
		return got, fault.At("id", err)
	}
	return got, flow.AsRead(a.Version, got.Version)
}

// Newcomer is a person who is entered; the account opens nothing before it is vetted
// and has a post.
type Newcomer struct {
	AgencyCode, StaffCode, Name, WorkPhone, Reason string
}

// RegisterStaff enters an account without rights.
func RegisterStaff(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Newcomer) (disclosure.Changed, error) {
	reason, err := Reason(in.Reason)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if !named(in.StaffCode) {
		return disclosure.Changed{}, fault.At("staffCode", fault.New(fault.BadRequest,
			"工号须与单位认证系统的账号一致：1到40个字符，不含空格。", "The staff code is the account at the agency's issuer: 1 to 40 characters, no blanks."))
	}
	if name := strings.TrimSpace(in.Name); name == "" || len([]rune(name)) > 40 {
		return disclosure.Changed{}, fault.At("name", fault.New(fault.BadRequest, "请填写姓名（40字以内）。", "Give the name, at most 40 characters."))
	}
	id, err := insertAccount(ctx, tx, in)
	if err != nil {
		return disclosure.Changed{}, err
	}
	n := Noted{What: "registerStaff", Subject: in.AgencyCode + "/" + in.StaffCode, After: "登记，未授权 entered, no rights", Reason: reason}
	return done(ctx, tx, d, n, Result{"StaffAccount", id, Active, 1})
}

// named accepts what a token may carry as its subject.
func named(code string) bool {
	if code == "" || len([]rune(code)) > 40 {
		return false
	}
	return !strings.ContainsFunc(code, func(r rune) bool { return r == ' ' || r == '/' || !unicode.IsPrint(r) })
}

// SuspendStaff shuts an account: it is refused before anything else.
func SuspendStaff(ctx context.Context, tx postgres.Tx, d disclosure.Decided, a Aim) (disclosure.Changed, error) {
	reason, err := Reason(a.Reason)
	if err != nil {
		return disclosure.Changed{}, err
	}
	got, err := TakeAccount(ctx, tx, "suspendStaff", a)
	if err != nil {
		return disclosure.Changed{}, err
	}
	version, err := SetActive(ctx, tx, got.ID, false)
	if err != nil {
		return disclosure.Changed{}, err
	}
	n := Noted{What: "suspendStaff", Subject: got.Subject(), Before: "启用 active", After: "停用 suspended", Reason: reason}
	return done(ctx, tx, d, n, Result{"StaffAccount", got.ID, Suspended, version})
}
