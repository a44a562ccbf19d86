package handover

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/policy"
)

// batch is how many posts are handed over in one transaction.
const batch = 50

// A post that somebody is at work on is left for the next run. One that was taken is not
// found again: what it had open is passed on once, and again after it was renewed. An
// authorisation that ran out may be renewed, and is waited for.
const takeSQL = `-- name: TakePostsThatWereLeft
WITH p AS (SELECT p.id FROM post p JOIN staff s ON s.id = p.staff_id
    WHERE p.handed_over_at IS NULL AND (p.valid_to <= $1::date OR NOT s.active
        OR p.authorised_until < $1::date - (SELECT value::integer FROM parameter WHERE name = 'handover_lapsed_days')) AND s.kind = 'PERSON'
    ORDER BY p.id LIMIT $2 FOR UPDATE OF p SKIP LOCKED)
UPDATE post SET handed_over_at = $3 FROM p WHERE post.id = p.id RETURNING post.id, post.staff_id, post.agency_id, post.role`

func takeLeft(ctx context.Context, tx postgres.Tx, now time.Time) ([]left, error) {
	rows, err := tx.Query(ctx, takeSQL, chinatime.Day(now), batch, now)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (p left, err error) {
		err = row.Scan(&p.id, &p.staff, &p.agency, &p.role)
		return p, err
	})
}

// work is one thing that was open: a task, a work item, or a record that names a person.
type work struct {
	what      string
	id, child int64
}

// What the person needs in another post that they hold stays with them: one that they
// had already when the work began, and that reaches the child.
const openSQL = `-- name: WorkOfPostThatWasLeft
WITH mine AS (
    SELECT 'TASK' AS what, t.id, coalesce(t.child_id, 0) AS child, t.opened_at::date AS began FROM task t WHERE t.staff_id = $1 AND t.done_at IS NULL
    UNION ALL SELECT 'TICKET', k.id, k.child_id, k.opened_at::date FROM ticket k WHERE k.staff_id = $1 AND k.closed_at IS NULL AND k.child_id IS NOT NULL
        AND (k.expires_at IS NULL OR k.expires_at > $4) AND ($2 <> 'SW' OR k.kind = 'CASE')
    UNION ALL SELECT 'VISIT', v.id, v.child_id, v.recorded_on FROM visit v WHERE v.visitor_id = $1 AND $2 IN ('DIR', 'SUP', 'SW')
        AND v.state IN ('PLANNED', 'ASSIGNED', 'DONE', 'NOT_AT_HOME', 'CHILD_NOT_SEEN')
    UNION ALL SELECT 'CHECK', v.id, v.child_id, v.recorded_on FROM visit v WHERE v.checker_id = $1 AND $2 = 'CM' AND v.state IN ('SUBMITTED', 'CHECKED')
    UNION ALL SELECT 'REPORT', m.id, coalesce(m.child_id, 0), m.received_on FROM mandatory_report m WHERE m.handler_id = $1 AND $2 = 'CM' AND m.closed_on IS NULL
    UNION ALL SELECT 'REPORT_SUPERVISION', m.id, coalesce(m.child_id, 0), m.received_on FROM mandatory_report m WHERE m.supervisor_id = $1 AND $2 = 'SUP' AND m.closed_on IS NULL
    UNION ALL SELECT 'PROTECTION_STEP', p.id, m.child_id, p.recorded_on FROM protection_step p JOIN mandatory_report m ON m.id = p.report_id AND m.child_id IS NOT NULL
        WHERE p.owner_id = $1 AND p.owner_role = $2 AND p.state = 'PLANNED'
    UNION ALL SELECT 'CASE', k.id, k.child_id, k.opened_on FROM care_case k WHERE k.assignee_id = $1 AND $2 IN ('CM', 'SW') AND k.closed_on IS NULL
    UNION ALL SELECT 'DROPOUT', d.id, d.child_id, d.recorded_on FROM dropout_case d WHERE d.officer_id = $1 AND $2 = 'DPS' AND d.cancelled_on IS NULL
    UNION ALL SELECT 'REFERRAL', r.id, r.child_id, r.opened_on FROM psych_referral r WHERE r.assignee_id = $1 AND $2 = 'PSY' AND r.closed_on IS NULL
    UNION ALL SELECT 'RIGHTS', c.id, c.child_id, c.opened_on FROM rights_case c WHERE c.assignee_id = $1 AND $2 = 'RP' AND c.closed_on IS NULL
    UNION ALL SELECT 'RELIEF', a.id, a.child_id, a.recorded_on FROM relief_application a WHERE a.handler_id = $1 AND $2 = 'REL' AND a.paid_on IS NULL)
SELECT w.what, w.id, w.child FROM mine w LEFT JOIN child c ON c.id = w.child LEFT JOIN enrolment e ON e.child_id = c.id AND e.current
LEFT JOIN school_class k ON k.id = e.class_id
WHERE NOT EXISTS (SELECT FROM post p JOIN staff s ON s.id = p.staff_id AND s.active LEFT JOIN clinic n ON n.id = p.clinic_id
    WHERE p.staff_id = $1 AND held(p, $3::date) AND p.valid_from <= coalesce(w.began, $3::date) AND (c.id IS NULL OR reaches(p, c, e, k, n)))
ORDER BY w.what, w.id`

