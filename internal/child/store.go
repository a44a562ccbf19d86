package child

import "github.com/tongxin-hub/tongxin/internal/record"

// Records says where each type of schema/child.graphqls is stored. A field that is
// not listed is the column of its own name in snake case.
func Records() []record.Type {
	return []record.Type{
		{Name: "Child", Table: "child", Kind: record.Child, Columns: derived(), Links: links()},
		{
			Name: "CareWorker", Table: "care_worker", Kind: record.OfChild,
			Columns: record.Columns{
				"since": `to_char({t}.since,'YYYY-MM-DD')`,
			},
		},
		{
			Name: "DiscreetWorker", Table: "discreet_worker", Kind: record.OfChild,
			Columns: record.Columns{"since": `to_char({t}.since,'YYYY-MM-DD')`},
		},
		{
			Name: "ConsentRecord", Table: "consent_record", Kind: record.OfChild,
			Order: "{t}.given_on DESC NULLS LAST, {t}.id DESC",
			Bases: record.Written,
		},
		{
			Name: "CorrectionMark", Table: "correction_request", Kind: record.OfChild,
			Order: "{t}.raised_on DESC NULLS LAST, {t}.id DESC",
			Keys:  record.Newest("raised_on"),
			Links: record.Links{"child": record.One("Child", "{t}.id = {p}.child_id")},
			// The agency's own is what it has to answer.
			Bases: record.Columns{"own_hand": record.Written["own_hand"], "own_agency": "{t}.agency_id = {agency}"},
		},
		{
			Name: "Provenance", Table: "provenance", Kind: record.OfChild,
			About: map[string]string{
				"identity": "Child", "registration": "Registration", "guardianship": "Guardianship",
				"enrolment": "Enrolment", "health": "Health",
			},
			Columns: record.Columns{
				"asOf": `to_char({t}.as_of,'YYYY-MM-DD')`,
			},
		},
		{
			Name: "ActionCard", Table: "action_card", Kind: record.OfChild,
			Order: "{t}.issued_on DESC NULLS LAST, {t}.id DESC",
			Bases: record.Columns{"my_card": "{t}.role = {role}"},
		},
	}
}

// ofChild is how a row hangs on its child.
const ofChild = "{t}.child_id = {p}.id"

// ageBand is the band of an age, the same as the function age_band.
const ageBand = `CASE WHEN {t}.birth_date > {turned6} THEN 'AGE_0_5' WHEN {t}.birth_date > {turned14} THEN 'AGE_6_13'
	WHEN {t}.birth_date > {turned16} THEN 'AGE_14_15' WHEN {t}.birth_date > {turned18} THEN 'AGE_16_17' ELSE 'ADULT' END`

// derived are the coarser steps and summaries of a child's own row.
func derived() record.Columns {
	return record.Columns{
		"birthEstimated":     `COALESCE({t}.birth_estimated, false)`,
		"birthYearMonth":     `to_char({t}.birth_date,'YYYY-MM')`,
		"age":                `extract(year FROM age({today}::date,{t}.birth_date))::int`,
		"ageBand":            ageBand,
		"hasHukou":           `({t}.hukou_type <> 'NONE')`,
		"hukouAreaCode":      `(SELECT d.code FROM division d WHERE d.id={t}.hukou_village_id)`,
		"residenceAreaCode":  `(SELECT d.code FROM division d WHERE d.id={t}.residence_village_id)`,
		"shieldedAddress":    `CASE WHEN {t}.shield <> 'NONE' THEN {t}.residence_address END`,
		"lastVisitedOn":      `(SELECT max(v.visited_on) FROM visit v WHERE v.child_id={t}.id)`,
		"hasStudyConcern":    recentConcern("STUDY"),
		"hasEconomicConcern": recentConcern("ECONOMIC"),
		"hasFamilyConcern":   recentConcern("FAMILY_CHANGE"),
		"hasRightsConcern":   recentConcern("RIGHTS_VIOLATED"),
		"hasMentalConcern":   recentConcern("MENTAL"),
		"hasHealthConcern":   recentConcern("HEALTH"),
		"hasConsents":        `EXISTS(SELECT 1 FROM consent_record x WHERE x.child_id={t}.id)`,
	}
}

// recentConcern: a visit of the last ninety days noted a concern of this kind.
func recentConcern(kind string) string {
	return `EXISTS (SELECT 1 FROM visit v WHERE v.child_id = {t}.id AND v.visited_on > {today} - 90 AND v.concerns @> ARRAY['` + kind + `'])`
}

