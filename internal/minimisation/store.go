package minimisation

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// One long reading may finish that no request of a child would be given. There are
// few ways to ask, and the planner expects many: it is told to hash, not to sort.
const patientSQL = `-- name: PatientMeter
SELECT set_config('statement_timeout', '60s', true), set_config('transaction_read_only', 'on', true), set_config('work_mem', '64MB', true),
    set_config('enable_sort', 'off', true)`

// Entries that asked alike and showed the same sets, which stand in no order: sets that
// come in two orders are two uses, and count as one. Sets are gathered over the period
// before they meet their entries; to look them up for each entry takes half as long again.
const usesSQL = `-- name: UsesOfRights
SELECT e.role, e.purpose, e.agency_code, e.system, e.outcome IN ('ALLOWED', 'PARTLY_WITHHELD', 'REVEALED'), e.requested_id, e.withheld_id,
    coalesce(d.sets, '{}'), count(*), max(e.at)
FROM audit_entry e LEFT JOIN (
    SELECT at, sequence, array_agg(set_id) AS sets
    FROM (SELECT DISTINCT at, sequence, set_id FROM audit_disclosure WHERE at >= $1 AND at < $2) x GROUP BY 1, 2
) d ON d.at = e.at AND d.sequence = e.sequence
WHERE e.at >= $1 AND e.at < $2 AND e.salt IS NOT NULL AND ($3 = '' OR e.role = $3) AND ($4 = '' OR e.purpose = $4)
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8`

// Children that were shown alike on the same bases.
const showsSQL = `-- name: ShowsOfRights
SELECT e.role, e.purpose, e.agency_code, e.system, e.outcome = 'REVEALED', d.bases, d.set_id, count(*)
FROM audit_entry e JOIN audit_disclosure d ON d.at = e.at AND d.sequence = e.sequence
WHERE e.at >= $1 AND e.at < $2 AND d.at >= $1 AND d.at < $2 AND ($3 = '' OR e.role = $3) AND ($4 = '' OR e.purpose = $4)
GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7`

const setsSQL = `-- name: SetsOfRights
SELECT id, coordinates, labels FROM audit_set WHERE id = ANY ($1) ORDER BY id`

// use is a way to ask, with the entries that did.
type use struct {
	role, purpose, agency, system string
	answered                      bool
	requestedID, withheldID       int64
	setIDs                        []int64
	entries                       int64
	last                          time.Time

	requested, withheld []string
	shown               [][]string
}

// show is a way to be shown, with the disclosures that were.
type show struct {
	role, purpose, agency, system string
	revealed                      bool
	bases                         []string
	setID, children               int64

	coordinates, forms []string
}

func load(ctx context.Context, db postgres.Beginner, q Question) (uses []use, shows []show, err error) {
	err = postgres.InTx(ctx, db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, patientSQL); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, usesSQL, q.Since, q.Until, string(q.Role), string(q.Purpose))
		if err != nil {
			return err
		}
		uses, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (u use, err error) {
			return u, row.Scan(&u.role, &u.purpose, &u.agency, &u.system, &u.answered, &u.requestedID, &u.withheldID, &u.setIDs, &u.entries, &u.last)
		})
		if err != nil {
			return err
		}
		if rows, err = tx.Query(ctx, showsSQL, q.Since, q.Until, string(q.Role), string(q.Purpose)); err != nil {
			return err
		}
		shows, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (s show, err error) {
			return s, row.Scan(&s.role, &s.purpose, &s.agency, &s.system, &s.revealed, &s.bases, &s.setID, &s.children)
		})
		if err != nil {
			return err
		}
		return loadSets(ctx, tx, uses, shows)
	})
	return uses, shows, err
}

type set struct {
	id                  int64
	coordinates, labels []string
}

func loadSets(ctx context.Context, tx pgx.Tx, uses []use, shows []show) error {
	var ids []int64
	for _, u := range uses {
		ids = append(append(ids, u.requestedID, u.withheldID), u.setIDs...)
	}
	for _, s := range shows {
		ids = append(ids, s.setID)
	}
	slices.Sort(ids)
	rows, err := tx.Query(ctx, setsSQL, slices.Compact(ids))
	if err != nil {
		return err
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (s set, err error) {
		return s, row.Scan(&s.id, &s.coordinates, &s.labels)
	})
	sets := make(map[int64]set, len(list))
	for _, s := range list {
		sets[s.id] = s
	}
	for i := range uses {
		u := &uses[i]
		u.requested, u.withheld = sets[u.requestedID].coordinates, sets[u.withheldID].coordinates
		for _, id := range u.setIDs {
			u.shown = append(u.shown, sets[id].coordinates)
		}
	}
	for i := range shows {
		shows[i].coordinates, shows[i].forms = sets[shows[i].setID].coordinates, sets[shows[i].setID].labels
	}
	return err
}
