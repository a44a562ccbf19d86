package measure

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/record"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// Records says where each type of schema/measure.graphqls is stored.
func Records() []record.Type {
	return []record.Type{{
		Name: "ProtectiveMeasure", Table: "measure_case", Kind: record.Node, Order: "{t}.review_on NULLS FIRST, {t}.id",
		Columns: record.Columns{"child": "{t}.child_id"},
		IDs:     map[string]string{"child": "Child"},
	}}
}

// Roots are the shields and placements in the caller's hand: the view holds no others.
func Roots() []record.Root {
	return []record.Root{{Field: "protectiveMeasures", Type: "ProtectiveMeasure", List: true}}
}

const loadSQL = `-- name: LoadMeasure
SELECT m.id, m.child_id, coalesce(m.custody_id, 0), m.state, c.shield, m.version, coalesce(m.lift_by, 0),
    CASE WHEN deciding.handles(m.child_id, $2) THEN 'named_handler' WHEN EXISTS (SELECT FROM mandatory_report r
        WHERE r.child_id = m.child_id AND r.handler_id = $2 AND r.closed_on IS NULL) THEN 'report_handler' ELSE 'caller' END,
    deciding.has_measure(m.id, $2), deciding.hidden(m.child_id, $2), deciding.conflicted(m.child_id, $2)
FROM measure m JOIN child c ON c.id = m.child_id WHERE m.id = $1 FOR UPDATE OF m`

func load(ctx context.Context, tx postgres.Tx, id, staff int64) (m standing, err error) {
	err = tx.QueryRow(ctx, loadSQL, id, staff).Scan(&m.ID, &m.Child, &m.Custody, &m.State, &m.Shield, &m.Version, &m.ProposedBy,
		&m.Basis, &m.InHand, &m.Hidden, &m.Conflicted)
	if errors.Is(err, pgx.ErrNoRows) {
		return m, missing()
	}
	return m, err
}

const stepSQL = `-- name: AdvanceMeasure
WITH step AS (INSERT INTO measure_step (measure_id, made_on, move, note, staff_id) VALUES ($1, $2, $3, $4, $5))
UPDATE measure SET version = version + 1 WHERE id = $1`

func step(ctx context.Context, tx postgres.Tx, a Actor, s Step, move string) error {
	return execute(ctx, tx, stepSQL, s.Measure, a.Today, move, s.Note, a.Staff)
}

const keepSQL = `-- name: KeepMeasure
UPDATE measure SET state = 'STANDING', lift_to = NULL, lift_by = NULL, kept_on = $2::date,
    review_on = $2::date + (SELECT value::integer FROM parameter WHERE name = 'measure_review_days')
WHERE id = $1`

func keep(ctx context.Context, tx postgres.Tx, id int64, today time.Time) error {
	return execute(ctx, tx, keepSQL, id, today)
}

const orderedSQL = `-- name: HasProtectionOrder
SELECT EXISTS (SELECT FROM protection_order o WHERE o.child_id = $1 AND o.valid_to >= $2::date)`

func ordered(ctx context.Context, tx postgres.Tx, child int64, today time.Time) (yes bool, err error) {
	err = tx.QueryRow(ctx, orderedSQL, child, today).Scan(&yes)
	return yes, err
}

const proposeSQL = `-- name: ProposeLifting
UPDATE measure SET state = 'LIFT_PROPOSED', lift_by = $2, lift_to = $3 WHERE id = $1`

func propose(ctx context.Context, tx postgres.Tx, id, staff int64, to string) error {
	return execute(ctx, tx, proposeSQL, id, staff, to)
}

const otherSQL = `-- name: FindOtherHandlerOfMeasure
SELECT h.staff_id FROM shield_handler h WHERE h.child_id = $1 AND h.staff_id <> $2 AND deciding.can_handle($1, h.staff_id, NULL, $3::date)
ORDER BY h.named_on DESC, h.staff_id LIMIT 1`

