package e2e

import (
	"fmt"
	"testing"

	"github.com/tongxin-hub/tongxin/policy"
)

// cast is who asks for one view, with a place and a school where no
// child is unless a recipe puts it there.
type cast struct {
	staff, agency, village, township, school, class, term int64
	code, role                                            string
}

// scene is a child in the making: what has to stand in which table so that
// exactly some bases hold between it and the caller.
type scene struct {
	t *testing.T
	cast
	child int64
	// set are columns of the child and of its sections that a recipe decided.
	set map[string]any
	// rows are further rows, by table.
	rows map[string][]map[string]any
	// holds are the bases that hold; clash is why they cannot all hold at once.
	holds policy.Bases
	clash string
	// ledger: the caller has a work item for this child's ledger.
	ledger bool
	// remote: the child stays outside the caller's area, so that a state of it is
	// no basis; wanted keeps a scene that holds the same bases as another.
	remote, wanted bool
}

// put decides a column once.
func (s *scene) put(column string, value any) {
	if was, ok := s.set[column]; ok && was != value {
		s.clash = column
	}
	s.set[column] = value
}

// add plants one more row.
func (s *scene) add(table string, columns map[string]any) {
	s.rows[table] = append(s.rows[table], columns)
}

// use makes a basis hold, once.
func (s *scene) use(b policy.Basis) {
	s.t.Helper()
	if s.holds.Has(b.Bit()) {
		return
	}
	s.holds |= b.Bit()
	s.recipe(b)(s)
}

// reach puts the child into the area of a role, which a basis needs that is a
// state of the child rather than a relation to the caller.
func (s *scene) reach() {
	s.t.Helper()
	if s.remote {
		s.wanted = true
		return
	}
	switch b, ok := area()[s.role]; {
	case s.role == "DPS":
		s.ledger = true
	case ok:
		s.use(b)
	default:
		s.clash = "reach"
	}
}

// area is what puts a child into the area of a role; a case manager's is the
// whole district, and a ledger officer's the work items.
func area() map[string]policy.Basis {
	return map[string]policy.Basis{
		"DIR": policy.OwnVillage, "SUP": policy.OwnTownship, "HT": policy.OwnClass, "PSY": policy.OwnSchool,
		"HD": policy.OwnPupil, "SW": policy.AssignedCase, "RP": policy.RightsCaseOpen, "CM": policy.Caller,
	}
}

// useRemote plants the state behind a basis outside the caller's area. It tells
// whether that is another scene than without.
func (s *scene) useRemote(b policy.Basis) bool {
	s.t.Helper()
	if s.ledger || s.holds.Has(area()[s.role].Bit()) || s.holds.Has(policy.Resident.Bit()) && s.role == "HD" || s.holds.Has(b.Bit()) {
		return false
	}
	held := s.holds
	s.remote = true
	s.recipe(b)(s)
	s.remote, s.holds = false, held
	return s.wanted
}

// useOther plants a basis for somebody else: what one has in hand opens nothing
// to another, and only a shield holds against whoever is not its handler. It tells
// whether that is another scene than without.
func (s *scene) useOther(b policy.Basis, other cast) bool {
	s.t.Helper()
	ofChild := policy.Of(policy.Caller, policy.CompulsoryAge, policy.ShieldAddress, policy.ShieldFull, policy.GuardianSuspect, policy.Archived, policy.LedgerClosed)
	if ofChild.Has(b.Bit()) || s.holds.Has(b.Bit()) {
		return false
	}
	own, held := s.cast, s.holds
	other.role, other.term = own.role, own.term
	s.cast, s.remote = other, true
	s.recipe(b)(s)
	s.cast, s.holds, s.remote = own, held, false
	if b == policy.NamedHandler {
		s.holds |= policy.Of(policy.ShieldAddress, policy.ShieldFull)
	}
	if s.wanted { // what needs an area is planted by useRemote
		return false
	}
	s.wanted = true
	return true
}

// grantField is the group of the matrix that a consultation grant names.
func grantField(b policy.Basis) string {
	return map[policy.Basis]string{
		"grant_unattendedReason": "B.unattendedReason", "grant_adoption": "B.adoption",
		"grant_parentCircumstance": "C.parentCircumstance", "grant_assessmentItems": "C.assessmentItems",
		"grant_narrative": "D.narrative", "grant_attachments": "D.attachments",
		"grant_notInSchool": "E.notInSchool", "grant_absentRun": "E.absentRun", "grant_absenceCategory": "E.absenceCategory",
		"grant_dropout": "E.dropout", "grant_level": "F.level", "grant_rightsCase": "H.rightsCase",
		"grant_reportNarrative": "I.narrative", "grant_custody": "I.custody",
	}[b]
}

