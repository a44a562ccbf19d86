package health

import "github.com/tongxin-hub/tongxin/internal/record"

// Records says where each type of schema/health.graphqls is stored. A field that is
// not listed is the column of its own name in snake case.
func Records() []record.Type {
	return []record.Type{
		{
			Name: "Health", Table: "health", Kind: record.Section,
			Columns: record.Columns{
				"childHealthUpToDate": `NOT EXISTS(SELECT 1 FROM child_health_visit v WHERE v.child_id={t}.child_id AND v.state='MISSED')`,
				"hasDisability":       `COALESCE({t}.disability<>'NONE',false)`,
				"hasSchoolNote":       `({t}.school_note IS NOT NULL)`,
			},
		},
		{
			Name: "DueVaccine", Table: "due_vaccine", Kind: record.OfChild,
			Order: "{t}.due_on DESC NULLS LAST, {t}.id DESC",
			Bases: record.Written,
		},
		{
			Name: "ChildHealthVisit", Table: "child_health_visit", Kind: record.OfChild,
			Order: "{t}.done_on DESC NULLS LAST, {t}.id DESC",
			Bases: record.Written,
		},
	}
}
