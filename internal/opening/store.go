package opening

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// term is one whose check is due; last says that those without rolls are listed too.
type term struct {
	id    int64
	start string
	last  bool
}

const dueSQL = `-- name: FindOpeningCheckDue
SELECT m.id, m.starts_on::text, d.day >= working_day_after(m.starts_on, (SELECT value::integer FROM parameter WHERE name = 'opening_last_days'))
FROM term m CROSS JOIN (SELECT ($1::timestamptz AT TIME ZONE 'Asia/Shanghai')::date AS day) d
WHERE m.starts_on <= d.day AND d.day <= m.starts_on + (SELECT value::integer FROM parameter WHERE name = 'opening_until_days')
  AND d.day >= working_day_after(m.starts_on, (SELECT value::integer FROM parameter WHERE name = 'opening_check_days'))
  AND NOT EXISTS (SELECT FROM opening_run r WHERE r.term_id = m.id)
ORDER BY m.starts_on DESC, m.id LIMIT 1`

// due is the term that is checked now, with id 0 for none.
func due(ctx context.Context, tx postgres.Tx, now time.Time) (t term, err error) {
	err = tx.QueryRow(ctx, dueSQL, now).Scan(&t.id, &t.start, &t.last)
	if errors.Is(err, pgx.ErrNoRows) {
		return t, nil
	}
	return t, err
}

// found are children who were not seen, each with its school or else its township.
type found struct{ children, schools, townships []int64 }

// Who is suspended, changes school, is taught at home or in a special school, has
// finished compulsory schooling or is on a ledger already is accounted for. Of a child
// that is shielded altogether nobody is told.
const notSeenSQL = `-- name: ListNotSeenAtSchool
SELECT c.id, coalesce(e.school_id, 0), CASE WHEN e.school_id IS NULL THEN c.residence_township_id ELSE 0 END
FROM child c LEFT JOIN enrolment e ON e.child_id = c.id AND e.current
WHERE c.birth_date <= $2::date - interval '6 years' AND c.birth_date > $2::date - interval '16 years' AND c.shield <> 'FULL' AND c.residence_township_id IS NOT NULL
  AND (e.stage IN ('PRIMARY', 'JUNIOR') OR EXISTS (SELECT FROM registration r WHERE r.child_id = c.id AND r.status = 'REGISTERED'))
  AND coalesce(e.stage, 'NONE') <> 'SENIOR' AND coalesce(e.special_placement, 'NONE') NOT IN ('HOME_TEACHING', 'SPECIAL_SCHOOL')
  AND coalesce(e.status, 'NO_ENROLMENT') NOT IN ('SUSPENDED', 'TRANSFERRING_OUT', 'TRANSFERRING_IN', 'GRADUATED')
  AND NOT (coalesce(e.status, '') IN ('ENROLLED', 'RESUMED') AND EXISTS (SELECT FROM school_class k WHERE k.id = e.class_id AND k.term_id = $1))
  AND NOT EXISTS (SELECT FROM dropout_case d WHERE d.child_id = c.id AND d.cancelled_on IS NULL)
  AND NOT EXISTS (SELECT FROM opening_absence o WHERE o.child_id = c.id AND o.term_id = $1)
  AND ($3 OR e.school_id IS NULL OR EXISTS (SELECT FROM school_class k WHERE k.school_id = e.school_id AND k.term_id = $1))
ORDER BY c.id LIMIT $4`

func notSeen(ctx context.Context, tx postgres.Tx, t term) (f found, err error) {
	rows, err := tx.Query(ctx, notSeenSQL, t.id, t.start, t.last, batch)
	if err != nil {
		return f, err
	}
	var child, school, township int64
	_, err = pgx.ForEachRow(rows, []any{&child, &school, &township}, func() error {
		f.children, f.schools, f.townships = append(f.children, child), append(f.schools, school), append(f.townships, township)
		return nil
	})
	return f, err
}

// The work falls to the member of the school's staff who has been in post longest, that
// of a township to an officer.
const openSQL = `-- name: OpenOpeningChecks
INSERT INTO opening_check (term_id, school_id, township_id, staff_id, opened_on, due_on)
SELECT $1, nullif(u.school, 0), nullif(u.township, 0), (
        SELECT p.staff_id FROM post p JOIN staff s ON s.id = p.staff_id AND s.active AND s.kind = 'PERSON'
        WHERE CASE WHEN u.school = 0 THEN p.role = 'DPS' ELSE p.role = 'HT' AND p.school_id = u.school END
          AND p.valid_from <= d.day AND (p.valid_to IS NULL OR p.valid_to > d.day) AND p.authorised_until >= d.day
        ORDER BY p.valid_from, p.id LIMIT 1),
    d.day, (due_after($2, 'opening_work_days', 'working days') AT TIME ZONE 'Asia/Shanghai')::date - 1
FROM (SELECT DISTINCT x.school, x.township FROM unnest($3::bigint[], $4::bigint[]) AS x (school, township)) u
CROSS JOIN (SELECT ($2::timestamptz AT TIME ZONE 'Asia/Shanghai')::date AS day) d
ORDER BY u.school, u.township
ON CONFLICT (term_id, school_id, township_id) DO UPDATE SET closed_on = NULL
RETURNING id, coalesce(school_id, 0), coalesce(township_id, 0), coalesce(staff_id, 0)`

