package visit

import "github.com/tongxin-hub/tongxin/internal/record"

// Records says where each type of schema/visit.graphqls is stored. A field that is
// not listed is the column of its own name in snake case.
func Records() []record.Type {
	return []record.Type{
		{
			Name: "Visit", Table: "visit", Kind: record.OfChild,
			Order: "{t}.planned_on DESC NULLS LAST, {t}.id DESC",
			Columns: record.Columns{
				"visitor":       `(SELECT s.code FROM staff s WHERE s.id={t}.visitor_id)`,
				"secondVisitor": `(SELECT s.code FROM staff s WHERE s.id={t}.second_visitor_id)`,
			},
			Links: record.Links{
				"attachments": record.Many("Attachment", "{t}.visit_id = {p}.id"),
			},
			Bases: record.Written,
		},
		{
			Name: "Attachment", Table: "attachment", Kind: record.Part,
		},
	}
}
