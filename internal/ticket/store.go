package ticket

import "github.com/tongxin-hub/tongxin/internal/record"

// Records says where each type of schema/ticket.graphqls is stored.
func Records() []record.Type {
	return []record.Type{{
		Name: "Ticket", Table: "ticket", Kind: record.Node,
		Order: "{t}.opened_at DESC, {t}.id DESC",
		Links: record.Links{"child": {Type: "Child", Join: "{p}.child_id", Rescope: true}},
	}}
}

// Roots are the root fields that start from tickets: the caller's own, open ones.
func Roots() []record.Root {
	return []record.Root{{
		Field: "tickets", Type: "Ticket", List: true,
		Where: `{t}.staff_id = {staff} AND {t}.opened_at <= {now} AND {t}.closed_at IS NULL
			AND ({t}.expires_at IS NULL OR {t}.expires_at > {now})`,
	}}
}
