package ticket

import (
	"context"

	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/record"
)

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

// The code is random: tickets stand in the log, and an id of a record must not.
const openSQL = `-- name: OpenTicket
INSERT INTO ticket (code, kind, purpose, staff_id, agency_id, child_id, reason, opened_at, expires_at)
SELECT 'WT-' || upper(substr(replace(gen_random_uuid()::text, '-', ''), 1, 12)), $1, $2, s.id, s.agency_id, nullif($4, 0), $5, $6,
    CASE WHEN $7::text <> '' THEN due_after($6, $7, 'days') END
FROM staff s WHERE s.id = $3 RETURNING id`

func open(ctx context.Context, tx postgres.Tx, n New) (int64, error) {
	var id int64
	err := tx.QueryRow(ctx, openSQL, n.Kind, n.Purpose, n.Staff, n.Child, n.Reason, n.From, n.Days).Scan(&id)
	return id, err
}

const closeSQL = `-- name: CloseTicket
UPDATE ticket SET closed_at = $2 WHERE id = $1 AND closed_at IS NULL`
