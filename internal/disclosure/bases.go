package disclosure

import (
	"slices"
	"strings"

	"github.com/tongxin-hub/tongxin/policy"
)

// basisSQL is the checkable relation behind every child-level basis: a boolean
// over {c}, the child's row, {enrolment}, its current enrolment, and the caller's
// parameters. A basis that is not here is never true. Where a record decides, the
// child's mark is asked first: most children have no such record. Records are looked
// up in views of the schema deciding, which hold what decides and no more; what is
// rare is looked up by its functions, which cost a statement nothing until called.
var basisSQL = map[policy.Basis]string{
	policy.OwnVillage:     "{c}.residence_village_id = {division}",
	policy.OwnTownship:    "{c}.residence_township_id = {division}",
	policy.CompulsoryAge:  "(" + marked("compulsory") + " OR {c}.birth_date <= {turned6} AND {c}.birth_date > {turned16})",
	policy.LedgerOpen:     marked("ledger_open") + " AND {reach}",
	policy.HomeVisitStage: marked("home_visit") + " AND {reach}",
	policy.PlacementStage: marked("placement") + " AND {reach}",
	policy.LedgerClosed:   marked("ledger") + " AND NOT " + marked("ledger_open") + " AND {reach}",
	policy.OwnClass:       ownClass,
	policy.OwnSchool:      ownSchool,
	policy.OwnPupil:       ownSchool,
	policy.OpenReferral:   marked("referral") + " AND EXISTS (SELECT 1 FROM deciding.psych_referral r WHERE r.child_id = {c}.id AND r.closed_on IS NULL AND (r.assignee_id = {staff} OR r.to_school_id = {school}))",
	policy.ScreeningList: marked("screening") + " AND EXISTS (SELECT 1 FROM deciding.screening_list l JOIN term m ON m.id = l.term_id WHERE l.child_id = {c}.id" +
		" AND l.school_id = {school} AND {today} BETWEEN m.starts_on AND m.ends_on)",
	policy.Crisis:       marked("crisis") + " AND {reach}",
	policy.Resident:     ownPatient,
	policy.AssignedCase: openCase,
	policy.ClosedCase: marked("care_case") + " AND EXISTS (SELECT 1 FROM deciding.care_case k WHERE k.child_id = {c}.id AND k.assignee_id = {staff}" +
		" AND k.closed_on >= {today} - 7) AND NOT " + openCase,
	policy.DistrictSearch: marked("ticket") + " AND EXISTS (SELECT 1 FROM deciding.ticket k WHERE k.child_id = {c}.id AND k.staff_id = {staff} AND k.kind = 'DISTRICT_SEARCH'" +
		" AND k.closed_at IS NULL AND k.expires_at > {now} AND k.reasoned)",
	policy.AidApplication: marked("ticket") + " AND EXISTS (SELECT 1 FROM deciding.ticket k WHERE k.child_id = {c}.id AND k.staff_id = {staff} AND k.kind = 'EDUCATION_AID'" +
		" AND k.opened_at <= {now} AND k.closed_at IS NULL)",
	policy.OpeningItem: marked("ticket") + " AND EXISTS (SELECT 1 FROM deciding.ticket k WHERE k.child_id = {c}.id AND k.staff_id = {staff} AND k.kind = 'OPENING_CHECK'" +
		" AND k.opened_at <= {now} AND k.closed_at IS NULL)",
	policy.OpenApplication: marked("relief") + " AND EXISTS (SELECT 1 FROM deciding.relief_application r WHERE r.child_id = {c}.id AND {staff} IN (r.handler_id, r.decider_id, r.signer_id)" +
		" AND r.state NOT IN ('CLOSED', 'REFUSED') AND (r.paid_on IS NULL OR r.paid_on >= {today} - 30))",
	policy.EnrolledFamily: marked("family") + " AND (EXISTS (SELECT 1 FROM deciding.family_enrolment f WHERE f.child_id = {c}.id AND f.guide_id = {staff} AND f.ended_on IS NULL)" +
		" OR EXISTS (SELECT 1 FROM deciding.guidance_order o WHERE o.child_id = {c}.id AND o.assignee_id = {staff} AND o.valid_to >= {today}))",
	policy.HomeSession: marked("family") + " AND EXISTS (SELECT 1 FROM deciding.family_enrolment f WHERE f.child_id = {c}.id AND f.guide_id = {staff}" +
		" AND f.ended_on IS NULL AND f.home_session_on >= {today})",
	policy.ReferredFamily: marked("family") + " AND EXISTS (SELECT 1 FROM deciding.family_enrolment f WHERE f.child_id = {c}.id AND f.guide_id = {staff}" +
		" AND f.ended_on IS NULL AND f.kind = 'REFERRED')",
	policy.PairingConsent: marked("pairing") + " AND EXISTS (SELECT 1 FROM deciding.pairing p WHERE p.child_id = {c}.id AND p.coordinator_id = {staff}" +
		" AND p.ended_on IS NULL AND p.consented AND (p.contract_until IS NULL OR p.contract_until >= {today}))",
	policy.RightsCaseOpen: ownRightsCase,
	policy.ReportHandler:  marked("report") + " AND EXISTS (SELECT 1 FROM deciding.mandatory_report r WHERE r.child_id = {c}.id AND r.handler_id = {staff} AND r.closed_on IS NULL)",
	policy.NamedHandler:   namedHandler,
	policy.OpenVisit: marked("visit") + " AND EXISTS (SELECT 1 FROM deciding.visit v WHERE v.child_id = {c}.id AND v.visitor_id = {staff}" +
		" AND v.state IN ('PLANNED', 'ASSIGNED', 'DONE', 'CHILD_NOT_SEEN', 'NOT_AT_HOME'))",
	policy.ActivityDay: marked("activity") + " AND EXISTS (SELECT 1 FROM deciding.activity_attendance a JOIN group_session g ON g.id = a.group_session_id" +
		" WHERE a.child_id = {c}.id AND g.author_id = {staff} AND g.held_on = {today})",
	policy.SurveyBatch: marked("candidate") + " AND EXISTS (SELECT 1 FROM survey_batch b WHERE b.division_id IN ({c}.residence_village_id, {c}.residence_township_id)" +
		" AND {today} BETWEEN b.opens_on AND b.closes_on) AND {reach}",
	policy.BreakGlass:      marked("emergency") + " AND deciding.emergency({c}.id, {staff}, {now})",
	policy.RightsAsked:     marked("inquiry") + " AND EXISTS (SELECT 1 FROM deciding.access_inquiry q WHERE q.child_id = {c}.id AND q.dpo_id = {staff} AND q.state <> 'ANSWERED')",
	policy.CorrectionTask:  marked("correction") + " AND EXISTS (SELECT 1 FROM deciding.correction_request q WHERE q.child_id = {c}.id AND q.agency_id = {agency} AND q.resolved_on IS NULL)",
	policy.Conflict:        marked("conflict") + " AND deciding.conflicted({c}.id, {staff})",
	policy.ShieldAddress:   "{c}.shield <> 'NONE' AND NOT " + namedHandler,
	policy.ShieldFull:      "{c}.shield = 'FULL' AND NOT " + namedHandler,
	policy.GuardianSuspect: marked("suspect"),
	policy.Archived:        marked("exited") + " AND deciding.exited({c}.id, {today})",
}