// otherHandler is a named handler in post beside whoever proposed, 0 for none.
func otherHandler(ctx context.Context, tx postgres.Tx, m standing, today time.Time) (staff int64, err error) {
	err = tx.QueryRow(ctx, otherSQL, m.Child, m.ProposedBy, today).Scan(&staff)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return staff, err
}

// A narrower shield begins as one of its own, by the trigger of the child; the handlers
// are released where neither shield nor placement is left.
const liftSQL = `-- name: LiftMeasure
WITH m AS (UPDATE measure SET state = 'LIFTED' WHERE id = $1 RETURNING child_id, custody_id, lift_to),
opened AS (UPDATE child c SET shield = m.lift_to FROM m WHERE c.id = m.child_id AND m.custody_id IS NULL),
ended AS (UPDATE temporary_custody t SET ended_on = $2, version = t.version + 1 FROM m WHERE t.id = m.custody_id)
DELETE FROM shield_handler h USING m WHERE h.child_id = m.child_id AND m.lift_to = 'NONE'
  AND NOT EXISTS (SELECT FROM measure o WHERE o.child_id = m.child_id AND o.id <> $1 AND o.state <> 'LIFTED')`

func lift(ctx context.Context, tx postgres.Tx, id int64, today time.Time) error {
	return execute(ctx, tx, liftSQL, id, today)
}

const handlersSQL = `-- name: ListHandlersOfChild
SELECT s.id, s.code, deciding.can_handle($1, s.id, NULL, $2::date), deciding.can_handle($1, s.id, 'CM', $2::date)
FROM shield_handler h JOIN staff s ON s.id = h.staff_id WHERE h.child_id = $1 ORDER BY h.named_on, s.id`

func handlers(ctx context.Context, tx postgres.Tx, child int64, today time.Time) ([]named, error) {
	rows, err := tx.Query(ctx, handlersSQL, child, today)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[named])
}

const successorSQL = `-- name: FindSuccessor
SELECT s.id, s.code, true, deciding.can_handle($1, s.id, 'CM', $3::date) FROM staff s
WHERE s.code = $2 AND deciding.can_handle($1, s.id, NULL, $3::date)
  AND NOT EXISTS (SELECT FROM shield_handler h WHERE h.child_id = $1 AND h.staff_id = s.id)`

// successor is who may be named. Fault: BadRequest.
func successor(ctx context.Context, tx postgres.Tx, child int64, a Actor, code string) (n named, err error) {
	err = tx.QueryRow(ctx, successorSQL, child, code, a.Today).Scan(&n.Staff, &n.Code, &n.Serves, &n.AsManager)
	if errors.Is(err, pgx.ErrNoRows) {
		return n, fault.At("successor", fault.New(fault.BadRequest,
			"接任者须为在岗的个案管理员或维权干部，与本案无利益冲突，且尚未被指定。",
			"The successor must hold a post as case manager or rights officer, without a conflict of interest, and not be named already."))
	}
	return n, err
}

const inHandSQL = `-- name: HasOpenReportOfChild
SELECT EXISTS (SELECT FROM mandatory_report r WHERE r.child_id = $1 AND r.handler_id = $2 AND r.closed_on IS NULL)`

// handsOver reports whether somebody has an open report of the child in hand.
func handsOver(ctx context.Context, tx postgres.Tx, child, staff int64) (yes bool, err error) {
	err = tx.QueryRow(ctx, inHandSQL, child, staff).Scan(&yes)
	return yes, err
}

const swapSQL = `-- name: ReplaceHandler
WITH gone AS (DELETE FROM shield_handler WHERE child_id = $1 AND staff_id = $2)
INSERT INTO shield_handler (child_id, staff_id, named_on, report_id)
SELECT $1, $3, $4, (SELECT max(h.report_id) FROM shield_handler h WHERE h.child_id = $1)`

func swap(ctx context.Context, tx postgres.Tx, child, old, heir int64, today time.Time) error {
	return execute(ctx, tx, swapSQL, child, old, heir, today)
}

const planSQL = `-- name: PlanFirstReview
UPDATE measure SET review_on = $1::date + (SELECT value::integer FROM parameter WHERE name = 'measure_review_days')
WHERE review_on IS NULL AND state <> 'LIFTED'`