func (p left) open(ctx context.Context, tx postgres.Tx, now time.Time) ([]work, error) {
	rows, err := tx.Query(ctx, openSQL, p.staff, string(p.role), chinatime.Day(now), now)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (w work, err error) {
		err = row.Scan(&w.what, &w.id, &w.child)
		return w, err
	})
}

// Of a township that was told of and has somebody again, and one that has nobody and was
// not told of. A village without children on the register needs nobody.
const vacantSQL = `-- name: TownshipsWithoutAnybody
WITH lived AS (SELECT DISTINCT c.residence_village_id AS village, c.residence_township_id AS town FROM registration r JOIN child c ON c.id = r.child_id
    WHERE r.status = 'REGISTERED' AND c.residence_township_id IS NOT NULL),
vacant AS (SELECT DISTINCT l.town FROM lived l WHERE NOT EXISTS (SELECT FROM post p JOIN staff s ON s.id = p.staff_id AND s.active AND s.kind = 'PERSON'
    WHERE held(p, $1::date) AND (p.role = 'SUP' AND p.division_id = l.town OR p.role = 'DIR' AND p.division_id = l.village))),
told AS (SELECT DISTINCT t.subject_id AS town FROM task t WHERE t.subject = $2 AND t.kind = $3 AND t.done_at IS NULL)
SELECT coalesce(v.town, t.town), v.town IS NULL FROM vacant v FULL JOIN told t ON t.town = v.town WHERE v.town IS NULL OR t.town IS NULL ORDER BY 1`

// vacancy is a township that has nobody in post, or has again.
type vacancy struct {
	town   int64
	filled bool
}

func vacancies(ctx context.Context, tx postgres.Tx, now time.Time) ([]vacancy, error) {
	rows, err := tx.Query(ctx, vacantSQL, chinatime.Day(now), township, ToFill().Code)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (v vacancy, err error) {
		err = row.Scan(&v.town, &v.filled)
		return v, err
	})
}

// A task that was taken is not found again: it is its holder's own from now on. The draft
// of a visit that a stand-in has begun is left to whoever began it.
const stoodInSQL = `-- name: TakeTasksThatWereStoodIn
WITH found AS (SELECT t.id, h.staff_id AS holder FROM task t
    CROSS JOIN LATERAL (SELECT coalesce(t.child_id, CASE WHEN t.subject = 'visit' THEN (SELECT v.child_id FROM visit v WHERE v.id = t.subject_id) END) AS id) w
    JOIN child c ON c.id = w.id LEFT JOIN enrolment e ON e.child_id = c.id AND e.current LEFT JOIN school_class k ON k.id = e.class_id
    CROSS JOIN LATERAL (SELECT p.staff_id FROM post p JOIN staff s ON s.id = p.staff_id AND s.active AND s.kind = 'PERSON' LEFT JOIN clinic n ON n.id = p.clinic_id
        WHERE p.role = t.for_role AND held(p, $1::date) AND reaches(p, c, e, k, n)
          AND NOT deciding.hidden(c.id, p.staff_id) AND NOT deciding.conflicted(c.id, p.staff_id)
        ORDER BY p.valid_from DESC, p.id LIMIT 1) h
    WHERE t.for_role IS NOT NULL AND t.done_at IS NULL AND h.staff_id <> t.staff_id
      AND NOT EXISTS (SELECT FROM visit v WHERE t.subject = 'visit' AND t.kind IN ('VISIT', 'VISIT_AGAIN') AND v.id = t.subject_id AND v.state = 'DONE')
    ORDER BY t.id LIMIT $2 FOR UPDATE OF t SKIP LOCKED)
UPDATE task t SET for_role = NULL FROM found f, task o LEFT JOIN ticket k ON k.id = o.ticket_id AND k.staff_id = o.staff_id
LEFT JOIN visit v ON o.subject = 'visit' AND o.kind IN ('VISIT', 'VISIT_AGAIN') AND v.id = o.subject_id
WHERE t.id = f.id AND o.id = t.id
RETURNING t.id, coalesce(t.child_id, 0), f.holder, coalesce(k.id, 0), o.for_role, coalesce(k.kind = 'SURVEY_BATCH', false), coalesce(v.id, 0)`

