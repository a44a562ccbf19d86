package concern

import (
	"context"
	"time"

	"github.com/tongxin-hub/tongxin/internal/postgres"
)

const attendsSQL = `-- name: ChildAttends
SELECT coalesce((SELECT enrolment_band(e.status) = 'ATTENDING' FROM enrolment e WHERE e.child_id = $1 AND e.current), false)`

// attends reports whether the child goes to a school, as education says.
func attends(ctx context.Context, tx postgres.Tx, child int64) (bool, error) {
	var yes bool
	err := tx.QueryRow(ctx, attendsSQL, child).Scan(&yes)
	return yes, err
}

const cardSQL = `-- name: IssueCard
INSERT INTO action_card (child_id, text, issued_by, issued_on, due_on, role, author_id, author_agency_id, visit_id)
SELECT $1, $2, a.name, ($3::timestamptz AT TIME ZONE 'Asia/Shanghai')::date, (due_after($3, $4, $5) AT TIME ZONE 'Asia/Shanghai')::date - 1, $6, s.id, a.id, $7
FROM staff s JOIN agency a ON a.id = s.agency_id WHERE s.id = $8
  AND NOT EXISTS (SELECT FROM action_card c WHERE c.visit_id = $7 AND c.role = $6)`

func issueCard(ctx context.Context, tx postgres.Tx, f Finding, r route) error {
	_, err := tx.Exec(ctx, cardSQL, f.Child, r.card, f.Now, r.kind.Due, string(r.kind.Unit), string(r.role), f.Visit, f.Visitor)
	return err
}

const doneCardSQL = `-- name: FinishCard
UPDATE action_card SET done_on = ($3::timestamptz AT TIME ZONE 'Asia/Shanghai')::date, version = version + 1
WHERE visit_id = $1 AND role = $2 AND done_on IS NULL`

func doneCard(ctx context.Context, tx postgres.Tx, visit int64, role string, now time.Time) error {
	_, err := tx.Exec(ctx, doneCardSQL, visit, role, now)
	return err
}

const referSQL = `-- name: ReferFamily
INSERT INTO family_enrolment (child_id, guide_id, kind, enrolled_on)
SELECT $1, $2, 'REFERRED', ($3::timestamptz AT TIME ZONE 'Asia/Shanghai')::date
WHERE NOT EXISTS (SELECT FROM family_enrolment f WHERE f.child_id = $1 AND f.guide_id = $2 AND f.ended_on IS NULL)`

func refer(ctx context.Context, tx postgres.Tx, o Opening) error {
	_, err := tx.Exec(ctx, referSQL, o.Child, o.Staff, o.Now)
	return err
}

// A referral that is flagged names no school, so that nobody there can see it.
const flagSQL = `-- name: FlagReferral
INSERT INTO psych_referral (child_id, from_unit, state, opened_on, author_id, author_agency_id)
SELECT $1, a.name, 'FLAGGED', ($2::timestamptz AT TIME ZONE 'Asia/Shanghai')::date, s.id, a.id
FROM staff s JOIN agency a ON a.id = s.agency_id WHERE s.id = $3
  AND NOT EXISTS (SELECT FROM psych_referral r WHERE r.child_id = $1 AND r.closed_on IS NULL)`

func flag(ctx context.Context, tx postgres.Tx, f Finding) error {
	_, err := tx.Exec(ctx, flagSQL, f.Child, f.Now, f.Visitor)
	return err
}

const informSQL = `-- name: InformedReferral
UPDATE psych_referral r SET state = 'GUARDIAN_INFORMED', guardian_informed_on = ($2::timestamptz AT TIME ZONE 'Asia/Shanghai')::date,
    to_school_id = e.school_id, to_unit = s.name, version = r.version + 1
FROM enrolment e JOIN school s ON s.id = e.school_id
WHERE r.child_id = $1 AND r.closed_on IS NULL AND r.state = 'FLAGGED' AND e.child_id = r.child_id AND e.current`

func inform(ctx context.Context, tx postgres.Tx, f Finding) error {
	_, err := tx.Exec(ctx, informSQL, f.Child, f.Now)
	return err
}
