package access

import (
	"context"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Post is a post with what its moves need.
type Post struct {
	ID, Staff, Agency, Division      int64
	Code, Role, Place, DivisionCode  string
	From, To, Authorised, AgencyCode string
	Version                          int
	Over                             bool
}

// Subject names the post in the record: who, in which role.
func (p Post) Subject() string { return p.AgencyCode + "/" + p.Code + " " + p.Role }

// state is where the post stands.
func (p Post) state() string {
	if p.Over {
		return Ended
	}
	return Held
}

// Take holds a post for a move. Faults: NotFound, Conflict.
func Take(ctx context.Context, tx postgres.Tx, d disclosure.Decided, move string, a Aim) (Post, error) {
	p, err := takePost(ctx, tx, a.ID, chinatime.Day(d.Now))
	if err != nil {
		return p, err
	}
	if _, err := Posts().Next(p.state(), move); err != nil {
		return p, fault.At("id", err)
	}
	return p, flow.AsRead(a.Version, p.Version)
}

// EndPost ends a post today; from this day on it opens nothing.
func EndPost(ctx context.Context, tx postgres.Tx, d disclosure.Decided, a Aim) (disclosure.Changed, error) {
	reason, err := Reason(a.Reason)
	if err != nil {
		return disclosure.Changed{}, err
	}
	p, err := Take(ctx, tx, d, "endPost", a)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if err := InCharge(ctx, tx, d, p); err != nil {
		return disclosure.Changed{}, err
	}
	version, err := endPost(ctx, tx, p.ID, chinatime.Day(d.Now))
	if err != nil {
		return disclosure.Changed{}, err
	}
	n := Noted{What: "endPost", Subject: p.Subject(), Before: p.Place, After: "离任 ended " + chinatime.Day(d.Now), Reason: reason}
	return done(ctx, tx, d, n, Result{"AccessPost", p.ID, Ended, version})
}

// InCharge refuses a head who does not answer for the agency of the post.
func InCharge(ctx context.Context, tx postgres.Tx, d disclosure.Decided, p Post) error {
	if d.Post.Role != "STA" {
		return nil
	}
	agency, err := answerable(ctx, tx, p.Agency, chinatime.Day(d.Now))
	if err == nil && agency != d.Post.AgencyID {
		return Gone("id")
	}
	return err
}

// Narrowing is a smaller reach, inside the present one.
type Narrowing struct{ DivisionCode, Reason string }

// NarrowPost takes a post back to a division inside the one it has.
func NarrowPost(ctx context.Context, tx postgres.Tx, d disclosure.Decided, a Aim, in Narrowing) (disclosure.Changed, error) {
	reason, err := Reason(in.Reason)
	if err != nil {
		return disclosure.Changed{}, err
	}
	p, err := Take(ctx, tx, d, "narrowPost", a)
	if err != nil {
		return disclosure.Changed{}, err
	}
	inner, err := FindDivision(ctx, tx, in.DivisionCode)
	if err != nil {
		return disclosure.Changed{}, err
	}
	inside, err := within(ctx, tx, inner.ID, p.Division)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if !inside {
		return disclosure.Changed{}, fault.At("divisionCode", fault.New(fault.BadRequest,
			"该区划不在现有负责范围之内；扩大或调整范围须申请并由另一人批准。", "That division is not inside the present reach; another or a wider reach is proposed and approved by another person."))
	}
	if err := Fits(p.Role, inner.Level); err != nil {
		return disclosure.Changed{}, err
	}
	version, err := SetReach(ctx, tx, p.ID, inner.ID)
	if err != nil {
		return disclosure.Changed{}, err
	}
	n := Noted{What: "narrowPost", Subject: p.Subject(), Before: p.Place, After: inner.Name, Reason: reason}
	return done(ctx, tx, d, n, Result{"AccessPost", p.ID, Held, version})
}

// Fits refuses a reach that a role cannot have: a director answers for one village, a
// supervisor for one township.
func Fits(role, level string) error {
	want := map[string]string{"DIR": "VILLAGE", "SUP": "TOWNSHIP"}[role]
	if want == "" || want == level {
		return nil
	}
	return fault.At("divisionCode", fault.New(fault.BadRequest,
		"该角色的负责范围不是这一级区划：儿童主任为村（社区），儿童督导员为镇街。", "This role has another level of reach: a director a village, a supervisor a township."))
}
