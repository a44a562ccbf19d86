package relief

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// A child is hidden who is shielded, or about whom a report is open.
const takeSQL = `-- name: TakeRelief
SELECT r.id, r.child_id, coalesce(r.handler_id, 0), coalesce(r.signer_id, 0), coalesce(r.signed_by, 0), coalesce(r.decider_id, 0), coalesce(r.decided_by, 0),
    coalesce(r.state, ''), coalesce(r.reason, ''), coalesce(r.applicant_relation, ''), coalesce(r.account, ''), coalesce(r.publicity, ''), r.version,
    coalesce(r.urgent, false), coalesce(r.amount, 0)::float8, coalesce(r.advance_amount, 0)::float8, coalesce(r.applied_on::text, ''),
    coalesce(r.advanced_on::text, ''), coalesce(r.papers_due_on::text, ''), coalesce(r.checked_on::text, ''), coalesce(r.visited_on::text, ''),
    coalesce(r.economy, ''), coalesce(r.no_publicity_reason, ''), coalesce(r.notice, ''), coalesce(r.notice_from::text, ''), coalesce(r.notice_until::text, ''),
    coalesce(r.decided_on::text, ''), coalesce(r.paid_on::text, ''), coalesce(r.refusal, ''), coalesce(r.appealed_on::text, ''),
    coalesce(r.objected_on::text, ''), coalesce(r.objection_outcome, ''), coalesce(r.objection_answered_on::text, ''), r.objection_grounds,
    ($1::timestamptz AT TIME ZONE 'Asia/Shanghai')::date::text,
    c.shield <> 'NONE' OR EXISTS (SELECT FROM mandatory_report m WHERE m.child_id = c.id AND m.closed_on IS NULL)
FROM relief_application r JOIN child c ON c.id = r.child_id WHERE r.id = $2 AND r.child_id = $3 ORDER BY r.id FOR UPDATE OF r`

// take holds the application until the transaction ends.
func take(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (*file, error) {
	f := &file{}
	err := tx.QueryRow(ctx, takeSQL, d.Now, d.SubjectID, d.ChildID).Scan(&f.id, &f.child, &f.handler, &f.signer, &f.signedBy, &f.decider, &f.decidedBy,
		&f.state, &f.reason, &f.relation, &f.account, &f.publicity, &f.version, &f.urgent, &f.amount, &f.advance, &f.appliedOn, &f.advancedOn,
		&f.papersDue, &f.checkedOn, &f.visitedOn, &f.economy, &f.quiet, &f.notice, &f.noticeFrom, &f.noticeUntil, &f.decidedOn, &f.paidOn,
		&f.refusal, &f.appealedOn, &f.objectedOn, &f.objectionOutcome, &f.answeredOn, &f.grounds, &f.today, &f.hidden)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.At("id", fault.New(fault.NotFound, "没有这个编号，或不在您的范围内。", "There is no such id in your reach."))
	}
	return f, err
}

const saveSQL = `-- name: SaveRelief
UPDATE relief_application SET state = $2, applicant_relation = nullif($3, ''), account = nullif($4, ''), publicity = nullif($5, ''), urgent = $6,
    amount = nullif($7::float8, 0)::numeric, advance_amount = nullif($8::float8, 0)::numeric, applied_on = nullif($9, '')::date,
    advanced_on = nullif($10, '')::date, papers_due_on = nullif($11, '')::date, checked_on = nullif($12, '')::date, visited_on = nullif($13, '')::date,
    economy = nullif($14, ''), no_publicity_reason = nullif($15, ''), notice = nullif($16, ''), notice_from = nullif($17, '')::date,
    notice_until = nullif($18, '')::date, decided_on = nullif($19, '')::date, paid_on = nullif($20, '')::date, refusal = nullif($21, ''),
    appealed_on = nullif($22, '')::date, signer_id = nullif($23::bigint, 0), signed_by = nullif($24::bigint, 0), decider_id = nullif($25::bigint, 0),
    decided_by = nullif($26::bigint, 0), objected_on = nullif($27, '')::date, objection_outcome = nullif($28, ''),
    objection_answered_on = nullif($29, '')::date, objection_grounds = $30, version = version + 1
WHERE id = $1 RETURNING version`

