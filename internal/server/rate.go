package server

import (
	"fmt"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"

	"github.com/tongxin-hub/tongxin/internal/identity"
)

// reportEvery is how often a caller over its rate is put on record.
const reportEvery = time.Second

// callerKey is who shares a rate: one person or system in one client system.
type callerKey struct{ agency, system, staff string }

func keyOf(c identity.Caller) callerKey {
	return callerKey{c.Agency.Code, c.System, c.Staff.Code}
}

// bucket is one caller's allowance.
type bucket struct {
	limiter  *rate.Limiter
	reported time.Time
}

// callers remembers the allowance of the callers seen last. One that was
// forgotten starts afresh, which takes more authenticated callers than a
// district has.
type callers struct {
	mu      sync.Mutex
	buckets *lru.LRU[callerKey, *bucket]
	rate    rate.Limit
	burst   int
}

func newCallers(cfg Config) (*callers, error) {
	buckets, err := lru.NewLRU[callerKey, *bucket](cfg.MaxCallers, nil)
	if err != nil {
		return nil, fmt.Errorf("remember callers: %w", err)
	}
	return &callers{buckets: buckets, rate: rate.Limit(cfg.CallerRate), burst: cfg.CallerBurst}, nil
}

// admit takes one request from the caller's allowance. Otherwise wait is how
// long until the next one, and report whether this refusal is to be recorded.
func (c *callers) admit(key callerKey, now time.Time) (wait time.Duration, report bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b, known := c.buckets.Get(key)
	if !known {
		b = &bucket{limiter: rate.NewLimiter(c.rate, c.burst)}
		c.buckets.Add(key, b)
	}
	reservation := b.limiter.ReserveN(now, 1)
	wait = reservation.DelayFrom(now)
	if wait <= 0 {
		return 0, false
	}
	reservation.CancelAt(now)
	if now.Sub(b.reported) < reportEvery {
		return wait, false
	}
	b.reported = now
	return wait, true
}
