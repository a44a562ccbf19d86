package consent

import (
	"context"
	"fmt"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// The kinds of consents that a workflow rests on, and of notices.
const (
	Pairing      = "PAIRING"
	Counselling  = "COUNSELLING"
	EducationAid = "EDUCATION_AID"
	Notice       = "NOTICE"
)

const keepSQL = `-- name: KeepConsent
INSERT INTO consent_record (child_id, kind, given_by, given_on, author_id, author_agency_id, recorded_on)
VALUES ($1, $2, nullif($3, ''), $4::date, $5, $6, ($7::timestamptz AT TIME ZONE 'Asia/Shanghai')::date)`

// Keep writes down that somebody of the family consented, or was told, on a day.
func Keep(ctx context.Context, tx postgres.Tx, d disclosure.Decided, kind, by, on string) error {
	if _, err := tx.Exec(ctx, keepSQL, d.ChildID, kind, by, on, d.Caller.Staff.ID, d.Caller.Agency.ID, d.Now); err != nil {
		return fmt.Errorf("keep consent: %w", err)
	}
	return nil
}

const withdrawSQL = `-- name: WithdrawConsent
WITH back AS (
    UPDATE consent_record SET withdrawn_on = greatest($4::date, given_on), version = version + 1
    WHERE child_id = $1 AND kind = $2 AND withdrawn_on IS NULL RETURNING id)
INSERT INTO consent_record (child_id, kind, given_by, withdrawn_on, author_id, author_agency_id, recorded_on)
SELECT $1, $2, nullif($3, ''), $4::date, $5, $6, ($7::timestamptz AT TIME ZONE 'Asia/Shanghai')::date WHERE NOT EXISTS (SELECT FROM back)`

// Withdraw notes that the consents of a kind were taken back, also one that was given on
// paper alone: what asks for it later finds it gone.
func Withdraw(ctx context.Context, tx postgres.Tx, d disclosure.Decided, kind, by, on string) error {
	if _, err := tx.Exec(ctx, withdrawSQL, d.ChildID, kind, by, on, d.Caller.Staff.ID, d.Caller.Agency.ID, d.Now); err != nil {
		return fmt.Errorf("withdraw consent: %w", err)
	}
	return nil
}

const childSQL = `-- name: AgeAndToday
SELECT extract(year FROM age(t.day, c.birth_date))::integer, t.day::text
FROM child c CROSS JOIN (SELECT ($2::timestamptz AT TIME ZONE 'Asia/Shanghai')::date AS day) t WHERE c.id = $1`

// Age is the child's age, and today.
func Age(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (years int, today string, err error) {
	err = tx.QueryRow(ctx, childSQL, d.ChildID, d.Now).Scan(&years, &today)
	return years, today, err
}

const guardianSQL = `-- name: IsGuardian
SELECT EXISTS (SELECT FROM guardian g WHERE g.child_id = $1 AND g.relation = $2)`

// Guardian reports whether the child has a guardian of a relation: who merely cares for
// it cannot consent (未保法22).
func Guardian(ctx context.Context, tx postgres.Tx, child int64, relation string) (found bool, err error) {
	err = tx.QueryRow(ctx, guardianSQL, child, relation).Scan(&found)
	return found, err
}