func (f *file) save(ctx context.Context, tx postgres.Tx) error {
	return tx.QueryRow(ctx, saveSQL, f.id, f.state, f.relation, f.account, f.publicity, f.urgent, f.amount, f.advance, f.appliedOn, f.advancedOn,
		f.papersDue, f.checkedOn, f.visitedOn, f.economy, f.quiet, f.notice, f.noticeFrom, f.noticeUntil, f.decidedOn, f.paidOn, f.refusal,
		f.appealedOn, f.signer, f.signedBy, f.decider, f.decidedBy, f.objectedOn, f.objectionOutcome, f.answeredOn, f.grounds).Scan(&f.version)
}

func finish(ctx context.Context, tx postgres.Tx, f *file, d disclosure.Decided, kinds ...task.Kind) error {
	return task.Finish(ctx, tx, task.Subject{Table: subject, ID: f.id}, d.Caller.Staff.ID, d.Now, kinds...)
}

// idOf is an id, 0 where there is none.
func idOf(row pgx.Row) (id int64, err error) {
	if err = row.Scan(&id); errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return id, err
}

const numberSQL = `-- name: ReliefSetting
SELECT value::integer FROM parameter WHERE name = $1`

func number(ctx context.Context, tx postgres.Tx, name string) (n int, err error) {
	err = tx.QueryRow(ctx, numberSQL, name).Scan(&n)
	return n, err
}

// inPost is who holds a post in force, unconflicted; $1 is the child and $2 the moment.
const inPost = `JOIN staff s ON s.id = p.staff_id AND s.active AND s.kind = 'PERSON' AND s.vetted_until >= $2::date
JOIN agency a ON a.id = p.agency_id JOIN child c ON c.id = $1
WHERE p.valid_from <= $2::date AND (p.valid_to IS NULL OR p.valid_to > $2::date) AND p.authorised_until >= $2::date
  AND NOT EXISTS (SELECT FROM conflict_declaration d WHERE d.child_id = $1 AND d.staff_id = p.staff_id AND d.ended_on IS NULL) `

// The officer of the township, else its supervisor, else an officer of the county.
const windowSQL = `-- name: FindReliefWindow
SELECT p.staff_id FROM post p ` + inPost + `AND (p.role IN ('REL', 'SUP') AND p.division_id = c.residence_township_id OR p.role = 'REL' AND a.kind = 'CIVIL_AFFAIRS')
ORDER BY p.division_id = c.residence_township_id DESC NULLS LAST, p.role, p.valid_from DESC, p.id LIMIT 1`

const countySQL = `-- name: FindCountyRelief
SELECT p.staff_id FROM post p ` + inPost + `AND p.role = 'REL' AND a.kind = 'CIVIL_AFFAIRS' AND p.staff_id NOT IN ($3, $4)
ORDER BY p.valid_from DESC, p.id LIMIT 1`

func county(ctx context.Context, tx postgres.Tx, f *file, d disclosure.Decided) (int64, error) {
	return idOf(tx.QueryRow(ctx, countySQL, f.child, d.Now, f.handler, f.decidedBy))
}

// The case manager who has the child's case, else the newest.
const signerSQL = `-- name: FindNoPublicitySigner
SELECT p.staff_id FROM post p ` + inPost + `AND p.role = 'CM' AND p.staff_id <> $3
ORDER BY EXISTS (SELECT FROM care_case k WHERE k.child_id = $1 AND k.assignee_id = p.staff_id AND k.closed_on IS NULL) DESC, p.valid_from DESC, p.id LIMIT 1`

func signer(ctx context.Context, tx postgres.Tx, f *file, d disclosure.Decided) (int64, error) {
	return idOf(tx.QueryRow(ctx, signerSQL, f.child, d.Now, f.handler))
}

// Two needs of one child wait for each other here; the next statement sees what the
// other has committed.
const lockSQL = `-- name: LockChildOfRelief
SELECT c.id FROM child c WHERE c.id = $1 FOR NO KEY UPDATE OF c`

const openSQL = `-- name: HasOpenRelief
SELECT EXISTS (SELECT FROM relief_application r WHERE r.child_id = $1 AND r.state NOT IN ('PAID', 'CLOSED', 'REFUSED'))`

const beginSQL = `-- name: BeginRelief
INSERT INTO relief_application (child_id, reason, state, handler_id, author_id, author_agency_id, recorded_on)
VALUES ($1, $2, 'NEED_FOUND', $3, $4, $5, ($6::timestamptz AT TIME ZONE 'Asia/Shanghai')::date) RETURNING id`

