package emergency

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Two at once of one person wait for each other here.
const lockSQL = `-- name: LockEmergencyPerson
SELECT kind = 'PERSON' FROM staff WHERE id = $1 FOR NO KEY UPDATE`

func lockPerson(ctx context.Context, tx postgres.Tx, staff int64) (person bool, err error) {
	err = tx.QueryRow(ctx, lockSQL, staff).Scan(&person)
	return person, err
}

// A child that stays hidden to the person even in an emergency, being shielded
// altogether or archived, is not found.
const findSQL = `-- name: FindChildOfEmergency
SELECT c.id FROM child c
WHERE c.id = coalesce($1, (SELECT min(j.child_id) FROM join_token j WHERE j.agency_id = $2 AND j.kind = $3 AND j.token = $4 HAVING count(*) = 1))
  AND (c.shield <> 'FULL' OR EXISTS (SELECT FROM shield_handler h WHERE h.child_id = c.id AND h.staff_id = $5))
  AND NOT deciding.exited(c.id, ($6::timestamptz AT TIME ZONE 'Asia/Shanghai')::date)`

func find(ctx context.Context, tx postgres.Tx, n New) (child int64, err error) {
	var known *int64
	if n.Child != 0 {
		known = &n.Child
	}
	err = tx.QueryRow(ctx, findSQL, known, n.Agency, n.Kind, n.Token, n.Staff, n.Now).Scan(&child)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return child, err
}

// One that began after this request did lives too: it was first to the lock.
const aliveSQL = `-- name: IsEmergencyAlive
SELECT EXISTS (SELECT FROM emergency_access m WHERE m.staff_id = $1 AND m.child_id = $2 AND m.expires_at > $3)`

func alive(ctx context.Context, tx postgres.Tx, staff, child int64, now time.Time) (lives bool, err error) {
	err = tx.QueryRow(ctx, aliveSQL, staff, child, now).Scan(&lives)
	return lives, err
}

const insertSQL = `-- name: OpenEmergency
WITH opened AS (
    INSERT INTO emergency_access (child_id, staff_id, reason, opened_at, expires_at) VALUES ($1, $2, $3, $4, $5) RETURNING id)
INSERT INTO ticket (code, kind, purpose, staff_id, agency_id, child_id, reason, opened_at, expires_at)
SELECT 'EM-' || to_char($4::timestamptz AT TIME ZONE 'Asia/Shanghai', 'YYYYMMDD') || '-' || o.id, 'EMERGENCY', 'EMERGENCY', $2, $6, $1, $3, $4, $5
FROM opened o RETURNING (SELECT id FROM opened), code`

func insert(ctx context.Context, tx postgres.Tx, n New, o Opened) (id int64, ticket string, err error) {
	err = tx.QueryRow(ctx, insertSQL, o.Child, n.Staff, n.Reason, n.Now, o.Expires, n.Agency).Scan(&id, &ticket)
	return id, ticket, err
}

// The protection officer; the head of the person's agency, who holds the post of a
// leader (STA) there, and where there is none stands the officer alone; the steward of
// each agency whose coordinates break-glass opens.
const knowSQL = `-- name: WhoMustKnowOfEmergency
SELECT p.staff_id FROM (
    SELECT DISTINCT ON (p.role, a.id) p.staff_id, p.role, a.id AS agency, a.kind
    FROM post p JOIN staff s ON s.id = p.staff_id AND s.active AND s.kind = 'PERSON' JOIN agency a ON a.id = p.agency_id
    WHERE p.role IN ('DPO', 'STA', 'STEWARD') AND p.valid_from <= $2::date AND (p.valid_to IS NULL OR p.valid_to > $2::date)
      AND p.authorised_until >= $2::date
    ORDER BY p.role, a.id, p.valid_from DESC, p.id) p
WHERE p.staff_id <> $3 AND (p.role = 'DPO' OR p.role = 'STA' AND p.agency = $1
    OR p.role = 'STEWARD' AND p.kind IN ('CIVIL_AFFAIRS', 'EDUCATION', 'HEALTH'))
ORDER BY p.staff_id`

func whoMustKnow(ctx context.Context, tx postgres.Tx, n New) ([]int64, error) {
	rows, err := tx.Query(ctx, knowSQL, n.Agency, n.Now.In(chinatime.Zone()), n.Staff)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}
