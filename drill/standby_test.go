package drill

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/crowdtest"
	"github.com/tongxin-hub/tongxin/internal/pglocal"
	"github.com/tongxin-hub/tongxin/internal/proxytest"
)

// linkDelay is how long everything is under way between primary and standby.
const linkDelay = 20 * time.Millisecond

// TestFailover kills the primary under load and promotes its standby: one hub
// that knows both goes on there, and every entry that was acknowledged before
// is in its log. The standby is the primary of the next round.
func TestFailover(t *testing.T) {
	t.Parallel()
	n, answers, slowest := times(1, 20), 0, time.Duration(0)
	dir, primary := scene(t)
	for range n {
		standby := follow(t, primary)
		h := serve(t, dir, either(t, primary, standby))
		c := crowdtest.Gather(t, h.question)
		c.Hears(t, 1+rand.IntN(200), 30*time.Second, "answers before")
		if err := primary.Kill(); err != nil {
			t.Fatal(err)
		}
		c.Refused(t, crowdtest.Size, refusal, "refusals without a primary")
		db := standby.open(t)
		if !value[bool](t, db, `SELECT pg_promote(true, 30)`) {
			t.Fatal("the standby was not promoted")
		}
		began := time.Now()
		c.Hears(t, crowdtest.Size, 2*recovery, "answers of the promoted standby")
		slowest = max(slowest, time.Since(began))
		told := c.End()
		told.RefusedOnlyAs(t, "UNAVAILABLE", "AUDIT_UNAVAILABLE", "POLICY_UNAVAILABLE")
		crowdtest.Kept(t, db, told.Receipts)
		db.Close()
		if err := h.Stop(); err != nil {
			t.Fatal(err)
		}
		verify(t, dir, standby.URL("tongxin"))
		if answers += len(told.Receipts); t.Failed() {
			break
		}
		primary = standby
	}
	passed(t, n, fmt.Sprintf("%d x failover over a link of %v, %d answers, on again at most %v after the promotion",
		n, linkDelay, answers, slowest.Round(time.Millisecond)))
}

// follow makes a standby that a primary waits for with every commit.
func follow(t *testing.T, primary *database) *database {
	t.Helper()
	dir := directory(t)
	if err := primary.Backup(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if err := pglocal.Standby(dir); err != nil {
		t.Fatal(err)
	}
	link, _ := proxytest.Start(t, primary.URL("tongxin"), proxytest.Options{Delay: linkDelay})
	standby := newDatabase(t, dir,
		"primary_conninfo=host=127.0.0.1 port="+link.Port()+" user=tongxin sslmode=disable application_name=standby")
	db := primary.open(t)
	defer db.Close()
	for _, sql := range []string{`ALTER SYSTEM SET synchronous_standby_names = 'standby'`, `SELECT pg_reload_conf()`} {
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for end := time.Now().Add(30 * time.Second); !value[bool](t, db, `SELECT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync')`); <-ticker.C {
		if time.Now().After(end) {
			t.Fatalf("the standby does not follow; see %s", standby.LogFile())
		}
	}
	return standby
}

// either is the address of whichever of two servers takes writes.
func either(t *testing.T, a, b *database) string {
	t.Helper()
	first, err := url.Parse(a.URL("tongxin"))
	if err != nil {
		t.Fatal(err)
	}
	second, err := url.Parse(b.URL("tongxin"))
	if err != nil {
		t.Fatal(err)
	}
	q := first.Query()
	q.Set("host", q.Get("host")+","+second.Query().Get("host"))
	q.Set("target_session_attrs", "read-write")
	first.RawQuery = q.Encode()
	return first.String()
}
