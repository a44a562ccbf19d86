package ticket

import (
	"context"

	"github.com/jackc/pgx/v5"

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
			AND ({t}.expires_at IS NULL OR {t}.expires_at > {now}) AND NOT deciding.hidden({t}.child_id, {staff})`,
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

// One statement for many: the marks of their children are looked at once.
const openAllSQL = `-- name: OpenTickets
WITH w AS MATERIALIZED (
    SELECT e.n, e.staff_id, e.child_id, 'WT-' || upper(substr(replace(gen_random_uuid()::text, '-', ''), 1, 12)) AS code
    FROM unnest($3::bigint[], $4::bigint[]) WITH ORDINALITY AS e (staff_id, child_id, n)
), k AS (
    INSERT INTO ticket (code, kind, purpose, staff_id, agency_id, child_id, reason, opened_at, expires_at)
    SELECT w.code, $1, $2, s.id, s.agency_id, nullif(w.child_id, 0), $5, $6, CASE WHEN $7::text <> '' THEN due_after($6, $7, 'days') END
    FROM w JOIN staff s ON s.id = w.staff_id ORDER BY w.n
    RETURNING id, code)
SELECT k.id FROM k JOIN w ON w.code = k.code ORDER BY w.n`

func openAll(ctx context.Context, tx postgres.Tx, n New, list []Each) ([]int64, error) {
	staff, children := make([]int64, len(list)), make([]int64, len(list))
	for i, e := range list {
		staff[i], children[i] = e.Staff, e.Child
	}
	rows, err := tx.Query(ctx, openAllSQL, n.Kind, n.Purpose, staff, children, n.Reason, n.From, n.Days)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

const closeAllSQL = `-- name: CloseTickets
UPDATE ticket SET closed_at = $2 WHERE id = ANY ($1) AND closed_at IS NULL`
