package rights

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/record"
)

// Records says where each type of schema/rights.graphqls is stored.
func Records() []record.Type {
	return []record.Type{
		{
			Name: "RightsInquiry", Table: "rights_desk", Kind: record.Node, Order: "{t}.received_on DESC, {t}.id DESC",
			Columns: record.Columns{
				"inquiry": "{t}.id", "child": "{t}.child_id",
				"overdue":        "{t}.answered_on IS NULL AND {t}.due_on < {today}::date",
				"laterAnswerDue": "{t}.owes AND NOT deciding.protected_matter({t}.child_id, {today}::date)",
			},
			IDs: map[string]string{"inquiry": "AccessInquiry", "child": "Child"},
		},
		{
			Name: "GuardianCorrection", Table: "guardian_correction_desk", Kind: record.Node, Order: "{t}.received_on DESC, {t}.id DESC",
			Columns: record.Columns{
				"request": "{t}.id", "child": "{t}.child_id",
				"overdue": "{t}.answered_on IS NULL AND {t}.due_on < {today}::date",
				"waits":   "{t}.answered_on IS NULL AND {t}.requester_relation <> 'CHILD_SELF' AND deciding.protected_matter({t}.child_id, {today}::date)",
			},
			IDs: map[string]string{"request": "GuardianCorrection", "child": "Child"},
		},
	}
}

// Roots are the root fields that the rights desk answers: the caller's own.
func Roots() []record.Root {
	return []record.Root{
		{Field: "rightsInquiries", Type: "RightsInquiry", List: true, Where: "{t}.dpo_id = {staff}"},
		{Field: "guardianCorrections", Type: "GuardianCorrection", List: true, Where: "{t}.dpo_id = {staff}"},
	}
}

//nolint:gosec // names a table, holds no secret
const childOfTokenSQL = `-- name: ChildOfToken
SELECT child_id FROM join_token WHERE agency_id = $1 AND kind = $2 AND token = $3`

const childOfInquirySQL = `-- name: ChildOfAnsweredInquiry
SELECT child_id, requester_relation FROM access_inquiry WHERE id = $1 AND dpo_id = $2 AND state = 'ANSWERED' AND decision = 'ANSWERED'`

const receiveSQL = `-- name: ReceiveInquiry
INSERT INTO access_inquiry (child_id, requester_relation, received_on, state, decision, dpo_id, author_id, author_agency_id, recorded_on, follows_id)
VALUES ($1, $2, $3, 'RECEIVED', 'PENDING', $4, $4, $5, $6, $7) RETURNING id`

const openTicketSQL = `-- name: OpenInquiryTicket
WITH opened AS (
    INSERT INTO ticket (code, kind, purpose, staff_id, agency_id, child_id, reason, opened_at)
    VALUES ('RQ-' || $1::bigint, 'RIGHTS_REQUEST', 'RIGHTS_REQUEST', $2, $3, $4, '查阅申请', $5) RETURNING code)
UPDATE access_inquiry SET ticket_code = (SELECT code FROM opened) WHERE id = $1`

const takeInquirySQL = `-- name: TakeInquiry
SELECT q.id, q.child_id, CASE WHEN q.decision = 'REFUSED' THEN 'REFUSED' ELSE q.state END, coalesce(q.requester_relation, ''),
    q.received_on, coalesce(q.standing, ''), coalesce(q.court_limited, false), coalesce(q.compiled_size, -1), coalesce(q.statement, ''),
    coalesce(q.compiled_at, 'epoch'), deciding.conflicted(q.child_id, $2)
FROM access_inquiry q WHERE q.id = $1 AND q.dpo_id = $2 FOR UPDATE`

const guardianSQL = `-- name: IsGuardian
SELECT EXISTS (SELECT FROM guardian g WHERE g.child_id = $1 AND g.relation = $2)`

const grownSQL = `-- name: IsFourteen
SELECT birth_date + interval '14 years' <= $2::date FROM child WHERE id = $1`

const identitySQL = `-- name: KeepIdentity
UPDATE access_inquiry SET state = $2, standing = $3, identity_proof = $4, version = version + 1 WHERE id = $1`

const conflictSQL = `-- name: KeepConflict
UPDATE access_inquiry SET state = $2, court_limited = false, version = version + 1 WHERE id = $1`

const stateSQL = `-- name: KeepState
UPDATE access_inquiry SET state = $2, version = version + 1 WHERE id = $1`

const clearSQL = `-- name: ClearAnswer
UPDATE access_inquiry SET state = $2, compiled_at = NULL, compiled_size = NULL, embargoed = NULL, lines = NULL, statement = NULL,
    version = version + 1
WHERE id = $1`

const keepSQL = `-- name: KeepAnswer
UPDATE access_inquiry SET state = $2, compiled_at = $3, compiled_size = $4, embargoed = $5, lines = $6, statement = $7,
    version = version + 1
WHERE id = $1`