func takeStoodIn(ctx context.Context, tx postgres.Tx, now time.Time) ([]stoodIn, error) {
	rows, err := tx.Query(ctx, stoodInSQL, chinatime.Day(now), batch)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (s stoodIn, err error) {
		err = row.Scan(&s.task, &s.child, &s.holder, &s.item, &s.role, &s.survey, &s.visit)
		return s, err
	})
}

const backSQL = `-- name: GiveTaskBack
WITH n AS (SELECT s.id, s.agency_id, EXISTS (SELECT FROM task t JOIN task o ON o.subject = t.subject AND o.subject_id = t.subject_id AND o.kind = t.kind
    AND o.staff_id = $2 AND o.done_at IS NULL WHERE t.id = $1) AS had FROM staff s WHERE s.id = $2)
UPDATE task t SET staff_id = CASE WHEN n.had THEN t.staff_id ELSE n.id END, agency_id = CASE WHEN n.had THEN t.agency_id ELSE n.agency_id END,
    ticket_id = nullif($3, 0), done_at = CASE WHEN n.had THEN $4::timestamptz END, next_rung_at = CASE WHEN n.had THEN NULL ELSE t.next_rung_at END
FROM n WHERE t.id = $1`

const nextSQL = `-- name: FindSuccessor
SELECT n.staff_id, n.role FROM post p JOIN post n ON held(n, $2::date) AND (n.role = p.role AND n.division_id IS NOT DISTINCT FROM p.division_id
    AND n.school_id IS NOT DISTINCT FROM p.school_id AND n.clinic_id IS NOT DISTINCT FROM p.clinic_id
    OR n.role = 'STA' AND n.agency_id = answerable_agency(p.agency_id, $2::date))
JOIN staff s ON s.id = n.staff_id AND s.active AND s.kind = 'PERSON'
WHERE p.id = $1 ORDER BY n.role = p.role DESC, n.valid_from DESC, n.id LIMIT 1`

func (p left) next(ctx context.Context, tx postgres.Tx, now time.Time) (n task.InPost, err error) {
	err = tx.QueryRow(ctx, nextSQL, p.id, chinatime.Day(now)).Scan(&n.Staff, &n.Role)
	if errors.Is(err, pgx.ErrNoRows) {
		return task.InPost{}, nil
	}
	return n, err
}

// A task of the same kind that the new holder has already is enough. Who only stands in
// has no use for the work item.
const giveTaskSQL = `-- name: GiveTaskOn
WITH n AS (SELECT s.id, s.agency_id, EXISTS (SELECT FROM task t JOIN task o ON o.subject = t.subject AND o.subject_id = t.subject_id AND o.kind = t.kind
    AND o.staff_id = $2 AND o.done_at IS NULL WHERE t.id = $1) AS had FROM staff s WHERE s.id = $2)
UPDATE task t SET staff_id = CASE WHEN n.had THEN t.staff_id ELSE n.id END, agency_id = CASE WHEN n.had THEN t.agency_id ELSE n.agency_id END,
    ticket_id = CASE WHEN n.had OR $3 THEN t.ticket_id END, done_at = CASE WHEN n.had THEN $4::timestamptz END,
    next_rung_at = CASE WHEN n.had THEN NULL ELSE t.next_rung_at END, for_role = CASE WHEN $3 THEN t.for_role ELSE coalesce(t.for_role, $5) END FROM n WHERE t.id = $1`

