package granting

import (
	"context"

	"github.com/tongxin-hub/tongxin/internal/access"
	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// VetStaff proposes the result of the yearly vetting.
func VetStaff(ctx context.Context, tx postgres.Tx, d disclosure.Decided, a access.Aim, in Renewal) (disclosure.Changed, error) {
	s, err := access.TakeAccount(ctx, tx, "vetStaff", a)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if err := yearly(chinatime.Day(d.Now), in.Until, "until"); err != nil {
		return disclosure.Changed{}, err
	}
	return draft{
		kind: vetStaff, subject: s.Subject(), about: s.ID, gains: s.ID, before: s.Vetted, after: in.Until, reason: in.Reason,
		facts: until{in.Until, s.Version},
	}.propose(ctx, tx, d)
}

func vet(ctx context.Context, tx postgres.Tx, _ disclosure.Decided, p proposal) error {
	to, err := facts[until](p)
	if err != nil {
		return err
	}
	if _, err := access.TakeAccount(ctx, tx, "vetStaff", access.Aim{ID: p.about, Version: to.Version}); err != nil {
		return overtaken()
	}
	return setVetted(ctx, tx, p.about, to.Until)
}

// ResumeStaff proposes to open a suspended account again.
func ResumeStaff(ctx context.Context, tx postgres.Tx, d disclosure.Decided, a access.Aim) (disclosure.Changed, error) {
	s, err := access.TakeAccount(ctx, tx, "resumeStaff", a)
	if err != nil {
		return disclosure.Changed{}, err
	}
	return draft{
		kind: resumeStaff, subject: s.Subject(), about: s.ID, gains: s.ID, before: "停用 suspended", after: "启用 active", reason: a.Reason,
		facts: until{"", s.Version},
	}.propose(ctx, tx, d)
}

func resume(ctx context.Context, tx postgres.Tx, _ disclosure.Decided, p proposal) error {
	to, err := facts[until](p)
	if err != nil {
		return err
	}
	if _, err := access.TakeAccount(ctx, tx, "resumeStaff", access.Aim{ID: p.about, Version: to.Version}); err != nil {
		return overtaken()
	}
	_, err = access.SetActive(ctx, tx, p.about, true)
	return err
}
