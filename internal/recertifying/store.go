package recertifying

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

const confirmSQL = `-- name: ConfirmPost
UPDATE post SET confirmed_on = $3::date, confirmed_by = $2, lapse_noticed_on = NULL, version = version + 1 WHERE id = $1 RETURNING version`

func confirm(ctx context.Context, tx postgres.Tx, id, by int64, today string) (version int, err error) {
	err = tx.QueryRow(ctx, confirmSQL, id, by, today).Scan(&version)
	return version, err
}

// What is to be confirmed is what the list of package access shows, but for the heads' own
// posts, which another person confirms.
const unconfirmedSQL = `-- name: CountUnconfirmedPosts
SELECT coalesce((SELECT r.id FROM recertification r WHERE r.quarter = date_trunc('quarter', $2::timestamp)::date), 0), count(*)
FROM post p WHERE (p.valid_to IS NULL OR p.valid_to > $2::date) AND p.valid_from < date_trunc('quarter', $2::timestamp)::date
  AND (p.confirmed_on IS NULL OR p.confirmed_on < date_trunc('quarter', $2::timestamp)::date)
  AND answerable_agency(p.agency_id, $2::date) = $1 AND NOT (p.role = 'STA' AND p.agency_id = $1)`

func unconfirmed(ctx context.Context, tx postgres.Tx, agency int64, today string) (round int64, left int, err error) {
	err = tx.QueryRow(ctx, unconfirmedSQL, agency, today).Scan(&round, &left)
	return round, left, err
}

const answeredSQL = `-- name: FinishConfirming
UPDATE task t SET done_at = $4, done_by = $3, next_rung_at = NULL
WHERE t.kind = 'POSTS_CONFIRM' AND t.subject = 'recertification' AND t.subject_id = $1 AND t.done_at IS NULL
  AND EXISTS (SELECT FROM post p WHERE p.staff_id = t.staff_id AND p.role = 'STA' AND p.agency_id = $2)`

// answered ends the quarter's task of the heads of one agency.
func answered(ctx context.Context, tx postgres.Tx, round int64, d disclosure.Decided) error {
	_, err := tx.Exec(ctx, answeredSQL, round, d.Caller.Agency.ID, d.Caller.Staff.ID, d.Now)
	return err
}

// The log is asked by its index of staff, no further back than the days without use,
// and what it has is remembered.
const unlookedSQL = `-- name: LookAtPosts
WITH setting AS (
    SELECT (SELECT value::integer FROM parameter WHERE name = 'post_unused_days') AS unused, (SELECT value::integer FROM parameter WHERE name = 'post_lapse_days') AS lapse
), held AS (
    SELECT p.id FROM post p
    WHERE (p.valid_to IS NULL OR p.valid_to > $1::date) AND p.valid_from <= $1::date AND (p.use_checked_on IS NULL OR p.use_checked_on < $1::date)
    ORDER BY p.id LIMIT $2 FOR UPDATE SKIP LOCKED
), found AS (
    SELECT p.id, (SELECT (e.at AT TIME ZONE 'Asia/Shanghai')::date FROM audit_entry e
        WHERE e.staff_id = p.staff_id AND e.post_id = p.id AND e.outcome = 'ALLOWED'
          AND e.at >= greatest(coalesce(p.last_used_on, '-infinity'), $1::date - s.unused) AT TIME ZONE 'Asia/Shanghai'
        ORDER BY e.at DESC LIMIT 1) AS day
    FROM post p JOIN held h ON h.id = p.id CROSS JOIN setting s
), judged AS MATERIALIZED (
    SELECT p.id, f.day, j.*, count(*) FILTER (WHERE j.unused AND j.due) OVER (ORDER BY p.id) AS ends
    FROM found f JOIN post p ON p.id = f.id CROSS JOIN setting s
    CROSS JOIN LATERAL (SELECT greatest(p.valid_from, f.day, p.last_used_on, p.confirmed_on) AS used) u
    CROSS JOIN LATERAL (SELECT u.used, u.used < $1::date - s.unused AS unused, coalesce(p.lapse_noticed_on <= $1::date - s.lapse, false) AS due) j
), looked AS (
    UPDATE post p SET last_used_on = coalesce(j.day, p.last_used_on), use_checked_on = $1::date FROM judged j WHERE p.id = j.id AND j.ends <= $3
    RETURNING p.id, p.staff_id, p.agency_id, p.role, p.lapse_noticed_on, j.used, j.unused, j.due
)
SELECT l.id, l.staff_id, a.code || '/' || s.code || ' ' || l.role, l.used::text, coalesce(l.lapse_noticed_on::text, ''), l.unused, l.due
FROM looked l JOIN staff s ON s.id = l.staff_id JOIN agency a ON a.id = l.agency_id ORDER BY l.id`

func unlooked(ctx context.Context, tx postgres.Tx, today string) ([]post, error) {
	rows, err := tx.Query(ctx, unlookedSQL, today, batch, most)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (p post, err error) {
		err = row.Scan(&p.id, &p.staff, &p.subject, &p.used, &p.noticed, &p.unused, &p.due)
		return p, err
	})
}

const noticeSQL = `-- name: NoteLapseNotice
UPDATE post SET lapse_noticed_on = nullif($2, '')::date WHERE id = $1`

func notice(ctx context.Context, tx postgres.Tx, id int64, today string) error {
	_, err := tx.Exec(ctx, noticeSQL, id, today)
	return err
}

const endSQL = `-- name: LapsePost
UPDATE post SET valid_to = greatest(valid_from, $2::date), end_reason = 'UNUSED', version = version + 1 WHERE id = $1`

func end(ctx context.Context, tx postgres.Tx, id int64, today string) error {
	_, err := tx.Exec(ctx, endSQL, id, today)
	return err
}

