package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/policy"
)

// operation is a question that some role asks again and again. bases are the
// relations that hold when it is asked beside caller, own_hand for the caller's own
// records: a recorded form must follow from the recorded bases.
type operation struct {
	name          string
	role, purpose string
	bases         string
	coordinates   string
}

// root is the root field that an operation asks.
func (o operation) root() string {
	switch o.name {
	case "YearlyFigures":
		return "Query.figures"
	case "CountsByTownship":
		return "Query.childCounts"
	case "EntriesOfAgency":
		return "Query.auditEntries"
	}
	return "Query.child"
}

// Selections that several operations share.
const (
	childCore = "Child.id Child.name Child.sex Child.age "
	contacts  = "Guardian.name Guardian.relation Guardian.phone Guardian.workplaceCity Caregiver.name Caregiver.relation Caregiver.phone " +
		"Guardianship.lastParentContactBand "
	visitCore = "Visit.kind Visit.mode Visit.state Visit.plannedOn Visit.visitedOn Visit.livingRating Visit.guardianshipRating Visit.concerns "
	addresses = "Child.residenceAddress Child.residenceAreaCode "
	schooling = "Enrolment.stage Enrolment.grade Enrolment.status Enrolment.statusBand "
)

// operations by key; scenes name them.
var operations = map[string]operation{
	"director list":      {"VillageChildren", "DIR", "VISIT", "own_village", childCore + "Child.lastVisitedOn Registration.riskLevel"},
	"director file":      {"ChildForVisit", "DIR", "VISIT", "own_village+own_hand", childCore + contacts + addresses + visitCore + "Registration.leftBehind Registration.riskLevel Visit.livingText"},
	"supervisor list":    {"OverdueVisits", "SUP", "VISIT_SUPERVISION", "own_township+own_agency", childCore + "Child.lastVisitedOn Registration.riskLevel Visit.plannedOn Visit.state"},
	"supervisor file":    {"ChildForSupervisor", "SUP", "VISIT_SUPERVISION", "own_township+own_agency", childCore + contacts + addresses + visitCore + "GuardianshipAssessment.grade AssessmentItem.score Visit.livingText"},
	"class list":         {"MyClass", "HT", "CLASS_CARE", "own_class+own_school", childCore + "Registration.needsCare Caregiver.name Caregiver.phone"},
	"class file":         {"PupilCard", "HT", "CLASS_CARE", "own_class+own_school", childCore + contacts + "Child.residenceAreaCode Registration.needsCare Enrolment.grade Enrolment.absentRunDays Health.schoolNote Guardianship.isAidEligible"},
	"pupils":             {"PupilsOfAge", "DPS", "DROPOUT_PREVENTION", "compulsory_age", "Child.id Child.name Child.birthYearMonth Enrolment.status"},
	"ledger file":        {"DropoutDetail", "DPS", "DROPOUT_PREVENTION", "compulsory_age+ledger_open", childCore + contacts + addresses + schooling + "Enrolment.absentRunDays Enrolment.absenceCategory DropoutCase.stage DropoutCase.foundOn DropoutCase.reason Registration.needsFocus"},
	"clinic file":        {"ChildHealthFile", "HD", "CHILD_HEALTH", "resident", childCore + "Child.birthDate Caregiver.name Caregiver.phone Health.immunisation DueVaccine.vaccine DueVaccine.dueOn ChildHealthVisit.state"},
	"school health":      {"SchoolHealth", "HD", "CHILD_HEALTH", "own_pupil", childCore + "Child.birthDate Health.immunisation Health.checkupFollowUp Health.schoolNote Health.disabilityNeeds"},
	"case file":          {"CaseFile", "CM", "CASE_MGMT", "assigned_case", childCore + contacts + addresses + visitCore + schooling + "Registration.leftBehind Registration.hardshipGroups GuardianshipAssessment.grade SupportPlan.state MandatoryReport.state"},
	"contractor file":    {"CaseFile", "SW", "CASE_MGMT", "assigned_case", childCore + contacts + "Child.residenceTownship " + visitCore + "Registration.leftBehind GuardianshipAssessment.grade SupportPlan.state"},
	"relief file":        {"ReliefFile", "REL", "TEMP_RELIEF", "open_application", childCore + "Child.citizenId Guardianship.assistanceStatus ReliefApplication.state ReliefApplication.amount ReliefApplication.account Guardian.name"},
	"family file":        {"FamilyFile", "FE", "FAMILY_EDU", "enrolled_family", "Child.id Child.name Child.ageBand " + contacts + "GuardianshipAssessment.grade FamilyEducationRecord.heldOn FamilyEducationRecord.topic"},
	"pairing file":       {"PairingFile", "FE", "PAIRING", "pairing_consent", "Child.id Child.ageBand Pairing.volunteer Pairing.startedOn PairingContact.contactedOn"},
	"screening list":     {"ScreeningList", "PSY", "PSYCH_SUPPORT", "screening_list", "Child.id Child.sex Psychology.screenedOn Psychology.level"},
	"referral file":      {"ReferralFile", "PSY", "PSYCH_SUPPORT", "open_referral", childCore + contacts + "Psychology.level PsychReferral.state PsychReferral.advice"},
	"rights file":        {"RightsFile", "RP", "RIGHTS_CASE", "rights_case", childCore + contacts + addresses + "RightsCase.kind RightsCase.state MandatoryReport.narrative ProtectionOrder.validTo"},
	"emergency file":     {"EmergencyFile", "DIR", "EMERGENCY", "emergency", childCore + contacts + addresses + "Health.schoolNote"},
	"emergency referral": {"EmergencyFile", "PSY", "EMERGENCY", "emergency", childCore + contacts + addresses + "Health.schoolNote"},
	"supervisor report":  {"ReportsOfTownship", "SUP", "MANDATORY_REPORT", "own_township", childCore + "MandatoryReport.state MandatoryReport.category"},
	"supervisor ledger":  {"DropoutDetail", "SUP", "DROPOUT_PREVENTION", "ledger_open", childCore + contacts + schooling + "DropoutCase.stage DropoutCase.reason"},
	"figures":            {"YearlyFigures", "STA", "STATISTICS", "caller", "Figure.code Figure.name Figure.shown Figure.unit Figure.definition Figure.asOf"},
	"counts":             {"CountsByTownship", "STA", "STATISTICS", "caller", "ChildCount.township ChildCount.category ChildCount.shown ChildCount.definition"},
	"audit":              {"EntriesOfAgency", "AUD", "ACCESS_AUDIT", "caller", "AuditEntry.at AuditEntry.staffCode AuditEntry.purpose AuditEntry.outcome AuditEntry.childCount"},
}

