package disclosure

import (
	"strconv"
	"time"

	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/wall"
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
	day    day
	// PolicyVersion is pinned from start to end of the operation.
	PolicyVersion string
	// LegalBasis is the statute of the purpose.
	LegalBasis string
	life       policy.Life
	// closed is why the ticket opens nothing, nil where it does: all that it still serves
	// is to hear again what came of a change.
	closed error
}

// Ticket is the work item a purpose hangs on.
type Ticket struct {
	Code, Kind string
	// ChildID narrows the operation to one child; 0 for rounds and batches.
	ChildID int64
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
		return a.day.today, "date"
	case "turned6":
		return a.day.turned6, "date"
	case "turned14":
		return a.day.turned14, "date"
	case "turned16":
		return a.day.turned16, "date"
	case "turned18":
		return a.day.turned18, "date"
	case "now":
		return a.Now, "timestamptz"
	case "active":
		return a.Lapsed == "", "boolean"
	case "ticketChild":
		if a.Lapsed != "" {
			return int64(-1), "bigint" // no child: a lapsed post opens nothing
		}
		return a.Ticket.ChildID, "bigint"
	}
	return nil, ""
}

// walledBy are the parameters that row security asks for.
var walledBy = [...]string{"staff", "staffCode", "agency", "division", "school", "clinic", "role", "today", "turned6", "turned16", "now"}

// walled is under whom the database reads for this operation. It tells the time in
// whole seconds, rounded up, so that a busy connection need not be told anew.
func (a *Access) walled() wall.Caller {
	now := a.Now.Add(time.Second - 1).Truncate(time.Second)
	return wall.Caller{
		Role: string(a.View.Role),
		Key: [7]int64{
			a.Caller.Staff.ID, a.Caller.Agency.ID, a.Post.ID, a.Post.DivisionID, a.Post.SchoolID, a.Post.ClinicID, now.Unix(),
		},
		Values: func() [][2]string {
			out := make([][2]string, len(walledBy))
			for i, name := range walledBy {
				switch v, _ := a.param(name); v := v.(type) {
				case int64:
					out[i] = [2]string{name, strconv.FormatInt(v, 10)}
				case string:
					out[i] = [2]string{name, v}
				case time.Time:
					out[i] = [2]string{name, now.Format(time.RFC3339)}
				}
			}
			return out
		},
	}
}
