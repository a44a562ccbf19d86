package accesslog

import "github.com/tongxin-hub/tongxin/internal/record"

// newest is the order of the log from its newest entry on.
func newest() []record.Order {
	return []record.Order{
		{SQL: "{t}.at", Cast: "timestamptz", Desc: true},
		{SQL: "{t}.sequence", Cast: "bigint", Desc: true},
	}
}

// asked: a protection officer reads of a child only what a request now asks for.
const asked = "q.dpo_id = {staff} AND q.state <> 'ANSWERED'"

// Records says where each type of schema/accesslog.graphqls is stored.
func Records() []record.Type {
	return []record.Type{
		{
			Name: "AuditEntry", Table: "audit_entry", Kind: record.Node,
			Order: "{t}.at DESC, {t}.sequence DESC", Keys: newest(), Key: "sequence",
			Columns: record.Columns{
				"childCount": "{t}.disclosed",
				"outcome":    "nullif({t}.outcome, '')", // of an entry whose details were destroyed nothing is known
			},
			Bases: record.Columns{"rights_request": `EXISTS (SELECT 1 FROM audit_disclosure d JOIN deciding.access_inquiry q ON q.child_id = d.child_id
				WHERE d.at = {t}.at AND d.sequence = {t}.sequence AND ` + asked + ")"},
			Links: record.Links{"disclosures": record.Many("AuditDisclosure", "{t}.at = (SELECT e.at FROM audit_entry e WHERE e.sequence = {p}.id) AND {t}.sequence = {p}.id")},
		},
		{
			Name: "AuditDisclosure", Table: "audit_disclosure", Kind: record.Node,
			Order: "{t}.at DESC, {t}.sequence DESC, {t}.ordinal",
			Keys:  append(newest(), record.Order{SQL: "{t}.ordinal", Cast: "integer", Desc: true}),
			Key:   "sequence",
			Columns: record.Columns{
				"child": "{t}.child_id",
				"shown": `(SELECT array_agg(c.name || '=' || s.labels[c.n] ORDER BY c.n)
					FROM audit_set s, unnest(s.coordinates) WITH ORDINALITY AS c (name, n) WHERE s.id = {t}.set_id)`,
			},
			Links: record.Links{"entry": record.One("AuditEntry", "{t}.at = {p}.at AND {t}.sequence = {p}.sequence")},
			Bases: record.Columns{"rights_request": "EXISTS (SELECT 1 FROM deciding.access_inquiry q WHERE q.child_id = {t}.child_id AND " + asked + ")"},
			IDs:   map[string]string{"child": "Child"},
		},
	}
}

// Roots are the root fields that start from the log.
func Roots() []record.Root {
	return []record.Root{
		{
			Field: "auditEntries", Type: "AuditEntry", Paged: true,
			Where: "{t}.outcome <> ''",
			Filters: record.Columns{
				"agencyCode": "{t}.agency_code = {v}",
				"staffCode":  "{t}.staff_code = {v}",
				"role":       "{t}.role = {v}",
				"purpose":    "{t}.purpose = {v}",
				"outcome":    "{t}.outcome = {v}",
				"since":      "{t}.at >= {v}",
				"until":      "{t}.at < {v}",
			},
		},
		{
			Field: "accessHistory", Type: "AuditDisclosure", Paged: true,
			Where: "{t}.child_id = {arg.child}::bigint AND {t}.at >= coalesce({arg.since}::timestamptz, '-infinity')",
		},
	}
}
