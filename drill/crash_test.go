package drill

import (
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/crowdtest"
)

// verifyEvery is after how many rounds the whole log is verified; each start of
// a hub holds its end against the last checkpoint anyway.
const verifyEvery = 50

// TestHubKilled kills the hub under load: who was answered has an entry.
func TestHubKilled(t *testing.T) {
	t.Parallel()
	n, answers := times(2, 300), 0
	dir, d := scene(t)
	for i := range n {
		h := serve(t, dir, d.URL("tongxin"))
		c := crowdtest.Gather(t, h.question)
		c.Hears(t, 1+rand.IntN(100), 10*time.Second, "answers before")
		if err := h.Signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		<-h.Done()
		told := c.End()
		told.RefusedOnlyAs(t)
		db := d.open(t)
		crowdtest.Kept(t, db, told.Receipts)
		db.Close()
		if answers += len(told.Receipts); (i+1)%verifyEvery == 0 || i == n-1 {
			verify(t, dir, d.URL("tongxin"))
		}
		if t.Failed() {
			break
		}
	}
	passed(t, n, fmt.Sprintf("%d x kill -9 of the hub, %d answers", n, answers))
}

// TestDatabaseKilled kills the database server under one hub, which is never
// started again.
func TestDatabaseKilled(t *testing.T) {
	t.Parallel()
	n, answers, slowest := times(1, 30), 0, time.Duration(0)
	dir, d := scene(t)
	h := serve(t, dir, d.URL("tongxin"))
	for range n {
		c := crowdtest.Gather(t, h.question)
		c.Hears(t, 1+rand.IntN(100), 10*time.Second, "answers before")
		if err := d.Kill(); err != nil {
			t.Fatal(err)
		}
		c.Refused(t, crowdtest.Size, refusal, "refusals while the database is gone")
		d.start(t)
		began := time.Now()
		c.Hears(t, 1, 2*recovery, "an answer after")
		slowest = max(slowest, time.Since(began))
		told := c.End()
		// Where recovery takes long, the policy in force is not confirmed either.
		told.RefusedOnlyAs(t, "UNAVAILABLE", "AUDIT_UNAVAILABLE", "POLICY_UNAVAILABLE")
		db := d.open(t)
		crowdtest.Kept(t, db, told.Receipts)
		db.Close()
		if answers += len(told.Receipts); t.Failed() {
			break
		}
	}
	if limit := recovery; *full && slowest > limit {
		t.Errorf("the slowest recovery took %v, promised are %v", slowest, limit)
	}
	verify(t, dir, d.URL("tongxin"))
	passed(t, n, fmt.Sprintf("%d x kill -9 of the database, %d answers, slowest recovery %v", n, answers, slowest.Round(time.Millisecond)))
}

// TestStopped stops the hub in order under load: no answer without its entry,
// and no entry beyond the answers but for clients who were cut off.
func TestStopped(t *testing.T) {
	t.Parallel()
	n, answers, requests := times(1, 20), 0, 0
	each := 100
	if n > 1 {
		each = 500
	}
	dir, d := scene(t)
	for range n {
		h := serve(t, dir, d.URL("tongxin"))
		db := d.open(t)
		before := size(t, db)
		c := crowdtest.Gather(t, h.question)
		c.Hears(t, each, time.Minute, "answers before")
		if err := h.Stop(); err != nil {
			t.Fatal(err)
		}
		told := c.End()
		told.RefusedOnlyAs(t, "UNAVAILABLE")
		crowdtest.Kept(t, db, told.Receipts)
		if extra := size(t, db) - before - len(told.Receipts); extra < 0 || extra > told.Unanswered {
			t.Errorf("%d answers, %d entries beyond them, %d requests unanswered", len(told.Receipts), extra, told.Unanswered)
		}
		db.Close()
		answers, requests = answers+len(told.Receipts), requests+len(told.Receipts)+len(told.Waits)
		if t.Failed() {
			break
		}
	}
	verify(t, dir, d.URL("tongxin"))
	passed(t, requests, fmt.Sprintf("%d x SIGTERM, %d requests, %d answers", n, requests, answers))
}
