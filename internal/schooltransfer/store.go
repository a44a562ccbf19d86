package schooltransfer

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// pupil is a child as its school knows it before a transfer.
type pupil struct {
	from, to                      int64
	attending, underWay, caseOpen bool
}

const pupilSQL = `-- name: TakePupilToTransfer
SELECT e.school_id, coalesce((SELECT s.id FROM school s WHERE s.code = $2), 0), e.status IN ('ENROLLED', 'RESUMED'),
    EXISTS (SELECT FROM school_transfer t WHERE t.child_id = $1 AND t.state IN ('REQUESTED', 'RELEASED', 'LAPSED')),
    EXISTS (SELECT FROM dropout_case d WHERE d.child_id = $1 AND d.cancelled_on IS NULL)
FROM enrolment e WHERE e.child_id = $1 AND e.current AND e.school_id IS NOT NULL FOR UPDATE OF e`

// pupilOf holds the enrolment, so that two transfers of one child wait for each other.
func pupilOf(ctx context.Context, tx postgres.Tx, child int64, in Target) (p pupil, err error) {
	err = tx.QueryRow(ctx, pupilSQL, child, in.School).Scan(&p.from, &p.to, &p.attending, &p.underWay, &p.caseOpen)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, fault.New(fault.Conflict, "该生没有学籍。", "The child is enrolled nowhere.")
	}
	return p, err
}

// transfer is one in the hand of somebody who moves it.
type transfer struct {
	id, child, from, to, author, agency int64
	agencyName, state                   string
	version                             int
}

// The deadline of the old school begins, and the clock stops.
const startSQL = `-- name: StartSchoolTransfer
WITH e AS (UPDATE enrolment SET status = 'TRANSFERRING_OUT', absence_paused_on = $5::date, version = version + 1 WHERE child_id = $1 AND current),
due AS (SELECT due_after($6, 'school_release_days', 'working days') AS at)
INSERT INTO school_transfer (child_id, from_school_id, to_school_id, to_area, reference, state, started_on, due_at, due_on, author_id, author_agency_id, recorded_on, synthetic)
SELECT c.id, $2, nullif($3::bigint, 0), $7, upper(substr(replace(gen_random_uuid()::text, '-', ''), 1, 10)), $4, $5::date, due.at,
    (due.at AT TIME ZONE 'Asia/Shanghai' - interval '1 second')::date, s.id, s.agency_id, $5::date, c.synthetic
FROM child c, due, staff s WHERE c.id = $1 AND s.id = $8 RETURNING id, version`

func (t *transfer) start(ctx context.Context, tx postgres.Tx, in Target, d disclosure.Decided) error {
	return tx.QueryRow(ctx, startSQL, t.child, t.from, t.to, t.state, chinatime.Day(d.Now), d.Now, in.Area, d.Caller.Staff.ID).Scan(&t.id, &t.version)
}

// columns are what a move works on.
const columns = `SELECT t.id, t.child_id, coalesce(t.from_school_id, 0), coalesce(t.to_school_id, 0), coalesce(t.author_id, 0), coalesce(t.author_agency_id, 0),
    coalesce((SELECT a.name FROM agency a WHERE a.id = t.author_agency_id), ''), coalesce(t.state, ''), t.version FROM school_transfer t `

func scan(row pgx.CollectableRow) (t transfer, err error) {
	err = row.Scan(&t.id, &t.child, &t.from, &t.to, &t.author, &t.agency, &t.agencyName, &t.state, &t.version)
	return t, err
}

const takeSQL = `-- name: TakeSchoolTransfer
` + columns + `WHERE t.child_id = $1 ORDER BY t.id DESC LIMIT 1 FOR UPDATE OF t`

// take holds the newest transfer of a child.
func take(ctx context.Context, tx postgres.Tx, child int64) (transfer, error) {
	return one(ctx, tx, takeSQL, child)
}

const referenceSQL = `-- name: TakeSchoolTransferByReference
` + columns + `WHERE t.reference = $1 AND t.to_school_id = $2 FOR UPDATE OF t`

// takeByReference holds the transfer to a school that a paper names.
func takeByReference(ctx context.Context, tx postgres.Tx, reference string, school int64) (transfer, error) {
	return one(ctx, tx, referenceSQL, reference, school)
}

func one(ctx context.Context, tx postgres.Tx, sql string, args ...any) (transfer, error) {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return transfer{}, err
	}
	t, err := pgx.CollectExactlyOneRow(rows, scan)
	if errors.Is(err, pgx.ErrNoRows) {
		return t, fault.New(fault.NotFound, "没有这次转学，或不是转入您的学校。", "There is no such transfer, or it is not to your school.")
	}
	return t, err
}

const overdueSQL = `-- name: TakeOverdueSchoolTransfers
` + columns + `JOIN child c ON c.id = t.child_id JOIN enrolment e ON e.child_id = t.child_id AND e.current
WHERE t.state IN ('REQUESTED', 'RELEASED') AND t.due_at <= $1
ORDER BY t.id LIMIT $2 FOR UPDATE OF t, e SKIP LOCKED FOR NO KEY UPDATE OF c SKIP LOCKED`

func overdue(ctx context.Context, tx postgres.Tx, now time.Time) ([]transfer, error) {
	rows, err := tx.Query(ctx, overdueSQL, now, batch)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scan)
}

