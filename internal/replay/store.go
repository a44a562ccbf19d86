package replay

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/policy"
)

// One long reading may finish that no request of a child would be given. There are
// few ways to ask, and the planner expects many: it is told to hash, not to sort.
const patienceSQL = `-- name: PatientRead
SELECT set_config('statement_timeout', '60s', true), set_config('transaction_read_only', 'on', true), set_config('work_mem', '64MB', true),
    set_config('enable_sort', 'off', true)`

// Askings with children, then those without: what decides, and how often.
const askedSQL = `-- name: AskedOfChildren
SELECT e.role, e.purpose, e.agency_code, e.policy_version, e.outcome, d.bases, e.requested_id, d.set_id, e.withheld_id, count(*)
FROM audit_entry e JOIN audit_disclosure d ON d.at = e.at AND d.sequence = e.sequence
WHERE e.at >= $1 AND e.at < $2 AND d.at >= $1 AND d.at < $2
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9`

const aloneSQL = `-- name: AskedOfNobody
SELECT e.role, e.purpose, e.agency_code, e.policy_version, e.outcome, '{}'::text[], e.requested_id, 0::bigint, e.withheld_id, count(*)
FROM audit_entry e WHERE e.at >= $1 AND e.at < $2 AND e.disclosed = 0 AND e.salt IS NOT NULL
GROUP BY 1, 2, 3, 4, 5, 7, 9 ORDER BY 1, 2, 3, 4, 5, 7, 9`

const setsSQL = `-- name: SetsOfAskings
SELECT id, coordinates, labels FROM audit_set WHERE id = ANY ($1) ORDER BY id`

const countSQL = `-- name: CountPeriod
SELECT count(*), count(*) FILTER (WHERE salt IS NOT NULL AND outcome IN ('DENIED', 'FAILED')),
    count(*) FILTER (WHERE salt IS NOT NULL AND outcome = 'NOT_FOUND'), count(*) FILTER (WHERE salt IS NULL)
FROM audit_entry WHERE at >= $1 AND at < $2`

const unknownSQL = `-- name: CountUnknownVersions
SELECT count(*) FROM audit_entry WHERE at >= $1 AND at < $2 AND policy_version = ANY ($3) AND outcome IN ('ALLOWED', 'PARTLY_WITHHELD', 'REVEALED')`

// The persons, entries and children behind askings; $3 to $11 are one array a
// column, with the bases joined, $12 says which have children.
const behindSQL = `-- name: BehindAskings
WITH a AS (SELECT * FROM unnest($3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::bigint[], $11::bigint[], $12::bigint[])
    AS a (place, role, purpose, agency, version, outcome, bases, requested, shown, withheld))
SELECT a.place, array_agg(DISTINCT e.staff_id), array_agg(DISTINCT e.sequence), array_remove(array_agg(DISTINCT d.child_id), NULL)
FROM a JOIN audit_entry e ON e.role = a.role AND e.purpose = a.purpose AND e.agency_code = a.agency AND e.policy_version = a.version
    AND e.outcome = a.outcome AND e.requested_id = a.requested AND e.withheld_id = a.withheld
LEFT JOIN audit_disclosure d ON d.at = e.at AND d.sequence = e.sequence AND d.at >= $1 AND d.at < $2
WHERE e.at >= $1 AND e.at < $2
    AND CASE WHEN a.shown = 0 THEN e.disclosed = 0 ELSE d.set_id = a.shown AND array_to_string(d.bases, '+') = a.bases END
GROUP BY 1 ORDER BY 1`

const entrySQL = `-- name: EntryToExplain
SELECT sequence, at FROM audit_entry WHERE entry_id = $1`

const entryAskedSQL = `-- name: AskedByEntry
SELECT e.role, e.purpose, e.agency_code, e.policy_version, e.outcome, coalesce(d.bases, '{}'), e.requested_id, coalesce(d.set_id, 0), e.withheld_id, count(*), d.sequence IS NOT NULL
FROM audit_entry e LEFT JOIN audit_disclosure d ON d.at = e.at AND d.sequence = e.sequence
WHERE e.at = $1 AND e.sequence = $2 AND e.salt IS NOT NULL
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 11 ORDER BY 6, 8`

// inRead runs in one snapshot that changes nothing.
func inRead(ctx context.Context, db postgres.Beginner, work func(tx postgres.Tx) error) error {
	return postgres.InTx(ctx, db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, patienceSQL); err != nil {
			return err
		}
		return work(tx)
	})
}