func plan(ctx context.Context, tx postgres.Tx, today string) error {
	return execute(ctx, tx, planSQL, today)
}

// The reviewer is a named handler, a case manager before a rights officer; else whoever
// handles the report that placed the child; else the newest case manager.
const dueSQL = `-- name: ListMeasuresToReview
SELECT m.child_id, m.id, w.staff_id FROM measure m CROSS JOIN LATERAL (
    SELECT x.staff_id FROM (
        SELECT h.staff_id, CASE WHEN deciding.can_handle(m.child_id, h.staff_id, 'CM', $1::date) THEN 1 ELSE 2 END AS nearness, h.named_on AS since
        FROM shield_handler h WHERE h.child_id = m.child_id AND deciding.can_handle(m.child_id, h.staff_id, NULL, $1::date)
        UNION ALL
        SELECT r.handler_id, 3, r.received_on FROM temporary_custody c JOIN mandatory_report r ON r.id = c.report_id
        WHERE c.id = m.custody_id AND deciding.can_handle(m.child_id, r.handler_id, 'CM', $1::date)
        UNION ALL
        SELECT p.staff_id, 4, p.valid_from FROM post p WHERE p.role = 'CM' AND deciding.can_handle(m.child_id, p.staff_id, 'CM', $1::date)) x
    WHERE NOT deciding.hidden(m.child_id, x.staff_id) ORDER BY x.nearness, x.since DESC, x.staff_id LIMIT 1) w
WHERE m.state = 'STANDING' AND m.review_on <= $1::date AND NOT EXISTS (
    SELECT FROM task t WHERE t.subject = 'measure' AND t.subject_id = m.id AND t.kind = 'MEASURE_REVIEW' AND t.done_at IS NULL
      AND deciding.can_handle(m.child_id, t.staff_id, NULL, $1::date))
ORDER BY m.id LIMIT $2`

// The other named handler, or the newest case manager, who is told of no child where it
// is hidden altogether.
const lackingSQL = `-- name: ListShieldsWithoutHandlers
SELECT CASE WHEN deciding.hidden(m.child_id, w.staff_id) THEN 0 ELSE m.child_id END, m.id, w.staff_id FROM measure m CROSS JOIN LATERAL (
    SELECT x.staff_id FROM (
        SELECT h.staff_id, 1 AS nearness, h.named_on AS since FROM shield_handler h
        WHERE h.child_id = m.child_id AND deciding.can_handle(m.child_id, h.staff_id, NULL, $1::date)
        UNION ALL
        SELECT p.staff_id, 2, p.valid_from FROM post p WHERE p.role = 'CM' AND deciding.can_handle(m.child_id, p.staff_id, 'CM', $1::date)) x
    ORDER BY x.nearness, x.since DESC, x.staff_id LIMIT 1) w
WHERE m.state <> 'LIFTED' AND m.custody_id IS NULL
  AND (SELECT count(*) FROM shield_handler h WHERE h.child_id = m.child_id AND deciding.can_handle(m.child_id, h.staff_id, NULL, $1::date)) < 2
  AND NOT EXISTS (
    SELECT FROM task t WHERE t.subject = 'measure' AND t.subject_id = m.id AND t.kind = 'MEASURE_HANDLER' AND t.done_at IS NULL
      AND deciding.can_handle(m.child_id, t.staff_id, NULL, $1::date))
ORDER BY m.id LIMIT $2`

// whose lists shields and placements with the person who has to do something about each.
func whose(ctx context.Context, tx postgres.Tx, sql, today string) ([]task.Each, error) {
	rows, err := tx.Query(ctx, sql, today, batch)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (e task.Each, err error) {
		err = row.Scan(&e.Child, &e.SubjectID, &e.Staff)
		return e, err
	})
}

func execute(ctx context.Context, tx postgres.Tx, sql string, args ...any) error {
	_, err := tx.Exec(ctx, sql, args...)
	return err
}
