package conflict

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

const personSQL = `-- name: FindPersonOfHead
SELECT s.id FROM staff s WHERE s.code = $1 AND answerable_agency(s.agency_id, ($3::timestamptz AT TIME ZONE 'Asia/Shanghai')::date) = $2`

func person(ctx context.Context, tx postgres.Tx, code string, agency int64, now time.Time) (id int64, err error) {
	err = tx.QueryRow(ctx, personSQL, code, agency, now).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, fault.At("staffCode", fault.New(fault.NotFound, "本单位没有这个工号。", "Your agency has nobody of that staff code."))
	}
	return id, err
}

const noteSQL = `-- name: NoteConflict
INSERT INTO conflict_notice (staff_id, declared_by, kind, agency_id, token, declared_on)
VALUES ($1, $2, $3, $4, $5, ($6::timestamptz AT TIME ZONE 'Asia/Shanghai')::date) RETURNING id`

func note(ctx context.Context, tx postgres.Tx, d disclosure.Decided, staff int64, kind string, token []byte) (id int64, err error) {
	if len(token) == 0 {
		token = nil
	}
	err = tx.QueryRow(ctx, noteSQL, staff, d.Caller.Staff.ID, kind, d.Caller.Agency.ID, token, d.Now).Scan(&id)
	return id, err
}

const metSQL = `-- name: MeetConflictByID
WITH here AS (
    UPDATE conflict_notice n SET met_on = n.declared_on FROM child c WHERE n.id = $1 AND c.id = $2 RETURNING n.staff_id, n.kind, n.declared_on, c.id
), put AS (
    INSERT INTO conflict_declaration (staff_id, child_id, kind, declared_on) SELECT h.staff_id, h.id, h.kind, h.declared_on FROM here h
    ON CONFLICT (staff_id, child_id, kind) DO UPDATE SET ended_on = NULL RETURNING id
)
INSERT INTO conflict_met (notice_id, declaration_id) SELECT $1, p.id FROM put p`

func met(ctx context.Context, tx postgres.Tx, id, child int64) error {
	_, err := tx.Exec(ctx, metSQL, id, child)
	return err
}

// A token names one child of its agency, or none yet.
const meetSQL = `-- name: MeetConflicts
WITH known AS (
    SELECT n.id, min(j.child_id) AS child FROM conflict_notice n JOIN join_token j ON j.agency_id = n.agency_id AND j.token = n.token
    WHERE n.met_on IS NULL AND n.ended_on IS NULL AND ($1::bigint = 0 OR n.id = $1) GROUP BY n.id HAVING count(DISTINCT j.child_id) = 1
), here AS (
    UPDATE conflict_notice n SET met_on = ($2::timestamptz AT TIME ZONE 'Asia/Shanghai')::date FROM known k WHERE n.id = k.id
    RETURNING n.id, n.staff_id, n.kind, n.declared_on, k.child
), put AS (
    INSERT INTO conflict_declaration (staff_id, child_id, kind, declared_on)
    SELECT DISTINCT ON (h.staff_id, h.child, h.kind) h.staff_id, h.child, h.kind, h.declared_on FROM here h ORDER BY h.staff_id, h.child, h.kind, h.declared_on
    ON CONFLICT (staff_id, child_id, kind) DO UPDATE SET ended_on = NULL RETURNING id, staff_id, child_id, kind
), met AS (
    INSERT INTO conflict_met (notice_id, declaration_id)
    SELECT h.id, p.id FROM here h JOIN put p ON p.staff_id = h.staff_id AND p.child_id = h.child AND p.kind = h.kind
)
SELECT DISTINCT h.child FROM here h ORDER BY h.child`

// meet makes declarations of those whose child is known; 0 looks at all.
func meet(ctx context.Context, tx postgres.Tx, id int64, now time.Time) ([]int64, error) {
	rows, err := tx.Query(ctx, meetSQL, id, now)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// Notice is a declaration with what its end needs.
type Notice struct {
	ID, Staff int64
	// Subject names the person, in codes; never the child.
	Subject, Kind string
	Ended         bool
	// Answers says that the asking person leads, or administers the rights of, who is in
	// conflict.
	Answers bool
}

const takeNoticeSQL = `-- name: TakeConflictNotice
SELECT n.id, n.staff_id, a.code || '/' || s.code, n.kind, n.ended_on IS NOT NULL, deciding.answers_for($2, n.staff_id, ($3::timestamptz AT TIME ZONE 'Asia/Shanghai')::date)
FROM conflict_notice n JOIN staff s ON s.id = n.staff_id JOIN agency a ON a.id = s.agency_id WHERE n.id = $1 ORDER BY n.id FOR UPDATE OF n`

func takeNotice(ctx context.Context, tx postgres.Tx, id, by int64, now time.Time) (n Notice, err error) {
	err = tx.QueryRow(ctx, takeNoticeSQL, id, by, now).Scan(&n.ID, &n.Staff, &n.Subject, &n.Kind, &n.Ended, &n.Answers)
	if errors.Is(err, pgx.ErrNoRows) {
		return n, gone()
	}
	return n, err
}

// A declaration ends when nothing that came to it is in force any more.
const endSQL = `-- name: EndConflict
WITH here AS (
    UPDATE conflict_notice SET ended_on = ($2::timestamptz AT TIME ZONE 'Asia/Shanghai')::date WHERE id = $1 AND ended_on IS NULL RETURNING id, ended_on
)
UPDATE conflict_declaration d SET ended_on = h.ended_on
FROM here h JOIN conflict_met m ON m.notice_id = h.id
WHERE d.id = m.declaration_id AND NOT EXISTS (SELECT FROM conflict_met o JOIN conflict_notice n ON n.id = o.notice_id
    WHERE o.declaration_id = d.id AND o.notice_id <> h.id AND n.ended_on IS NULL)`

// End ends a declared conflict, and with it what it shut, where the hub knows the child.
func End(ctx context.Context, tx postgres.Tx, id int64, now time.Time) error {
	_, err := tx.Exec(ctx, endSQL, id, now)
	return err
}