// marked asks the child's row whether a record of a kind exists.
func marked(name string) string { return "{c}.marks & mark('" + name + "') <> 0" }

var (
	ownClass = "{enrolment}.class_id IN (SELECT k.id FROM school_class k JOIN term m ON m.id = k.term_id" +
		" WHERE k.homeroom_staff_id = {staff} AND {today} BETWEEN m.starts_on AND m.ends_on)"
	ownSchool     = "{enrolment}.school_id = {school}"
	ownPatient    = "{c}.residence_township_id = (SELECT k.division_id FROM clinic k WHERE k.id = {clinic})"
	openCase      = "(" + marked("care_case") + " AND EXISTS (SELECT 1 FROM deciding.care_case k WHERE k.child_id = {c}.id AND k.assignee_id = {staff} AND k.closed_on IS NULL))"
	ownRightsCase = "(" + marked("rights") + " AND EXISTS (SELECT 1 FROM deciding.rights_case r WHERE r.child_id = {c}.id AND r.assignee_id = {staff} AND r.closed_on IS NULL))"
	namedHandler  = "(" + marked("handler") + " AND deciding.handles({c}.id, {staff}))"
	// ledgerTicket: detail of the ledger hangs on a work item of the officer's own,
	// for the whole ledger (which is looked up once a statement) or for this child.
	ledgerTicket = "(EXISTS (SELECT 1 FROM deciding.ticket k WHERE k.child_id IS NULL AND k.staff_id = {staff} AND k.kind = 'DROPOUT_CASE'" +
		" AND k.purpose = 'DROPOUT_PREVENTION' AND k.opened_at <= {now} AND k.closed_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > {now})) OR " + marked("ticket") + " AND deciding.holds_item({c}.id, {staff}, {now}))"
)

