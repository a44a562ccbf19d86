package e2e

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// ledgerFile is what worked cases 1 to 4 ask for.
const ledgerFile = `name birthYearMonth residenceVillage { name } residenceAddress enrolment { status grade absentRunDays dropoutHistoryCount }
caregivers { name phone } guardians { workplaceCity } registration { leftBehind riskLevel } psychology { level }`

// calling and visiting are what worked cases 1 and 2 show of it; a star is a mask.
const (
	calling  = "birthYearMonth caregivers.name caregivers.phone* enrolment.absentRunDays enrolment.dropoutHistoryCount enrolment.grade enrolment.status guardians.workplaceCity name residenceVillage.name"
	visiting = "birthYearMonth caregivers.name caregivers.phone* enrolment.absentRunDays enrolment.dropoutHistoryCount enrolment.grade enrolment.status guardians.workplaceCity name residenceAddress residenceVillage.name"
)

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
	if diff := cmp.Diff(fileOfQinghe, p.file(from)); diff != "" {
		t.Errorf("the file of the story (-want +got):\n%s", diff)
	}
}

// fileOfQinghe is the story as the log tells it.
const fileOfQinghe = `HT reportAbsence ALLOWED NOTED
HT reportAbsence ALLOWED NOTED
HT reportAbsence ALLOWED ALERT
HT reportAbsence ALLOWED ALERT
DPS acceptAlert ALLOWED PHONE_CHECK
DPS - DENIED CONFLICT
DPS startHomeVisit ALLOWED HOME_VISIT
DPS - DENIED CONFLICT
DIR - DENIED FORBIDDEN
DIR recordPersuasion ALLOWED HOME_VISIT
DPS enterSuspected ALLOWED SUSPECTED
DPS handToTownship ALLOWED TOWNSHIP_PERSUASION
HT - DENIED CONFLICT
SUP recordPersuasion ALLOWED TOWNSHIP_PERSUASION
HT reportInWriting ALLOWED WRITTEN_REPORT
SUP issueReturnOrder ALLOWED ORDER
DPS - DENIED CONFLICT
DPS confirmDropout ALLOWED DROPOUT
HT recordReturn ALLOWED RETURNED
HT reportAbsence ALLOWED HOME_VISIT
HT recordReturn ALLOWED RETURNED
DPS - DENIED CONFLICT
DPS proposeCancellation ALLOWED REVIEW
HT reportAbsence ALLOWED HOME_VISIT
HT recordReturn ALLOWED RETURNED
DPS proposeCancellation ALLOWED REVIEW
DPS - DENIED FORBIDDEN
DPS confirmCancellation ALLOWED CANCELLED
`

// theSchoolReports: two days are noted, six are an alert; the officer takes it.
func (p *play) theSchoolReports() {
	p.t.Helper()
	p.went("two days are noted", p.absent("2026-11-20", "UNKNOWN"), "NOTED")
	p.shows("worked case 4: no ledger item", p.officer, "birthYearMonth enrolment.status")
	p.day("2026-11-27")
	p.went("illness is noted", p.absent("2026-11-20", "ILLNESS"), "NOTED")
	got := p.absent("2026-11-20", "UNKNOWN")
	p.went("six days are an alert", got, "ALERT")
	p.went("a second report keeps the case", p.absent("2026-11-20", "UNWILLING"), "ALERT")
	p.id, p.version = single[int64](p.t, p.h, `SELECT max(id) FROM dropout_case WHERE child_id = $1`, p.child), got.Version
	p.has("after the alert", "DROPOUT_PHONE_CHECK officer")
	p.went("the officer takes it", p.move(p.officer, "acceptAlert", nil), "PHONE_CHECK")
	p.shows("worked case 1: phone check", p.officer, calling)
	p.sees("the director has a card without a reason", p.director, "actionCards { text } enrolment { absentRunDays absentBand } dropoutCases { stage }",
		`{"child":{"actionCards":[{"text":"学校反映多日未到校，请核实"}],"enrolment":{"absentRunDays":null,"absentBand":null},"dropoutCases":[]}}`)
	p.revealed("the caregiver's phone, for a reason", p.officer)
	gone(p.t, "the director of the next village", p.h, p.h.Caller(p.t, "director-next-village"), p.child)
	p.sees("the supervisor sees the band", p.township, "enrolment { absentRunDays absentBand }", `{"child":{"enrolment":{"absentRunDays":null,"absentBand":"DAYS_3_6"}}}`)
}

func (p *play) theHomeIsVisited() {
	p.t.Helper()
	p.went("somebody else was first", p.at0(p.officer, "startHomeVisit"), "CONFLICT input.version")
	p.went("the home is to be visited", p.move(p.officer, "startHomeVisit", nil), "HOME_VISIT")
	p.has("at the home visit", "DROPOUT_HOME_VISIT director", "DROPOUT_HOME_VISIT teacher", "DROPOUT_LEDGER officer")
	p.shows("worked case 2: home visit", p.officer, visiting)
	p.went("no ledger before a visit", p.move(p.officer, "enterSuspected", nil), "CONFLICT input.id")
	p.went("the director may not enter it", p.move(p.director, "enterSuspected", nil), "FORBIDDEN input")
	p.went("the director writes the visit down", p.visit(p.director, "2026-11-27", "UNDECIDED"), "HOME_VISIT")
	p.sees("the card is done", p.director, "actionCards { text doneOn } dropoutCases { stage persuasionVisits { result } }",
		`{"child":{"actionCards":[{"text":"学校反映多日未到校，请核实","doneOn":"2026-11-27"}],"dropoutCases":[{"stage":"HOME_VISIT","persuasionVisits":[{"result":"UNDECIDED"}]}]}}`)
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
	got := p.h.Ask(p.t, p.officer, hubtest.Question{Query: `{ dropoutLedger(ledger: DROPOUT) { nodes { stage ledger } } }`})
	answers(p.t, "the ledger", got, `{"dropoutLedger":{"nodes":[{"stage":"DROPOUT","ledger":"DROPOUT"}]}}`)
}

func (p *play) theChildReturns() {
	p.t.Helper()
	p.day("2026-12-21")
	p.went("the child is back", p.move(p.teacher, "recordReturn", nil), "RETURNED")
	p.shows("back at school: the door is nobody's business", p.officer, calling)
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
	p.day("2027-01-29")
	got := p.absent("2027-01-26", "UNWILLING")
	p.went("a relapse under review opens the case again", got, "HOME_VISIT")
	p.version = got.Version
	p.went("back once more", p.move(p.teacher, "recordReturn", nil), "RETURNED")
	p.day("2027-03-08")
	p.went("the officer proposes again", p.move(p.officer, "proposeCancellation", nil), "REVIEW")
	p.has("under review", "DROPOUT_REVIEW county")
	p.went("not by the same hand", p.move(p.officer, "confirmCancellation", nil), "FORBIDDEN input.id")
	p.went("the county confirms", p.move(p.county, "confirmCancellation", nil), "CANCELLED")
	p.has("after the end")
	p.shows("worked case 3: cancelled", p.officer, "birthYearMonth enrolment.dropoutHistoryCount enrolment.status name*")
}
