package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// relieving is an application that is played through.
type relieving struct {
	*reporting
	child                                            int64
	version                                          int
	director, window, county, signer, teacher, other demo.Caller
}

// newRelieving is a child without an application, and people of agencies that can sign
// in here.
func newRelieving(t *testing.T) *relieving {
	t.Helper()
	p := &relieving{reporting: newReporting(t), child: demo.Bailu}
	h := p.h
	change(t, h, `DELETE FROM relief_application WHERE child_id = $1`, p.child)
	change(t, h, `UPDATE post SET authorised_until = '2026-11-01' WHERE role IN ('REL', 'CM') AND agency_id = (SELECT id FROM agency WHERE code = 'MZ')`)
	p.director = director(t, h, p.child)
	p.window = hire(t, h, post{agency: "ZJ002", role: "REL", purpose: "TEMP_RELIEF", division: where(t, h, p.child, "township"), from: "2026-11-20"})
	p.county = hire(t, h, post{agency: "MZ", role: "REL", purpose: "TEMP_RELIEF", from: "2026-11-20"})
	p.signer = hire(t, h, post{agency: "MZ", role: "CM", purpose: "TEMP_RELIEF", from: "2026-11-20"})
	p.other = hire(t, h, post{agency: "ZJ003", role: "REL", purpose: "TEMP_RELIEF", from: "2026-11-20"})
	p.teacher = h.Caller(t, "class-teacher")
	return p
}

func (p *relieving) id(c demo.Caller) string {
	p.t.Helper()
	return p.h.ID(p.t, c, "ReliefApplication", single[int64](p.t, p.h, `SELECT max(id) FROM relief_application WHERE child_id = $1`, p.child))
}

// step makes a move that has to happen and lead to a state.
func (p *relieving) step(c demo.Caller, mutation, state string, in members) {
	p.t.Helper()
	out := members{"id": p.id(c), "version": p.version}
	for k, v := range in {
		out[k] = v
	}
	got := p.must(c, mutation, out)
	if got.State != state {
		p.t.Fatalf("%s: %s, want %s", mutation, got.raw, state)
	}
	p.version = got.Version
}

// not tries a move that must not happen.
func (p *relieving) not(c demo.Caller, mutation, code string, in members) {
	p.t.Helper()
	out := members{"id": p.id(c), "version": p.version}
	for k, v := range in {
		out[k] = v
	}
	p.refused(c, mutation, out, code)
}

// holds gives somebody the work item that the application opened for them.
func (p *relieving) holds(c *demo.Caller) {
	p.t.Helper()
	c.TicketCode = single[string](p.t, p.h, `SELECT k.code FROM ticket k JOIN staff s ON s.id = k.staff_id WHERE s.code = $1 AND k.kind = 'RELIEF_APPLICATION' AND k.child_id = $2 AND k.closed_at IS NULL`, c.StaffCode, p.child)
}

// begins has the director find the need and the window take it.
func (p *relieving) begins(reason string, urgent bool) {
	p.t.Helper()
	got := p.must(p.director, "findNeed", members{"child": p.h.ID(p.t, p.director, "Child", p.child), "reason": reason})
	p.version = got.Version
	p.holds(&p.window)
	p.tasks("the window", p.window, "RELIEF_APPLY")
	p.step(p.window, "applyForRelief", "APPLIED", members{"applicantRelation": p.applicant(), "urgent": urgent, "account": "000012345678901"})
}

// applicant is the relation of somebody of the family.
func (p *relieving) applicant() string {
	p.t.Helper()
	return single[string](p.t, p.h, `SELECT relation FROM guardian WHERE child_id = $1 ORDER BY id LIMIT 1`, p.child)
}

const reliefLooks = `residenceAddress reliefApplications { state amount account publicity notice noPublicityReason }`

