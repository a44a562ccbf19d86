package usage

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/postgres"
)

const gatherSQL = `-- name: GatherUses
SELECT audit_gather_again($1), audit_gather($1, $2)`

func gather(ctx context.Context, tx postgres.Tx, from, to int64) error {
	_, err := tx.Exec(ctx, gatherSQL, from, to)
	return err
}

// A way is read from several months, or from a month and the log: its rows follow each
// other, the one of its entries first.
const waysSQL = `-- name: WaysOfUse
SELECT u.way, min(u.role), min(u.purpose), min(u.agency_code), min(u.system), min(u.policy_version), min(u.outcome), min(u.requested_id), min(u.withheld_id),
    min(u.sets), u.set_id, u.bases, sum(u.times)::bigint, max(u.last)
FROM audit_uses($1, $2) u GROUP BY u.way, u.set_id, u.bases ORDER BY u.way, u.set_id, u.bases`

func load(ctx context.Context, tx postgres.Tx, since, until time.Time) ([]*Way, error) {
	rows, err := tx.Query(ctx, waysSQL, since, until)
	if err != nil {
		return nil, err
	}
	var out []*Way
	var id, last [16]byte
	var w Way
	var s Shown
	var at *time.Time
	_, err = pgx.ForEachRow(rows, []any{
		&id, &w.Role, &w.Purpose, &w.Agency, &w.System, &w.Version, &w.Outcome, &w.RequestedID, &w.WithheldID, &w.SetIDs,
		&s.SetID, &s.Bases, &s.Children, &at,
	}, func() error {
		if len(out) == 0 || id != last {
			one := w
			out, last = append(out, &one), id
		}
		way := out[len(out)-1]
		if s.SetID == 0 {
			way.Entries, way.Last = s.Children, *at
		} else {
			way.Shown = append(way.Shown, s)
		}
		w.SetIDs, s.Bases = nil, nil
		return nil
	})
	return out, err
}
