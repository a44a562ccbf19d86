package agency

import "github.com/tongxin-hub/tongxin/internal/record"

// Records says where each type of schema/agency.graphqls is stored. A field that is
// not listed is the column of its own name in snake case.
func Records() []record.Type {
	return []record.Type{
		{
			Name: "Division", Table: "division", Kind: record.Node,
			Keys:  []record.Order{{SQL: "{t}.code", Cast: "text"}},
			Order: "{t}.code",
			Links: record.Links{
				"parent":    record.One("Division", "{t}.id = {p}.parent_id"),
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
			Keys:  []record.Order{{SQL: "{t}.code", Cast: "text"}},
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
			Name: "ServiceContract", Table: "contract", Kind: record.Node, Columns: record.Columns{
				"agencyName": `(SELECT a.name FROM agency a WHERE a.id = {t}.agency_id)`,
				"state":      `CASE WHEN {t}.returned_on IS NOT NULL THEN 'RETURNED' WHEN {t}.valid_to < {today} THEN 'OVER' ELSE 'RUNNING' END`,
			},
		},
		{
			Name: "CatalogueEntry", Table: "catalogue_entry", Kind: record.Node,
		},
	}
}

// Roots are the root fields of the directory, open to every post.
func Roots() []record.Root {
	return []record.Root{
		{Field: "division", Type: "Division", Where: "{t}.code = {arg.code}"},
		{Field: "divisions", Type: "Division", Paged: true, Filters: record.Columns{
			"level":      "{t}.level = {v}",
			"parentCode": "{t}.parent_id = (SELECT d.id FROM division d WHERE d.code = {v})",
			"codes":      "{t}.code = ANY({v})",
		}},
		{Field: "agencies", Type: "Agency", List: true},
		{Field: "schools", Type: "School", Paged: true},
		{Field: "clinics", Type: "Clinic", List: true},
		{Field: "posts", Type: "Post", Paged: true, Filters: record.Columns{
			"role": "{t}.role = {v}",
			"townshipCode": `{t}.division_id IN (SELECT d.id FROM division d LEFT JOIN division u ON u.id = d.parent_id
				WHERE d.code = {v} OR u.code = {v})`,
			"agencyCode": "{t}.agency_id = (SELECT a.id FROM agency a WHERE a.code = {v})",
			"staffCodes": "{t}.staff_id IN (SELECT s.id FROM staff s WHERE s.code = ANY({v}))",
		}},
		{Field: "terms", Type: "Term", List: true},
		{Field: "contracts", Type: "ServiceContract", List: true},
		{Field: "catalogue", Type: "CatalogueEntry", List: true},
	}
}
