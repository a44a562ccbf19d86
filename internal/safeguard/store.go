package safeguard

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/record"
)

// Records says where each type of schema/safeguard.graphqls is stored.
func Records() []record.Type {
	return []record.Type{
		{
			Name: "ProtectionStep", Table: "protection_step", Kind: record.Part, Order: "{t}.state = 'PLANNED' DESC, {t}.due_on, {t}.id",
			Columns: record.Columns{"owner": "(SELECT s.code FROM staff s WHERE s.id = {t}.owner_id)"},
		},
		{
			Name: "MyProtectionStep", Table: "my_protection_step", Kind: record.Node, Order: "{t}.mine DESC, {t}.due_on, {t}.id",
			Columns: record.Columns{"child": "{t}.child_id"},
			IDs:     map[string]string{"child": "Child"},
		},
	}
}

// Roots are the steps in the caller's hand: the view holds no others.
func Roots() []record.Root {
	return []record.Root{{Field: "myProtectionSteps", Type: "MyProtectionStep", List: true}}
}

const roomSQL = `-- name: CountOpenProtectionSteps
SELECT (SELECT count(*) FROM protection_step p WHERE p.report_id = $1 AND p.state = 'PLANNED'),
    (SELECT value::integer FROM parameter WHERE name = 'protection_horizon_days')`

// room is how many steps of a report are open, and how many days ahead one may be planned.
func room(ctx context.Context, tx postgres.Tx, report int64) (open, horizon int, err error) {
	err = tx.QueryRow(ctx, roomSQL, report).Scan(&open, &horizon)
	return open, horizon, err
}

// inPost is a person and the post in which a step is theirs.
type inPost struct {
	Staff int64
	Role  string
}

// Who may find the child for the purpose of reports, by the policy's own bases: a plan
// makes a child known to nobody. Of one that is hidden altogether, its named handlers.
const ownerSQL = `-- name: FindProtectionOwner
SELECT s.id, p.role FROM staff s JOIN post p ON p.staff_id = s.id AND held(p, $3::date) AND p.role = ANY ($6)
JOIN child c ON c.id = $2 LEFT JOIN enrolment e ON e.child_id = c.id AND e.current
WHERE s.code = $1 AND s.active AND s.kind = 'PERSON' AND s.vetted_until >= $3::date
  AND NOT deciding.hidden(c.id, s.id) AND NOT deciding.conflicted(c.id, s.id)
  AND (p.role IN ('CM', 'RP') AND deciding.handles(c.id, s.id)
    OR p.role = 'CM' AND EXISTS (SELECT FROM mandatory_report r WHERE r.child_id = c.id AND r.handler_id = s.id AND r.closed_on IS NULL)
    OR CASE p.role WHEN 'DIR' THEN p.division_id = c.residence_village_id WHEN 'SUP' THEN p.division_id = c.residence_township_id
    WHEN 'HT' THEN EXISTS (SELECT FROM school_class k JOIN term m ON m.id = k.term_id WHERE k.id = e.class_id AND k.homeroom_staff_id = s.id AND $3::date BETWEEN m.starts_on AND m.ends_on)
    WHEN 'HD' THEN p.school_id = e.school_id OR (SELECT n.division_id FROM clinic n WHERE n.id = p.clinic_id) = c.residence_township_id
    WHEN 'PSY' THEN EXISTS (SELECT FROM psych_referral r WHERE r.child_id = c.id AND r.closed_on IS NULL AND (r.assignee_id = s.id OR r.to_school_id = p.school_id))
    WHEN 'DPS' THEN c.marks & mark('ledger_open') <> 0 AND EXISTS (SELECT FROM ticket k WHERE (k.child_id IS NULL OR k.child_id = c.id) AND k.staff_id = s.id
        AND k.kind = 'DROPOUT_CASE' AND k.purpose = 'DROPOUT_PREVENTION' AND k.closed_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $4))
    WHEN 'FE' THEN EXISTS (SELECT FROM family_enrolment f WHERE f.child_id = c.id AND f.guide_id = s.id AND f.ended_on IS NULL)
        OR EXISTS (SELECT FROM guidance_order o WHERE o.child_id = c.id AND o.assignee_id = s.id AND o.valid_to >= $3::date)
    WHEN 'RP' THEN EXISTS (SELECT FROM rights_case r WHERE r.child_id = c.id AND r.assignee_id = s.id AND r.closed_on IS NULL)
    WHEN 'REL' THEN EXISTS (SELECT FROM relief_application r WHERE r.child_id = c.id AND s.id IN (r.handler_id, r.decider_id, r.signer_id)
        AND r.state NOT IN ('CLOSED', 'REFUSED') AND (r.paid_on IS NULL OR r.paid_on >= $3::date - 30))
    ELSE EXISTS (SELECT FROM care_case k WHERE k.child_id = c.id AND k.assignee_id = s.id AND k.closed_on IS NULL) END)
ORDER BY s.id = $5 DESC, p.valid_from DESC, p.id LIMIT 1`

