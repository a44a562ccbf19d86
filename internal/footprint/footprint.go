package footprint

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// percent is the garbage let gather, of what is alive, where there is room.
	percent = 200
	// room is the memory a hub may take before it collects more often.
	room = 48 << 20
	// every is how often the limit is looked at again.
	every = time.Second
)

// Govern sets the collector until ctx ends. A fixed limit would leave a hub whose
// caches are full of what is alive with nothing to do but collect, so the limit
// never comes nearer than half of that again.
func Govern(ctx context.Context) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(percent)
	limit := debug.SetMemoryLimit(room)
	go func() {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			if next := limitFor(alive()); next != limit {
				limit = next
				debug.SetMemoryLimit(limit)
			}
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
		}
	}()
}

// alive is what the last collection left in the heap, in bytes.
func alive() int64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64()) //nolint:gosec // a heap
}

// limitFor is the memory limit beside so much that is alive, in steps: setting it
// stops the process for a moment.
func limitFor(live int64) int64 {
	const step = 8 << 20
	return max(room, (live*3/2/step+1)*step)
}
