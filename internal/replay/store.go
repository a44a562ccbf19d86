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
	"github.com/tongxin-hub/tongxin/internal/usage"
	"github.com/tongxin-hub/tongxin/policy"
)

// One long reading may finish that no request of a child would be given.
const patienceSQL = `-- name: PatientRead
SELECT set_config('statement_timeout', '60s', true), set_config('transaction_read_only', 'on', true), set_config('work_mem', '64MB', true),
    set_config('plan_cache_mode', 'force_custom_plan', true)`

const setsSQL = `-- name: SetsOfAskings
SELECT id, coordinates, labels FROM audit_set WHERE id = ANY ($1) ORDER BY id`

// The persons, entries and children behind askings. $3 to $10 are the ways of entries,
// one array a column, $11 the sets that are asked about; no set is that no child was shown.
const behindSQL = `-- name: BehindAskings
WITH w AS MATERIALIZED (SELECT * FROM unnest($3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[], $10::bigint[])
    AS w (way, role, purpose, agency, version, outcome, requested, withheld)),
e AS MATERIALIZED (SELECT w.way, e.at, e.sequence, e.staff_id, e.disclosed FROM audit_entry e JOIN w ON e.role = w.role AND e.purpose = w.purpose AND e.agency_code = w.agency
    AND e.policy_version = w.version AND e.outcome = w.outcome AND e.requested_id = w.requested AND e.withheld_id = w.withheld
    WHERE e.at >= $1 AND e.at < $2)
SELECT e.way, d.set_id, array_to_string(d.bases, '+'), array_agg(e.staff_id), array_agg(e.sequence), array_agg(d.child_id)
FROM e JOIN audit_disclosure d ON d.at = e.at AND d.sequence = e.sequence
WHERE d.at >= $1 AND d.at < $2 AND d.set_id = ANY ($11) GROUP BY 1, 2, 3
UNION ALL
SELECT e.way, 0, '', array_agg(e.staff_id), array_agg(e.sequence), '{}' FROM e WHERE e.disclosed = 0 GROUP BY 1
ORDER BY 1, 2, 3`

// hashSQL has the planner join and group by hash: it does not know how many entries
// stand behind what was asked, and takes them for few.
const hashSQL = `-- name: JoinByHash
SELECT set_config('enable_nestloop', 'off', true), set_config('enable_sort', 'off', true)`

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

// load reads the askings of a period with their sets, and the ways that they are of.
func load(ctx context.Context, tx pgx.Tx, p Period) (list []*asked, ways []*usage.Way, err error) {
	if ways, err = usage.Load(ctx, tx, p.Since, p.Until); err != nil {
		return nil, nil, err
	}
	list = askings(ways)
	return list, ways, loadSets(ctx, tx, list)
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

// loadBehind reads what stands behind the affected askings, by place in the list.
func loadBehind(ctx context.Context, tx pgx.Tx, p Period, list []*asked, affected map[int]bool) (*behind, error) {
	out := newBehind()
	if len(affected) == 0 {
		return out, nil
	}
	q := newBehindQuery(list, affected)
	if q.share > mostByIndex {
		if _, err := tx.Exec(ctx, hashSQL); err != nil {
			return nil, err
		}
	}
	rows, err := tx.Query(ctx, behindSQL, p.Since, p.Until, q.ways, q.texts[0], q.texts[1], q.texts[2], q.texts[3], q.texts[4],
		q.ids[0], q.ids[1], q.sets)
	if err != nil {
		return nil, err
	}
	var s shownTo
	var persons, entries, children []int64
	_, err = pgx.ForEachRow(rows, []any{&s.way, &s.setID, &s.bases, &persons, &entries, &children}, func() error {
		if place, asked := q.places[s]; asked {
			out.add(place, persons, entries, children)
		}
		return nil
	})
	return out, err
}

// mostByIndex is the share of what was shown up to which entries are looked up one by
// one; beyond, the period is read from end to end.
const mostByIndex = 0.1

// shownTo tells askings apart: the way of the entry, by its number in the query, and
// what was shown on which bases.
type shownTo struct {
	way   int
	setID int64
	bases string
}

// behindQuery are the arguments of behindSQL, and the places of what it finds. Share is
// how much of what the list shows the affected askings do.
type behindQuery struct {
	ways   []int
	texts  [5][]string
	ids    [2][]int64
	sets   []int64
	places map[shownTo]int
	share  float64
}

func newBehindQuery(list []*asked, affected map[int]bool) *behindQuery {
	q := &behindQuery{places: map[shownTo]int{}}
	known := map[asker]int{}
	var hit, all int64
	for place, a := range list {
		all += a.entries
		if !affected[place] {
			continue
		}
		hit += a.entries
		if _, ok := known[a.asker]; !ok {
			known[a.asker] = len(known)
			q.way(a)
		}
		q.places[shownTo{known[a.asker], a.setID, strings.Join(a.bases, "+")}] = place
		q.sets = append(q.sets, a.setID)
	}
	slices.Sort(q.sets)
	q.sets = slices.Compact(q.sets)
	q.share = float64(hit) / float64(max(all, 1))
	return q
}

// way adds the way of an entry, under the next number.
func (q *behindQuery) way(a *asked) {
	q.ways = append(q.ways, len(q.ways))
	for i, v := range []string{a.role, a.purpose, a.agency, a.version, a.outcome} {
		q.texts[i] = append(q.texts[i], v)
	}
	q.ids[0], q.ids[1] = append(q.ids[0], a.requestedID), append(q.ids[1], a.withheldID)
}