func begin(ctx context.Context, tx postgres.Tx, d disclosure.Decided, reason string) (*file, error) {
	f := &file{child: d.ChildID, state: Found, version: 1, reason: reason}
	if _, err := tx.Exec(ctx, lockSQL, f.child); err != nil {
		return nil, err
	}
	var open bool
	if err := tx.QueryRow(ctx, openSQL, f.child).Scan(&open); err != nil {
		return nil, err
	}
	if open {
		return nil, conflict("child", "该儿童已有在办的救助申请。", "The child has an application in hand.")
	}
	var err error
	if f.handler, err = idOf(tx.QueryRow(ctx, windowSQL, f.child, d.Now)); err != nil {
		return nil, err
	}
	if f.handler == 0 {
		return nil, conflict("child", "没有在岗的救助经办人，请联系区民政局。", "Nobody is in post to take it; call the civil affairs bureau.")
	}
	return f, tx.QueryRow(ctx, beginSQL, f.child, reason, f.handler, d.Caller.Staff.ID, d.Caller.Agency.ID, d.Now).Scan(&f.id)
}

const papersSQL = `-- name: ReliefPapersDue
SELECT working_day_after($1::date, (SELECT value::integer FROM parameter WHERE name = 'relief_papers_days'))::text`

func (f *file) papers(ctx context.Context, tx postgres.Tx) error {
	return tx.QueryRow(ctx, papersSQL, f.today).Scan(&f.papersDue)
}

// The name of whoever applies, masked; never the child's own.
const noticeSQL = `-- name: ReliefNotice
SELECT t.name, coalesce((SELECT mask_name(x.name) FROM (
        SELECT g.name, 1 AS place, g.id FROM guardian g WHERE g.child_id = c.id AND g.relation = $2
        UNION ALL SELECT k.name, 2, k.id FROM caregiver k WHERE k.child_id = c.id AND k.relation = $2) x
    WHERE $2 <> 'CHILD_SELF' AND x.name <> '' AND x.name <> c.name ORDER BY x.place, x.id LIMIT 1), ''),
    $3::text, working_day_after($3::date, (SELECT value::integer FROM parameter WHERE name = 'relief_notice_days'))::text
FROM child c JOIN division t ON t.id = c.residence_township_id WHERE c.id = $1`

func noticeOf(ctx context.Context, tx postgres.Tx, f *file) (Notice, error) {
	n := Notice{Reason: f.reason, Amount: f.amount}
	err := tx.QueryRow(ctx, noticeSQL, f.child, f.relation, f.today).Scan(&n.Township, &n.Applicant, &n.From, &n.Until)
	return n, err
}

const lateSQL = `-- name: ReliefAppealLate
SELECT coalesce(nullif($1, '')::date + (SELECT value::integer FROM parameter WHERE name = 'relief_appeal_days') < $2::date, false)`

func tooLate(ctx context.Context, tx postgres.Tx, f *file) (late bool, err error) {
	err = tx.QueryRow(ctx, lateSQL, f.decidedOn, f.today).Scan(&late)
	return late, err
}

const itemSQL = `-- name: FindReliefTicket
SELECT coalesce(max(k.id), 0) FROM ticket k WHERE k.kind = 'RELIEF_APPLICATION' AND k.child_id = $1 AND k.staff_id = $2 AND k.closed_at IS NULL`

func openItem(ctx context.Context, tx postgres.Tx, child, staff int64) (int64, error) {
	return idOf(tx.QueryRow(ctx, itemSQL, child, staff))
}

const doneSQL = `-- name: CloseReliefTicket
UPDATE ticket SET closed_at = $3 WHERE kind = 'RELIEF_APPLICATION' AND child_id = $1 AND staff_id = $2 AND closed_at IS NULL`

// done closes somebody's work item.
func (f *file) done(ctx context.Context, tx postgres.Tx, staff int64, now time.Time) error {
	_, err := tx.Exec(ctx, doneSQL, f.child, staff, now)
	return err
}

const dismissSQL = `-- name: CloseReliefTickets
UPDATE ticket k SET closed_at = $3 WHERE k.kind = 'RELIEF_APPLICATION' AND k.child_id = $1 AND k.closed_at IS NULL
  AND NOT EXISTS (SELECT FROM relief_application r WHERE r.child_id = $1 AND r.id <> $2 AND r.handler_id = k.staff_id AND r.state NOT IN ('CLOSED', 'REFUSED'))`

// dismiss closes the work items of everybody who worked on it.
func (f *file) dismiss(ctx context.Context, tx postgres.Tx, now time.Time) error {
	_, err := tx.Exec(ctx, dismissSQL, f.child, f.id, now)
	return err
}
