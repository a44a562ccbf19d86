package agency

import "github.com/tongxin-hub/tongxin/internal/record"

// Records says where each type of schema/agency.graphqls is stored. A field that is
// not listed is the column of its own name in snake case.
func Records() []record.Type {
	return []record.Type{
		{
			Name: "Division", Table: "division", Kind: record.Node,
			Order: "{t}.code",
			Links: record.Links{
				"parent":    record.One("Division", "{t}.parent_id = {p}.id"),
				"divisions": record.Many("Division", "{t}.parent_id = {p}.id"),
				"schools":   record.Many("School", "{t}.division_id = {p}.id"),
				"clinics":   record.Many("Clinic", "{t}.division_id = {p}.id"),
				"posts":     record.Many("Post", "{t}.division_id = {p}.id"),
			},
		},
		{
			Name: "Agency", Table: "agency", Kind: record.Node,
			Links: record.Links{
				"division":  record.One("Division", "{t}.id = {p}.division_id"),
				"contracts": record.Many("ServiceContract", "{t}.agency_id = {p}.id"),
			},
		},
		{
			Name: "School", Table: "school", Kind: record.Node,
			Order: "{t}.code",
			Links: record.Links{
				"division": record.One("Division", "{t}.id = {p}.division_id"),
			},
		},
		{
			Name: "Clinic", Table: "clinic", Kind: record.Node,
			Order: "{t}.code",
			Links: record.Links{
				"division": record.One("Division", "{t}.id = {p}.division_id"),
			},
		},
		{
			Name: "Post", Table: "post", Kind: record.Node,
			Columns: record.Columns{
				"staffCode": `(SELECT s.code FROM staff s WHERE s.id = {t}.staff_id)`,
				"workPhone": `(SELECT s.work_phone FROM staff s WHERE s.id = {t}.staff_id)`,
			},
			Links: record.Links{
				"agency":   record.One("Agency", "{t}.id = {p}.agency_id"),
				"division": record.One("Division", "{t}.id = {p}.division_id"),
			},
		},
		{
			Name: "Term", Table: "term", Kind: record.Node,
		},
		{
			Name: "ServiceContract", Table: "contract", Kind: record.Node,
		},
		{
			Name: "CatalogueEntry", Table: "catalogue_entry", Kind: record.Node,
		},
	}
}
