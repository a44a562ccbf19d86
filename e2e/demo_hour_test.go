package e2e

import (
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// TestDemo_atAnyHour asks the first question of the README ten minutes after
// midnight: whoever tries the demo at night gets the same answers.
func TestDemo_atAnyHour(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{Shift: func() time.Duration { return -9*time.Hour - 50*time.Minute }})
	for _, key := range []string{"dps-phone-check", "dps-home-visit", "director", "class-teacher"} {
		c := h.Caller(t, key)
		found(t, "at night as "+key, h, c, c.ChildID)
	}
}
