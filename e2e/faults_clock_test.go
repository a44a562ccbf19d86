package e2e

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/crowdtest"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// TestFaults_clockJumps sets the hub's clock forward and back under load: hours
// change nothing, tokens expire when their time has come and hold again when it
// has not, times in the log never run backwards, and no memory of rights lives
// longer because the clock was set back.
func TestFaults_clockJumps(t *testing.T) {
	t.Parallel()
	var shift atomic.Int64
	h := hubtest.Start(t, hubtest.Options{Shift: func() time.Duration { return time.Duration(shift.Load()) }})
	child := h.Caller(t, "director").ChildID
	other := director(t, h, child)
	q := askedBy(t, h, other, child)
	from := size(t, h)
	c := crowdtest.Gather(t, asked(t, h))
	set := func(d time.Duration) { shift.Store(int64(d)) }
	c.Hears(t, crowdtest.Size, 10*time.Second, "answers before")
	set(3 * time.Hour)
	c.Hears(t, crowdtest.Size, 5*time.Second, "answers three hours later")
	set(13 * time.Hour)
	c.Refused(t, crowdtest.Size, 5*time.Second, "refusals of expired tokens")
	set(40 * 24 * time.Hour)
	c.Refused(t, crowdtest.Size, 5*time.Second, "refusals in another month")
	set(0)
	c.Hears(t, crowdtest.Size, 5*time.Second, "answers when the clock is right again")
	set(time.Hour)
	within(t, 5*time.Second, "an answer before the account ended", func() bool { return len(crowdtest.Ask(t, q).Receipts) == 1 })
	set(0)
	change(t, h, `UPDATE staff SET active = false WHERE id = $1`, staffID(t, h, other))
	within(t, 5*time.Second, "an account that ended while the clock was set back", func() bool {
		return crowdtest.Ask(t, q).Refused["UNAUTHENTICATED"] == 1
	})
	told := c.End()
	// Until the policy has been confirmed by the new time, within a second, it counts as old.
	told.RefusedOnlyAs(t, "UNAUTHENTICATED", "POLICY_UNAVAILABLE")
	crowdtest.Kept(t, h.DB, told.Receipts)
	if n := single[int64](t, h, `SELECT count(*) FROM (SELECT at, lag(at) OVER (ORDER BY sequence) AS before
		FROM audit_entry WHERE sequence >= $1) e WHERE at < before`, from); n > 0 {
		t.Errorf("%d entries are older than the one in front of them", n)
	}
	sound(t, h, "the log after the jumps")
}
