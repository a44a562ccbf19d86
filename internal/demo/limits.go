package demo

import (
	"time"

	"github.com/tongxin-hub/tongxin/internal/audit"
)

// Nobody was shown more children than this without approval: the gate refuses it, so
// that no log can hold it.
const mostADay, mostAWeek = 50, 200

// limits remembers the day on which each person last saw each child.
type limits map[int64]map[int64]time.Time

// take counts the children of an entry towards the person's day and week, unless that
// would be too many.
func (l limits) take(e *audit.Entry, day time.Time) bool {
	if len(e.Disclosures) == 0 {
		return true
	}
	seen := l[e.StaffID]
	if seen == nil {
		seen = map[int64]time.Time{}
		l[e.StaffID] = seen
	}
	today, week := 0, 0
	for child, at := range seen {
		switch {
		case at.Equal(day):
			today++
			week++
		case at.After(day.AddDate(0, 0, -7)):
			week++
		default:
			delete(seen, child)
		}
	}
	for _, d := range e.Disclosures {
		at, known := seen[d.ChildID]
		if !known {
			week++
		}
		if !known || !at.Equal(day) {
			today++
		}
	}
	if today > mostADay || week > mostAWeek {
		return false
	}
	for _, d := range e.Disclosures {
		seen[d.ChildID] = day
	}
	return true
}