// TestStory_relief: the household has lost its income overnight. The director hands the
// need to the township, money comes first, papers follow; for the child's sake nothing
// is published, which a case manager signs; the county decides the sum above the
// township's. The director sees how far it is and never the sum.
func TestStory_relief(t *testing.T) {
	t.Parallel()
	p := newRelieving(t)
	h := p.h
	from := single[int64](t, h, `SELECT size FROM audit_head`)
	p.begins("EMERGENCY", true)
	p.refused(p.director, "findNeed", members{"child": h.ID(t, p.director, "Child", p.child), "reason": "EMERGENCY"}, "CONFLICT")
	address := single[string](t, h, `SELECT residence_address FROM child WHERE id = $1`, p.child)
	p.sees("the window", p.window, p.child, reliefLooks, `{"child":{"residenceAddress":"`+address+`","reliefApplications":[{"state":"APPLIED","amount":null,"account":"***********8901","publicity":null,"notice":null,"noPublicityReason":null}]}}`)
	gone(t, "the window of another township", h, give(t, h, p.other, "RELIEF_APPLICATION", nil), p.child)
	p.sees("the teacher", p.teacher, p.child, `reliefApplications { state } protection { hasRelief }`, `{"child":{"reliefApplications":null,"protection":{"hasRelief":null}}}`)

	// Money first.
	p.not(p.window, "checkRelief", "CONFLICT", members{"visitedOn": "2026-11-23", "economy": "NOT_NEEDED"})
	p.not(p.window, "payUrgently", "BAD_REQUEST", members{"amount": 2000.5})
	p.step(p.window, "payUrgently", "APPLIED", members{"amount": 1000})
	p.not(p.window, "payUrgently", "CONFLICT", members{"amount": 1000})
	p.step(p.window, "checkRelief", "CHECKING", members{"visitedOn": "2026-11-23", "economy": "NOT_NEEDED"})

	// Nothing is published: a case manager signs.
	p.not(p.window, "signNoPublicity", "FORBIDDEN", nil)
	p.step(p.window, "proposeNoPublicity", "CHECKING", members{"amount": 5000, "reason": "SELF_ESTEEM"})
	p.holds(&p.signer)
	p.tasks("the case manager", p.signer, "RELIEF_SIGN")
	p.not(p.window, "publishRelief", "CONFLICT", members{"amount": 5000})
	p.sees("the case manager", p.signer, p.child, `reliefApplications { state amount noPublicityReason }`, `{"child":{"reliefApplications":[{"state":"CHECKING","amount":5000,"noPublicityReason":"SELF_ESTEEM"}]}}`)
	p.step(p.signer, "signNoPublicity", "PUBLICITY", nil)
	gone(t, "the case manager, having signed", h, p.signer, p.child)

	// The county decides.
	p.not(p.window, "decideRelief", "FORBIDDEN", members{"amount": 5000})
	p.holds(&p.county)
	p.tasks("the county", p.county, "RELIEF_DECIDE")
	p.not(p.county, "decideRelief", "BAD_REQUEST", members{"amount": 5001})
	p.step(p.county, "decideRelief", "DECIDED", members{"amount": 4500})
	gone(t, "the county, having decided", h, p.county, p.child)
	p.sees("the director", p.director, p.child, reliefLooks, `{"child":{"residenceAddress":"`+address+`","reliefApplications":[{"state":"DECIDED","amount":null,"account":null,"publicity":"NO_PUBLICITY","notice":null,"noPublicityReason":null}]}}`)
	p.step(p.window, "payRelief", "PAID", nil)
	p.sees("the window, paid", p.window, p.child, `reliefApplications { state amount advanceAmount paidOn }`, `{"child":{"reliefApplications":[{"state":"PAID","amount":4500,"advanceAmount":1000,"paidOn":"2026-11-23"}]}}`)
	p.step(p.window, "closeRelief", "CLOSED", nil)
	gone(t, "the window, at the end", h, p.window, p.child)
	p.tasks("the window, at the end", p.window)

	want := []string{
		"DIR FindNeed ALLOWED NEED_FOUND", "REL ApplyForRelief ALLOWED APPLIED", "REL PayUrgently ALLOWED APPLIED", "REL CheckRelief ALLOWED CHECKING",
		"REL ProposeNoPublicity ALLOWED CHECKING", "CM SignNoPublicity ALLOWED PUBLICITY", "REL DecideRelief ALLOWED DECIDED", "REL PayRelief ALLOWED PAID",
		"REL CloseRelief ALLOWED CLOSED",
	}
	if diff := cmp.Diff(want, p.file(p.child, from)); diff != "" {
		t.Errorf("the file of the application (-want +got):\n%s", diff)
	}
}