// decided is an operation as the policy in force answers it.
type decided struct {
	operation
	hash      string
	requested []string
	withheld  []audit.Withheld
	shown     *audit.Set
	bases     []string
	outcome   string
	statute   string
}

// decide asks the policy, so that the log shows what is really disclosed.
func decide(p *policy.Policy, op operation) (*decided, error) {
	view, err := p.View(policy.Role(op.role), policy.Purpose(op.purpose))
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(op.name + op.role))
	d := &decided{
		operation: op, hash: "sha256:" + hex.EncodeToString(sum[:]), requested: strings.Fields(op.coordinates), outcome: audit.Allowed,
	}
	if info, found := p.Purpose(policy.Purpose(op.purpose)); found {
		d.statute = info.Statute
	}
	set := policy.Caller.Bit() // as the hub records it
	for name := range strings.SplitSeq(op.bases, "+") {
		set |= policy.Basis(name).Bit()
	}
	for _, basis := range set.List() {
		d.bases = append(d.bases, string(basis))
	}
	var shown []audit.Shown
	d.requested = append(d.requested, op.root())
	if view.Cell(op.root()).Form(set) != policy.Full {
		return nil, fault.New(fault.Internal, "演示区的访问与政策不符。", "An operation of the demo district may not ask "+op.root()+": "+op.role+" "+op.purpose)
	}
	for _, coordinate := range strings.Fields(op.coordinates) {
		form := view.Cell(coordinate).Form(set)
		if form != policy.Withheld {
			shown = append(shown, audit.Shown{Coordinate: coordinate, Form: form.String()})
		}
		if reason := view.Reason(coordinate, set); reason.Code != "" {
			d.withheld = append(d.withheld, audit.Withheld{Coordinate: coordinate, Reason: string(reason.Code)})
		}
	}
	if len(d.withheld) > 0 {
		d.outcome = audit.PartlyWithheld
	}
	if len(shown) == 0 || strings.HasPrefix(op.coordinates, "Child.") && !slices.Contains(shown, audit.Shown{Coordinate: "Child.id", Form: "FULL"}) {
		return nil, fault.New(fault.Internal, "演示区的访问与政策不符。", "An operation of the demo district reaches nobody under this policy: "+op.role+" "+op.purpose)
	}
	d.shown = audit.NewSet(shown)
	return d, nil
}