// Released, the deadline of the new school begins.
const saveSQL = `-- name: SaveSchoolTransfer
WITH due AS (SELECT due_after($4, 'school_arrival_days', 'working days') AS at)
UPDATE school_transfer t SET state = $2, version = t.version + 1,
    released_on = CASE WHEN $2 = 'RELEASED' THEN $3::date ELSE t.released_on END,
    due_at = CASE WHEN $2 = 'RELEASED' THEN due.at ELSE t.due_at END,
    due_on = CASE WHEN $2 = 'RELEASED' THEN (due.at AT TIME ZONE 'Asia/Shanghai' - interval '1 second')::date ELSE t.due_on END,
    resumed_on = CASE WHEN $2 IN ('LAPSED', 'ARRIVED', 'WITHDRAWN') THEN coalesce(t.resumed_on, $3::date) END,
    ended_on = CASE WHEN $2 IN ('ARRIVED', 'WITHDRAWN') THEN $3::date END
FROM due WHERE t.id = $1 RETURNING t.version`

func (t *transfer) save(ctx context.Context, tx postgres.Tx, now time.Time) error {
	return tx.QueryRow(ctx, saveSQL, t.id, t.state, chinatime.Day(now), now).Scan(&t.version)
}

// Where an absence was counted it goes on from where it stood; where a transfer lapsed
// it begins, for nobody has seen the child.
const goOnSQL = `-- name: ResumeAbsence
UPDATE enrolment SET status = 'ENROLLED', absence_paused_on = NULL, version = version + 1,
    absent_since = CASE WHEN $3 = 'LAPSED' THEN coalesce(absent_since, $2::date) ELSE absent_since END,
    absence_category = CASE WHEN $3 = 'LAPSED' THEN coalesce(absence_category, 'UNKNOWN') ELSE absence_category END,
    absent_run_days = CASE WHEN absent_since IS NOT NULL OR $3 = 'LAPSED'
        THEN school_days(absence_clock(child_id, coalesce(absent_since, $2::date)), $2::date) ELSE absent_run_days END
WHERE child_id = $1 AND current AND status = 'TRANSFERRING_OUT'`

func (t transfer) goOn(ctx context.Context, tx postgres.Tx, now time.Time) error {
	_, err := tx.Exec(ctx, goOnSQL, t.child, chinatime.Day(now), t.state)
	return err
}

const leftSQL = `-- name: LeaveForSchoolElsewhere
WITH t AS (UPDATE school_transfer SET evidence = 'ENROLMENT_PROOF' WHERE id = $1 RETURNING child_id)
UPDATE enrolment e SET status = 'LEFT', absence_paused_on = NULL, absent_run_days = 0, absent_since = NULL, absence_category = NULL, version = e.version + 1
FROM t WHERE e.child_id = t.child_id AND e.current`

// left ends the enrolment of a child that a school elsewhere has.
func (t transfer) left(ctx context.Context, tx postgres.Tx) error {
	_, err := tx.Exec(ctx, leftSQL, t.id)
	return err
}

const receiverSQL = `-- name: FindReceivingTeacher
SELECT p.staff_id FROM post p JOIN staff s ON s.id = p.staff_id AND s.active AND s.kind = 'PERSON'
WHERE p.role = 'HT' AND p.school_id = $1 AND p.valid_from <= $2::date AND (p.valid_to IS NULL OR p.valid_to > $2::date) AND p.authorised_until >= $2::date
ORDER BY p.valid_from, p.id LIMIT 1`

// receiver is who has been in post at a school for longest; 0 for nobody.
func receiver(ctx context.Context, tx postgres.Tx, school int64, now time.Time) (who int64, err error) {
	err = tx.QueryRow(ctx, receiverSQL, school, chinatime.Day(now)).Scan(&who)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return who, err
}

const classSQL = `-- name: FindClassOfTeacher
SELECT k.id FROM school_class k JOIN term m ON m.id = k.term_id
WHERE k.homeroom_staff_id = $1 AND k.school_id = $2 AND $3::date BETWEEN m.starts_on AND m.ends_on ORDER BY k.id LIMIT 1`

// classOf is the class of a teacher this term; 0 for none.
func classOf(ctx context.Context, tx postgres.Tx, staff, school int64, now time.Time) (class int64, err error) {
	err = tx.QueryRow(ctx, classSQL, staff, school, chinatime.Day(now)).Scan(&class)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return class, err
}

const leaveSQL = `-- name: LeaveSchool
UPDATE enrolment SET current = false, status = 'LEFT', absence_paused_on = NULL, absent_run_days = 0, absent_since = NULL, absence_category = NULL, version = version + 1
WHERE child_id = $1 AND current RETURNING id`

// The national number stays with the child; what the old school knew of its care does not.
const enterSQL = `-- name: EnterSchool
WITH n AS (INSERT INTO enrolment (child_id, stage, grade, class_no, student_no, status, boarding, special_placement, absent_run_days, school_id, class_id, current, recorded_on, synthetic)
    SELECT o.child_id, o.stage, k.grade, k.class_no, o.student_no, 'ENROLLED', 'NOT_COLLECTED', o.special_placement, 0, k.school_id, k.id, true, $3::date, o.synthetic
    FROM enrolment o, school_class k WHERE o.id = $1 AND k.id = $2 RETURNING id)
UPDATE school_transfer SET enrolment_id = n.id FROM n WHERE school_transfer.id = $4`

// arrive makes the child a pupil of the class.
func (t transfer) arrive(ctx context.Context, tx postgres.Tx, class int64, now time.Time) error {
	var former int64
	if err := tx.QueryRow(ctx, leaveSQL, t.child).Scan(&former); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, enterSQL, former, class, chinatime.Day(now), t.id)
	return err
}