// granted is a consultation's grant of a group of fields; of any, without one.
func granted(field string) string {
	return marked("grant") + " AND deciding.granted({c}.id, {staff}, {today}, " + field + ")"
}

// reachSQL is how far a role's own area goes, for bases that are a state of
// the child rather than a relation to the caller.
var reachSQL = map[policy.Role]string{
	policy.DIR: "{c}.residence_village_id = {division}",
	policy.SUP: "{c}.residence_township_id = {division}",
	policy.HT:  ownClass,
	policy.PSY: ownSchool,
	policy.HD:  "(" + ownSchool + " OR " + ownPatient + ")",
	policy.SW:  openCase,
	policy.RP:  ownRightsCase,
	policy.DPS: ledgerTicket,
	policy.CM:  "true",
}

// term is the condition of a basis: state AND shared, of which the second may be
// common to several bases and is then worked out once for all of them.
type term struct{ state, shared string }

func (t term) sql() string {
	if t.shared == "" {
		return t.state
	}
	return t.state + " AND " + t.shared
}

// basis is the condition of one child-level basis for a role; its state is "" if
// it has none.
func basis(b policy.Basis, role policy.Role) term {
	sql, ok := basisSQL[b]
	if group, grant := strings.CutPrefix(string(b), "grant_"); grant {
		sql, ok = granted("'"+grantField[group]+"'"), true
	}
	if !ok {
		return term{}
	}
	if state, shielded := strings.CutSuffix(sql, " AND NOT "+namedHandler); shielded {
		return term{state, "NOT " + namedHandler}
	}
	state, within := strings.CutSuffix(sql, " AND {reach}")
	if !within {
		return term{state: sql}
	}
	reach := reachSQL[role]
	switch {
	case reach == "":
		reach = "false"
	case b == policy.LedgerClosed && role == policy.DPS:
		return term{state: state} // what is over has no work item any more
	}
	return term{state, reach}
}

// grantField is the group of fields that a grant of each kind names.
var grantField = map[string]string{
	"unattendedReason": "B.unattendedReason", "adoption": "B.adoption",
	"parentCircumstance": "C.parentCircumstance", "assessmentItems": "C.assessmentItems",
	"narrative": "D.narrative", "attachments": "D.attachments",
	"notInSchool": "E.notInSchool", "absentRun": "E.absentRun", "absenceCategory": "E.absenceCategory",
	"dropout": "E.dropout", "level": "F.level", "rightsCase": "H.rightsCase",
	"reportNarrative": "I.narrative", "custody": "I.custody",
}

// GrantOf is the basis that a grant of a group of fields is, empty for a group that no
// grant names.
func GrantOf(field string) policy.Bases {
	for short, group := range grantField {
		if group == field {
			return policy.Basis("grant_" + short).Bit()
		}
	}
	return 0
}

// recordBases are the bases that hold for one record rather than for a child.
var recordBases = policy.Of(policy.OwnHand, policy.OwnAgency, policy.MyCard, policy.SealedHandler)

