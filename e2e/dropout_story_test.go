package e2e

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// ledgerFile is what worked cases 1 to 4 ask for.
const ledgerFile = `name birthYearMonth residenceVillage residenceAddress enrolment { status grade absentRunDays dropoutHistoryCount }
caregivers { name phone } guardians { workplaceCity } registration { leftBehind riskLevel } psychology { level }`

// TestStory_qinghe plays 青禾-01 from the first absence to the cancellation, and asserts
// at every step what each of the people in it is shown (worked cases 1 to 4).
func TestStory_qinghe(t *testing.T) {
	t.Parallel()
	p := opening(t)
	from := size(t, p.h)
	p.theSchoolReports()
	p.theHomeIsVisited()
	p.theTownshipPersuades()
	p.theChildReturns()
	p.theCaseIsClosed()
	var story []string
	for _, e := range entries(t, p.h, from) {
		if strings.HasPrefix(e.Operation, "Move") {
			story = append(story, strings.Join([]string{e.Role, strings.TrimPrefix(e.Requested[0], "Mutation."), e.Outcome, e.Reason}, " "))
		}
	}
	if diff := cmp.Diff([]string{}, story); diff != "" {
		t.Errorf("the file of the story (-want +got):\n%s", diff)
	}
}

// theSchoolReports: two days are noted, six are an alert; the officer takes it.
func (p *play) theSchoolReports() {
	p.t.Helper()
	p.went("two days are noted", p.absent("2026-11-20", "UNKNOWN"), "NOTED")
	p.shows("worked case 4: no ledger item", p.officer, "")
	p.day("2026-11-27")
	p.went("illness is noted", p.absent("2026-11-20", "ILLNESS"), "NOTED")
	got := p.absent("2026-11-20", "UNKNOWN")
	p.went("six days are an alert", got, "ALERT")
	p.id, p.version = single[int64](p.t, p.h, `SELECT max(id) FROM dropout_case WHERE child_id = $1`, p.child), got.Version
	p.has("after the alert", "DROPOUT_PHONE_CHECK officer")
	p.went("the officer takes it", p.move(p.officer, "acceptAlert", nil), "PHONE_CHECK")
	p.shows("worked case 1: phone check", p.officer, "")
	p.sees("the director has a card without a reason", p.director, "actionCards { text } enrolment { absentRunDays absentBand } dropoutCases { stage }", "")
	p.sees("the supervisor sees the band", p.township, "enrolment { absentRunDays absentBand }", "")
}

func (p *play) theHomeIsVisited() {
	p.t.Helper()
	p.went("somebody else was first", p.at0(p.officer, "startHomeVisit"), "CONFLICT input.version")
	p.went("the home is to be visited", p.move(p.officer, "startHomeVisit", nil), "HOME_VISIT")
	p.has("at the home visit", "DROPOUT_HOME_VISIT director", "DROPOUT_HOME_VISIT teacher", "DROPOUT_LEDGER officer")
	p.shows("worked case 2: home visit", p.officer, "")
	p.went("no ledger before a visit", p.move(p.officer, "enterSuspected", nil), "CONFLICT input.id")
	p.went("the director may not enter it", p.move(p.director, "enterSuspected", nil), "FORBIDDEN input")
	p.went("the director writes the visit down", p.visit(p.director, "2026-11-27", "UNDECIDED"), "HOME_VISIT")
	p.sees("the card is done", p.director, "actionCards { text doneOn } dropoutCases { stage persuasionVisits { result } }", "")
	p.day("2026-12-01")
	p.went("the suspected ledger", p.move(p.officer, "enterSuspected", nil), "SUSPECTED")
	p.went("the township takes over", p.move(p.officer, "handToTownship", nil), "TOWNSHIP_PERSUASION")
	p.has("in the township's hands", "DROPOUT_PERSUASION teacher", "DROPOUT_PERSUASION township")
}

func (p *play) theTownshipPersuades() {
	p.t.Helper()
	p.went("no report before persuasion has failed", p.move(p.teacher, "reportInWriting", map[string]any{"reference": "示范校报〔2026〕1号"}), "CONFLICT input.id")
	p.went("persuasion fails", p.visit(p.township, "2026-12-01", "REFUSED"), "TOWNSHIP_PERSUASION")
	p.went("the school reports", p.move(p.teacher, "reportInWriting", map[string]any{"reference": "示范校报〔2026〕1号"}), "WRITTEN_REPORT")
	p.has("after the report", "DROPOUT_ORDER township")
	p.went("the township orders", p.move(p.township, "issueReturnOrder", map[string]any{"kind": "ORDER", "dueOn": "2026-12-15"}), "ORDER")
	p.went("not before its day", p.move(p.officer, "confirmDropout", nil), "CONFLICT input.id")
	p.day("2026-12-16")
	p.went("the dropout ledger", p.move(p.officer, "confirmDropout", nil), "DROPOUT")
	got := p.h.Ask(p.t, p.officer, hubtest.Question{Query: `{ dropoutLedger(ledger: DROPOUT) { nodes { stage ledger child { name } } } }`})
	answers(p.t, "the ledger", got, "")
}

func (p *play) theChildReturns() {
	p.t.Helper()
	p.day("2026-12-21")
	p.went("the child is back", p.move(p.teacher, "recordReturn", nil), "RETURNED")
	p.shows("back at school: the door is nobody's business", p.officer, "")
	p.day("2026-12-25")
	got := p.absent("2026-12-22", "UNWILLING")
	p.went("a relapse opens the case again", got, "HOME_VISIT")
	p.version = got.Version
	p.went("and back for good", p.move(p.teacher, "recordReturn", nil), "RETURNED")
	p.went("the watch is not over", p.move(p.officer, "proposeCancellation", nil), "CONFLICT input.id")
}

func (p *play) theCaseIsClosed() {
	p.t.Helper()
	p.day("2027-01-25")
	p.went("the officer proposes", p.move(p.officer, "proposeCancellation", nil), "REVIEW")
	p.has("under review", "DROPOUT_REVIEW county")
	p.went("not by the same hand", p.move(p.officer, "confirmCancellation", nil), "FORBIDDEN input.id")
	p.went("the county confirms", p.move(p.county, "confirmCancellation", nil), "CANCELLED")
	p.has("after the end")
	p.shows("worked case 3: cancelled", p.officer, "")
}