// recipe says what makes a basis hold, and nothing else with it but what it
// uses. It is written from the words of the basis, not from the SQL.
func (s *scene) recipe(b policy.Basis) func(*scene) {
	s.t.Helper()
	for _, list := range []map[policy.Basis]func(*scene){places(), ledgers(), works(), denials()} {
		if r, ok := list[b]; ok {
			return r
		}
	}
	if field := grantField(b); field != "" {
		return func(s *scene) {
			s.add("disclosure_grant", map[string]any{"field": field, "grantee_id": s.staff, "granted_from": "2026-11-01", "granted_to": "2026-12-31", "revoked_on": nil})
		}
	}
	s.t.Fatalf("nobody says how to plant the basis %s: add a recipe in e2e/matrix_recipes_test.go", b)
	return nil
}

// places are the bases of where a child lives and learns.
func places() map[policy.Basis]func(*scene) {
	home := func(s *scene) {
		s.put("child.residence_village_id", s.village)
		s.put("child.residence_township_id", s.township)
	}
	school := func(s *scene) { s.put("enrolment.school_id", s.school) }
	return map[policy.Basis]func(*scene){
		policy.Caller:        func(*scene) {},
		policy.OwnVillage:    home,
		policy.OwnTownship:   home,
		policy.Resident:      home,
		policy.OwnSchool:     school,
		policy.OwnPupil:      school,
		policy.CompulsoryAge: func(s *scene) { s.put("child.birth_date", "2016-05-05") },
		policy.OwnClass: func(s *scene) {
			s.put("enrolment.class_id", s.class)
			s.use(policy.OwnSchool)
		},
		policy.ScreeningList: func(s *scene) {
			s.add("screening_list", map[string]any{"school_id": s.school, "term_id": s.term})
		},
		policy.Crisis: func(s *scene) {
			s.put("psychology.in_crisis", true)
			s.reach()
		},
		policy.SurveyBatch: func(s *scene) {
			s.put("registration.status", "CANDIDATE")
			s.reach()
		},
	}
}

// ledgers are the bases of the dropout ledger; each stage holds the earlier ones.
func ledgers() map[policy.Basis]func(*scene) {
	open := func(stage string, earlier ...policy.Basis) func(*scene) {
		return func(s *scene) {
			s.put("ledger", "open")
			s.add("dropout_case", map[string]any{"stage": stage, "cancelled_on": nil})
			for _, b := range earlier {
				s.holds |= b.Bit()
			}
			s.reach()
		}
	}
	return map[policy.Basis]func(*scene){
		policy.LedgerOpen:     open("ALERT"),
		policy.HomeVisitStage: open("HOME_VISIT", policy.LedgerOpen),
		policy.PlacementStage: open("ORDER", policy.LedgerOpen, policy.HomeVisitStage),
		policy.LedgerClosed: func(s *scene) {
			s.put("ledger", "closed")
			s.add("dropout_case", map[string]any{"stage": "ALERT"})
			if s.role != "DPS" {
				s.reach()
			}
		},
	}
}

