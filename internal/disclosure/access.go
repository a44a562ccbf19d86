package disclosure

import (
	"time"

	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/policy"
)

// Access is what the gate found out about one operation: who acts in which
// post, for which purpose, under which policy, hanging on which work item.
type Access struct {
	Caller identity.Caller
	Post   identity.Post
	View   *policy.View
	Ticket Ticket
	// Lapsed says why the post opens nothing now (contract, vetting …), or "".
	Lapsed string
	Now    time.Time
	// PolicyVersion is pinned from start to end of the operation.
	PolicyVersion string
	// LegalBasis is the statute of the purpose.
	LegalBasis string
	life       policy.Life
}

// china is an instant on the clocks of China.
func china(t time.Time) time.Time { return t.In(time.FixedZone("CST", 8*60*60)) }

// Ticket is the work item a purpose hangs on.
type Ticket struct {
	Code, Kind string
	// ChildID narrows the operation to one child; 0 for rounds and batches.
	ChildID int64
}

// Today is the calendar day in China on which the operation is decided.
func (a *Access) Today() string {
	return china(a.Now).Format(time.DateOnly)
}

// param gives the value of a caller's parameter named in SQL, and its cast.
func (a *Access) param(name string) (value any, cast string) {
	switch name {
	case "staff":
		return a.Caller.Staff.ID, "bigint"
	case "staffCode":
		return a.Caller.Staff.Code, "text"
	case "agency":
		return a.Caller.Agency.ID, "bigint"
	case "division":
		return a.Post.DivisionID, "bigint"
	case "school":
		return a.Post.SchoolID, "bigint"
	case "clinic":
		return a.Post.ClinicID, "bigint"
	case "role":
		return a.Post.Role, "text"
	case "today":
		return a.Today(), "date"
	case "now":
		return a.Now, "timestamptz"
	case "active":
		return a.Lapsed == "", "boolean"
	case "ticketChild":
		return a.Ticket.ChildID, "bigint"
	}
	return nil, ""
}