// candidatesSQL finds, for a basis, the children for which it can hold at all, by
// an index: a page over a village need not walk the district. The bases still
// decide. A basis that is not here can hold for too many.
var candidatesSQL = map[policy.Basis]string{
	policy.OwnVillage:      "SELECT x.id FROM child x WHERE x.residence_village_id = {division}",
	policy.OwnTownship:     "SELECT x.id FROM child x WHERE x.residence_township_id = {division}",
	policy.OwnClass:        classPupils,
	policy.OwnSchool:       schoolPupils,
	policy.OwnPupil:        schoolPupils,
	policy.Resident:        clinicResidents,
	policy.OpenReferral:    "SELECT r.child_id FROM deciding.psych_referral r WHERE r.closed_on IS NULL AND (r.assignee_id = {staff} OR r.to_school_id = {school})",
	policy.ScreeningList:   "SELECT l.child_id FROM deciding.screening_list l WHERE l.school_id = {school}",
	policy.AssignedCase:    caseChildren,
	policy.ClosedCase:      caseChildren,
	policy.DistrictSearch:  "SELECT k.child_id FROM deciding.ticket k WHERE k.staff_id = {staff} AND k.kind = 'DISTRICT_SEARCH' AND k.closed_at IS NULL",
	policy.AidApplication:  "SELECT k.child_id FROM deciding.ticket k WHERE k.staff_id = {staff} AND k.kind = 'EDUCATION_AID' AND k.closed_at IS NULL",
	policy.OpeningItem:     "SELECT k.child_id FROM deciding.ticket k WHERE k.staff_id = {staff} AND k.kind = 'OPENING_CHECK' AND k.closed_at IS NULL",
	policy.OpenApplication: "SELECT r.child_id FROM deciding.relief_application r WHERE r.handler_id = {staff} OR r.decider_id = {staff} OR r.signer_id = {staff}",
	policy.EnrolledFamily: "SELECT f.child_id FROM deciding.family_enrolment f WHERE f.guide_id = {staff}" +
		" UNION ALL SELECT o.child_id FROM deciding.guidance_order o WHERE o.assignee_id = {staff}",
	policy.ReferredFamily: "SELECT f.child_id FROM deciding.family_enrolment f WHERE f.guide_id = {staff}",
	policy.PairingConsent: "SELECT p.child_id FROM deciding.pairing p WHERE p.coordinator_id = {staff}",
	policy.RightsCaseOpen: "SELECT r.child_id FROM deciding.rights_case r WHERE r.assignee_id = {staff} AND r.closed_on IS NULL",
	policy.ReportHandler:  "SELECT r.child_id FROM deciding.mandatory_report r WHERE r.handler_id = {staff}",
	policy.OpenVisit:      "SELECT v.child_id FROM deciding.visit v WHERE v.visitor_id = {staff}",
	policy.ActivityDay: "SELECT a.child_id FROM deciding.activity_attendance a JOIN group_session g ON g.id = a.group_session_id" +
		" WHERE g.author_id = {staff} AND g.held_on = {today}",
	policy.BreakGlass:     "SELECT m.child_id FROM deciding.emergency_access m WHERE m.staff_id = {staff}",
	policy.RightsAsked:    "SELECT q.child_id FROM deciding.access_inquiry q WHERE q.dpo_id = {staff}",
	policy.CorrectionTask: "SELECT q.child_id FROM deciding.correction_request q WHERE q.agency_id = {agency} AND q.resolved_on IS NULL",
}

const (
	grantChildren   = "SELECT g.child_id FROM deciding.disclosure_grant g WHERE g.grantee_id = {staff}"
	caseChildren    = "SELECT k.child_id FROM deciding.care_case k WHERE k.assignee_id = {staff}"
	schoolPupils    = "SELECT e.child_id FROM deciding.enrolment e WHERE e.school_id = {school}"
	clinicResidents = "SELECT x.id FROM child x WHERE x.residence_township_id = (SELECT k.division_id FROM clinic k WHERE k.id = {clinic})"
	classPupils     = "SELECT e.child_id FROM deciding.enrolment e JOIN school_class k ON k.id = e.class_id WHERE k.homeroom_staff_id = {staff}"
)

// reachedBy is the basis that a role's own area is, for bases that are a state of
// a child within it.
var reachedBy = map[policy.Role][]policy.Basis{
	policy.DIR: {policy.OwnVillage}, policy.SUP: {policy.OwnTownship}, policy.HT: {policy.OwnClass},
	policy.PSY: {policy.OwnSchool}, policy.HD: {policy.OwnSchool, policy.Resident},
	policy.SW: {policy.AssignedCase}, policy.RP: {policy.RightsCaseOpen},
}

// stateBases are a state of a child within the role's own area.
var stateBases = policy.Of(policy.LedgerOpen, policy.HomeVisitStage, policy.PlacementStage, policy.LedgerClosed, policy.Crisis, policy.SurveyBatch)

// candidates is the SQL that finds all children for which one of the bases can
// hold, "" where only a walk over all children does.
func candidates(set policy.Bases, role policy.Role) string {
	var parts []string
	for _, b := range (set &^ policy.Caller.Bit()).List() {
		bases := []policy.Basis{b}
		if stateBases.Has(b.Bit()) {
			bases = reachedBy[role]
		}
		for _, base := range bases {
			sql := candidatesSQL[base]
			if strings.HasPrefix(string(base), "grant_") {
				sql = grantChildren
			}
			parts = append(parts, sql)
		}
		if len(bases) == 0 || slices.Contains(parts, "") {
			return ""
		}
	}
	slices.Sort(parts)
	return strings.Join(slices.Compact(parts), " UNION ALL ")
}
