package support

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

const loadSQL = `-- name: LoadSupportPlan
SELECT s.id, s.child_id, coalesce(s.author_id, 0), coalesce(s.responsible_id, 0), coalesce(s.ticket_id, 0), coalesce(CASE WHEN s.is_correction THEN 'CORRECTION' ELSE s.service END, ''), coalesce(s.state, ''), s.version,
    s.review_on, (SELECT count(*) FROM support_step t WHERE t.plan_id = s.id AND t.result IS NULL),
    (SELECT min(t.due_on) FROM support_step t WHERE t.plan_id = s.id AND t.result IS NULL)
FROM support_plan s WHERE s.id = $1 FOR UPDATE OF s`

func load(ctx context.Context, tx postgres.Tx, id int64) (plan, error) {
	var p plan
	var review, next *time.Time
	err := tx.QueryRow(ctx, loadSQL, id).Scan(&p.ID, &p.Child, &p.Author, &p.Responsible, &p.Ticket, &p.Service, &p.State, &p.Version, &review, &p.Undone, &next)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, fault.New(fault.NotFound, "没有这个编号，或不在您的范围内。", "There is no such id in your reach.")
	}
	if review != nil {
		p.Review = *review
	}
	if next != nil {
		p.Next = *next
	}
	return p, err
}

const insertSQL = `-- name: InsertSupportPlan
INSERT INTO support_plan (child_id, service, is_correction, aim, correction_aim, owner_agency, responsible_id, opened_on, review_on, due_on, state, child_heard, visit_id,
    author_id, author_agency_id, recorded_on)
SELECT $1, nullif($2, 'CORRECTION'), $2 = 'CORRECTION', CASE WHEN $2 <> 'CORRECTION' THEN $3 END, CASE WHEN $2 = 'CORRECTION' THEN $3 END, $4, $5, $6::date, $7::date, $8::date, 'PROPOSED', $9, (SELECT v.id FROM visit v WHERE v.id = $10 AND v.child_id = $1), $11, $12, $6::date
RETURNING id, version`

const stepsSQL = `-- name: AddSupportSteps
INSERT INTO support_step (plan_id, no, what, correction_what, due_on, recorded_on)
SELECT p.id, coalesce((SELECT max(t.no) FROM support_step t WHERE t.plan_id = p.id), 0) + s.n, CASE WHEN p.is_correction IS NOT TRUE THEN s.what END,
    CASE WHEN p.is_correction THEN s.what END, s.due::date, $4::date
FROM support_plan p CROSS JOIN unnest($2::text[], $3::text[]) WITH ORDINALITY AS s (what, due, n) WHERE p.id = $1`

func insert(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in New, who person) (plan, error) {
	p := plan{Child: d.ChildID, Author: d.Caller.Staff.ID, Responsible: who.ID}
	err := tx.QueryRow(ctx, insertSQL, d.ChildID, in.Service, in.Aim, who.Agency, who.ID, today(d), in.ReviewOn, in.DueOn, in.ChildHeard, in.Visit,
		d.Caller.Staff.ID, d.Caller.Agency.ID).Scan(&p.ID, &p.Version)
	if err != nil {
		return p, err
	}
	return p, addSteps(ctx, tx, d, p.ID, in.Steps)
}

func addSteps(ctx context.Context, tx postgres.Tx, d disclosure.Decided, id int64, steps []Step) error {
	what, due := make([]string, len(steps)), make([]string, len(steps))
	for i, s := range steps {
		what[i], due[i] = s.What, s.DueOn
	}
	_, err := tx.Exec(ctx, stepsSQL, id, what, due, today(d))
	return err
}

const countStepsSQL = `-- name: CountSupportSteps
SELECT count(*) FROM support_step WHERE plan_id = $1`

func countSteps(ctx context.Context, tx postgres.Tx, id int64) (n int, err error) {
	err = tx.QueryRow(ctx, countStepsSQL, id).Scan(&n)
	return n, err
}

// The director of the village, the supervisor of the township, the homeroom teacher,
// or whoever has an open case of the child; vetted, authorised, and in no conflict.
const doerSQL = `-- name: FindSupportDoer
SELECT s.id, p.role, a.name, s.code FROM staff s JOIN agency a ON a.id = s.agency_id JOIN post p ON p.staff_id = s.id JOIN child c ON c.id = $2
WHERE s.code = $1 AND s.active AND s.kind = 'PERSON' AND s.vetted_until >= $3::date
  AND p.valid_from <= $3::date AND (p.valid_to IS NULL OR p.valid_to > $3::date) AND p.authorised_until >= $3::date
  AND CASE p.role WHEN 'DIR' THEN p.division_id = c.residence_village_id WHEN 'SUP' THEN p.division_id = c.residence_township_id
    WHEN 'HT' THEN EXISTS (SELECT FROM enrolment e JOIN school_class k ON k.id = e.class_id WHERE e.child_id = c.id AND e.current AND k.homeroom_staff_id = s.id)
    WHEN 'CM' THEN EXISTS (SELECT FROM care_case k WHERE k.child_id = c.id AND k.assignee_id = s.id AND k.closed_on IS NULL)
    WHEN 'SW' THEN EXISTS (SELECT FROM care_case k WHERE k.child_id = c.id AND k.assignee_id = s.id AND k.closed_on IS NULL)
    ELSE false END
  AND NOT deciding.conflicted(c.id, s.id)
ORDER BY p.role, p.id LIMIT 1`