// owner is who may own a step of a report, by staff code. Fault: BadRequest.
func owner(ctx context.Context, tx postgres.Tx, r Report, a flow.Actor, code string) (w inPost, err error) {
	err = tx.QueryRow(ctx, ownerSQL, code, r.Child, a.Today, a.Now, a.Staff, Owners()).Scan(&w.Staff, &w.Role)
	if errors.Is(err, pgx.ErrNoRows) {
		return w, fault.New(fault.BadRequest,
			"责任人须在岗、与本案无利益冲突，且其岗位已经负责这个孩子（所在村镇、班级、在办个案、转介或申请）；全部遮蔽的孩子仅限指定经办人。",
			"The owner must be in post, in no conflict of interest, and have to do with the child already: by village, township, class, or an open case, referral or application. Of a child that is hidden altogether only its named handlers may own steps.")
	}
	return w, err
}

const insertSQL = `-- name: PlanProtectionStep
INSERT INTO protection_step (report_id, kind, words, owner_id, owner_role, due_on, author_id, author_agency_id, recorded_on)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`

func insert(ctx context.Context, tx postgres.Tx, a flow.Actor, report int64, n New, who inPost) (id int64, err error) {
	err = tx.QueryRow(ctx, insertSQL, report, n.Kind, n.Words, who.Staff, who.Role, n.Due, a.Staff, a.Agency, a.Today).Scan(&id)
	return id, err
}

const rhythmSQL = `-- name: FindFollowUpRhythm
SELECT x.first, (SELECT value::integer FROM parameter WHERE name = CASE WHEN x.first THEN 'report_follow_up_first_days' ELSE 'report_follow_up_later_days' END)
FROM (SELECT coalesce(m.planned_on, $2::date) + (SELECT value::integer FROM parameter WHERE name = 'report_first_month_days') > $2::date AS first
    FROM mandatory_report m WHERE m.id = $1) x`

// rhythm is whether the first month of a plan lasts, and in how many days to look again.
func rhythm(ctx context.Context, tx postgres.Tx, report int64, today time.Time) (first bool, days int, err error) {
	err = tx.QueryRow(ctx, rhythmSQL, report, today).Scan(&first, &days)
	return first, days, err
}

const loadSQL = `-- name: LoadProtectionStep
SELECT p.id, p.report_id, m.child_id, coalesce(p.owner_id, 0), coalesce(m.handler_id, 0), p.state, p.version, p.due_on, deciding.has_protection_step(p.id, $2),
    coalesce(t.standing, false), t.standing IS NOT NULL
FROM protection_step p JOIN mandatory_report m ON m.id = p.report_id AND m.child_id IS NOT NULL
LEFT JOIN LATERAL (SELECT bool_or(k.raised_by IS NULL) AS standing FROM task k
    WHERE k.subject = 'protection_step' AND k.subject_id = p.id AND k.staff_id = $2 AND k.done_at IS NULL) t ON true
WHERE p.id = $1 FOR UPDATE OF p`

