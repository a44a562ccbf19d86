package correction

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/record"
)

// Roots are what the caller's agency has to answer.
func Roots() []record.Root {
	return []record.Root{{
		Field: "correctionsToAnswer", Type: "CorrectionMark", Paged: true,
		Where: "{t}.agency_id = {agency} AND {t}.resolved_on IS NULL",
	}}
}

// Civil affairs, which keeps the register, answers for sources that are not connected
// (police, courts); what the hub works out has no source of its own. Facts of class L4
// are corrected within their case: a mark that everybody sees would tell that there is
// one.
const sourceSQL = `-- name: SourceOfCoordinate
SELECT a.id FROM coordinate k JOIN agency a ON a.kind = k.owner OR a.kind = 'CIVIL_AFFAIRS' AND k.owner <> 'HUB'
WHERE k.name = $1 AND k.class <> 'L4' ORDER BY a.kind = k.owner DESC, a.id LIMIT 1`

// sourceOf is the agency that answers for a coordinate, 0 for none.
func sourceOf(ctx context.Context, tx postgres.Tx, coordinate string) (int64, error) {
	return one(tx.QueryRow(ctx, sourceSQL, coordinate))
}

// stewards are the persons who answer for their agencies on the day $1.
const stewards = `post p JOIN staff s ON s.id = p.staff_id AND s.active AND s.kind = 'PERSON' AND p.role = 'STEWARD'
    AND p.valid_from <= $1::date AND (p.valid_to IS NULL OR p.valid_to > $1::date) AND p.authorised_until >= $1::date`

// day is the day in China, as a parameter of type date takes it.
func day(now time.Time) time.Time { return now.In(chinatime.Zone()) }

const stewardSQL = `-- name: StewardOfAgency
SELECT p.staff_id FROM ` + stewards + `
WHERE p.agency_id = $2 ORDER BY p.valid_from DESC, p.id LIMIT 1`

// Steward is who answers for an agency, 0 for nobody.
func Steward(ctx context.Context, tx postgres.Tx, agency int64, now time.Time) (int64, error) {
	return one(tx.QueryRow(ctx, stewardSQL, day(now), agency))
}

// one is a number, 0 for no row.
func one(row pgx.Row) (n int64, err error) {
	if err = row.Scan(&n); errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return n, err
}

const insertSQL = `-- name: RaiseCorrection
INSERT INTO correction_request (child_id, coordinate, state, raised_on, due_on, agency_id, author_id, author_agency_id, recorded_on,
    record_id, old_hash, reason, proposed)
SELECT $1, $2, 'RAISED', t.day, (due_after($3, 'correction_days', 'working days') AT TIME ZONE 'Asia/Shanghai')::date - 1, $4, $5, $6, t.day,
    $7, CASE WHEN $8::text <> '' THEN coordinate_hash($9, $8, $10, $7) END, $11, nullif($12, '')
FROM (SELECT ($3::timestamptz AT TIME ZONE 'Asia/Shanghai')::date AS day) t
ON CONFLICT DO NOTHING RETURNING id`

// insert gives 0 where the same value is disputed already.
func insert(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Dispute, source int64) (int64, error) {
	return one(tx.QueryRow(ctx, insertSQL, d.ChildID, in.Coordinate, d.Now, source, d.Caller.Staff.ID, d.Caller.Agency.ID,
		in.Record, in.Place.Column, in.Place.Table, in.Place.Where, in.Reason, in.Proposed))
}

const disputedSQL = `-- name: FindOpenCorrection
SELECT id FROM correction_request WHERE child_id = $1 AND coordinate = $2 AND record_id = $3 AND resolved_on IS NULL ORDER BY id LIMIT 1 FOR UPDATE`

// disputed is the open dispute of a value, 0 for none.
func disputed(ctx context.Context, tx postgres.Tx, child int64, in Dispute) (int64, error) {
	return one(tx.QueryRow(ctx, disputedSQL, child, in.Coordinate, in.Record))
}

// unrouted is a correction that waits for a steward.
type unrouted struct{ id, child, agency int64 }

const unroutedSQL = `-- name: TakeUnroutedCorrections
SELECT c.id, c.child_id, c.agency_id FROM correction_request c
WHERE c.state = 'RAISED' AND c.steward_id IS NULL AND EXISTS (SELECT FROM ` + stewards + ` WHERE p.agency_id = c.agency_id)
ORDER BY c.id LIMIT $2 FOR UPDATE SKIP LOCKED`

func takeUnrouted(ctx context.Context, tx postgres.Tx, now time.Time) ([]unrouted, error) {
	rows, err := tx.Query(ctx, unroutedSQL, day(now), batch)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (u unrouted, err error) {
		err = row.Scan(&u.id, &u.child, &u.agency)
		return u, err
	})
}