// doer is somebody who may be responsible for a plan of the child, by staff code.
func doer(ctx context.Context, tx postgres.Tx, child int64, code string, on time.Time) (person, error) {
	var w person
	err := tx.QueryRow(ctx, doerSQL, code, child, on.In(chinatime.Zone())).Scan(&w.ID, &w.Role, &w.Agency, &w.Code)
	if errors.Is(err, pgx.ErrNoRows) {
		return w, fault.At("responsible", fault.New(fault.BadRequest,
			"责任人须为该儿童的儿童主任、督导员、班主任，或在办其个案的人员，且无利益冲突。",
			"Whoever is responsible has to be the child's director, supervisor or teacher, or to have an open case, without a conflict of interest."))
	}
	return w, err
}

const stateSQL = `-- name: MoveSupportPlan
UPDATE support_plan SET state = $2, version = version + 1 WHERE id = $1 RETURNING version`

func setState(ctx context.Context, tx postgres.Tx, id int64, state string) (version int, err error) {
	err = tx.QueryRow(ctx, stateSQL, id, state).Scan(&version)
	return version, err
}

const ticketSQL = `-- name: SetSupportTicket
UPDATE support_plan SET ticket_id = nullif($2, 0) WHERE id = $1`

func setTicket(ctx context.Context, tx postgres.Tx, id, item int64) error {
	_, err := tx.Exec(ctx, ticketSQL, id, item)
	return err
}

const setDoerSQL = `-- name: SetSupportDoer
UPDATE support_plan SET responsible_id = $2, owner_agency = $3 WHERE id = $1`

func setDoer(ctx context.Context, tx postgres.Tx, id int64, who person) error {
	_, err := tx.Exec(ctx, setDoerSQL, id, who.ID, who.Agency)
	return err
}

const reportSQL = `-- name: ReportSupportStep
UPDATE support_step t SET done_on = $3::date, result = $4, note = CASE WHEN p.is_correction IS NOT TRUE THEN nullif($5, '') END,
    correction_note = CASE WHEN p.is_correction THEN nullif($5, '') END, version = t.version + 1
FROM support_plan p WHERE p.id = $1 AND t.plan_id = p.id AND t.no = $2 AND t.result IS NULL`

func reportStep(ctx context.Context, tx postgres.Tx, id int64, in Report) error {
	tag, err := tx.Exec(ctx, reportSQL, id, in.Step, in.DoneOn, in.Result, in.Note)
	if err == nil && tag.RowsAffected() == 0 {
		return fault.At("step", fault.New(fault.Conflict, "没有这个步骤，或已报告。", "There is no such step, or it has been reported."))
	}
	return err
}

const reviewSQL = `-- name: ReviewSupportPlan
UPDATE support_plan SET progress = $2, review_on = $3::date, child_heard = $4 WHERE id = $1`

func review(ctx context.Context, tx postgres.Tx, d disclosure.Decided, id int64, in Look) error {
	if _, err := tx.Exec(ctx, reviewSQL, id, in.Progress, in.NextOn, in.ChildHeard); err != nil {
		return err
	}
	return addSteps(ctx, tx, d, id, in.Steps)
}

const endedSQL = `-- name: EndSupportPlan
UPDATE support_plan SET outcome = CASE WHEN is_correction IS NOT TRUE THEN nullif($2, '') END, correction_outcome = CASE WHEN is_correction THEN nullif($2, '') END, dropped_because = nullif($3, ''), child_heard = coalesce($4, child_heard), ended_on = $5::date WHERE id = $1`

func ended(ctx context.Context, tx postgres.Tx, d disclosure.Decided, id int64, e ending) error {
	_, err := tx.Exec(ctx, endedSQL, id, e.outcome, e.because, e.heard, today(d))
	return err
}

const reviewDaysSQL = `-- name: SupportReviewDays
SELECT value::integer FROM parameter WHERE name = 'support_review_days'`

func reviewDays(ctx context.Context, tx postgres.Tx) (days int, err error) {
	err = tx.QueryRow(ctx, reviewDaysSQL).Scan(&days)
	return days, err
}