const closeSQL = `-- name: CloseInquiry
WITH closed AS (
    UPDATE ticket SET closed_at = $4 WHERE code = (SELECT ticket_code FROM access_inquiry WHERE id = $1) AND closed_at IS NULL)
UPDATE access_inquiry SET state = 'ANSWERED', decision = $2, answered_on = $3, refusal = $5, statement = coalesce($6, statement),
    version = version + 1
WHERE id = $1`

const sizeSQL = `-- name: LogSize
SELECT size FROM audit_head`

const sceneSQL = `-- name: SceneOfInquiry
SELECT deciding.protected_matter($1, $2::date), NOT EXISTS (
    SELECT FROM relief_application r WHERE r.child_id = $1
      AND coalesce(r.applicant_relation, '') NOT IN ($3, 'CHILD_SELF'))`

// An access is under a matter by its purpose, ticket or basis, or because whoever
// looked is named for the matter, from that day on; where the child is shielded
// altogether, from the day the first was named.
const accessesSQL = `-- name: AccessesToChild
WITH handler AS MATERIALIZED (
    SELECT h.staff_id, h.named_on AS since FROM shield_handler h WHERE h.child_id = $1
    UNION ALL
    SELECT s.id, coalesce(r.received_on, r.found_on, r.recorded_on)
    FROM mandatory_report r CROSS JOIN LATERAL unnest(ARRAY[r.handler_id, r.sealed_handler_id]) s (id)
    WHERE r.child_id = $1 AND r.closed_on IS NULL AND s.id IS NOT NULL
    UNION ALL
    SELECT r.assignee_id, coalesce(r.opened_on, r.recorded_on) FROM rights_case r
    WHERE r.child_id = $1 AND r.closed_on IS NULL AND r.assignee_id IS NOT NULL
), hidden AS MATERIALIZED (
    SELECT min(h.named_on) AS since FROM shield_handler h JOIN child c ON c.id = h.child_id
    WHERE h.child_id = $1 AND c.shield = 'FULL'
)
SELECT x.day, a.name, e.role, e.purpose,
    coalesce((SELECT array_agg(DISTINCT split_part(coalesce(k.grp, '?'), ':', 1) ORDER BY split_part(coalesce(k.grp, '?'), ':', 1))
        FROM unnest(s.coordinates) c (name) LEFT JOIN coordinate k ON k.name = c.name
        WHERE c.name !~ '^(Query|Mutation)[.]'), '{}'),
    e.purpose IN ('MANDATORY_REPORT', 'RIGHTS_CASE', 'CONSULTATION', 'EMERGENCY') OR e.role = 'RP'
        OR coalesce(t.kind IN ('REPORT', 'RIGHTS_CASE', 'GRANT', 'EMERGENCY'), false)
        OR d.bases && ARRAY['rights_case', 'report_handler', 'named_handler', 'sealed_handler', 'emergency']
        OR EXISTS (SELECT FROM handler h WHERE h.staff_id = e.staff_id AND x.day >= h.since)
        OR coalesce(x.day >= (SELECT since FROM hidden), false),
    coalesce(t.child_id <> $1 AND t.kind IN ('REPORT', 'RIGHTS_CASE', 'GRANT', 'EMERGENCY', 'RELIEF_APPLICATION', 'PSYCH_REFERRAL', 'CASE'), false)
FROM (SELECT p.at, p.sequence, p.set_id, p.bases, p.ordinals[n] AS ordinal
    FROM audit_packed p CROSS JOIN LATERAL unnest(array_positions(p.child_ids, $1)) n WHERE p.child_ids @> ARRAY[$1::bigint] OFFSET 0) d
CROSS JOIN LATERAL (SELECT n.at, n.sequence, n.role, n.purpose, n.agency_id, n.staff_id, n.ticket
    FROM audit_entry n WHERE n.at = d.at AND n.sequence = d.sequence OFFSET 0) e
JOIN audit_set s ON s.id = d.set_id
JOIN agency a ON a.id = e.agency_id
LEFT JOIN ticket t ON t.code = e.ticket
CROSS JOIN LATERAL (SELECT (e.at AT TIME ZONE 'Asia/Shanghai')::date AS day) x
WHERE e.sequence < $2 AND e.purpose NOT IN ('RIGHTS_REQUEST', 'ACCESS_AUDIT', '')
ORDER BY e.at, e.sequence, d.ordinal`

// inquiry is one as it stands.
type inquiry struct {
	ID, ChildID     int64
	State, Relation string
	Received        time.Time
	Standing        string
	CourtLimited    bool
	CompiledSize    int64
	Statement       string
	CompiledAt      time.Time
	// Conflicted: the officer has declared a conflict of interest with the child.
	Conflicted bool
}

func scan[T any](ctx context.Context, tx pgx.Tx, sql string, args ...any) (out T, err error) {
	err = tx.QueryRow(ctx, sql, args...).Scan(&out)
	return out, err
}

// childOfToken is 0 where no child has the token.
func childOfToken(ctx context.Context, tx pgx.Tx, agency int64, kind string, token []byte) (int64, error) {
	child, err := scan[int64](ctx, tx, childOfTokenSQL, agency, kind, token)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return child, err
}

