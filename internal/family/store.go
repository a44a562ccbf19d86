package family

import "github.com/tongxin-hub/tongxin/internal/record"

// Records says where each type of schema/family.graphqls is stored. A field that is
// not listed is the column of its own name in snake case.
func Records() []record.Type {
	return []record.Type{
		{
			Name: "Guardianship", Table: "guardianship", Kind: record.Section,
			Columns: record.Columns{
				"hasCaregiver":          `EXISTS(SELECT 1 FROM caregiver g WHERE g.child_id={t}.child_id AND g.ended_on IS NULL)`,
				"hasAgreement":          `({t}.agreement_signed_on IS NOT NULL)`,
				"lastParentContactBand": `contact_band({t}.last_parent_contact_on,{today}::date)`,
				"familyCannotSupport":   `(SELECT a.grade <> 'NORMAL' FROM guardianship_assessment a WHERE a.child_id={t}.child_id ORDER BY a.assessed_on DESC, a.id DESC LIMIT 1)`,
				"isAidEligible":         `COALESCE(cardinality({t}.assistance_status)>0 AND NOT ({t}.assistance_status @> ARRAY['NONE']),false)`,
				"hasImproperCare":       `COALESCE(cardinality({t}.improper_care)>0,false)`,
			},
		},
		{
			Name: "Guardian", Table: "guardian", Kind: record.OfChild,
			Columns: record.Columns{
				"hasCircumstance": `COALESCE(cardinality({t}.circumstances)>0,false)`,
			},
			Bases: record.Written,
		},
		{
			Name: "Caregiver", Table: "caregiver", Kind: record.OfChild,
			Columns: record.Columns{
				"ageBand":       `caregiver_age_band({t}.age)`,
				"isGrandparent": `({t}.relation IN ('PATERNAL_GRANDFATHER','PATERNAL_GRANDMOTHER','MATERNAL_GRANDFATHER','MATERNAL_GRANDMOTHER'))`,
			},
			Bases: record.Written,
		},
		{
			Name: "GuardianshipAssessment", Table: "guardianship_assessment", Kind: record.OfChild,
			Order: "{t}.assessed_on DESC NULLS LAST, {t}.id DESC",
			Links: record.Links{
				"items": record.Many("AssessmentItem", "{t}.assessment_id = {p}.id"),
			},
			Bases: record.Written,
		},
		{
			Name: "AssessmentItem", Table: "assessment_item", Kind: record.Part,
		},
	}
}
