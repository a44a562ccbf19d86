package carechange

import (
	"context"
	"errors"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

const takeSQL = `-- name: TakeGuardianship
SELECT version FROM guardianship WHERE child_id = $1 FOR UPDATE`

// take holds the guardianship of a child and returns its version.
func take(ctx context.Context, tx postgres.Tx, child int64) (version int, err error) {
	err = tx.QueryRow(ctx, takeSQL, child).Scan(&version)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, fault.New(fault.Conflict, "该儿童尚无监护信息，请先入户核实。", "There is no guardianship of this child yet: verify at home first.")
	}
	return version, err
}

const replaceSQL = `-- name: ReplaceCaregiver
WITH gone AS (UPDATE caregiver SET ended_on = $2::date, version = version + 1 WHERE child_id = $1 AND ended_on IS NULL),
here AS (INSERT INTO caregiver (child_id, name, relation, phone, author_id, author_agency_id, recorded_on, synthetic)
    SELECT c.id, $4, $5, $6, s.id, s.agency_id, $2::date, c.synthetic FROM child c JOIN staff s ON s.id = $3 WHERE c.id = $1)
UPDATE guardianship SET agreement_signed_on = $7::date, agreement_valid_to = $8::date, agreement_ref = $9, notice_to_school_on = NULL, notice_to_village_on = NULL,
    care_changed_on = $2::date, recorded_on = $2::date, version = version + 1 WHERE child_id = $1 RETURNING version`

func replace(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Caregiver) (version int, err error) {
	err = tx.QueryRow(ctx, replaceSQL, d.ChildID, chinatime.Day(d.Now), d.Caller.Staff.ID, in.Name, in.Relation, in.Phone, in.SignedOn, in.ValidTo, in.Ref).Scan(&version)
	return version, err
}

const noteSQL = `-- name: NoteCareNotice
UPDATE guardianship SET version = version + 1, notice_to_school_on = CASE WHEN $3 THEN $2::date ELSE notice_to_school_on END,
    notice_to_village_on = CASE WHEN $3 THEN notice_to_village_on ELSE $2::date END
WHERE child_id = $1 AND $2::date >= coalesce(agreement_signed_on, $2::date) RETURNING version`

// note keeps the day; a notice that came before the agreement is not of this caregiver.
func note(ctx context.Context, tx postgres.Tx, child int64, on string, school bool) (version int, err error) {
	err = tx.QueryRow(ctx, noteSQL, child, on, school).Scan(&version)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, fault.New(fault.BadRequest, "该告知早于现行确认书，请登记新的告知。", "This notice is older than the agreement: note the new one.")
	}
	return version, err
}

// The night gives the visit to the director of the village.
const planSQL = `-- name: PlanCareVisit
INSERT INTO visit (child_id, kind, state, planned_on, plan_slot, author_id, author_agency_id, recorded_on, topics_due, synthetic)
SELECT c.id, 'FOCUS_VISIT', 'PLANNED', working_day_after($2::date, p.value::integer), 'CARE/' || $3, s.id, s.agency_id, $2::date, ARRAY['CARE_AGREEMENT'], c.synthetic
FROM child c JOIN parameter p ON p.name = 'care_visit_days' JOIN staff s ON s.id = $4
WHERE c.id = $1 AND EXISTS (SELECT FROM registration r WHERE r.child_id = c.id AND r.status = 'REGISTERED')
ON CONFLICT (child_id, plan_slot) WHERE plan_slot IS NOT NULL DO NOTHING`

func plan(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) error {
	_, err := tx.Exec(ctx, planSQL, d.ChildID, chinatime.Day(d.Now), strconv.Itoa(version), d.Caller.Staff.ID)
	return err
}