const openRoundSQL = `-- name: OpenRecertification
INSERT INTO recertification (quarter, opened_at) VALUES (date_trunc('quarter', $1::timestamp)::date, $2) ON CONFLICT (quarter) DO NOTHING RETURNING id`

// Heads with something to confirm: all leaders of the agency that answers.
const headsSQL = `-- name: HeadsToAsk
WITH answering AS (
    SELECT DISTINCT answerable_agency(p.agency_id, $1::date) AS agency FROM post p
    WHERE (p.valid_to IS NULL OR p.valid_to > $1::date) AND p.valid_from < date_trunc('quarter', $1::timestamp)::date
      AND (p.confirmed_on IS NULL OR p.confirmed_on < date_trunc('quarter', $1::timestamp)::date)
)
SELECT DISTINCT p.staff_id FROM post p JOIN answering a ON a.agency = p.agency_id JOIN staff s ON s.id = p.staff_id AND s.active AND s.kind = 'PERSON'
WHERE p.role = 'STA' AND p.valid_from <= $1::date AND (p.valid_to IS NULL OR p.valid_to > $1::date) AND p.authorised_until >= $1::date
ORDER BY p.staff_id`

// openRound begins the quarter; 0 where it has begun.
func openRound(ctx context.Context, tx postgres.Tx, now time.Time, today string) (id int64, heads []int64, err error) {
	err = tx.QueryRow(ctx, openRoundSQL, today, now).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil, nil
	}
	if err != nil {
		return 0, nil, err
	}
	rows, err := tx.Query(ctx, headsSQL, today)
	if err != nil {
		return 0, nil, err
	}
	heads, err = pgx.CollectRows(rows, pgx.RowTo[int64])
	return id, heads, err
}

// ends is what ends on a day, and who is told.
type ends struct {
	id, staff int64
	until     time.Time
}

const soon = `$1::date + (SELECT value::integer FROM parameter WHERE name = 'renewal_days')`

const vettingSQL = `-- name: VettingsEndingSoon
SELECT s.id, s.id, (s.vetted_until + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' FROM staff s
WHERE s.active AND s.kind = 'PERSON' AND s.vetted_until >= $1::date AND s.vetted_until < ` + soon + `
  AND EXISTS (SELECT FROM post p WHERE p.staff_id = s.id AND (p.valid_to IS NULL OR p.valid_to > $1::date))
ORDER BY s.id`

const authorisationSQL = `-- name: AuthorisationsEndingSoon
SELECT p.id, p.staff_id, (p.authorised_until + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' FROM post p JOIN staff s ON s.id = p.staff_id AND s.active AND s.kind = 'PERSON'
WHERE (p.valid_to IS NULL OR p.valid_to > $1::date) AND p.authorised_until >= $1::date AND p.authorised_until < ` + soon + `
ORDER BY p.id`

const overSQL = `-- name: ContractsOver
SELECT c.id, p.staff_id, due_after((c.valid_to + 1)::timestamp AT TIME ZONE 'Asia/Shanghai', 'contract_return_days', 'working days')
FROM contract c JOIN post p ON p.role = 'ADM' AND p.valid_from <= $1::date AND (p.valid_to IS NULL OR p.valid_to > $1::date) AND p.authorised_until >= $1::date
JOIN staff s ON s.id = p.staff_id AND s.active AND s.kind = 'PERSON'
WHERE c.valid_to < $1::date AND c.returned_on IS NULL ORDER BY c.id, p.staff_id`

func ending(ctx context.Context, tx postgres.Tx, sql, today string) ([]ends, error) {
	rows, err := tx.Query(ctx, sql, today)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (e ends, err error) {
		err = row.Scan(&e.id, &e.staff, &e.until)
		return e, err
	})
}

const renewedSQL = `-- name: FinishRenewals
UPDATE task t SET done_at = $1, next_rung_at = NULL WHERE t.kind = 'RIGHTS_RENEW' AND t.done_at IS NULL AND (
    t.subject = 'staff' AND EXISTS (SELECT FROM staff s WHERE s.id = t.subject_id AND (NOT s.active OR s.vetted_until >= ` + soonDay + `))
    OR t.subject = 'post' AND EXISTS (SELECT FROM post p WHERE p.id = t.subject_id AND (p.valid_to <= $2::date OR p.authorised_until >= ` + soonDay + `)))`

const soonDay = `$2::date + (SELECT value::integer FROM parameter WHERE name = 'renewal_days')`

// renewed ends reminders of what was renewed or is over.
func renewed(ctx context.Context, tx postgres.Tx, now time.Time, today string) error {
	_, err := tx.Exec(ctx, renewedSQL, now, today)
	return err
}

// What is counted by the hour is enough: the follower of the log keeps it. A system that
// was seen is looked up from that day on, one that never was in all that is counted.
const seenSQL = `-- name: NoteClientsSeen
UPDATE client c SET last_seen_on = f.day
FROM (SELECT k.id, (SELECT max((h.hour AT TIME ZONE 'Asia/Shanghai')::date) FROM audit_hour h
          WHERE h.agency_code = a.code AND h.system = k.code AND h.hour >= coalesce(k.last_seen_on, '-infinity'::date)::timestamp AT TIME ZONE 'Asia/Shanghai') AS day
      FROM client k JOIN agency a ON a.id = k.agency_id WHERE k.last_seen_on IS NULL OR k.last_seen_on < $1::date) f
WHERE c.id = f.id AND f.day > coalesce(c.last_seen_on, '-infinity'::date)`

func noteSeen(ctx context.Context, tx postgres.Tx, today string) error {
	_, err := tx.Exec(ctx, seenSQL, today)
	return err
}
