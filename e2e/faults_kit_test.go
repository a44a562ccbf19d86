package e2e

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/crowdtest"
	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/internal/proxytest"
)

// What the hub promises of a fault: how long until it refuses, and how long
// until it answers again without being started again.
const (
	refusal  = 5 * time.Second
	recovery = 2 * time.Second
)

// asked is the crowd's question: one child, as the director asks.
func asked(t *testing.T, h *hubtest.Hub) crowdtest.Question {
	t.Helper()
	c := h.Caller(t, "director")
	return askedBy(t, h, c, c.ChildID)
}

// askedBy is a question for one child.
func askedBy(t *testing.T, h *hubtest.Hub, c demo.Caller, child int64) crowdtest.Question {
	t.Helper()
	token, err := h.App.DemoToken(c.AgencyCode, c.StaffCode)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(hubtest.Question{
		Query:     "query File($id: ID!) { child(id: $id) { name residenceAddress } }",
		Variables: map[string]any{"id": h.ID(t, c, "Child", child)},
	})
	if err != nil {
		t.Fatal(err)
	}
	q := crowdtest.Question{URL: h.URL + "/graphql", Header: http.Header{}, Body: body}
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Authorization", "Bearer "+token)
	q.Header.Set("Tongxin-Purpose", c.Purpose)
	q.Header.Set("Tongxin-Ticket", c.TicketCode)
	return q
}

// secrets are what the question shows of a child.
func secrets(t *testing.T, h *hubtest.Hub, child int64) []string {
	t.Helper()
	return []string{
		single[string](t, h, `SELECT name FROM child WHERE id = $1`, child),
		single[string](t, h, `SELECT residence_address FROM child WHERE id = $1`, child),
	}
}

// outage is a hub whose way to its log can be cut and frozen.
type outage struct {
	*hubtest.Hub
	proxy *proxytest.Proxy
}

// behind starts a hub whose database lies behind a proxy that troubles the
// audit writer's sessions alone.
func behind(t *testing.T) outage {
	t.Helper()
	var s outage
	s.Hub = hubtest.Start(t, hubtest.Options{Configure: func(c *config.Config) {
		s.proxy, c.DatabaseURL = proxytest.Start(t, c.DatabaseURL, proxytest.Options{Application: "tongxin-audit"})
	}})
	return s
}

// calamity is something that makes the log unwritable until it ends.
type calamity struct {
	name  string
	begin func(t *testing.T, s outage) (end func())
}

// survive proves of one calamity under load what is promised of all: while it
// lasts nobody is shown anything and everybody hears so in time, whether their
// children were counted before or not; when it ends the hub answers again by
// itself; nothing that was answered is missing from a log that verifies.
func (s outage) survive(t *testing.T, k calamity) {
	t.Helper()
	child := s.Caller(t, "director").ChildID
	newcomer := director(t, s.Hub, child)
	q, late := asked(t, s.Hub), askedBy(t, s.Hub, newcomer, child)
	q.Secrets, late.Secrets = secrets(t, s.Hub, child), secrets(t, s.Hub, child)
	c := crowdtest.Gather(t, q)
	c.Hears(t, crowdtest.Size, 10*time.Second, k.name+": answers before")
	end := k.begin(t, s)
	c.Refused(t, crowdtest.Size, refusal, k.name+": refusals")
	answered := c.Answered()
	began := time.Now()
	came := crowdtest.Ask(t, late)
	came.RefusedOnlyAs(t, "AUDIT_UNAVAILABLE")
	if took := time.Since(began); took > refusal || len(came.Receipts) > 0 {
		t.Errorf("%s: a newcomer was answered after %v: %+v", k.name, took, came)
	}
	if n := c.Answered() - answered; n > 0 {
		t.Errorf("%s: %d answers with data although none could be recorded", k.name, n)
	}
	end()
	c.Hears(t, 1, recovery, k.name+": an answer after")
	c.Hears(t, 2*crowdtest.Size, 10*time.Second, k.name+": answers after")
	told := c.End()
	told.RefusedOnlyAs(t, "AUDIT_UNAVAILABLE")
	if told.Unanswered > 0 {
		t.Errorf("%s: %d requests were not answered at all", k.name, told.Unanswered)
	}
	crowdtest.Kept(t, s.DB, told.Receipts)
	sound(t, s.Hub, "the log after: "+k.name)
}