// works are the bases of a piece of work that the caller has in hand.
func works() map[policy.Basis]func(*scene) {
	family := func(kind string, session any) func(*scene) {
		return func(s *scene) {
			s.holds |= policy.EnrolledFamily.Bit()
			s.add("family_enrolment", map[string]any{"guide_id": s.staff, "kind": kind, "enrolled_on": "2026-09-01", "home_session_on": session})
		}
	}
	row := func(table, owner string, more map[string]any) func(*scene) {
		return func(s *scene) {
			columns := map[string]any{owner: s.staff}
			for k, v := range more {
				columns[k] = v
			}
			s.add(table, columns)
		}
	}
	return map[policy.Basis]func(*scene){
		policy.AssignedCase: func(s *scene) {
			s.put("case", "open")
			s.add("care_case", map[string]any{"assignee_id": s.staff, "opened_on": "2026-10-01"})
		},
		policy.ClosedCase: func(s *scene) {
			s.put("case", "closed")
			s.add("care_case", map[string]any{"assignee_id": s.staff, "opened_on": "2026-10-01", "closed_on": "2026-11-20"})
		},
		policy.DistrictSearch: func(s *scene) {
			s.add("ticket", map[string]any{
				"code": fmt.Sprintf("DS-%d", s.child), "kind": "DISTRICT_SEARCH", "purpose": "CASE_MGMT", "staff_id": s.staff, "agency_id": s.agency,
				"reason": "test", "opened_at": "2026-11-22T00:00:00Z", "expires_at": "2026-11-24T00:00:00Z",
			})
		},
		policy.AidApplication: func(s *scene) {
			s.add("ticket", map[string]any{
				"code": fmt.Sprintf("EA-%d", s.child), "kind": "EDUCATION_AID", "purpose": "DROPOUT_PREVENTION", "staff_id": s.staff, "agency_id": s.agency,
				"reason": "test", "opened_at": "2026-11-22T00:00:00Z",
			})
		},
		policy.OpeningItem: func(s *scene) {
			s.add("ticket", map[string]any{
				"code": fmt.Sprintf("OC-%d", s.child), "kind": "OPENING_CHECK", "purpose": "DROPOUT_PREVENTION", "staff_id": s.staff, "agency_id": s.agency,
				"reason": "test", "opened_at": "2026-11-22T00:00:00Z",
			})
		},
		policy.OpenReferral:    row("psych_referral", "assignee_id", map[string]any{"closed_on": nil}),
		policy.OpenApplication: row("relief_application", "handler_id", map[string]any{"state": "APPLIED", "paid_on": nil}),
		policy.EnrolledFamily:  family("ENROLLED", nil),
		policy.HomeSession:     family("ENROLLED", "2026-11-30"),
		policy.ReferredFamily:  family("REFERRED", nil),
		policy.PairingConsent:  row("pairing", "coordinator_id", map[string]any{"ended_on": nil, "contract_until": "2027-06-30"}),
		policy.RightsCaseOpen:  row("rights_case", "assignee_id", map[string]any{"closed_on": nil}),
		policy.ReportHandler:   row("mandatory_report", "handler_id", map[string]any{"closed_on": nil}),
		policy.OpenVisit:       row("visit", "visitor_id", map[string]any{"state": "PLANNED"}),
		policy.RightsAsked:     row("access_inquiry", "dpo_id", map[string]any{"state": "RECEIVED"}),
		policy.BreakGlass: row("emergency_access", "staff_id", map[string]any{
			"reason": "test", "opened_at": "2026-11-23T00:00:00Z", "expires_at": "2026-11-23T23:00:00Z",
		}),
		policy.CorrectionTask: func(s *scene) {
			s.add("correction_request", map[string]any{"agency_id": s.agency, "resolved_on": nil})
		},
		policy.ActivityDay: func(s *scene) {
			s.add("group_session", map[string]any{"id": s.child, "series": "test", "kind": "TALK", "held_on": today, "site": "test", "attendance_count": 1, "author_id": s.staff})
			s.add("activity_attendance", map[string]any{"group_session_id": s.child})
		},
		policy.NamedHandler: func(s *scene) {
			s.put("handler", true)
			s.set["child.shield"] = "FULL" // a shield that does not hold against its handler
			s.add("shield_handler", map[string]any{"staff_id": s.staff, "named_on": "2026-01-01"})
		},
	}
}

// denials are the bases that withhold.
func denials() map[policy.Basis]func(*scene) {
	return map[policy.Basis]func(*scene){
		policy.Conflict: func(s *scene) {
			s.add("conflict_declaration", map[string]any{"staff_id": s.staff, "kind": "KIN", "declared_on": "2026-01-01"})
		},
		policy.ShieldAddress: func(s *scene) {
			s.put("handler", false)
			s.put("child.shield", "ADDRESS")
		},
		policy.ShieldFull: func(s *scene) {
			s.put("handler", false)
			s.put("child.shield", "FULL")
			s.holds |= policy.ShieldAddress.Bit()
		},
		policy.GuardianSuspect: func(s *scene) {
			s.add("mandatory_report", map[string]any{"guardian_suspected": true, "closed_on": nil})
		},
		policy.Archived: func(s *scene) {
			s.put("registration.status", "EXITED")
			s.put("registration.exited_on", "2026-11-01")
		},
	}
}