const routedSQL = `-- name: RouteCorrection
UPDATE correction_request SET state = $2, steward_id = $3, ticket_id = $4 WHERE id = $1`

func setRouted(ctx context.Context, tx postgres.Tx, id int64, state string, steward, opened int64) error {
	_, err := tx.Exec(ctx, routedSQL, id, state, steward, opened)
	return err
}

const loadSQL = `-- name: TakeCorrection
SELECT id, child_id, coalesce(agency_id, 0), coalesce(record_id, 0), coalesce(author_id, 0), coalesce(ticket_id, 0), coalesce(coordinate, ''), coalesce(state, ''), old_hash, version
FROM correction_request WHERE id = $1 FOR UPDATE`

func load(ctx context.Context, tx postgres.Tx, id int64) (c correction, err error) {
	err = scan(tx.QueryRow(ctx, loadSQL, id), &c)
	return c, err
}

func scan(row pgx.Row, c *correction) error {
	return row.Scan(&c.id, &c.child, &c.agency, &c.record, &c.author, &c.ticket, &c.coordinate, &c.state, &c.hash, &c.version)
}

const correctSQL = `-- name: CorrectValue
SELECT correct_value($1, $2, $3, $4, $5, $6)`

// correct writes a value; one that does not fit its column is the caller's to mend.
func correct(ctx context.Context, tx postgres.Tx, p disclosure.Place, c correction, value string) (done bool, err error) {
	err = tx.QueryRow(ctx, correctSQL, p.Table, p.Column, p.Where, c.record, c.hash, value).Scan(&done)
	var refused *pgconn.PgError
	if errors.As(err, &refused) && (refused.Code[:2] == "22" || refused.Code[:2] == "23") { // data exception, integrity constraint
		return false, fault.New(fault.BadRequest, "这个值不符合该字段的格式。", "The value does not fit this field.")
	}
	return done, err
}

const answeredSQL = `-- name: AnswerCorrection
UPDATE correction_request SET state = $2, answer = $3, resolved_on = ($4::timestamptz AT TIME ZONE 'Asia/Shanghai')::date, version = version + 1 WHERE id = $1`

func setAnswered(ctx context.Context, tx postgres.Tx, c correction, answer string, now time.Time) error {
	_, err := tx.Exec(ctx, answeredSQL, c.id, c.next, answer, now)
	return err
}

// Corrections that were made up or made before the hub kept their record are told of
// nobody: nothing says what was wrong.
const acceptedSQL = `-- name: TakeAcceptedCorrections
SELECT id, child_id, coalesce(agency_id, 0), record_id, coalesce(author_id, 0), coalesce(ticket_id, 0), coalesce(coordinate, ''), state, old_hash, version
FROM correction_request WHERE state = 'ACCEPTED' AND record_id IS NOT NULL ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED`

func takeAccepted(ctx context.Context, tx postgres.Tx) ([]correction, error) {
	rows, err := tx.Query(ctx, acceptedSQL, batch)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c correction, err error) {
		return c, scan(row, &c)
	})
}

// Whoever was shown the value, or a coarser or finer step of it: with the birth date
// changes the age. Whoever raised it has heard already; who may not see the child any more is told of
// no child. The child's disclosures and then their entries are fenced off: the planner
// takes one child for a two-hundredth of the log, and would read all of it.
const recipientsSQL = `-- name: RecipientsOfCoordinate
SELECT DISTINCT e.staff_id
FROM (SELECT y.at, y.sequence, y.set_id FROM audit_packed y WHERE y.child_ids @> ARRAY[$1::bigint] OFFSET 0) d
JOIN audit_set x ON x.id = d.set_id AND x.coordinates && ladder_of($2)
CROSS JOIN LATERAL (SELECT n.staff_id FROM audit_entry n WHERE n.at = d.at AND n.sequence = d.sequence OFFSET 0) e
JOIN staff s ON s.id = e.staff_id AND s.active
WHERE e.staff_id <> $3
  AND EXISTS (SELECT FROM post p WHERE p.staff_id = s.id AND (p.valid_to IS NULL OR p.valid_to > $4::date))
ORDER BY e.staff_id`

func recipients(ctx context.Context, tx postgres.Tx, c correction, now time.Time) ([]int64, error) {
	rows, err := tx.Query(ctx, recipientsSQL, c.child, c.coordinate, c.author, day(now))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

const stateSQL = `-- name: SetCorrectionState
UPDATE correction_request SET state = $2, version = version + 1 WHERE id = $1`

func setState(ctx context.Context, tx postgres.Tx, id int64, state string) error {
	_, err := tx.Exec(ctx, stateSQL, id, state)
	return err
}
