package retention

import (
	"context"
	"time"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Order is a hold as it is asked for: by the codes that people use.
type Order struct {
	// ChildID is the hub's own id, nil for any child.
	ChildID *int64
	// AgencyCode alone is the whole agency; with StaffCode, one person of it.
	AgencyCode, StaffCode string
	// Since and Until are instants (RFC 3339), "" for open.
	Since, Until      string
	OrderedBy, Reason string
	By                *int64
}

// Place finds who is named and places the hold. Faults: BadRequest, NotFound.
func (o Order) Place(ctx context.Context, tx postgres.Tx, now time.Time) (int64, error) {
	h := Hold{ChildID: o.ChildID, OrderedBy: o.OrderedBy, Reason: o.Reason, By: o.By}
	var err error
	switch {
	case o.StaffCode != "":
		h.StaffID, err = Staff(ctx, tx, o.AgencyCode, o.StaffCode)
		err = fault.At("staffCode", err)
	case o.AgencyCode != "":
		h.AgencyID, err = Agency(ctx, tx, o.AgencyCode)
		err = fault.At("agencyCode", err)
	}
	if err != nil {
		return 0, err
	}
	if h.Since, err = instant(o.Since); err != nil {
		return 0, fault.At("since", err)
	}
	if h.Until, err = instant(o.Until); err != nil {
		return 0, fault.At("until", err)
	}
	return Place(ctx, tx, h, now)
}

// instant reads a time, nil where none is given.
func instant(text string) (*time.Time, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // open
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return nil, fault.New(fault.BadRequest, "时刻须写作 2026-11-23T08:00:00+08:00。", "Write an instant like 2026-11-23T08:00:00+08:00.")
	}
	return &t, nil
}
