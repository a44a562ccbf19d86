package disclosure

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/identity"
)

// volume holds people to the number of children they may open a day and a
// week. The log is what counts; a minute's memory spares reading it each time.
type volume struct {
	sync.Mutex
	people map[int64]*opened
}

// opened is what the log said of one person, and what came since.
type opened struct {
	read      time.Time
	day, week map[int64]bool
	// maxDay and maxWeek are the county's limits as they stood then.
	maxDay, maxWeek int
}

// volumeMemory is how long a reading of the log serves.
const volumeMemory = time.Minute

// volumePeople bounds the memory.
const volumePeople = 10_000

func newVolume() *volume { return &volume{people: map[int64]*opened{}} }

// reserve counts the children of an answer towards the person's limits before
// the answer is given, or refuses it. Reserving and counting are one step, so
// that asking many times at once gains nothing. What is reserved stays counted
// until the log is read again, even if the answer then fails.
func (v *volume) reserve(ctx context.Context, g *Gate, a *Access, children []int64) error {
	if len(children) == 0 || a.Caller.Staff.Kind != identity.KindPerson {
		return nil
	}
	o, err := v.of(ctx, g, a)
	if err != nil || v.take(o, children, o.maxDay, o.maxWeek) {
		return err
	}
	most, err := volumeApproved(ctx, g.DB, a)
	if err != nil {
		return fmt.Errorf("volume: %w", err)
	}
	if most > 0 && v.take(o, children, most, math.MaxInt) {
		return nil
	}
	return fault.New(fault.VolumeLimit,
		fmt.Sprintf("今日或本周查看的儿童数超过上限（每日%d、每周%d），请督导员批准后再试。", o.maxDay, o.maxWeek),
		fmt.Sprintf("This would exceed the limit of %d children a day or %d a week; ask the supervisor for approval.", o.maxDay, o.maxWeek))
}

// take adds the children when they fit.
func (v *volume) take(o *opened, children []int64, maxDay, maxWeek int) bool {
	v.Lock()
	defer v.Unlock()
	if len(o.day)+fresh(o.day, children) > maxDay || len(o.week)+fresh(o.week, children) > maxWeek {
		return false
	}
	for _, c := range children {
		o.day[c], o.week[c] = true, true
	}
	return true
}

func fresh(seen map[int64]bool, children []int64) int {
	n := 0
	for _, c := range children {
		if !seen[c] {
			n++
		}
	}
	return n
}

// of reads the person's openings from the log, unless that was just done.
func (v *volume) of(ctx context.Context, g *Gate, a *Access) (*opened, error) {
	v.Lock()
	o := v.people[a.Caller.Staff.ID]
	v.Unlock()
	midnight := a.day.begins
	if o != nil && a.Now.Sub(o.read) < volumeMemory && !o.read.Before(midnight) {
		return o, nil
	}
	week, day, err := audit.Seen(ctx, g.DB, a.Caller.Staff.ID, a.Now.AddDate(0, 0, -7), midnight)
	if err != nil {
		return nil, err
	}
	o = &opened{read: a.Now, day: setOf(day), week: setOf(week)}
	if o.maxDay, o.maxWeek, err = volumeLimits(ctx, g.DB); err != nil {
		return nil, fmt.Errorf("volume: %w", err)
	}
	v.Lock()
	defer v.Unlock()
	if newer := v.people[a.Caller.Staff.ID]; newer != nil && newer.read.After(a.Now.Add(-volumeMemory)) && !newer.read.Before(midnight) {
		return newer, nil // another request read the log meanwhile and has reserved on it
	}
	if len(v.people) >= volumePeople {
		clear(v.people)
	}
	v.people[a.Caller.Staff.ID] = o
	return o, nil
}

func setOf(ids []int64) map[int64]bool {
	out := make(map[int64]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out
}