// place is a school, or a township for those without one.
type place struct{ school, township int64 }

// check is a work item, and whose it is.
type check struct{ id, staff int64 }

// open opens the checks that the children need; one that was done is opened again.
func open(ctx context.Context, tx postgres.Tx, t term, f found, now time.Time) (map[place]check, error) {
	rows, err := tx.Query(ctx, openSQL, t.id, now, f.schools, f.townships)
	if err != nil {
		return nil, err
	}
	out := map[place]check{}
	var c check
	var at place
	_, err = pgx.ForEachRow(rows, []any{&c.id, &at.school, &at.township, &c.staff}, func() error {
		out[at] = c
		return nil
	})
	return out, err
}

const underWaySQL = `-- name: OpeningChecksUnderWay
SELECT id, coalesce(staff_id, 0) FROM opening_check WHERE closed_on IS NULL ORDER BY id`

func underWay(ctx context.Context, tx postgres.Tx) ([]check, error) {
	rows, err := tx.Query(ctx, underWaySQL)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c check, err error) {
		err = row.Scan(&c.id, &c.staff)
		return c, err
	})
}

const enterSQL = `-- name: EnterNotSeen
INSERT INTO opening_absence (child_id, check_id, term_id, term, due_on, ticket_id, state, recorded_on, synthetic)
SELECT c.id, k.id, $1, m.code, k.due_on, nullif(x.item, 0), 'NOT_SEEN', ($2::timestamptz AT TIME ZONE 'Asia/Shanghai')::date, c.synthetic
FROM unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[]) AS x (child, school, township, item) JOIN child c ON c.id = x.child JOIN term m ON m.id = $1
JOIN opening_check k ON k.term_id = $1 AND k.school_id IS NOT DISTINCT FROM nullif(x.school, 0) AND k.township_id IS NOT DISTINCT FROM nullif(x.township, 0)
ORDER BY c.id ON CONFLICT (term_id, child_id) DO NOTHING`

// enter puts the children on their checks, each with its work item.
func enter(ctx context.Context, tx postgres.Tx, t term, f found, items map[int64]int64, now time.Time) error {
	given := make([]int64, len(f.children))
	for i, child := range f.children {
		given[i] = items[child]
	}
	_, err := tx.Exec(ctx, enterSQL, t.id, now, f.children, f.schools, f.townships, given)
	return err
}

const leftSQL = `-- name: ChildrenLeftOfCheck
SELECT o.child_id FROM opening_absence o WHERE o.check_id = $1 AND o.state = 'NOT_SEEN'
  AND NOT EXISTS (SELECT FROM ticket k WHERE k.child_id = o.child_id AND k.staff_id = $2 AND k.kind = 'OPENING_CHECK' AND k.closed_at IS NULL)
ORDER BY o.child_id`

// left are the children of a check that nobody has found out about, but those whom the
// person has a work item for.
func left(ctx context.Context, tx postgres.Tx, check, staff int64) ([]int64, error) {
	rows, err := tx.Query(ctx, leftSQL, check, staff)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

const finishSQL = `-- name: FinishOpeningCheck
INSERT INTO opening_run (term_id, finished_at) VALUES ($1, $2) ON CONFLICT DO NOTHING`

func finish(ctx context.Context, tx postgres.Tx, t term, now time.Time) error {
	_, err := tx.Exec(ctx, finishSQL, t.id, now)
	return err
}

// absence is a child on a check, in the hand of somebody who settles it.
type absence struct {
	id, child, check int64
	state            string
	version          int
}

const takeSQL = `-- name: TakeOpeningAbsence
SELECT o.id, o.child_id, k.id, coalesce(o.state, ''), o.version
FROM opening_absence o JOIN opening_check k ON k.id = o.check_id WHERE o.id = $1 FOR UPDATE OF k, o`

// take holds a child on a check, and the check, so that of two last ones one is the last.
func take(ctx context.Context, tx postgres.Tx, id int64) (a absence, err error) {
	err = tx.QueryRow(ctx, takeSQL, id).Scan(&a.id, &a.child, &a.check, &a.state, &a.version)
	return a, err
}

const settleSQL = `-- name: SettleOpeningAbsence
WITH done AS (
    UPDATE opening_absence SET state = $3, outcome = $4, evidence = nullif($5, ''), settled_on = $6::date, settled_by = $7, version = version + 1 WHERE id = $1 RETURNING version
), items AS (
    UPDATE ticket SET closed_at = $8 WHERE child_id = $9 AND kind = 'OPENING_CHECK' AND closed_at IS NULL
), rest AS (
    SELECT count(*) AS n FROM opening_absence o WHERE o.check_id = $2 AND o.state = 'NOT_SEEN' AND o.id <> $1
), over AS (
    UPDATE opening_check SET closed_on = $6::date WHERE id = $2 AND (SELECT n FROM rest) = 0
)
SELECT done.version, rest.n FROM done, rest`

func settle(ctx context.Context, tx postgres.Tx, a absence, to string, in Settlement, d disclosure.Decided) (version, left int, err error) {
	day := chinatime.Day(d.Now)
	err = tx.QueryRow(ctx, settleSQL, a.id, a.check, to, in.Outcome, in.Evidence, day, d.Caller.Staff.ID, d.Now, a.child).Scan(&version, &left)
	return version, left, err
}