// The code of a work item names its holder where it is one of a report.
const giveTicketSQL = `-- name: GiveTicketOn
UPDATE ticket k SET staff_id = s.id, agency_id = s.agency_id, code = CASE WHEN k.code LIKE 'MR-%' AND NOT EXISTS (
    SELECT FROM ticket o WHERE o.code = regexp_replace(k.code, '[0-9]+$', s.id::text)) THEN regexp_replace(k.code, '[0-9]+$', s.id::text) ELSE k.code END
FROM staff s WHERE k.id = $1 AND s.id = $2`

// A draft goes with the visit; what is not made yet is given out anew by night.
const giveVisitSQL = `-- name: GiveVisitOn
UPDATE visit v SET visitor_id = CASE WHEN v.state = 'DONE' THEN $2::bigint END, assigned_at = CASE WHEN v.state = 'DONE' THEN v.assigned_at END,
    state = CASE WHEN v.state = 'DONE' THEN v.state ELSE 'PLANNED' END, second_visitor_id = nullif(v.second_visitor_id, $2), version = v.version + 1 WHERE v.id = $1`

const (
	giveCheckSQL = `-- name: GiveCheckOn
UPDATE visit SET checker_id = $2 WHERE id = $1`
	giveReportSQL = `-- name: GiveReportOn
UPDATE mandatory_report SET handler_id = $2, version = version + 1 WHERE id = $1`
	giveSupervisionSQL = `-- name: GiveReportSupervisionOn
UPDATE mandatory_report SET supervisor_id = $2, version = version + 1 WHERE id = $1`
	giveStepSQL = `-- name: GiveProtectionStepOn
UPDATE protection_step SET owner_id = $2, version = version + 1 WHERE id = $1`
	giveCaseSQL = `-- name: GiveCaseOn
UPDATE care_case SET assignee_id = $2 WHERE id = $1`
	giveDropoutSQL = `-- name: GiveDropoutOn
UPDATE dropout_case SET officer_id = $2, version = version + 1 WHERE id = $1`
	giveReferralSQL = `-- name: GiveReferralOn
UPDATE psych_referral SET assignee_id = $2, version = version + 1 WHERE id = $1`
	giveRightsSQL = `-- name: GiveRightsCaseOn
UPDATE rights_case SET assignee_id = $2, version = version + 1 WHERE id = $1`
	giveReliefSQL = `-- name: GiveReliefOn
UPDATE relief_application SET handler_id = $2, version = version + 1 WHERE id = $1`
)

// pass gives one thing to somebody else. A record that names who works on it, and a work
// item, go only to the same role, those of a social worker's case to the case manager; the
// tasks go to whoever stands in, too.
func (p left) pass(ctx context.Context, tx postgres.Tx, w work, to task.InPost, now time.Time) error {
	same := to.Role == p.role || p.role == policy.SW && to.Role == policy.CM
	switch {
	case w.what == "TASK":
		return execute(ctx, tx, giveTaskSQL, w.id, to.Staff, same, now, string(p.role))
	case w.what == "VISIT" && (to.Role == policy.DIR || to.Role == policy.SUP):
		return execute(ctx, tx, giveVisitSQL, w.id, to.Staff)
	case !same, w.what == "VISIT":
		return nil
	}
	return execute(ctx, tx, map[string]string{
		"TICKET": giveTicketSQL, "CHECK": giveCheckSQL, "REPORT": giveReportSQL, "REPORT_SUPERVISION": giveSupervisionSQL, "PROTECTION_STEP": giveStepSQL, "CASE": giveCaseSQL, "DROPOUT": giveDropoutSQL,
		"REFERRAL": giveReferralSQL, "RIGHTS": giveRightsSQL, "RELIEF": giveReliefSQL,
	}[w.what], w.id, to.Staff)
}

func execute(ctx context.Context, tx postgres.Tx, sql string, args ...any) error {
	_, err := tx.Exec(ctx, sql, args...)
	return err
}
