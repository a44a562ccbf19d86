package visitplan

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/visiting"
)

const openRunSQL = `-- name: OpenPlanRun
INSERT INTO visit_plan_run AS r (day, began_at) VALUES ($1::date, $2) ON CONFLICT (day) DO UPDATE SET day = r.day
RETURNING after_child, ended_at IS NOT NULL`

// openRun takes the day's run for a step, so that no other hub plans beside it.
func openRun(ctx context.Context, tx postgres.Tx, day, now time.Time) (after int64, ended bool, err error) {
	err = tx.QueryRow(ctx, openRunSQL, day.Format(time.DateOnly), now).Scan(&after, &ended)
	return after, ended, err
}

// progress is how far a step has brought a run.
type progress struct {
	day, now          time.Time
	after             int64
	children, planned int
	ended             bool
}

const saveRunSQL = `-- name: SavePlanRun
UPDATE visit_plan_run SET after_child = $2, children = children + $3, planned = planned + $4, ended_at = CASE WHEN $5 THEN $6::timestamptz END
WHERE day = $1::date`

func saveRun(ctx context.Context, tx postgres.Tx, p progress) error {
	_, err := tx.Exec(ctx, saveRunSQL, p.day.Format(time.DateOnly), p.after, p.children, p.planned, p.ended, p.now)
	return err
}

const settingsSQL = `-- name: ReadCadence
SELECT name, value FROM parameter WHERE name LIKE 'visit\_%' ORDER BY name`

// readSettings are the county's settings of visits, and the days planned ahead.
func readSettings(ctx context.Context, tx postgres.Tx) (map[string]string, int, error) {
	rows, err := tx.Query(ctx, settingsSQL)
	if err != nil {
		return nil, 0, err
	}
	out := map[string]string{}
	var name, value string
	if _, err := pgx.ForEachRow(rows, []any{&name, &value}, func() error { out[name] = value; return nil }); err != nil {
		return nil, 0, err
	}
	ahead, err := strconv.Atoi(out["visit_ahead_days"])
	return out, ahead, err
}

const childrenSQL = `-- name: NextChildrenToPlan
SELECT child_id FROM registration WHERE child_id > $1 AND status = 'REGISTERED' ORDER BY child_id LIMIT $2`

