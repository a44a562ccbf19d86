package e2e

import (
	"bytes"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/crowdtest"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// TestFaults_auditConnectionCut ends the writer's backend again and again while
// it is at work: a commit whose end nobody heard is never answered with data.
func TestFaults_auditConnectionCut(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	c := crowdtest.Gather(t, asked(t, h))
	c.Hears(t, 50, 10*time.Second, "answers before")
	ticker := time.NewTicker(15 * time.Millisecond)
	defer ticker.Stop()
	cuts := int64(0)
	for end := time.Now().Add(20 * time.Second); cuts < 10 && time.Now().Before(end); <-ticker.C {
		cuts += single[int64](t, h, `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
			WHERE datname = current_database() AND application_name = 'tongxin-audit' AND state <> 'idle'`)
	}
	c.Hears(t, 50, 4*time.Second, "answers after the last cut")
	told := c.End()
	if cuts < 10 {
		t.Errorf("only %d connections were cut at work", cuts)
	}
	told.RefusedOnlyAs(t, "AUDIT_UNAVAILABLE")
	crowdtest.Kept(t, h.DB, told.Receipts)
	sound(t, h, "the log after the cuts")
}

// TestFaults_twoHubs lets two hubs write one log: one consecutive numbering,
// one policy version.
func TestFaults_twoHubs(t *testing.T) {
	t.Parallel()
	first := hubtest.Start(t, hubtest.Options{})
	second, _ := open(t, first.DB.Config().ConnString())
	before := size(t, first)
	c := crowdtest.Gather(t, asked(t, first), asked(t, second))
	c.Hears(t, 300, 20*time.Second, "answers of both")
	told := c.End()
	told.RefusedOnlyAs(t)
	crowdtest.Kept(t, first.DB, told.Receipts)
	if grown := size(t, first) - before; grown != int64(len(told.Receipts)) {
		t.Errorf("%d answers, %d entries", len(told.Receipts), grown)
	}
	for _, r := range told.Receipts {
		if r.PolicyVersion != told.Receipts[0].PolicyVersion {
			t.Errorf("two policy versions: %s and %s", r.PolicyVersion, told.Receipts[0].PolicyVersion)
		}
	}
	sound(t, first, "the log of two hubs")
}

// TestFaults_policyReplacedUnderTwoHubs puts another policy in force while two
// hubs answer: within five seconds neither does, and none of what is asked
// afterwards is answered under the old one.
func TestFaults_policyReplacedUnderTwoHubs(t *testing.T) {
	t.Parallel()
	first := hubtest.Start(t, hubtest.Options{})
	second, _ := open(t, first.DB.Config().ConnString())
	before := crowdtest.Gather(t, asked(t, first), asked(t, second))
	before.Hears(t, 2*crowdtest.Size, 20*time.Second, "answers of both")
	change(t, first, `INSERT INTO policy_version (version, files, activated_at, activated_by)
		SELECT 'sha256:000000000000', '{}', max(activated_at) + interval '1 microsecond', 'test' FROM policy_version`)
	answered := 0
	within(t, 5*time.Second, "both hubs noticing the other policy", func() bool {
		none := before.Answered() == answered && before.Refusals() > 2*crowdtest.Size
		answered = before.Answered()
		return none
	})
	told := before.End() // with what was under way
	told.RefusedOnlyAs(t, "POLICY_UNAVAILABLE")
	after := crowdtest.Gather(t, asked(t, first), asked(t, second))
	after.Refused(t, 1000, 20*time.Second, "refusals under the other policy")
	if stale := after.Answered(); stale > 0 {
		t.Errorf("%d answers under a policy that is no longer in force", stale)
	}
	change(t, first, `INSERT INTO policy_version (version, files, activated_at, activated_by)
		SELECT version, files, (SELECT max(activated_at) + interval '1 microsecond' FROM policy_version), 'test'
		FROM policy_version WHERE activated_by <> 'test' ORDER BY id DESC LIMIT 1`)
	after.Hears(t, 2*crowdtest.Size, 5*time.Second, "answers under the own policy")
	again := after.End()
	again.RefusedOnlyAs(t, "POLICY_UNAVAILABLE")
	crowdtest.Kept(t, first.DB, append(told.Receipts, again.Receipts...))
	sound(t, first, "the log after the other policy")
}

// TestFaults_stoppedUnderLoad stops a hub in order: no answer without its
// entry, no entry whose caller was left without an answer.
func TestFaults_stoppedUnderLoad(t *testing.T) {
	t.Parallel()
	other := hubtest.Start(t, hubtest.Options{})
	h, stop := open(t, other.DB.Config().ConnString())
	before := size(t, other)
	c := crowdtest.Gather(t, asked(t, h))
	c.Hears(t, 200, 20*time.Second, "answers before")
	if err := stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	told := c.End()
	told.RefusedOnlyAs(t, "UNAVAILABLE")
	crowdtest.Kept(t, other.DB, told.Receipts)
	extra := size(t, other) - before - int64(len(told.Receipts))
	if extra < 0 || extra > int64(told.Unanswered) {
		t.Errorf("%d answers, %d entries beyond them, %d requests unanswered", len(told.Receipts), extra, told.Unanswered)
	}
	sound(t, other, "the log after the stop")
}

// TestFaults_slowAndVanishedClients keeps more clients that never finish their
// request than the hub serves at once, and others that leave before the answer:
// nobody else notices.
func TestFaults_slowAndVanishedClients(t *testing.T) {
	t.Parallel()
	const places, slow, gone = 48, 96, 100
	h := hubtest.Start(t, hubtest.Options{Configure: func(c *config.Config) { c.Load.MaxConcurrent = places }})
	c := crowdtest.Gather(t, asked(t, h))
	q := asked(t, h)
	var request bytes.Buffer
	fmt.Fprintf(&request, "POST /graphql HTTP/1.1\r\nHost: hub\r\nContent-Length: %d\r\n", len(q.Body))
	if err := q.Header.Write(&request); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&request, "\r\n%s", q.Body)
	send := func(text []byte) net.Conn {
		var d net.Dialer
		conn, err := d.DialContext(t.Context(), "tcp", h.App.Addr())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write(text); err != nil {
			t.Fatal(err)
		}
		return conn
	}
	for range slow {
		conn := send(request.Bytes()[:request.Len()-10])
		t.Cleanup(func() { _ = conn.Close() })
	}
	for range gone {
		_ = send(request.Bytes()).Close()
		c.Hears(t, 1, 2*time.Second, "others while clients vanish")
	}
	c.Hears(t, 100, 5*time.Second, "others")
	told := c.End()
	told.RefusedOnlyAs(t)
	if told.Longest > 2*time.Second || told.Unanswered > 0 {
		t.Errorf("others waited up to %v, %d in vain", told.Longest, told.Unanswered)
	}
	crowdtest.Kept(t, h.DB, told.Receipts)
	sound(t, h, "the log after clients vanished")
}
