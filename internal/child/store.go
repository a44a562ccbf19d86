package child

import "github.com/tongxin-hub/tongxin/internal/record"

// Records says where each type of schema/child.graphqls is stored. A field that is
// not listed is the column of its own name in snake case.
func Records() []record.Type {
	return []record.Type{
		{
			Name: "Child", Table: "child", Kind: record.Child,
			Columns: record.Columns{
				"birthYearMonth":     `to_char({t}.birth_date,'YYYY-MM')`,
				"age":                `extract(year FROM age({today}::date,{t}.birth_date))::int`,
				"ageBand":            `age_band({t}.birth_date,{today}::date)`,
				"hasHukou":           `({t}.hukou_type <> 'NONE')`,
				"hukouAreaCode":      `(SELECT d.code FROM division d WHERE d.id={t}.hukou_village_id)`,
				"residenceAreaCode":  `(SELECT d.code FROM division d WHERE d.id={t}.residence_village_id)`,
				"shieldedAddress":    `CASE WHEN {t}.shield <> 'NONE' THEN {t}.residence_address END`,
				"lastVisitedOn":      `(SELECT max(v.visited_on) FROM visit v WHERE v.child_id={t}.id)`,
				"hasStudyConcern":    `recent_concern({t}.id,'STUDY',{today}::date)`,
				"hasEconomicConcern": `recent_concern({t}.id,'ECONOMIC',{today}::date)`,
				"hasFamilyConcern":   `recent_concern({t}.id,'FAMILY_CHANGE',{today}::date)`,
				"hasRightsConcern":   `recent_concern({t}.id,'RIGHTS_VIOLATED',{today}::date)`,
				"hasMentalConcern":   `recent_concern({t}.id,'MENTAL',{today}::date)`,
				"hasHealthConcern":   `recent_concern({t}.id,'HEALTH',{today}::date)`,
				"hasConsents":        `EXISTS(SELECT 1 FROM consent_record x WHERE x.child_id={t}.id)`,
			},
			Links: record.Links{
				"hukouVillage":       record.One("Division", "{t}.id = {p}.hukou_village_id"),
				"hukouTownship":      record.One("Division", "{t}.id = {p}.hukou_township_id"),
				"residenceVillage":   record.One("Division", "{t}.id = {p}.residence_village_id"),
				"residenceTownship":  record.One("Division", "{t}.id = {p}.residence_township_id"),
				"registration":       record.One("Registration", "{t}.child_id = {p}.id"),
				"guardianship":       record.One("Guardianship", "{t}.child_id = {p}.id"),
				"enrolment":          record.One("Enrolment", "{t}.child_id = {p}.id AND {t}.current"),
				"psychology":         record.One("Psychology", "{t}.child_id = {p}.id"),
				"health":             record.One("Health", "{t}.child_id = {p}.id"),
				"federation":         record.One("Federation", "{t}.id = {p}.id"),
				"protection":         record.One("Protection", "{t}.id = {p}.id"),
				"guardians":          record.Many("Guardian", "{t}.child_id = {p}.id"),
				"caregivers":         record.Many("Caregiver", "{t}.child_id = {p}.id"),
				"assessments":        record.Many("GuardianshipAssessment", "{t}.child_id = {p}.id"),
				"visits":             record.Page("Visit", "{t}.child_id = {p}.id"),
				"dropoutCases":       record.Many("DropoutCase", "{t}.child_id = {p}.id"),
				"orders":             record.Many("DropoutOrder", "{t}.child_id = {p}.id"),
				"educationAid":       record.Many("EducationAid", "{t}.child_id = {p}.id"),
				"psychReferrals":     record.Many("PsychReferral", "{t}.child_id = {p}.id"),
				"counselling":        record.Many("CounsellingAttendance", "{t}.child_id = {p}.id"),
				"dueVaccines":        record.Many("DueVaccine", "{t}.child_id = {p}.id"),
				"childHealthVisits":  record.Many("ChildHealthVisit", "{t}.child_id = {p}.id"),
				"familyEducation":    record.Many("FamilyEducationRecord", "{t}.child_id = {p}.id"),
				"guidanceOrders":     record.Many("GuidanceOrder", "{t}.child_id = {p}.id"),
				"pairings":           record.Many("Pairing", "{t}.child_id = {p}.id"),
				"wishes":             record.Many("Wish", "{t}.child_id = {p}.id"),
				"rightsCases":        record.Many("RightsCase", "{t}.child_id = {p}.id"),
				"protectionOrders":   record.Many("ProtectionOrder", "{t}.child_id = {p}.id"),
				"reports":            record.Many("MandatoryReport", "{t}.child_id = {p}.id"),
				"custodies":          record.Many("TemporaryCustody", "{t}.child_id = {p}.id"),
				"reliefApplications": record.Many("ReliefApplication", "{t}.child_id = {p}.id"),
				"supportPlans":       record.Many("SupportPlan", "{t}.child_id = {p}.id"),
				"serviceReferrals":   record.Many("ServiceReferral", "{t}.child_id = {p}.id"),
				"needMatches":        record.Many("NeedMatch", "{t}.child_id = {p}.id"),
				"activities":         record.Many("ActivityAttendance", "{t}.child_id = {p}.id"),
				"transfers":          record.Many("TransferRequest", "{t}.child_id = {p}.id"),
				"consultations":      record.Many("Consultation", "{t}.child_id = {p}.id"),
				"grants":             record.Many("DisclosureGrant", "{t}.child_id = {p}.id"),
				"accessInquiries":    record.Many("AccessInquiry", "{t}.child_id = {p}.id"),
				"actionCards":        record.Many("ActionCard", "{t}.child_id = {p}.id"),
				"workers":            record.Many("CareWorker", "{t}.child_id = {p}.id"),
				"consents":           record.Many("ConsentRecord", "{t}.child_id = {p}.id"),
				"corrections":        record.Many("CorrectionMark", "{t}.child_id = {p}.id"),
				"provenance":         record.Many("Provenance", "{t}.child_id = {p}.id"),
			},
		},
		{
			Name: "CareWorker", Table: "care_worker", Kind: record.OfChild,
			Columns: record.Columns{
				"since": `to_char({t}.since,'YYYY-MM-DD')`,
			},
		},
		{
			Name: "ConsentRecord", Table: "consent_record", Kind: record.OfChild,
			Order: "{t}.given_on DESC NULLS LAST, {t}.id DESC",
			Bases: record.Written,
		},
		{
			Name: "CorrectionMark", Table: "correction_request", Kind: record.OfChild,
			Order: "{t}.raised_on DESC NULLS LAST, {t}.id DESC",
			Bases: record.Written,
		},
		{
			Name: "Provenance", Table: "provenance", Kind: record.OfChild,
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
				"ageBand":         `age_band({t}.birth_date, {today}) = {v}`,
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