func load(ctx context.Context, tx postgres.Tx, id, staff int64) (s step, err error) {
	err = tx.QueryRow(ctx, loadSQL, id, staff).Scan(&s.ID, &s.Report, &s.Child, &s.Owner, &s.Handler, &s.State, &s.Version, &s.Due, &s.InHand, &s.Standing, &s.Tasked)
	if errors.Is(err, pgx.ErrNoRows) {
		return s, missing()
	}
	return s, err
}

// What is done about a step is done about its report.
const movedSQL = `-- name: MoveProtectionStep
WITH step AS (INSERT INTO report_step (report_id, made_on, move, note, staff_id) SELECT report_id, $3, $4, $5, $6 FROM protection_step WHERE id = $1)
UPDATE protection_step SET state = $2, note = $5, noted_on = $3::date, done_on = CASE WHEN $2 = 'DONE' THEN $3::date END, version = version + 1
WHERE id = $1 RETURNING version`

func moved(ctx context.Context, tx postgres.Tx, a flow.Actor, in Move, move, to string) (version int, err error) {
	err = tx.QueryRow(ctx, movedSQL, in.Step, to, a.Today, move, in.Note, a.Staff).Scan(&version)
	return version, err
}

// Without a first signature there is nothing to sign second.
const unquietSQL = `-- name: NoteNewRisk
WITH signing AS (UPDATE task SET done_at = $3, next_rung_at = NULL WHERE subject = 'mandatory_report' AND subject_id = $1 AND kind IN ('REPORT_CLOSE', 'REPORT_SIGN') AND done_at IS NULL)
UPDATE mandatory_report SET unquiet_on = $2, closing_by = NULL WHERE id = $1`

func unquiet(ctx context.Context, tx postgres.Tx, report int64, a flow.Actor) error {
	_, err := tx.Exec(ctx, unquietSQL, report, a.Today, a.Now)
	return err
}

const giveSQL = `-- name: GiveProtectionStep
UPDATE protection_step SET owner_id = $2, owner_role = $3, due_on = $4 WHERE id = $1`

func give(ctx context.Context, tx postgres.Tx, s step, who inPost) error {
	_, err := tx.Exec(ctx, giveSQL, s.ID, who.Staff, who.Role, s.Due)
	return err
}

const managerSQL = `-- name: FindManagerOfProtectionStep
SELECT coalesce(m.handler_id, 0) FROM protection_step p JOIN mandatory_report m ON m.id = p.report_id WHERE p.id = $1`

// manager is who handles the report of a step, 0 for nobody.
func manager(ctx context.Context, tx postgres.Tx, id int64) (staff int64, err error) {
	err = tx.QueryRow(ctx, managerSQL, id).Scan(&staff)
	return staff, err
}

const handOverSQL = `-- name: HandOverProtectionSteps
WITH mine AS (UPDATE protection_step SET owner_id = $3, owner_role = CASE WHEN EXISTS (SELECT FROM post p WHERE p.staff_id = $3 AND p.role = owner_role) THEN owner_role
    ELSE (SELECT p.role FROM post p WHERE p.staff_id = $3 AND p.role IN ('CM', 'RP') ORDER BY p.valid_from DESC, p.id LIMIT 1) END, version = version + 1
    WHERE report_id = ANY ($1) AND owner_id = $2 AND state = 'PLANNED' RETURNING id)
UPDATE task t SET staff_id = s.id, agency_id = s.agency_id FROM mine, staff s
WHERE s.id = $3 AND t.subject = 'protection_step' AND t.subject_id = mine.id AND t.staff_id = $2 AND t.done_at IS NULL`

// HandOver gives one named handler's open steps of some reports to another.
func HandOver(ctx context.Context, tx postgres.Tx, reports []int64, from, to int64) error {
	_, err := tx.Exec(ctx, handOverSQL, reports, from, to)
	return err
}
