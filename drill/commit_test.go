package drill

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/crowdtest"
	"github.com/tongxin-hub/tongxin/internal/proxytest"
)

// TestCommitCut cuts the writer's connection, in turns in the middle of its
// request and when the server says that it has committed: who waited for that
// word is shown nothing.
func TestCommitCut(t *testing.T) {
	t.Parallel()
	n := times(2, 200)
	dir, d := scene(t)
	proxy, url := proxytest.Start(t, d.URL("tongxin"), proxytest.Options{Application: "tongxin-audit"})
	h, db := serve(t, dir, url), d.open(t)
	before := size(t, db)
	c := crowdtest.Gather(t, h.question)
	for i := range n {
		c.Hears(t, crowdtest.Size, 10*time.Second, "answers before the cut")
		refused := c.Refusals()
		<-proxy.Cut([]proxytest.Moment{proxytest.AtAnswer, proxytest.InRequest}[i%2])
		crowdtest.Within(t, refusal, "refusals of what was cut", func() bool { return c.Refusals() > refused })
		c.Hears(t, 1, recovery, "an answer after the cut")
		if t.Failed() {
			break
		}
	}
	told := c.End()
	told.RefusedOnlyAs(t, "AUDIT_UNAVAILABLE")
	crowdtest.Kept(t, db, told.Receipts)
	grown := size(t, db) - before
	if grown < len(told.Receipts) || grown > len(told.Receipts)+len(told.Waits) {
		t.Errorf("%d answers, %d refusals, %d entries", len(told.Receipts), len(told.Waits), grown)
	}
	verify(t, dir, d.URL("tongxin"))
	passed(t, n, fmt.Sprintf("%d cuts of a commit, %d answers, %d refusals, %d entries not shown",
		n, len(told.Receipts), len(told.Waits), grown-len(told.Receipts)))
}

// TestLogFrozen asks while no byte passes between the writer and the server:
// not one byte of a record leaves.
func TestLogFrozen(t *testing.T) {
	t.Parallel()
	n := times(50, 1000)
	clients := min(n, 200)
	dir, d := scene(t)
	proxy, url := proxytest.Start(t, d.URL("tongxin"), proxytest.Options{Application: "tongxin-audit"})
	h, db := serve(t, dir, url), d.open(t)
	q := h.question
	q.Secrets = values(t, crowdtest.Ask(t, q).First)
	proxy.Freeze()
	c := crowdtest.GatherMany(t, clients, q)
	for c.Refusals() < n && !t.Failed() {
		c.Refused(t, min(clients, n-c.Refusals()), refusal, "refusals while the log is frozen")
	}
	told := c.End()
	proxy.Thaw()
	told.RefusedOnlyAs(t, "AUDIT_UNAVAILABLE")
	if len(told.Receipts) > 0 {
		t.Errorf("%d answers with data", len(told.Receipts))
	}
	again := crowdtest.Gather(t, q)
	again.Hears(t, 1, recovery, "an answer after the thaw")
	after := again.End()
	after.RefusedOnlyAs(t, "AUDIT_UNAVAILABLE")
	crowdtest.Kept(t, db, after.Receipts)
	verify(t, dir, d.URL("tongxin"))
	passed(t, len(told.Waits), fmt.Sprintf("%d requests on a frozen log, 0 bytes of data, slowest refusal %v", len(told.Waits), told.Slowest().Round(time.Millisecond)))
}

// values are what an answer shows of the child.
func values(t *testing.T, data []byte) []string {
	t.Helper()
	var shown struct {
		Child struct{ Name, ResidenceAddress string }
	}
	if err := json.Unmarshal(data, &shown); err != nil || shown.Child.Name == "" || shown.Child.ResidenceAddress == "" {
		t.Fatalf("no values to look for in %q: %v", data, err)
	}
	return []string{shown.Child.Name, shown.Child.ResidenceAddress}
}

// TestOverload sends ten times more requests at once than the hub has places.
func TestOverload(t *testing.T) {
	t.Parallel()
	const places = 8
	n := times(50, 10_000)
	dir, d := scene(t)
	h, db := serve(t, dir, d.URL("tongxin"), fmt.Sprintf("--max-concurrent=%d", places)), d.open(t)
	c := crowdtest.GatherMany(t, 10*places, h.question)
	c.Refused(t, n, 5*time.Minute, "refusals under overload")
	c.Hears(t, 1, recovery, "an answer under overload")
	told := c.End()
	told.RefusedOnlyAs(t, "UNAVAILABLE")
	crowdtest.Kept(t, db, told.Receipts)
	if p99 := told.P99(); *full && p99 > 100*time.Millisecond {
		t.Errorf("99 of 100 refusals took up to %v, promised are 100ms", p99)
	}
	verify(t, dir, d.URL("tongxin"))
	passed(t, len(told.Receipts), fmt.Sprintf("10 x overload, %d answers, %d refusals, p99 %v", len(told.Receipts), len(told.Waits), told.P99().Round(time.Millisecond/10)))
}