// load reads the askings of a period with their sets.
func load(ctx context.Context, tx pgx.Tx, p Period) ([]*asked, error) {
	var out []*asked
	for _, sql := range []string{askedSQL, aloneSQL} {
		rows, err := tx.Query(ctx, sql, p.Since, p.Until)
		if err != nil {
			return nil, err
		}
		list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*asked, error) {
			a := &asked{child: sql == askedSQL}
			return a, row.Scan(&a.role, &a.purpose, &a.agency, &a.version, &a.outcome, &a.bases, &a.requestedID, &a.setID, &a.withheldID, &a.entries)
		})
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, loadSets(ctx, tx, out)
}

// loadEntry reads one entry, one asking for all children that were shown alike. There
// is none where the entry is not there or its detail was destroyed.
func loadEntry(ctx context.Context, tx pgx.Tx, id uuid.UUID) (list []*asked, sequence int64, at time.Time, err error) {
	err = tx.QueryRow(ctx, entrySQL, id).Scan(&sequence, &at)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, 0, at, nil
	}
	if err != nil {
		return nil, 0, at, err
	}
	rows, err := tx.Query(ctx, entryAskedSQL, at, sequence)
	if err != nil {
		return nil, 0, at, err
	}
	list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (*asked, error) {
		a := &asked{}
		return a, row.Scan(&a.role, &a.purpose, &a.agency, &a.version, &a.outcome, &a.bases, &a.requestedID, &a.setID, &a.withheldID, &a.entries, &a.child)
	})
	if err != nil {
		return nil, 0, at, err
	}
	return list, sequence, at, loadSets(ctx, tx, list)
}

// set is a stored set: coordinates with a label each.
type set struct {
	id                  int64
	coordinates, labels []string
}

func loadSets(ctx context.Context, tx pgx.Tx, list []*asked) error {
	var ids []int64
	for _, a := range list {
		ids = append(ids, a.requestedID, a.setID, a.withheldID)
	}
	slices.Sort(ids)
	rows, err := tx.Query(ctx, setsSQL, slices.Compact(ids))
	if err != nil {
		return err
	}
	sets := map[int64]set{}
	var s set
	_, err = pgx.ForEachRow(rows, []any{&s.id, &s.coordinates, &s.labels}, func() error {
		sets[s.id] = s
		s = set{}
		return nil
	})
	for _, a := range list {
		a.requested, a.shown, a.withheld = sets[a.requestedID].coordinates, map[string]policy.Form{}, map[string]string{}
		for i, c := range sets[a.setID].coordinates {
			a.shown[c], _ = policy.ParseForm(sets[a.setID].labels[i])
		}
		for i, c := range sets[a.withheldID].coordinates {
			a.withheld[c] = sets[a.withheldID].labels[i]
		}
	}
	return err
}

func (r *Report) count(ctx context.Context, tx pgx.Tx, p Period) error {
	return tx.QueryRow(ctx, countSQL, p.Since, p.Until).Scan(&r.Entries, &r.Refused, &r.NotFound, &r.Destroyed)
}

// countUnknown counts what was answered under versions that are not to be had.
func countUnknown(ctx context.Context, tx pgx.Tx, p Period, then map[string]*policy.Policy) (n int64, err error) {
	var gone []string
	for version, rules := range then {
		if rules == nil {
			gone = append(gone, version)
		}
	}
	if len(gone) == 0 {
		return 0, nil
	}
	err = tx.QueryRow(ctx, unknownSQL, p.Since, p.Until, gone).Scan(&n)
	return n, err
}

// behind is who and what stands behind an asking.
type behind struct{ persons, entries, children []int64 }

func loadBehind(ctx context.Context, tx pgx.Tx, p Period, list []*asked, affected map[int]bool) (map[int]behind, error) {
	out := map[int]behind{}
	var places []int32
	var texts [6][]string
	var ids [3][]int64
	for place, a := range list {
		if !affected[place] {
			continue
		}
		places = append(places, int32(place))
		for i, v := range []string{a.role, a.purpose, a.agency, a.version, a.outcome, strings.Join(a.bases, "+")} {
			texts[i] = append(texts[i], v)
		}
		for i, v := range []int64{a.requestedID, a.setID, a.withheldID} {
			ids[i] = append(ids[i], v)
		}
	}
	if len(places) == 0 {
		return out, nil
	}
	rows, err := tx.Query(ctx, behindSQL, p.Since, p.Until, places,
		texts[0], texts[1], texts[2], texts[3], texts[4], texts[5], ids[0], ids[1], ids[2])
	if err != nil {
		return nil, err
	}
	var place int
	var b behind
	_, err = pgx.ForEachRow(rows, []any{&place, &b.persons, &b.entries, &b.children}, func() error {
		out[place] = b
		b = behind{}
		return nil
	})
	return out, err
}