// childOfInquiry is 0 where the officer has answered no such inquiry.
func childOfInquiry(ctx context.Context, tx pgx.Tx, id, staff int64) (child int64, relation string, err error) {
	err = tx.QueryRow(ctx, childOfInquirySQL, id, staff).Scan(&child, &relation)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, "", nil
	}
	return child, relation, err
}

// takeInquiry locks an inquiry of the officer; its ID is 0 where there is none.
func takeInquiry(ctx context.Context, tx pgx.Tx, c Case) (inquiry, error) {
	rows, err := tx.Query(ctx, takeInquirySQL, c.ID, c.StaffID)
	if err != nil {
		return inquiry{}, err
	}
	q, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[inquiry])
	if errors.Is(err, pgx.ErrNoRows) {
		return inquiry{}, nil
	}
	return q, err
}

func receive(ctx context.Context, tx pgx.Tx, n New, child int64) (int64, error) {
	id, err := scan[int64](ctx, tx, receiveSQL, child, n.Relation, n.On, n.StaffID, n.AgencyID, n.Today, n.Follows)
	if err == nil {
		_, err = tx.Exec(ctx, openTicketSQL, id, n.StaffID, n.AgencyID, child, n.Now)
	}
	return id, err
}

// keepAnswer writes the answer down.
func keepAnswer(ctx context.Context, tx pgx.Tx, q inquiry, a answer, now time.Time) error {
	return execute(ctx, tx, keepSQL, q.ID, a.state, now, a.size, a.waiting, a.texts(), a.statement)
}

func execute(ctx context.Context, tx pgx.Tx, sql string, args ...any) error {
	_, err := tx.Exec(ctx, sql, args...)
	return err
}

// SceneOf looks at what decides now, for a child and whoever asks about it.
func SceneOf(ctx context.Context, tx pgx.Tx, child int64, relation string, today time.Time) (s Scene, err error) {
	err = tx.QueryRow(ctx, sceneSQL, child, today, relation).Scan(&s.Matter, &s.Relief)
	return s, err
}

func accesses(ctx context.Context, tx pgx.Tx, child, size int64) ([]access, error) {
	rows, err := tx.Query(ctx, accessesSQL, child, size)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[access])
}

const receiveCorrectionSQL = `-- name: ReceiveGuardianCorrection
INSERT INTO guardian_correction (child_id, requester_relation, received_on, state, dpo_id, author_id, author_agency_id, recorded_on, coordinate, reason, proposed, erase)
VALUES ($1, $2, $3, 'RECEIVED', $4, $4, $5, $6, $7, $8, nullif($9, ''), $10) RETURNING id`

const takeRequestSQL = `-- name: TakeGuardianCorrection
SELECT q.id, q.child_id, CASE WHEN q.state = 'ROUTED' AND k.resolved_on IS NOT NULL THEN 'DECIDED' ELSE q.state END,
    coalesce(q.requester_relation, ''), coalesce(q.coordinate, ''), coalesce((SELECT c.zh FROM coordinate c WHERE c.name = q.coordinate), ''),
    coalesce(q.reason, ''), coalesce(q.proposed, ''), coalesce(q.refusal, ''), coalesce(k.answer, ''), q.received_on, coalesce(q.erase, false),
    coalesce(k.state IN ('ACCEPTED', 'PROPAGATED'), false), deciding.conflicted(q.child_id, $2),
    coalesce(q.requester_relation, '') <> 'CHILD_SELF' AND deciding.protected_matter(q.child_id, $3::date)
FROM guardian_correction q LEFT JOIN correction_request k ON k.id = q.correction_id WHERE q.id = $1 AND q.dpo_id = $2 FOR UPDATE OF q`

const identifyCorrectionSQL = `-- name: IdentifyGuardianCorrection
UPDATE guardian_correction SET state = $2, standing = $3, identity_proof = $4, version = version + 1 WHERE id = $1`

const routeCorrectionSQL = `-- name: RouteGuardianCorrection
UPDATE guardian_correction SET state = $2, correction_id = $3, version = version + 1 WHERE id = $1`

const refuseCorrectionSQL = `-- name: RefuseGuardianCorrection
UPDATE guardian_correction SET state = $2, refusal = $3, version = version + 1 WHERE id = $1`

const answerCorrectionSQL = `-- name: AnswerGuardianCorrection
UPDATE guardian_correction SET state = $2, answered_on = $3, statement = $4, version = version + 1 WHERE id = $1`

// takeRequest locks a request of the officer; its ID is 0 where there is none.
func takeRequest(ctx context.Context, tx pgx.Tx, c Case) (request, error) {
	rows, err := tx.Query(ctx, takeRequestSQL, c.ID, c.StaffID, Today(c.Now))
	if err != nil {
		return request{}, err
	}
	q, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[request])
	if errors.Is(err, pgx.ErrNoRows) {
		return request{}, nil
	}
	return q, err
}
