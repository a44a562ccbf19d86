package retention

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/record"
)

// Records says where each type of schema/retention.graphqls is stored.
func Records() []record.Type {
	return []record.Type{
		{
			Name: "Retention", Table: "retention_state", Kind: record.Node,
			Links: record.Links{"schedules": record.Many("RetentionSchedule", "true")},
		},
		{Name: "RetentionSchedule", Table: "retention_class", Kind: record.Node, Key: "class"},
		{
			Name: "LegalHold", Table: "legal_hold_list", Kind: record.Node, Order: "{t}.id DESC",
			Columns: record.Columns{"child": "{t}.child_id"},
			IDs:     map[string]string{"child": "Child"},
		},
	}
}

// Roots are the root fields that retention answers.
func Roots() []record.Root {
	return []record.Root{
		{Field: "retention", Type: "Retention"},
		{Field: "legalHolds", Type: "LegalHold", List: true},
	}
}

// Destroyer empties entries and records it; the audit writer is one.
type Destroyer interface {
	DestroyTx(ctx context.Context, tx pgx.Tx, ranges [][2]int64, e audit.Entry) (audit.Receipt, error)
}

// Database is what this package needs of PostgreSQL; a pool is one.
type Database interface {
	Begin(ctx context.Context) (pgx.Tx, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Whoever destroys and whoever places a hold hold this lock to the end of their
// transaction: a hold that is placed is seen by every batch after it. A batch finds
// the disclosures of its page by their key and never by reading all of them.
const lockSQL = `-- name: LockRetention
SELECT pg_advisory_xact_lock(hashtext('tongxin retention')), set_config('statement_timeout', '0', true),
    set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`

const enterSQL = `-- name: EnterWalk
INSERT INTO retention_walk (name, destroys, began_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING`

const takeSQL = `-- name: TakeWalk
SELECT destroys, at, sequence, examined, destroyed, due, soon, held
FROM retention_walk WHERE name = $1 AND ended_at IS NULL FOR UPDATE SKIP LOCKED`

const moveSQL = `-- name: MoveWalk
UPDATE retention_walk SET at = $2, sequence = $3, examined = $4, destroyed = $5, due = $6, soon = $7, held = $8,
    record = coalesce($9, record), ended_at = $10
WHERE name = $1`

const walkedSQL = `-- name: WalkDone
SELECT EXISTS (SELECT FROM retention_walk WHERE name = $1 AND ended_at IS NOT NULL)`

const schedulesSQL = `-- name: SchedulesInForce
SELECT class, revision, kept_months, least_months, majority_months, basis_zh, basis_en
FROM (SELECT DISTINCT ON (class) * FROM retention_schedule ORDER BY class, revision DESC) s ORDER BY class`

const classifiedSQL = `-- name: CoordinatesAreClassified
SELECT EXISTS (SELECT FROM coordinate WHERE class = 'L4')`

// What a guardian has asked for, and has not been told yet, is held as well.
// What is not known to be below L4 counts as L4; roots and mutations hold no data.
// Of a child that is no longer on file nothing is known but that it lived when it
// was looked at.
const examineSQL = `-- name: ExamineEntries
WITH schedule AS MATERIALIZED (
    SELECT DISTINCT ON (class) class, make_interval(months => kept_months) AS kept,
        make_interval(months => majority_months) AS majority
    FROM retention_schedule ORDER BY class, revision DESC
), page AS MATERIALIZED (
    SELECT e.sequence, e.at, e.at AT TIME ZONE 'Asia/Shanghai' AS here, e.agency_id, e.staff_id, e.ticket, e.disclosed
    FROM audit_entry e
    WHERE (e.at, e.sequence) > ($1::timestamptz, $2::bigint) AND e.at >= $1 AND e.at < $3
      AND e.salt IS NOT NULL AND e.operation <> 'audit.destroy'
    ORDER BY e.at, e.sequence LIMIT $4
), shown AS MATERIALIZED (
    SELECT p.sequence, p.here, d.child_id, d.set_id
    FROM page p CROSS JOIN LATERAL (SELECT x.child_id, x.set_id FROM audit_disclosure x
        WHERE x.at = p.at AND x.sequence = p.sequence OFFSET 0) d
), sensitive AS MATERIALIZED (
    SELECT s.id FROM audit_set s
    WHERE s.id IN (SELECT set_id FROM shown) AND EXISTS (
        SELECT FROM unnest(s.coordinates) c (name)
        WHERE c.name !~ '^(Query|Mutation)[.]'
          AND NOT EXISTS (SELECT FROM coordinate k WHERE k.name = c.name AND k.class <> 'L4'))
), minor AS MATERIALIZED (
    SELECT w.sequence, max(coalesce(c.birth_date, w.here::date) + interval '18 years' + k.majority) AS until
    FROM shown w JOIN sensitive s ON s.id = w.set_id JOIN schedule k ON k.class = 'SENSITIVE'
    LEFT JOIN child c ON c.id = w.child_id
    GROUP BY w.sequence
), judged AS (
    SELECT p.*, m.until AS grown, CASE WHEN m.sequence IS NOT NULL THEN 'SENSITIVE'
        WHEN p.agency_id = 0 AND p.disclosed = 0 THEN 'NETWORK' ELSE 'ORDINARY' END AS class
    FROM page p LEFT JOIN minor m ON m.sequence = p.sequence
)
SELECT j.sequence, j.at, j.class, greatest(j.here + k.kept, j.grown) AT TIME ZONE 'Asia/Shanghai' AS until,
    EXISTS (SELECT FROM legal_hold h WHERE h.released_at IS NULL
        AND (h.agency_id IS NULL OR h.agency_id = j.agency_id)
        AND (h.staff_id IS NULL OR h.staff_id = j.staff_id)
        AND (h.since IS NULL OR j.at >= h.since) AND (h.until IS NULL OR j.at < h.until)
        AND (h.child_id IS NULL OR EXISTS (SELECT FROM shown w WHERE w.sequence = j.sequence AND w.child_id = h.child_id)
            OR EXISTS (SELECT FROM ticket t WHERE t.code = j.ticket AND t.child_id = h.child_id)))
    OR EXISTS (SELECT FROM shown w JOIN rights_desk q ON q.child_id = w.child_id
        WHERE w.sequence = j.sequence AND (q.owes OR q.answered_on IS NULL)) AS held
FROM judged j JOIN schedule k ON k.class = j.class
ORDER BY j.at, j.sequence`

func lock(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, lockSQL)
	return err
}

func enter(ctx context.Context, tx pgx.Tx, w Walk, now time.Time) error {
	_, err := tx.Exec(ctx, enterSQL, w.Name, w.Destroys, now)
	return err
}

// take holds the walk's row to the end of tx; it is not free where the walk is over
// or another process is at it.
func take(ctx context.Context, tx pgx.Tx, name string) (p progress, free bool, err error) {
	var due, soon, held []byte
	err = tx.QueryRow(ctx, takeSQL, name).Scan(&p.destroys, &p.at, &p.sequence, &p.examined, &p.destroyed, &due, &soon, &held)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, false, nil
	}
	if err == nil {
		err = errors.Join(json.Unmarshal(due, &p.due), json.Unmarshal(soon, &p.soon), json.Unmarshal(held, &p.held))
	}
	return p, err == nil, err
}

