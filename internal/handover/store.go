package handover

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// batch is how many posts are handed over in one transaction.
const batch = 50

// A post that somebody is at work on is left for the next run. One that was taken is not
// found again: what it had open is passed on once.
const takeSQL = `-- name: TakePostsThatWereLeft
WITH p AS (SELECT p.id FROM post p JOIN staff s ON s.id = p.staff_id
    WHERE p.handed_over_at IS NULL AND (p.valid_to <= $1::date OR NOT s.active) AND s.kind = 'PERSON'
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
        AND (k.expires_at IS NULL OR k.expires_at > $4)
    UNION ALL SELECT 'VISIT', v.id, v.child_id, v.recorded_on FROM visit v WHERE v.visitor_id = $1 AND $2 IN ('DIR', 'SUP')
        AND v.state IN ('PLANNED', 'ASSIGNED', 'DONE', 'NOT_AT_HOME', 'CHILD_NOT_SEEN')
    UNION ALL SELECT 'REPORT', m.id, coalesce(m.child_id, 0), m.received_on FROM mandatory_report m WHERE m.handler_id = $1 AND $2 = 'CM' AND m.closed_on IS NULL
    UNION ALL SELECT 'REPORT_SUPERVISION', m.id, coalesce(m.child_id, 0), m.received_on FROM mandatory_report m WHERE m.supervisor_id = $1 AND $2 = 'SUP' AND m.closed_on IS NULL
    UNION ALL SELECT 'CASE', k.id, k.child_id, k.opened_on FROM care_case k WHERE k.assignee_id = $1 AND $2 = 'CM' AND k.closed_on IS NULL
    UNION ALL SELECT 'DROPOUT', d.id, d.child_id, d.recorded_on FROM dropout_case d WHERE d.officer_id = $1 AND $2 = 'DPS' AND d.cancelled_on IS NULL
    UNION ALL SELECT 'REFERRAL', r.id, r.child_id, r.opened_on FROM psych_referral r WHERE r.assignee_id = $1 AND $2 = 'PSY' AND r.closed_on IS NULL
    UNION ALL SELECT 'RIGHTS', c.id, c.child_id, c.opened_on FROM rights_case c WHERE c.assignee_id = $1 AND $2 = 'RP' AND c.closed_on IS NULL
    UNION ALL SELECT 'RELIEF', a.id, a.child_id, a.recorded_on FROM relief_application a WHERE a.handler_id = $1 AND $2 = 'REL' AND a.paid_on IS NULL)
SELECT w.what, w.id, w.child FROM mine w LEFT JOIN child c ON c.id = w.child LEFT JOIN enrolment e ON e.child_id = c.id AND e.current
LEFT JOIN school_class k ON k.id = e.class_id
WHERE NOT EXISTS (SELECT FROM post p JOIN staff s ON s.id = p.staff_id AND s.active
    WHERE p.staff_id = $1 AND held(p, $3::date) AND p.valid_from <= coalesce(w.began, $3::date) AND (c.id IS NULL OR CASE
        WHEN p.role = 'HT' THEN k.homeroom_staff_id = p.staff_id
        WHEN p.school_id IS NOT NULL THEN p.school_id = e.school_id
        WHEN p.clinic_id IS NOT NULL THEN (SELECT n.division_id FROM clinic n WHERE n.id = p.clinic_id) = c.residence_township_id
        WHEN p.role = 'DIR' THEN p.division_id = c.residence_village_id
        WHEN p.role = 'SUP' THEN p.division_id = c.residence_township_id
        ELSE true END))
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
    next_rung_at = CASE WHEN n.had THEN NULL ELSE t.next_rung_at END FROM n WHERE t.id = $1`

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
	giveReportSQL = `-- name: GiveReportOn
UPDATE mandatory_report SET handler_id = $2, version = version + 1 WHERE id = $1`
	giveSupervisionSQL = `-- name: GiveReportSupervisionOn
UPDATE mandatory_report SET supervisor_id = $2, version = version + 1 WHERE id = $1`
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
// item, go only to the same role; the tasks go to whoever stands in, too.
func (p left) pass(ctx context.Context, tx postgres.Tx, w work, to task.InPost, now time.Time) error {
	same := to.Role == p.role
	switch {
	case w.what == "TASK":
		return execute(ctx, tx, giveTaskSQL, w.id, to.Staff, same, now)
	case w.what == "VISIT" && (same || to.Role == "SUP"):
		return execute(ctx, tx, giveVisitSQL, w.id, to.Staff)
	case !same:
		return nil
	}
	return execute(ctx, tx, map[string]string{
		"TICKET": giveTicketSQL, "REPORT": giveReportSQL, "REPORT_SUPERVISION": giveSupervisionSQL, "CASE": giveCaseSQL, "DROPOUT": giveDropoutSQL,
		"REFERRAL": giveReferralSQL, "RIGHTS": giveRightsSQL, "RELIEF": giveReliefSQL,
	}[w.what], w.id, to.Staff)
}

func execute(ctx context.Context, tx postgres.Tx, sql string, args ...any) error {
	_, err := tx.Exec(ctx, sql, args...)
	return err
}
