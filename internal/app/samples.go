package app

// sample is a question that the demo prints and its page offers.
type sample struct{ caller, query string }

// childQuestion is asked by all: what comes back is what the caller's purpose
// needs of this child.
const childQuestion = `query OneChild($child: ID!) {
  child(id: $child) {
    id
    name
    birthYearMonth
    ageBand
    residenceAddress
    residenceVillage { name }
    registration { leftBehind needsFocus needsCare riskLevel }
    guardians { relation workplaceCity }
    caregivers { name relation phone }
    enrolment { school { name } grade status absentRunDays dropoutHistoryCount }
    psychology { level }
    health { schoolNote }
    actionCards { text dueOn }
    lastVisitedOn
  }
}`

// figuresQuestion gives the figures of the yearly reply with their definitions.
const figuresQuestion = `query Figures {
  figures { name shown unit definition asOf }
}`

// logQuestion is the auditor's: who read what, last.
const logQuestion = `query Log {
  auditEntries(first: 5) {
    nodes { at agencyCode staffCode role purpose ticket outcome disclosures { child bases shown } }
    pageInfo { hasNextPage endCursor }
  }
}`

// samples are the questions by ready-made caller.
func samples() []sample {
	return []sample{
		{"dps-phone-check", childQuestion},
		{"dps-home-visit", childQuestion},
		{"dps-cancelled", childQuestion},
		{"class-teacher", childQuestion},
		{"director", childQuestion},
		{"director-next-village", childQuestion},
		{"contractor-ended", childQuestion},
		{"leader", figuresQuestion},
		{"auditor", logQuestion},
	}
}
