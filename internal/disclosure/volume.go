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
	limits limits
}

// limits are the county's numbers of children a person may open a day and a week,
// as they stood when they were read.
type limits struct {
	read      time.Time
	day, week int
}

// opened is what the log said of one person, and what came since.
type opened struct {
	asked time.Time
	// done is closed once the log has answered, or not: err.
	done      chan struct{}
	err       error
	day, week map[int64]bool
}

// volumeMemory is how long a reading serves.
const volumeMemory = time.Minute

// volumePeople bounds the memory.
const volumePeople = 10_000

// volumeTime is how long the log may take to answer: less than an entry may.
const volumeTime = 3 * time.Second

// lately reports whether a reading still serves. A clock that was set back prolongs
// nothing.
func lately(now, read time.Time) bool {
	age := now.Sub(read)
	return age >= 0 && age < volumeMemory
}

func newVolume() *volume { return &volume{people: map[int64]*opened{}} }

// counted reports whether what the caller opens is counted: systems have no limit.
func counted(a *Access) bool { return a.Caller.Staff.Kind == identity.KindPerson }

// prepare has the log asked, while the answer is read, for what the person has opened.
func (v *volume) prepare(ctx context.Context, g *Gate, a *Access) {
	if counted(a) {
		v.of(ctx, g, a)
	}
}

// reserve counts the children of an answer towards the person's limits before
// the answer is given, or refuses it. Reserving and counting are one step, so
// that asking many times at once gains nothing. What is reserved stays counted
// until the log is read again, even if the answer then fails.
func (v *volume) reserve(ctx context.Context, g *Gate, a *Access, children []int64) error {
	if len(children) == 0 || !counted(a) {
		return nil
	}
	o := v.of(ctx, g, a)
	select {
	case <-o.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	if o.err != nil {
		return o.err
	}
	county, err := v.county(ctx, g, a)
	if err != nil || v.take(o, children, county.day, county.week) {
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
		fmt.Sprintf("今日或本周查看的儿童数超过上限（每日%d、每周%d），请督导员批准后再试。", county.day, county.week),
		fmt.Sprintf("This would exceed the limit of %d children a day or %d a week; ask the supervisor for approval.", county.day, county.week))
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

// of is the reading of the log for a person, begun unless one was lately.
func (v *volume) of(ctx context.Context, g *Gate, a *Access) *opened {
	v.Lock()
	defer v.Unlock()
	o := v.people[a.Caller.Staff.ID]
	if o != nil && lately(a.Now, o.asked) && !o.asked.Before(a.day.begins) {
		return o
	}
	if len(v.people) >= volumePeople {
		clear(v.people)
	}
	o = &opened{asked: a.Now, done: make(chan struct{})}
	v.people[a.Caller.Staff.ID] = o
	go v.ask(context.WithoutCancel(ctx), g, a, o)
	return o
}

// ask reads the log. One that does not answer is asked again by the next operation.
func (v *volume) ask(ctx context.Context, g *Gate, a *Access, o *opened) {
	ctx, cancel := context.WithTimeout(ctx, volumeTime)
	defer cancel()
	week, day, err := audit.Seen(ctx, g.DB, a.Caller.Staff.ID, a.Now.AddDate(0, 0, -7), a.day.begins)
	v.Lock()
	defer v.Unlock()
	o.day, o.week, o.err = setOf(day), setOf(week), err
	close(o.done)
	if err != nil && v.people[a.Caller.Staff.ID] == o {
		delete(v.people, a.Caller.Staff.ID)
	}
}

// county reads the limits, unless that was just done.
func (v *volume) county(ctx context.Context, g *Gate, a *Access) (limits, error) {
	v.Lock()
	known := v.limits
	v.Unlock()
	if lately(a.Now, known.read) {
		return known, nil
	}
	day, week, err := volumeLimits(ctx, g.DB)
	if err != nil {
		return limits{}, fmt.Errorf("volume: %w", err)
	}
	v.Lock()
	defer v.Unlock()
	v.limits = limits{a.Now, day, week}
	return v.limits, nil
}

func setOf(ids []int64) map[int64]bool {
	out := make(map[int64]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out
}
