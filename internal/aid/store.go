package aid

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

const columns = `SELECT a.id, a.child_id, coalesce(a.author_id, 0), coalesce(a.decider_id, 0), coalesce(a.ticket_id, 0), coalesce(a.state, ''),
    coalesce(a.consent_relation, ''), coalesce(a.consent_on::text, ''), coalesce(a.child_view, ''), coalesce(a.submitted_on::text, ''),
    coalesce(a.missing, ''), coalesce(a.returned_on::text, ''), coalesce(a.decided_on::text, ''), coalesce(a.refusal, ''),
    coalesce(a.valid_until::text, ''), coalesce(a.told_on::text, ''), coalesce(a.withdrawal, ''), a.version,
    ($1::timestamptz AT TIME ZONE 'Asia/Shanghai')::date::text, coalesce((SELECT m.ends_on::text FROM term m WHERE m.code = a.term_code), ''),
    extract(year FROM age(($1::timestamptz AT TIME ZONE 'Asia/Shanghai')::date, c.birth_date))::integer
FROM education_aid a JOIN child c ON c.id = a.child_id `

const takeSQL = `-- name: TakeAid
` + columns + `WHERE a.id = $2 AND a.child_id = $3 ORDER BY a.id FOR UPDATE OF a`

func scan(row pgx.CollectableRow) (*file, error) {
	f := &file{}
	return f, row.Scan(&f.id, &f.child, &f.author, &f.decider, &f.item, &f.state, &f.relation, &f.consentOn, &f.view, &f.submitted,
		&f.missing, &f.returnedOn, &f.decidedOn, &f.refusal, &f.validUntil, &f.toldOn, &f.withdrawal, &f.version, &f.today, &f.termEnds, &f.age)
}

// take holds the application until the transaction ends.
func take(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (*file, error) {
	rows, err := tx.Query(ctx, takeSQL, d.Now, d.SubjectID, d.ChildID)
	if err != nil {
		return nil, err
	}
	f, err := pgx.CollectExactlyOneRow(rows, scan)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.At("id", fault.New(fault.NotFound, "没有这个编号，或不在您的范围内。", "There is no such id in your reach."))
	}
	return f, err
}

const restingSQL = `-- name: TakeConsentedAid
` + columns + `WHERE a.child_id = $2 AND a.state IN ('APPLIED', 'RETURNED', 'APPROVED') AND a.consent_on IS NOT NULL
    AND (a.valid_until IS NULL OR a.valid_until >= ($1::timestamptz AT TIME ZONE 'Asia/Shanghai')::date) ORDER BY a.id FOR UPDATE OF a`

// resting is what rests on the guardian's consent today.
func resting(ctx context.Context, tx postgres.Tx, d disclosure.Decided) ([]*file, error) {
	rows, err := tx.Query(ctx, restingSQL, d.Now, d.ChildID)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scan)
}

const saveSQL = `-- name: SaveAid
UPDATE education_aid SET state = $2, consent_relation = nullif($3, ''), consent_on = nullif($4, '')::date, child_view = nullif($5, ''),
    submitted_on = nullif($6, '')::date, missing = nullif($7, ''), returned_on = nullif($8, '')::date, decided_on = nullif($9, '')::date,
    refusal = nullif($10, ''), valid_until = nullif($11, '')::date, told_on = nullif($12, '')::date, withdrawal = nullif($13, ''),
    decider_id = nullif($14::bigint, 0), ticket_id = nullif($15::bigint, 0), version = version + 1
WHERE id = $1 RETURNING version`

func (f *file) save(ctx context.Context, tx postgres.Tx) error {
	return tx.QueryRow(ctx, saveSQL, f.id, f.state, f.relation, f.consentOn, f.view, f.submitted, f.missing, f.returnedOn, f.decidedOn,
		f.refusal, f.validUntil, f.toldOn, f.withdrawal, f.decider, f.item).Scan(&f.version)
}

// Two proposals for one child wait for each other here; the next statement sees what the
// other has committed.
const lockSQL = `-- name: LockChildOfAid
SELECT c.id FROM child c WHERE c.id = $1 FOR NO KEY UPDATE OF c`

const termSQL = `-- name: FindAidTerm
SELECT m.ends_on >= ($2::timestamptz AT TIME ZONE 'Asia/Shanghai')::date FROM term m WHERE m.code = $1`

const openSQL = `-- name: HasAid
SELECT EXISTS (SELECT FROM education_aid a WHERE a.child_id = $1 AND a.kind = $2 AND a.term_code = $3 AND a.state NOT IN ('REFUSED', 'CLOSED', 'WITHDRAWN'))`

const beginSQL = `-- name: BeginAid
INSERT INTO education_aid (child_id, kind, term_code, state, author_id, author_agency_id, recorded_on)
VALUES ($1, $2, $3, 'PROPOSED', $4, $5, ($6::timestamptz AT TIME ZONE 'Asia/Shanghai')::date) RETURNING id`

func begin(ctx context.Context, tx postgres.Tx, d disclosure.Decided, kind, term string) (*file, error) {
	var running, open bool
	if err := tx.QueryRow(ctx, termSQL, term, d.Now).Scan(&running); err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, err
	}
	if !running {
		return nil, fault.At("term", fault.New(fault.BadRequest, "没有这个学期，或学期已结束。", "There is no such term, or it is over."))
	}
	if _, err := tx.Exec(ctx, lockSQL, d.ChildID); err != nil {
		return nil, err
	}
	if err := tx.QueryRow(ctx, openSQL, d.ChildID, kind, term).Scan(&open); err != nil {
		return nil, err
	}
	if open {
		return nil, conflict("child", "该生本学期已有同类申请或资助。", "The pupil has an application or aid of this kind for the term.")
	}
	f := &file{child: d.ChildID, author: d.Caller.Staff.ID, state: Proposed, version: 1}
	return f, tx.QueryRow(ctx, beginSQL, f.child, kind, term, f.author, d.Caller.Agency.ID, d.Now).Scan(&f.id)
}

// Whoever had it before goes on with it, else the newest in post; nobody in a declared
// conflict of interest.
const deciderSQL = `-- name: FindAidDecider
SELECT p.staff_id FROM post p JOIN staff s ON s.id = p.staff_id AND s.active AND s.kind = 'PERSON' AND s.vetted_until >= $2::date
WHERE p.role = 'DPS' AND p.valid_from <= $2::date AND (p.valid_to IS NULL OR p.valid_to > $2::date) AND p.authorised_until >= $2::date
  AND NOT EXISTS (SELECT FROM conflict_declaration d WHERE d.child_id = $1 AND d.staff_id = p.staff_id AND d.ended_on IS NULL)
ORDER BY p.staff_id = $3 DESC, p.valid_from DESC, p.id LIMIT 1`

func decider(ctx context.Context, tx postgres.Tx, f *file, d disclosure.Decided) (staff int64, err error) {
	err = tx.QueryRow(ctx, deciderSQL, f.child, d.Now, f.decider).Scan(&staff)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return staff, err
}
