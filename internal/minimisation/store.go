package minimisation

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/usage"
	"github.com/tongxin-hub/tongxin/policy"
)

// One long reading may finish that no request of a child would be given.
const patientSQL = `-- name: PatientMeter
SELECT set_config('statement_timeout', '60s', true), set_config('transaction_read_only', 'on', true), set_config('work_mem', '64MB', true),
    set_config('plan_cache_mode', 'force_custom_plan', true)`

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
		ways, err := usage.Load(ctx, tx, q.Since, q.Until)
		if err != nil {
			return err
		}
		uses, shows = q.split(ways)
		return loadSets(ctx, tx, usage.Sets(ways), uses, shows)
	})
	return uses, shows, err
}

// split tells what was asked and what was shown, by the roles and purposes looked at.
func (q Question) split(ways []*usage.Way) (uses []use, shows []show) {
	for _, w := range ways {
		if w.Destroyed() || !q.covers(policy.Pair{Role: policy.Role(w.Role), Purpose: policy.Purpose(w.Purpose)}) {
			continue
		}
		answered := w.Outcome == audit.Allowed || w.Outcome == audit.PartlyWithheld || w.Outcome == audit.Revealed
		uses = append(uses, use{
			role: w.Role, purpose: w.Purpose, agency: w.Agency, system: w.System, answered: answered,
			requestedID: w.RequestedID, withheldID: w.WithheldID, setIDs: w.SetIDs, entries: w.Entries, last: w.Last,
		})
		for _, s := range w.Shown {
			shows = append(shows, show{
				role: w.Role, purpose: w.Purpose, agency: w.Agency, system: w.System, revealed: w.Outcome == audit.Revealed,
				bases: s.Bases, setID: s.SetID, children: s.Children,
			})
		}
	}
	return uses, shows
}

type set struct {
	id                  int64
	coordinates, labels []string
}

func loadSets(ctx context.Context, tx pgx.Tx, ids []int64, uses []use, shows []show) error {
	rows, err := tx.Query(ctx, setsSQL, ids)
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