func nextChildren(ctx context.Context, tx postgres.Tx, after int64) ([]int64, error) {
	rows, err := tx.Query(ctx, childrenSQL, after, planned)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

const registeredSQL = `-- name: CountChildrenToPlan
SELECT count(*) FROM registration WHERE status = 'REGISTERED'`

// registered is how many children a night looks at.
func registered(ctx context.Context, tx postgres.Tx) (n int, err error) {
	return n, tx.QueryRow(ctx, registeredSQL).Scan(&n)
}

const undecidedSQL = `-- name: UndecidedRisks
SELECT r.child_id FROM registration r JOIN child c ON c.id = r.child_id AND c.shield <> 'FULL'
WHERE r.child_id = ANY ($1) AND r.risk_level IS NULL
  AND NOT EXISTS (SELECT FROM task t WHERE t.subject = 'registration' AND t.subject_id = r.child_id AND t.kind = $2 AND t.done_at IS NULL)
ORDER BY r.child_id`

// undecided are those of some children of whose risk nothing is decided, and whom nobody
// is asked about.
func undecided(ctx context.Context, tx postgres.Tx, children []int64) ([]int64, error) {
	rows, err := tx.Query(ctx, undecidedSQL, children, visiting.ToConfirmRisk().Code)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// A visit that fell into the slot without being planned for it counts. The day in the
// slot follows from child and slot alone, so that a director's days are spread. Nobody
// is sent to a child that is shielded altogether. A child of whose risk nothing is decided
// yet is visited like a green one.
const insertSQL = `-- name: PlanVisits
INSERT INTO visit (child_id, kind, mode, state, planned_on, plan_slot, topics_due, visitor_id, author_id, author_agency_id, recorded_on)
SELECT r.child_id, s.kind, nullif(s.mode, ''), 'PLANNED', d.day, s.name,
    CASE WHEN extract(month FROM d.day) BETWEEN 6 AND 8 THEN ARRAY['DROWNING'] WHEN extract(month FROM d.day) < 3 THEN ARRAY['CARE_AGREEMENT'] END,
    h.staff_id, h.staff_id, h.agency_id, $9::date
FROM registration r JOIN child c ON c.id = r.child_id
JOIN unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::date[], $7::date[], $8::boolean[]) AS s (name, risk, kind, mode, first, last, focus)
    ON s.risk = coalesce(r.risk_level, 'GREEN') OR s.focus AND r.focus_since IS NOT NULL AND coalesce(r.risk_level, 'GREEN') = 'GREEN'
CROSS JOIN LATERAL (SELECT greatest(s.first, $9::date) AS start) b
CROSS JOIN LATERAL (SELECT b.start + mod(abs(hashint8(r.child_id)::bigint # hashtext(s.name)), s.last - b.start + 1)::integer AS day) d
LEFT JOIN LATERAL (SELECT p.staff_id, t.agency_id FROM post p JOIN staff t ON t.id = p.staff_id AND t.active
    WHERE p.role = 'DIR' AND p.division_id = c.residence_village_id AND held(p, $9::date)
    ORDER BY p.valid_from DESC, p.id LIMIT 1) h ON true
WHERE r.child_id = ANY ($1) AND c.shield <> 'FULL' AND NOT EXISTS (SELECT FROM visit v WHERE v.child_id = r.child_id AND v.plan_slot IS NULL AND v.kind = s.kind
    AND (s.mode = '' OR v.mode = s.mode) AND coalesce(v.visited_on, v.planned_on) BETWEEN s.first AND s.last)
ORDER BY r.child_id, s.name
ON CONFLICT (child_id, plan_slot) WHERE plan_slot IS NOT NULL DO NOTHING
RETURNING child_id`

// insert plans the visits of some children and returns those that got one.
func insert(ctx context.Context, tx postgres.Tx, children []int64, due []slot, today time.Time) ([]int64, error) {
	var names, risks, kinds, modes, firsts, lasts []string
	var focus []bool
	for _, s := range due {
		names, risks, kinds, modes = append(names, s.name), append(risks, s.risk), append(kinds, s.kind), append(modes, s.mode)
		firsts, lasts = append(firsts, s.first.Format(time.DateOnly)), append(lasts, s.last.Format(time.DateOnly))
		focus = append(focus, s.focus)
	}
	rows, err := tx.Query(ctx, insertSQL, children, names, risks, kinds, modes, firsts, lasts, focus, today.Format(time.DateOnly))
	if err != nil {
		return nil, err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	slices.Sort(ids)
	return slices.Compact(ids), err
}

// Visits and children are taken together and what somebody else holds is left for the
// next run: a step that waits for nobody is in no deadlock with planning, which waits
// for children in the order of their numbers, nor with a person at work on a visit.
const nearSQL = `-- name: VisitsToAssign
SELECT v.id FROM visit v JOIN child c ON c.id = v.child_id
WHERE v.assigned_at IS NULL AND v.state IN ('PLANNED', 'ASSIGNED') AND c.shield <> 'FULL'
  AND v.planned_on <= $1::date + (SELECT value::integer FROM parameter WHERE name = 'visit_ahead_days')
  AND EXISTS (SELECT FROM post p JOIN staff s ON s.id = p.staff_id AND s.active AND s.kind = 'PERSON'
    WHERE (p.role = 'DIR' AND p.division_id = c.residence_village_id OR p.role = 'SUP' AND p.division_id = c.residence_township_id) AND held(p, $1::date))
ORDER BY v.planned_on, v.id LIMIT $2 FOR UPDATE OF v SKIP LOCKED FOR NO KEY UPDATE OF c SKIP LOCKED`

// near are the visits to be given out, to the director or else the supervisor: what has
// neither waits until it has one.
func near(ctx context.Context, tx postgres.Tx, now time.Time) ([]int64, error) {
	rows, err := tx.Query(ctx, nearSQL, chinatime.Day(now), dispatched)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// lot is a checked visit with its lot.
type lot struct {
	id    int64
	drawn bool
}

// In each township and quarter, as many are drawn as keep the share at or above the
// county's; which ones follows from their numbers alone, so that the draw can be
// repeated by whoever doubts it.
const sampleSQL = `-- name: DrawSample
WITH setting AS (SELECT value::integer AS share FROM parameter WHERE name = 'visit_spot_percent'),
waiting AS (
    SELECT v.id, c.residence_township_id AS town, date_trunc('quarter', v.visited_on)::date AS quarter
    FROM visit v JOIN child c ON c.id = v.child_id
    WHERE v.state = 'CHECKED' AND v.sampled IS NULL ORDER BY v.id LIMIT $1),
ranked AS (
    SELECT w.id, w.town, w.quarter, row_number() OVER (PARTITION BY w.town, w.quarter ORDER BY md5(w.quarter || ':' || w.id), w.id) AS rank,
        count(*) OVER (PARTITION BY w.town, w.quarter) AS here
    FROM waiting w),
before AS (
    SELECT g.town, g.quarter, count(v.id) AS all_of, count(v.id) FILTER (WHERE v.sampled) AS drawn
    FROM (SELECT DISTINCT town, quarter FROM waiting) g
    LEFT JOIN child c ON c.residence_township_id = g.town
    LEFT JOIN visit v ON v.child_id = c.id AND v.sampled IS NOT NULL AND v.visited_on >= g.quarter AND v.visited_on < g.quarter + interval '3 months'
    GROUP BY g.town, g.quarter)
SELECT r.id, r.rank <= ceil((b.all_of + r.here) * s.share / 100.0) - b.drawn
FROM ranked r JOIN before b ON b.town = r.town AND b.quarter IS NOT DISTINCT FROM r.quarter CROSS JOIN setting s ORDER BY r.id`

func drawSample(ctx context.Context, tx postgres.Tx) ([]lot, error) {
	rows, err := tx.Query(ctx, sampleSQL, concluded)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (l lot, err error) {
		err = row.Scan(&l.id, &l.drawn)
		return l, err
	})
}
