package disclosure

import (
	"strings"

	"github.com/tongxin-hub/tongxin/policy"
)

// basisSQL is the checkable relation behind every child-level basis: a boolean
// over {c}, the child's row, and the caller's parameters. A basis that is not
// here is never true.
var basisSQL = map[policy.Basis]string{
	policy.OwnVillage:  "{c}.residence_village_id = {division}",
	policy.OwnTownship: "{c}.residence_township_id = {division}",
	policy.CompulsoryAge: "({c}.birth_date <= {today} - interval '6 years' AND {c}.birth_date > {today} - interval '16 years'" +
		" OR EXISTS (SELECT 1 FROM enrolment e WHERE e.child_id = {c}.id AND e.current AND e.stage IN ('PRIMARY', 'JUNIOR')))",
	policy.LedgerOpen: "EXISTS (SELECT 1 FROM dropout_case d WHERE d.child_id = {c}.id AND d.cancelled_on IS NULL) AND {reach}",
	policy.HomeVisitStage: "EXISTS (SELECT 1 FROM dropout_case d WHERE d.child_id = {c}.id AND d.cancelled_on IS NULL" +
		" AND d.stage IN ('HOME_VISIT', 'SUSPECTED', 'TOWNSHIP_PERSUASION', 'WRITTEN_REPORT', 'ORDER', 'DROPOUT')) AND {reach}",
	policy.PlacementStage: "EXISTS (SELECT 1 FROM dropout_case d WHERE d.child_id = {c}.id AND d.cancelled_on IS NULL" +
		" AND d.stage IN ('TOWNSHIP_PERSUASION', 'WRITTEN_REPORT', 'ORDER', 'DROPOUT')) AND {reach}",
	policy.LedgerClosed: "EXISTS (SELECT 1 FROM dropout_case d WHERE d.child_id = {c}.id) AND NOT EXISTS" +
		" (SELECT 1 FROM dropout_case d WHERE d.child_id = {c}.id AND d.cancelled_on IS NULL) AND {reach}",
	policy.OwnClass:     ownClass,
	policy.OwnSchool:    ownSchool,
	policy.OwnPupil:     ownSchool,
	policy.OpenReferral: "EXISTS (SELECT 1 FROM psych_referral r WHERE r.child_id = {c}.id AND r.closed_on IS NULL AND (r.assignee_id = {staff} OR r.to_school_id = {school}))",
	policy.ScreeningList: "EXISTS (SELECT 1 FROM screening_list l JOIN term m ON m.id = l.term_id WHERE l.child_id = {c}.id" +
		" AND l.school_id = {school} AND {today} BETWEEN m.starts_on AND m.ends_on)",
	policy.Crisis:       "EXISTS (SELECT 1 FROM psychology y WHERE y.child_id = {c}.id AND y.in_crisis) AND {reach}",
	policy.Resident:     "{c}.residence_township_id = (SELECT k.division_id FROM clinic k WHERE k.id = {clinic})",
	policy.AssignedCase: openCase,
	policy.ClosedCase: "EXISTS (SELECT 1 FROM care_case k WHERE k.child_id = {c}.id AND k.assignee_id = {staff}" +
		" AND k.closed_on >= {today} - 7) AND NOT " + openCase,
	policy.DistrictSearch: "EXISTS (SELECT 1 FROM ticket k WHERE k.child_id = {c}.id AND k.staff_id = {staff} AND k.kind = 'DISTRICT_SEARCH'" +
		" AND k.closed_at IS NULL AND k.expires_at > {now} AND k.reason <> '')",
	policy.OpenApplication: "EXISTS (SELECT 1 FROM relief_application r WHERE r.child_id = {c}.id AND r.handler_id = {staff}" +
		" AND r.state NOT IN ('CLOSED', 'REFUSED') AND (r.paid_on IS NULL OR r.paid_on >= {today} - 30))",
	policy.EnrolledFamily: "(EXISTS (SELECT 1 FROM family_enrolment f WHERE f.child_id = {c}.id AND f.guide_id = {staff} AND f.ended_on IS NULL)" +
		" OR EXISTS (SELECT 1 FROM guidance_order o WHERE o.child_id = {c}.id AND o.assignee_id = {staff} AND o.valid_to >= {today}))",
	policy.HomeSession: "EXISTS (SELECT 1 FROM family_enrolment f WHERE f.child_id = {c}.id AND f.guide_id = {staff}" +
		" AND f.ended_on IS NULL AND f.home_session_on >= {today})",
	policy.ReferredFamily: "EXISTS (SELECT 1 FROM family_enrolment f WHERE f.child_id = {c}.id AND f.guide_id = {staff}" +
		" AND f.ended_on IS NULL AND f.kind = 'REFERRED')",
	policy.PairingConsent: "EXISTS (SELECT 1 FROM pairing p WHERE p.child_id = {c}.id AND p.coordinator_id = {staff}" +
		" AND p.ended_on IS NULL AND p.consent_ref IS NOT NULL)",
	policy.RightsCaseOpen: "EXISTS (SELECT 1 FROM rights_case r WHERE r.child_id = {c}.id AND r.assignee_id = {staff} AND r.closed_on IS NULL)",
	policy.ReportHandler:  "EXISTS (SELECT 1 FROM mandatory_report r WHERE r.child_id = {c}.id AND r.handler_id = {staff} AND r.closed_on IS NULL)",
	policy.NamedHandler:   namedHandler,
	policy.OpenVisit: "EXISTS (SELECT 1 FROM visit v WHERE v.child_id = {c}.id AND v.visitor_id = {staff}" +
		" AND v.state IN ('PLANNED', 'ASSIGNED', 'DONE', 'CHILD_NOT_SEEN', 'NOT_AT_HOME'))",
	policy.ActivityDay: "EXISTS (SELECT 1 FROM activity_attendance a JOIN group_session g ON g.id = a.group_session_id" +
		" WHERE a.child_id = {c}.id AND g.author_id = {staff} AND g.held_on = {today})",
	policy.SurveyBatch: "EXISTS (SELECT 1 FROM registration r WHERE r.child_id = {c}.id AND r.status IN ('CANDIDATE', 'VERIFYING'))" +
		" AND EXISTS (SELECT 1 FROM survey_batch b WHERE b.division_id IN ({c}.residence_village_id, {c}.residence_township_id)" +
		" AND {today} BETWEEN b.opens_on AND b.closes_on) AND {reach}",
	policy.BreakGlass: "EXISTS (SELECT 1 FROM emergency_access m WHERE m.child_id = {c}.id AND m.staff_id = {staff}" +
		" AND {now} >= m.opened_at AND {now} < m.expires_at)",
	policy.RightsAsked:     "EXISTS (SELECT 1 FROM access_inquiry q WHERE q.child_id = {c}.id AND q.dpo_id = {staff} AND q.state <> 'ANSWERED')",
	policy.CorrectionTask:  "EXISTS (SELECT 1 FROM correction_request q WHERE q.child_id = {c}.id AND q.agency_id = {agency} AND q.resolved_on IS NULL)",
	policy.Conflict:        "EXISTS (SELECT 1 FROM conflict_declaration d WHERE d.child_id = {c}.id AND d.staff_id = {staff} AND d.ended_on IS NULL)",
	policy.ShieldAddress:   "{c}.shield <> 'NONE' AND NOT " + namedHandler,
	policy.ShieldFull:      "{c}.shield = 'FULL' AND NOT " + namedHandler,
	policy.GuardianSuspect: "EXISTS (SELECT 1 FROM mandatory_report r WHERE r.child_id = {c}.id AND r.guardian_suspected AND r.closed_on IS NULL)",
	policy.Archived:        "EXISTS (SELECT 1 FROM registration r WHERE r.child_id = {c}.id AND r.status = 'EXITED' AND r.exited_on < {today})",
}