// links are the sections and lists of the file.
func links() record.Links {
	return record.Links{
		"hukouVillage":       record.One("Division", "{t}.id = {p}.hukou_village_id"),
		"hukouTownship":      record.One("Division", "{t}.id = {p}.hukou_township_id"),
		"residenceVillage":   record.One("Division", "{t}.id = {p}.residence_village_id"),
		"residenceTownship":  record.One("Division", "{t}.id = {p}.residence_township_id"),
		"registration":       record.One("Registration", ofChild),
		"guardianship":       record.One("Guardianship", ofChild),
		"enrolment":          record.One("Enrolment", "{t}.child_id = {p}.id AND {t}.current"),
		"psychology":         record.One("Psychology", ofChild),
		"health":             record.One("Health", ofChild),
		"federation":         record.One("Federation", "{t}.id = {p}.id"),
		"protection":         record.One("Protection", "{t}.id = {p}.id"),
		"guardians":          record.Many("Guardian", ofChild).By("circumstances", "phone"),
		"caregivers":         record.Many("Caregiver", ofChild+" AND {t}.ended_on IS NULL").By("phone"),
		"assessments":        record.Many("GuardianshipAssessment", ofChild).By("items"),
		"visits":             record.Page("Visit", ofChild).By("livingText", "attachments", "livingRating", "mentalRating", "healthRating", "guardianshipRating"),
		"dropoutCases":       record.Many("DropoutCase", ofChild),
		"orders":             record.Many("DropoutOrder", ofChild),
		"openingAbsences":    record.Many("OpeningAbsence", ofChild),
		"educationAid":       record.Many("EducationAid", ofChild),
		"psychReferrals":     record.Many("PsychReferral", ofChild),
		"counselling":        record.Many("CounsellingAttendance", ofChild),
		"dueVaccines":        record.Many("DueVaccine", ofChild),
		"childHealthVisits":  record.Many("ChildHealthVisit", ofChild),
		"familyEducation":    record.Many("FamilyEducationRecord", ofChild),
		"guidanceOrders":     record.Many("GuidanceOrder", ofChild),
		"pairings":           record.Many("Pairing", ofChild),
		"wishes":             record.Many("Wish", ofChild),
		"rightsCases":        record.Many("RightsCase", ofChild),
		"protectionOrders":   record.Many("ProtectionOrder", ofChild),
		"reports":            record.Many("MandatoryReport", ofChild).By("narrative", "category", "state", "reporterPerson"),
		"custodies":          record.Many("TemporaryCustody", ofChild).By("placementLocation"),
		"reliefApplications": record.Many("ReliefApplication", ofChild),
		"supportPlans":       record.Many("SupportPlan", ofChild),
		"serviceReferrals":   record.Many("ServiceReferral", ofChild),
		"needMatches":        record.Many("NeedMatch", ofChild),
		"activities":         record.Many("ActivityAttendance", ofChild),
		"schoolTransfers":    record.Many("SchoolTransfer", ofChild),
		"mergeProposals":     record.Many("MergeProposal", ofChild),
		"transfers":          record.Many("TransferRequest", ofChild),
		"consultations":      record.Many("Consultation", ofChild),
		"grants":             record.Many("DisclosureGrant", ofChild),
		"accessInquiries":    record.Many("AccessInquiry", ofChild),
		"actionCards":        record.Many("ActionCard", ofChild),
		"discreetWorkers":    record.Many("DiscreetWorker", ofChild),
		"workers":            record.Many("CareWorker", ofChild),
		"consents":           record.Many("ConsentRecord", ofChild),
		"corrections":        record.Many("CorrectionMark", ofChild),
		"provenance":         record.Many("Provenance", ofChild),
	}
}

// Roots are the root fields that start from children.
func Roots() []record.Root {
	return []record.Root{
		{Field: "child", Type: "Child", Keyed: true},
		{Field: "childrenByIds", Type: "Child", Keyed: true, List: true},
		{
			Field: "childByJoinToken", Type: "Child",
			Where: `{t}.id IN (SELECT j.child_id FROM join_token j WHERE j.agency_id = {agency} AND j.kind = {arg.input.kind}
				AND j.token = decode(CASE WHEN {arg.input.token} ~ '^[0-9a-fA-F]+$' AND length({arg.input.token}) = 64 THEN {arg.input.token} ELSE '' END, 'hex'))`,
		},
		{
			Field: "children", Type: "Child", Paged: true,
			Filters: record.Columns{
				"townshipCode":    `{t}.residence_township_id = (SELECT d.id FROM division d WHERE d.code = {v})`,
				"villageCode":     `{t}.residence_village_id = (SELECT d.id FROM division d WHERE d.code = {v})`,
				"schoolCode":      `EXISTS (SELECT 1 FROM enrolment e JOIN school k ON k.id = e.school_id WHERE e.child_id = {t}.id AND e.current AND k.code = {v})`,
				"ageBand":         ageBand + ` = {v}`,
				"sex":             `{t}.sex = {v}`,
				"registerStatus":  `EXISTS (SELECT 1 FROM registration r WHERE r.child_id = {t}.id AND r.status = {v})`,
				"leftBehind":      `EXISTS (SELECT 1 FROM registration r WHERE r.child_id = {t}.id AND r.left_behind) = {v}`,
				"needsFocus":      `EXISTS (SELECT 1 FROM registration r WHERE r.child_id = {t}.id AND (r.left_behind OR cardinality(r.hardship_groups) > 0)) = {v}`,
				"riskLevel":       `EXISTS (SELECT 1 FROM registration r WHERE r.child_id = {t}.id AND r.risk_level = {v})`,
				"livingAlone":     `EXISTS (SELECT 1 FROM guardianship g WHERE g.child_id = {t}.id AND g.living_alone) = {v}`,
				"hasDropoutCase":  `EXISTS (SELECT 1 FROM dropout_case d WHERE d.child_id = {t}.id AND d.cancelled_on IS NULL) = {v}`,
				"enrolmentStatus": `EXISTS (SELECT 1 FROM enrolment e WHERE e.child_id = {t}.id AND e.current AND e.status = {v})`,
				"notVisitedSince": `NOT EXISTS (SELECT 1 FROM visit v WHERE v.child_id = {t}.id AND v.visited_on >= {v})`,
			},
			Orders: map[string]record.Order{
				"BIRTH_DATE":   {SQL: "{t}.birth_date", Cast: "date"},
				"LAST_VISITED": {SQL: "coalesce((SELECT max(v.visited_on) FROM visit v WHERE v.child_id = {t}.id), '-infinity'::date)", Cast: "date"},
			},
		},
	}
}
