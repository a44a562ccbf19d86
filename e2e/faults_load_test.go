package e2e

import (
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/crowdtest"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// TestFaults_overload sends ten times more requests at once than the hub has
// places, and one caller more often than allowed: who is refused hears so at
// once, who is answered has an entry, and when it is over all are answered.
func TestFaults_overload(t *testing.T) {
	t.Parallel()
	const places, allowed = 4, 60
	h := hubtest.Start(t, hubtest.Options{Configure: func(c *config.Config) {
		c.Load.MaxConcurrent, c.Load.CallerRate, c.Load.CallerBurst = places, allowed, allowed
	}})
	before := size(t, h)
	q := asked(t, h)
	c := crowdtest.GatherMany(t, 10*places, q)
	c.Hears(t, 100, 10*time.Second, "answers under overload")
	c.Refused(t, 100, 10*time.Second, "refusals under overload")
	told := c.End()
	told.RefusedOnlyAs(t, "UNAVAILABLE", "RATE_LIMITED")
	if told.Refused["UNAVAILABLE"] == 0 || told.Refused["RATE_LIMITED"] == 0 || told.Unanswered > 0 {
		t.Errorf("refused %v, %d unanswered", told.Refused, told.Unanswered)
	}
	// That 99 of 100 refusals take 100 ms is for `make drill`: here forty clients
	// and the race detector share the processors with the hub.
	crowdtest.Kept(t, h.DB, told.Receipts)
	if grown := size(t, h) - before; grown < int64(len(told.Receipts)) {
		t.Errorf("%d answers, %d entries", len(told.Receipts), grown)
	}
	within(t, recovery, "an answer after the overload", func() bool { return len(crowdtest.Ask(t, q).Receipts) == 1 })
	sound(t, h, "the log after the overload")
}
