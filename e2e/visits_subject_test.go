package e2e

import (
	"strings"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// TestVisit_ofAnotherType: the number of a child in reach is the number of somebody
// else's visit too. Its id opens the child and no visit.
func TestVisit_ofAnotherType(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	sup := holder(t, h, "SUP", "VISIT_SUPERVISION", demo.Bailu)
	change(t, h, `UPDATE visit SET state = 'SUBMITTED', child_id = (SELECT min(c.id) FROM child c
		WHERE c.residence_township_id <> (SELECT residence_township_id FROM child WHERE id = $1)) WHERE id = $1`, demo.Bailu)
	const stands = `SELECT state || ' ' || version FROM visit WHERE id = $1`
	before := single[string](t, h, stands, demo.Bailu)
	id := h.ID(t, sup, "Child", demo.Bailu)
	version := single[int](t, h, `SELECT version FROM visit WHERE id = $1`, demo.Bailu)
	expect(t, h, sup, "checkVisit", map[string]any{"id": id, "version": version}, "NOT_FOUND input")
	if after := single[string](t, h, stands, demo.Bailu); after != before {
		t.Errorf("the visit of a child out of reach went from %s to %s", before, after)
	}
}

// TestVisit_shieldedChildIsNobodys: nobody is sent to a child that is shielded
// altogether, and what was to be done about it is hidden, not ended: it is there again
// when the shield goes.
func TestVisit_shieldedChildIsNobodys(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	staffed(t, h, demo.Taoyuan)
	director := holder(t, h, "DIR", "VISIT", demo.Taoyuan)
	before := single[int](t, h, `SELECT count(*) FROM visit WHERE child_id = $1`, demo.Taoyuan)
	h.RunJobs(t)
	if n := single[int](t, h, `SELECT (SELECT count(*) FROM visit WHERE child_id = $1) - $2 + (SELECT count(*) FROM task WHERE child_id = $1 AND subject IN ('visit', 'registration'))`, demo.Taoyuan, before); n != 0 {
		t.Errorf("%d visits and tasks came of the night", n)
	}
	ticketed := give(t, h, director, "VISIT_TASK", demo.Taoyuan)
	change(t, h, `INSERT INTO task (kind, child_id, subject, subject_id, staff_id, agency_id, ticket_id, opened_at, due_at, basis, next_rung_at)
		SELECT 'VISIT', $1, 'visit', 1, s.id, s.agency_id, k.id, '2026-11-20', '2026-11-21', '', '2026-11-21' FROM staff s JOIN ticket k ON k.code = $3 WHERE s.code = $2`,
		demo.Taoyuan, director.StaffCode, ticketed.TicketCode)
	lists := func() string {
		t.Helper()
		h.RunJobs(t) // escalates what is late
		got := h.Ask(t, director, hubtest.Question{Query: `query Mine { inbox(first: 100) { nodes { kind } } changes(first: 100) { nodes { kind } } tickets { kind } }`})
		return string(got.Data)
	}
	if got := lists(); got != `{"inbox":{"nodes":[]},"changes":{"nodes":[]},"tickets":[]}` {
		t.Errorf("of the shielded child the director is shown %s", got)
	}
	if n := single[int](t, h, `SELECT count(*) FROM task WHERE child_id = $1 AND raised_by IS NOT NULL`, demo.Taoyuan); n != 0 {
		t.Errorf("%d tasks about the shielded child went up", n)
	}
	change(t, h, `UPDATE child SET shield = 'NONE' WHERE id = $1`, demo.Taoyuan)
	if got := lists(); !strings.Contains(got, `{"inbox":{"nodes":[{"kind":"VISIT"}`) || !strings.Contains(got, `"tickets":[{"kind":"VISIT_TASK"}`) {
		t.Errorf("without the shield the director is shown %s", got)
	}
}