// TestRelief_noticeAndAppeal: the ordinary way. The notice holds nothing of the child,
// the decision waits for its end; refused, the family appeals once, and another person
// decides.
func TestRelief_noticeAndAppeal(t *testing.T) {
	t.Parallel()
	p := newRelieving(t)
	h := p.h
	p.begins("EXPENDITURE", false)
	p.not(p.window, "payUrgently", "CONFLICT", members{"amount": 500})
	p.not(p.window, "checkRelief", "BAD_REQUEST", members{"visitedOn": "2026-11-23", "economy": "NOT_NEEDED"})
	p.step(p.window, "checkRelief", "CHECKING", members{"visitedOn": "2026-11-23", "economy": "WITHIN"})
	p.step(p.window, "publishRelief", "PUBLICITY", members{"amount": 1800})
	notice := single[string](t, h, `SELECT notice FROM relief_application WHERE child_id = $1`, p.child)
	for what, value := range map[string]string{
		"name": "name", "number": "citizen_id", "address": "residence_address", "phone": "care_contact_phone",
	} {
		if never := single[string](t, h, `SELECT coalesce(`+value+`, '-') FROM child WHERE id = $1`, p.child); never != "-" && strings.Contains(notice, never) {
			t.Errorf("the notice holds the child's %s: %s", what, notice)
		}
	}
	school := single[string](t, h, `SELECT s.name FROM enrolment e JOIN school s ON s.id = e.school_id WHERE e.child_id = $1 AND e.current`, p.child)
	for _, never := range []string{school, "留守", "困境", "孩", "儿童", "学校", "病", "残"} {
		if strings.Contains(notice, never) {
			t.Errorf("the notice holds %q: %s", never, notice)
		}
	}
	p.isObjectedTo()
	p.not(p.window, "decideRelief", "CONFLICT", members{"amount": 1800})
	p.pass(4 * 24 * time.Hour)
	p.step(p.window, "refuseRelief", "REFUSED", members{"reason": "NOT_ELIGIBLE"})
	p.sees("the director", p.director, p.child, `reliefApplications { state refusal }`, `{"child":{"reliefApplications":[{"state":"REFUSED","refusal":"NOT_ELIGIBLE"}]}}`)
	p.step(p.director, "appealRelief", "APPEAL", nil)
	p.holds(&p.county)
	p.step(p.county, "reopenRelief", "CHECKING", nil)
	p.window.TicketCode = single[string](t, h, `SELECT k.code FROM ticket k JOIN staff s ON s.id = k.staff_id WHERE s.code = $1 AND k.kind = 'RELIEF_APPLICATION' AND k.closed_at IS NULL`, p.window.StaffCode)
	p.step(p.window, "publishRelief", "PUBLICITY", members{"amount": 1800})
	p.pass(6 * 24 * time.Hour)
	p.not(p.window, "decideRelief", "FORBIDDEN", members{"amount": 1800}) // whoever ruled on the appeal decides
	p.step(p.county, "refuseRelief", "REFUSED", members{"reason": "EVIDENCE_MISSING"})
	p.not(p.director, "appealRelief", "CONFLICT", nil)
	list := h.Ask(t, give(t, h, p.window, "RELIEF_APPLICATION", nil), hubtest.Question{Query: `query List { reliefApplications { nodes { state } } }`})
	answers(t, "nothing is left in the window's hand", list, `{"reliefApplications":{"nodes":[]}}`)
}

// isObjectedTo: a neighbour objects at the window within the days of the notice. What
// holds is checked and published anew; what fails leaves the notice as it was. The
// neighbour is written nowhere, and the director learns how far it is, not of what.
func (p *relieving) isObjectedTo() {
	p.t.Helper()
	p.not(p.window, "recordObjection", "BAD_REQUEST", members{"objectedOn": "2026-11-22", "ground": "ECONOMY"})
	p.step(p.window, "recordObjection", "OBJECTED", members{"objectedOn": "2026-11-23", "ground": "ECONOMY"})
	p.tasks("the window", p.window, "RELIEF_OBJECTION")
	p.not(p.window, "decideRelief", "CONFLICT", members{"amount": 1800})
	p.sees("the window, objected to", p.window, p.child, `reliefApplications { state objectedOn objectionGrounds objectionOutcome }`,
		`{"child":{"reliefApplications":[{"state":"OBJECTED","objectedOn":"2026-11-23","objectionGrounds":["ECONOMY"],"objectionOutcome":null}]}}`)
	p.sees("the director, objected to", p.director, p.child, `reliefApplications { state objectedOn objectionGrounds }`,
		`{"child":{"reliefApplications":[{"state":"OBJECTED","objectedOn":null,"objectionGrounds":null}]}}`)
	p.step(p.window, "upholdObjection", "APPLIED", nil)
	p.tasks("the window, checking anew", p.window, "RELIEF_CHECK")
	p.step(p.window, "checkRelief", "CHECKING", members{"visitedOn": "2026-11-23", "economy": "WITHIN"})
	p.step(p.window, "publishRelief", "PUBLICITY", members{"amount": 1800})
	p.step(p.window, "recordObjection", "OBJECTED", members{"objectedOn": "2026-11-23", "ground": "FACTS"})
	p.step(p.window, "rejectObjection", "PUBLICITY", nil)
	p.sees("the window, answered", p.window, p.child, `reliefApplications { state publicity objectionGrounds objectionOutcome objectionAnsweredOn }`,
		`{"child":{"reliefApplications":[{"state":"PUBLICITY","publicity":"PUBLIC","objectionGrounds":["FACTS"],"objectionOutcome":"REJECTED","objectionAnsweredOn":"2026-11-23"}]}}`)
}
