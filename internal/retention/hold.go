package retention

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Hold keeps every entry that matches all scopes it names.
type Hold struct {
	// ChildID, StaffID and AgencyID are the hub's own ids, nil for any.
	ChildID, StaffID, AgencyID *int64
	// Since and Until bound the time of the entries, from and to before.
	Since, Until *time.Time
	// OrderedBy is the authority that asked, Reason its reference and why.
	OrderedBy, Reason string
	// By is who places it; nil for the operator at the command line.
	By *int64
}

// Release ends a hold.
type Release struct {
	ID     int64
	Reason string
	By     *int64
}

// Listed is a hold as it is listed; a child is not named.
type Listed struct {
	ID                int64
	OfChild           bool
	Agency, Staff     string
	Since, Until      *time.Time
	OrderedBy, Reason string
	PlacedAt          time.Time
	ReleasedAt        *time.Time
	ReleaseReason     string
}

// Scope says in words what a hold names.
func (l Listed) Scope() string {
	var parts []string
	if l.OfChild {
		parts = append(parts, "one child")
	}
	if l.Staff != "" {
		parts = append(parts, "person "+l.Staff)
	}
	if l.Agency != "" {
		parts = append(parts, "agency "+l.Agency)
	}
	if l.Since != nil {
		parts = append(parts, "from "+l.Since.UTC().Format(time.RFC3339))
	}
	if l.Until != nil {
		parts = append(parts, "before "+l.Until.UTC().Format(time.RFC3339))
	}
	return strings.Join(parts, ", ")
}

// Place puts a hold into force: no batch that begins after tx destroys what it
// names. Faults: BadRequest.
func Place(ctx context.Context, tx postgres.Tx, h Hold, now time.Time) (int64, error) {
	switch {
	case h.ChildID == nil && h.StaffID == nil && h.AgencyID == nil && h.Since == nil && h.Until == nil:
		return 0, fault.New(fault.BadRequest, "请指明保全的范围：儿童、人员、机构或时段。",
			"Say what is held: a child, a person, an agency or a time.")
	case h.Since != nil && h.Until != nil && !h.Since.Before(*h.Until):
		return 0, fault.At("until", fault.New(fault.BadRequest, "止须晚于起。", "The end must be after the beginning."))
	case !written(h.OrderedBy):
		return 0, fault.At("orderedBy", unwritten())
	case !written(h.Reason):
		return 0, fault.At("reason", unwritten())
	}
	if err := lock(ctx, tx); err != nil {
		return 0, err
	}
	return place(ctx, tx, h, now)
}

// Free releases a hold. Faults: BadRequest, NotFound where none of that number
// stands.
func Free(ctx context.Context, tx postgres.Tx, r Release, now time.Time) error {
	if !written(r.Reason) {
		return fault.At("reason", unwritten())
	}
	freed, err := release(ctx, tx, r, now)
	if err == nil && !freed {
		err = fault.New(fault.NotFound, "没有这项保全，或已解除。", "There is no such hold, or it was released.")
	}
	return err
}

// Holds lists all holds, released ones as well.
func Holds(ctx context.Context, tx postgres.Tx) ([]Listed, error) { return listHolds(ctx, tx) }

// Agency finds the agency that a code names, Staff the person. Faults: NotFound.
func Agency(ctx context.Context, tx postgres.Tx, code string) (*int64, error) {
	id, err := find(ctx, tx, findAgencySQL, code)
	if err == nil && id == nil {
		err = fault.New(fault.NotFound, "没有这个机构代码。", "There is no agency of this code.")
	}
	return id, err
}

// Staff finds a person by agency and staff code. Faults: NotFound.
func Staff(ctx context.Context, tx postgres.Tx, agency, code string) (*int64, error) {
	id, err := find(ctx, tx, findStaffSQL, agency, code)
	if err == nil && id == nil {
		err = fault.New(fault.NotFound, "该机构没有这个工号。", "There is no such staff code in this agency.")
	}
	return id, err
}

// written: a text that says something and is not a document.
func written(text string) bool {
	n := utf8.RuneCountInString(strings.TrimSpace(text))
	return n >= 4 && n <= 200
}

func unwritten() error {
	return fault.New(fault.BadRequest, "请用4到200字写明。", "Write 4 to 200 characters.")
}