// move keeps how far the walk has come.
func move(ctx context.Context, tx pgx.Tx, name string, p progress) error {
	_, err := tx.Exec(ctx, moveSQL, name, p.at, p.sequence, p.examined, p.destroyed, p.due, p.soon, p.held, p.record, p.ended)
	return err
}

func walked(ctx context.Context, db Database, name string) (done bool, err error) {
	err = db.QueryRow(ctx, walkedSQL, name).Scan(&done)
	return done, err
}

func classified(ctx context.Context, tx pgx.Tx) (yes bool, err error) {
	err = tx.QueryRow(ctx, classifiedSQL).Scan(&yes)
	return yes, err
}

func schedules(ctx context.Context, tx pgx.Tx) ([]Schedule, error) {
	rows, err := tx.Query(ctx, schedulesSQL)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Schedule])
}

// examine judges the entries behind a place of the log, older than before.
func examine(ctx context.Context, tx pgx.Tx, p progress, before time.Time, limit int) ([]Judged, error) {
	rows, err := tx.Query(ctx, examineSQL, p.at, p.sequence, before, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Judged])
}

const placeSQL = `-- name: PlaceHold
INSERT INTO legal_hold (child_id, staff_id, agency_id, since, until, ordered_by, reason, placed_by, placed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`

const releaseSQL = `-- name: ReleaseHold
UPDATE legal_hold SET released_by = $2, released_at = $3, release_reason = $4 WHERE id = $1 AND released_at IS NULL`

const findAgencySQL = `-- name: FindAgency
SELECT id FROM agency WHERE code = $1`

const findStaffSQL = `-- name: FindStaff
SELECT s.id FROM staff s JOIN agency a ON a.id = s.agency_id WHERE a.code = $1 AND s.code = $2`

const holdsSQL = `-- name: ListHolds
SELECT h.id, h.child_id IS NOT NULL, coalesce(a.code, ''), coalesce(s.code, ''), h.since, h.until, h.ordered_by, h.reason,
    h.placed_at, h.released_at, h.release_reason
FROM legal_hold h LEFT JOIN agency a ON a.id = h.agency_id LEFT JOIN staff s ON s.id = h.staff_id ORDER BY h.id`

func place(ctx context.Context, tx pgx.Tx, h Hold, now time.Time) (id int64, err error) {
	err = tx.QueryRow(ctx, placeSQL, h.ChildID, h.StaffID, h.AgencyID, h.Since, h.Until, h.OrderedBy, h.Reason, h.By, now).Scan(&id)
	return id, err
}

// release reports whether a standing hold was released.
func release(ctx context.Context, tx pgx.Tx, r Release, now time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, releaseSQL, r.ID, r.By, now, r.Reason)
	return tag.RowsAffected() == 1, err
}

// find returns the one id of a register, nil where there is none.
func find(ctx context.Context, tx pgx.Tx, sql string, args ...any) (*int64, error) {
	var id int64
	err := tx.QueryRow(ctx, sql, args...).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // the caller has a sentence for it
	}
	return &id, err
}

func listHolds(ctx context.Context, tx pgx.Tx) ([]Listed, error) {
	rows, err := tx.Query(ctx, holdsSQL)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Listed])
}
