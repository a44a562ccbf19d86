package dropout

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// By is who stands as the author of an alert that the clock raises, with the agency.
type By struct {
	Staff, Agency int64
	Name          string
}

// Raise raises the alert about a child whom no school has, however long the absence is;
// for one that is of no compulsory schooling, and where a case is open, it does nothing.
func Raise(ctx context.Context, tx postgres.Tx, by By, child int64, now time.Time) error {
	d := by.about(child, now)
	p, err := pupilOf(ctx, tx, d)
	if err != nil || !p.expected {
		return err
	}
	return p.raise(ctx, tx, d)
}

// RaiseMissing raises the alert about a child of compulsory age whom nobody has seen at
// the start of a term, whatever its enrolment says, and where it has none.
func RaiseMissing(ctx context.Context, tx postgres.Tx, by By, child int64, now time.Time) error {
	d := by.about(child, now)
	p, err := pupilOrNone(ctx, tx, d)
	if err != nil {
		return err
	}
	return p.raise(ctx, tx, d)
}

// about is an alert's author at work on a child.
func (by By) about(child int64, now time.Time) disclosure.Decided {
	caller := identity.Caller{Staff: identity.Staff{ID: by.Staff}, Agency: identity.Agency{ID: by.Agency, Name: by.Name}}
	return disclosure.Decided{Access: &disclosure.Access{Caller: caller, Now: now}, ChildID: child}
}

// raise opens the case by its alert, where none is open.
func (p pupil) raise(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	f, err := openCase(ctx, tx, d)
	if err != nil || f != nil {
		return err
	}
	days := 0
	if p.enrolment != 0 {
		if days, err = p.days(ctx, tx); err != nil {
			return err
		}
	}
	if f, err = begin(ctx, tx, d, p, days); err != nil {
		return err
	}
	if _, err = f.move(ctx, tx, d, "reportAbsence", plain); err != nil {
		return fmt.Errorf("raise the alert: %w", err)
	}
	return nil
}
