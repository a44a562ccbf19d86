package federation

import "github.com/tongxin-hub/tongxin/internal/record"

// Records says where each type of schema/federation.graphqls is stored. A field that is
// not listed is the column of its own name in snake case.
func Records() []record.Type {
	return []record.Type{
		{
			Name: "Federation", Table: "child", Kind: record.Section,
			Columns: record.Columns{
				"hasFamilyEducation": `EXISTS(SELECT 1 FROM family_education_record x WHERE x.child_id={t}.id)`,
				"hasGuidanceOrder":   `EXISTS(SELECT 1 FROM guidance_order x WHERE x.child_id={t}.id)`,
				"hasPairing":         `EXISTS(SELECT 1 FROM pairing x WHERE x.child_id={t}.id AND x.ended_on IS NULL)`,
				"hasPairingContact":  `EXISTS(SELECT 1 FROM pairing_contact x JOIN pairing p ON p.id=x.pairing_id WHERE p.child_id={t}.id)`,
				"hasRightsCase":      `EXISTS(SELECT 1 FROM rights_case x WHERE x.child_id={t}.id AND x.closed_on IS NULL)`,
			},
		},
		{
			Name: "FamilyEducationRecord", Table: "family_education_record", Kind: record.OfChild,
			Order: "{t}.held_on DESC NULLS LAST, {t}.id DESC",
			Bases: record.Written,
		},
		{
			Name: "GuidanceOrder", Table: "guidance_order", Kind: record.OfChild,
			Order: "{t}.valid_from DESC NULLS LAST, {t}.id DESC",
			Bases: record.Written,
		},
		{
			Name: "Pairing", Table: "pairing", Kind: record.OfChild,
			Order: "{t}.started_on DESC NULLS LAST, {t}.id DESC",
			Links: record.Links{
				"contacts": record.Many("PairingContact", "{t}.pairing_id = {p}.id"),
			},
			Bases: record.Written,
		},
		{
			Name: "PairingContact", Table: "pairing_contact", Kind: record.Part,
		},
		{
			Name: "Wish", Table: "wish", Kind: record.OfChild,
			Order: "{t}.fulfilled_on DESC NULLS LAST, {t}.id DESC",
			Bases: record.Written,
		},
		{
			Name: "RightsCase", Table: "rights_case", Kind: record.OfChild,
			Order: "{t}.opened_on DESC NULLS LAST, {t}.id DESC",
			Bases: record.Written,
		},
		{
			Name: "ProtectionOrder", Table: "protection_order", Kind: record.OfChild,
			Order: "{t}.valid_from DESC NULLS LAST, {t}.id DESC",
			Bases: record.Written,
		},
	}
}
