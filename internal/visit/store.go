package visit

import "github.com/tongxin-hub/tongxin/internal/record"

// Records says where each type of schema/visit.graphqls is stored. A field that is
// not listed is the column of its own name in snake case.
func Records() []record.Type {
	return []record.Type{
		{
			Name: "Visit", Table: "visit", Kind: record.OfChild,
			Keys:  record.Newest("planned_on"),
			Order: "{t}.planned_on DESC NULLS LAST, {t}.id DESC",
			Columns: record.Columns{
				"visitor":       `(SELECT s.code FROM staff s WHERE s.id={t}.visitor_id)`,
				"secondVisitor": `(SELECT s.code FROM staff s WHERE s.id={t}.second_visitor_id)`,
			},
			Links: record.Links{
				"child":       record.One("Child", "{t}.id = {p}.child_id"),
				"attachments": record.Many("Attachment", "{t}.visit_id = {p}.id"),
			},
			Bases: record.Columns{"own_hand": "{staff} IN ({t}.author_id, {t}.checker_id)", "own_agency": record.Written["own_agency"]},
		},
		{
			Name: "Attachment", Table: "attachment", Kind: record.Part,
		},
	}
}

// Roots are the root fields that start from visits.
func Roots() []record.Root {
	return []record.Root{{
		Field: "visits", Type: "Visit", Paged: true,
		Filters: record.Columns{
			"kind":          "{t}.kind = {v}",
			"state":         "{t}.state = {v}",
			"plannedBefore": "{t}.planned_on < {v}",
			"visitedSince":  "{t}.visited_on >= {v}",
		},
	}}
}