const (
	ownClass = "EXISTS (SELECT 1 FROM enrolment e JOIN school_class k ON k.id = e.class_id JOIN term m ON m.id = k.term_id" +
		" WHERE e.child_id = {c}.id AND e.current AND k.homeroom_staff_id = {staff} AND {today} BETWEEN m.starts_on AND m.ends_on)"
	ownSchool = "EXISTS (SELECT 1 FROM enrolment e WHERE e.child_id = {c}.id AND e.current AND e.school_id = {school})"
	openCase  = "EXISTS (SELECT 1 FROM care_case k WHERE k.child_id = {c}.id AND k.assignee_id = {staff} AND k.closed_on IS NULL)"
	// ledgerTicket: detail of the ledger hangs on a work item of the officer's own,
	// for this child or for the whole ledger.
	ledgerTicket = "EXISTS (SELECT 1 FROM ticket k WHERE k.staff_id = {staff} AND k.kind = 'DROPOUT_CASE'" +
		" AND k.purpose = 'DROPOUT_PREVENTION' AND (k.child_id IS NULL OR k.child_id = {c}.id)" +
		" AND k.opened_at <= {now} AND k.closed_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > {now}))"
	namedHandler = "EXISTS (SELECT 1 FROM shield_handler h WHERE h.child_id = {c}.id AND h.staff_id = {staff})"
	grantSQL     = "EXISTS (SELECT 1 FROM disclosure_grant g WHERE g.child_id = {c}.id AND g.grantee_id = {staff}" +
		" AND g.field = '{field}' AND {today} BETWEEN g.granted_from AND g.granted_to AND (g.revoked_on IS NULL OR g.revoked_on > {today}))"
)

// reachSQL is how far a role's own area goes, for bases that are a state of
// the child rather than a relation to the caller.
var reachSQL = map[policy.Role]string{
	policy.DIR: "{c}.residence_village_id = {division}",
	policy.SUP: "{c}.residence_township_id = {division}",
	policy.HT:  ownClass,
	policy.PSY: ownSchool,
	policy.HD:  "(" + ownSchool + " OR {c}.residence_township_id = (SELECT k.division_id FROM clinic k WHERE k.id = {clinic}))",
	policy.SW:  openCase,
	policy.RP:  "EXISTS (SELECT 1 FROM rights_case r WHERE r.child_id = {c}.id AND r.assignee_id = {staff} AND r.closed_on IS NULL)",
	policy.DPS: ledgerTicket,
	policy.CM:  "true",
}

// basis is the SQL of one child-level basis for a role, "" if it has none.
func basis(b policy.Basis, role policy.Role) string {
	sql, ok := basisSQL[b]
	if group, grant := strings.CutPrefix(string(b), "grant_"); grant {
		sql, ok = strings.ReplaceAll(grantSQL, "{field}", grantField[group]), true
	}
	if !ok {
		return ""
	}
	reach := reachSQL[role]
	switch {
	case reach == "":
		reach = "false"
	case b == policy.LedgerClosed && role == policy.DPS:
		reach = "true" // what is over has no work item any more
	}
	return strings.ReplaceAll(sql, "{reach}", reach)
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

// recordBases are the bases that hold for one record rather than for a child.
var recordBases = policy.Of(policy.OwnHand, policy.OwnAgency, policy.MyCard, policy.SealedHandler)
