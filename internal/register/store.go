package register

import "github.com/tongxin-hub/tongxin/internal/record"

// Records says where each type of schema/register.graphqls is stored. A field that is
// not listed is the column of its own name in snake case.
func Records() []record.Type {
	return []record.Type{
		{
			Name: "Registration", Table: "registration", Kind: record.Section,
			Columns: record.Columns{
				"countedUnder": `counted_under(COALESCE({t}.status='REGISTERED' AND {t}.left_behind, false), {t}.left_behind_since, {t}.away_reach, {t}.care_reason, {today})`,
				"needsFocus":   `COALESCE({t}.left_behind OR cardinality({t}.hardship_groups)>0, false)`,
				"needsCare":    `COALESCE({t}.status='REGISTERED', false)`,
				"hasHardship":  `COALESCE(cardinality({t}.hardship_groups)>0,false)`,
				"isUnattended": `COALESCE(cardinality({t}.unattended_reasons)>0,false)`,
				"isHighRisk":   `COALESCE({t}.risk_level='RED',false)`,
			},
		},
		{
			Name: "MergeProposal", Table: "merge_proposal", Kind: record.OfChild,
			Order: "{t}.proposed_on DESC NULLS LAST, {t}.id DESC",
			Links: record.Links{"known": {Type: "Child", Join: "{p}.known_id", Rescope: true}},
		},
	}
}
