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
	caller := identity.Caller{Staff: identity.Staff{ID: by.Staff}, Agency: identity.Agency{ID: by.Agency, Name: by.Name}}
	d := disclosure.Decided{Access: &disclosure.Access{Caller: caller, Now: now}, ChildID: child}
	p, err := pupilOf(ctx, tx, d)
	if err != nil || !p.expected {
		return err
	}
	f, err := openCase(ctx, tx, d)
	if err != nil || f != nil {
		return err
	}
	days, err := p.days(ctx, tx)
	if err != nil {
		return err
	}
	if f, err = begin(ctx, tx, d, p, days); err != nil {
		return err
	}
	if _, err = f.move(ctx, tx, d, "reportAbsence", plain); err != nil {
		return fmt.Errorf("raise the alert: %w", err)
	}
	return nil
}
