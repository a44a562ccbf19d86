package consultation

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/record"
)

// Records says where each type of schema/consultation.graphqls is stored.
func Records() []record.Type {
	return []record.Type{{
		Name: "ConsultationCase", Table: "consultation_case", Kind: record.Node, Order: "{t}.id DESC",
		Columns: record.Columns{"child": "{t}.child_id"},
		IDs:     map[string]string{"child": "Child"},
	}}
}

// Roots are the consultations in the caller's hand: the view holds no others.
func Roots() []record.Root {
	return []record.Root{{Field: "consultationCases", Type: "ConsultationCase", List: true}}
}

// What a court decides, the women's federation keeps.
const groupsSQL = `-- name: FindWantedGroups
SELECT x.field, x.owner, x.names, coalesce(s.staff_id, 0), coalesce(s.agency_id, 0)
FROM (SELECT split_part(c.grp, ':', 1) AS field, array_agg(c.name ORDER BY c.name) AS names,
        min(CASE c.owner WHEN 'COURT' THEN 'WOMENS_FEDERATION' ELSE c.owner END) AS owner
    FROM coordinate c WHERE c.name = ANY ($1) GROUP BY 1) x
LEFT JOIN LATERAL (
    SELECT p.staff_id, p.agency_id FROM post p JOIN staff s ON s.id = p.staff_id AND s.active AND s.kind = 'PERSON' JOIN agency a ON a.id = p.agency_id
    WHERE p.role = 'STEWARD' AND a.kind = x.owner AND p.valid_to IS NULL ORDER BY p.valid_from DESC, p.id LIMIT 1) s ON true
ORDER BY x.field`

func groupsOf(ctx context.Context, tx postgres.Tx, coordinates []string) ([]wanted, error) {
	rows, err := tx.Query(ctx, groupsSQL, coordinates)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (w wanted, err error) {
		err = row.Scan(&w.field, &w.owner, &w.coordinates, &w.steward, &w.agency)
		return w, err
	})
}

const unreadSQL = `-- name: FindUnreadGrants
SELECT u.field FROM consultation_use u JOIN consultation k ON k.id = u.consultation_id
WHERE k.author_agency_id = $1 AND u.field = ANY ($2)
  AND k.ended_at > $3::timestamptz - (SELECT value::integer FROM parameter WHERE name = 'consultation_unread_days') * interval '1 day'
GROUP BY u.field HAVING sum(u.reads) = 0 ORDER BY u.field`

func unreadBefore(ctx context.Context, tx postgres.Tx, a Actor, fields []string) ([]string, error) {
	rows, err := tx.Query(ctx, unreadSQL, a.Agency, fields, a.Now)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

const insertSQL = `-- name: ProposeConsultation
INSERT INTO consultation (child_id, topic, reason, urgent, state, proposed_at, proposer_id, unread_before, author_id, author_agency_id, recorded_on)
VALUES ($1, $2, $3, $4, 'PROPOSED', $5, $6, $7, $6, $8, $9) RETURNING id, version`

func insert(ctx context.Context, tx postgres.Tx, a Actor, n New, unread []string) (id int64, version int, err error) {
	err = tx.QueryRow(ctx, insertSQL, n.Child, n.Topic, n.Reason, n.Urgent, a.Now, a.Staff, unread, a.Agency, a.Today).Scan(&id, &version)
	return id, version, err
}

const fieldSQL = `-- name: InsertWantedField
INSERT INTO consultation_field (consultation_id, field, wanted, agency_id) VALUES ($1, $2, $3, $4)`

func insertField(ctx context.Context, tx postgres.Tx, id int64, f wanted) error {
	return execute(ctx, tx, fieldSQL, id, f.field, f.coordinates, f.agency)
}

const managerSQL = `-- name: FindManagerOfChild
SELECT k.assignee_id FROM care_case k JOIN staff s ON s.id = k.assignee_id AND s.active
WHERE k.child_id = $1 AND k.closed_on IS NULL
  AND EXISTS (SELECT FROM post p WHERE p.staff_id = s.id AND p.role = 'CM' AND held(p, $2::date))
  AND NOT EXISTS (SELECT FROM conflict_declaration d WHERE d.child_id = $1 AND d.staff_id = s.id AND d.ended_on IS NULL)
ORDER BY k.id DESC LIMIT 1`

// managerOf is the case manager whose case the child is, 0 for none.
func managerOf(ctx context.Context, tx postgres.Tx, child int64, a Actor) (int64, error) {
	return idOf(tx.QueryRow(ctx, managerSQL, child, a.Today))
}

// The work item of one person for one consultation.
const itemSQL = `
INSERT INTO ticket (code, kind, purpose, staff_id, agency_id, child_id, reason, opened_at, consultation_id)
SELECT 'GR-' || upper(substr(replace(gen_random_uuid()::text, '-', ''), 1, 12)), 'GRANT', 'CONSULTATION', s.id, s.agency_id, $3, '适时协商', $4, $1
FROM staff s WHERE s.id = $2
ON CONFLICT (consultation_id, staff_id) WHERE consultation_id IS NOT NULL DO UPDATE SET closed_at = NULL`

const ticketSQL = `-- name: OpenConsultationTicket` + itemSQL + ` RETURNING id`

func ticketFor(ctx context.Context, tx postgres.Tx, r open, staff int64, now time.Time) (int64, error) {
	return idOf(tx.QueryRow(ctx, ticketSQL, r.ID, staff, r.Child, now))
}

const ticketAnewSQL = `-- name: RenewConsultationTicket` + itemSQL + `, opened_at = excluded.opened_at, expires_at = NULL RETURNING id`

// ticketAnew is a work item that begins now: an older one may have ended by itself.
func ticketAnew(ctx context.Context, tx postgres.Tx, r open, staff int64, now time.Time) (int64, error) {
	return idOf(tx.QueryRow(ctx, ticketAnewSQL, r.ID, staff, r.Child, now))
}

const loadSQL = `-- name: LoadConsultation
SELECT k.id, k.child_id, k.state, k.version, coalesce(k.proposer_id, 0), coalesce(k.convenor_id, 0),
    EXISTS (SELECT FROM consultation_person p WHERE p.consultation_id = k.id AND p.staff_id = $2),
    EXISTS (SELECT FROM conflict_declaration d WHERE d.child_id = k.child_id AND d.staff_id = $2 AND d.ended_on IS NULL),
    EXISTS (SELECT FROM task t WHERE t.subject = 'consultation' AND t.subject_id = k.id AND t.staff_id = $2 AND t.done_at IS NULL)
        OR EXISTS (SELECT FROM ticket t WHERE t.consultation_id = k.id AND t.staff_id = $2 AND t.closed_at IS NULL),
    (SELECT count(*) FROM consultation_field f WHERE f.consultation_id = k.id AND f.answer IS NULL),
    (SELECT count(*) FROM consultation_field f WHERE f.consultation_id = k.id AND f.answer = 'AGREED')
FROM consultation k WHERE k.id = $1 FOR UPDATE OF k`

func load(ctx context.Context, tx postgres.Tx, id, staff int64) (r open, err error) {
	err = tx.QueryRow(ctx, loadSQL, id, staff).Scan(&r.ID, &r.Child, &r.State, &r.Version, &r.Proposer, &r.Convenor,
		&r.Named, &r.Conflicted, &r.InHand, &r.Unanswered, &r.Agreed)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, missing()
	}
	return r, err
}

const advanceSQL = `-- name: AdvanceConsultation
UPDATE consultation SET state = $2, version = version + 1 WHERE id = $1 RETURNING version`

func advance(ctx context.Context, tx postgres.Tx, id int64, to string) (version int, err error) {
	err = tx.QueryRow(ctx, advanceSQL, id, to).Scan(&version)
	return version, err
}

const answerSQL = `-- name: AnswerWantedFields
WITH answered AS (
    UPDATE consultation_field SET answer = CASE WHEN field = ANY ($3) THEN 'AGREED' ELSE 'REFUSED' END,
        reason = CASE WHEN field = ANY ($3) THEN NULL ELSE $4 END, answered_by = $5, answered_at = $6
    WHERE consultation_id = $1 AND agency_id = $2 AND answer IS NULL RETURNING answer)
SELECT count(*), count(*) FILTER (WHERE answer = 'AGREED') FROM answered`

func answer(ctx context.Context, tx postgres.Tx, id int64, a Actor, in Answer) (asked, agreed int, err error) {
	err = tx.QueryRow(ctx, answerSQL, id, a.Agency, in.Agreed, in.Reason, a.Staff, a.Now).Scan(&asked, &agreed)
	return asked, agreed, err
}

const unansweredSQL = `-- name: CountUnansweredFields
SELECT count(*) FROM consultation_field WHERE consultation_id = $1 AND answer IS NULL`

func unanswered(ctx context.Context, tx postgres.Tx, id int64) (n int, err error) {
	err = tx.QueryRow(ctx, unansweredSQL, id).Scan(&n)
	return n, err
}

const nameSQL = `-- name: NameConsultationPeople
INSERT INTO consultation_person (consultation_id, staff_id)
SELECT $1, s.id FROM staff s WHERE s.code = ANY ($2) AND s.active AND s.kind = 'PERSON'
  AND EXISTS (SELECT FROM post p WHERE p.staff_id = s.id AND p.role = ANY ($5) AND held(p, $4::date))
  AND NOT EXISTS (SELECT FROM conflict_declaration d WHERE d.child_id = $3 AND d.staff_id = s.id AND d.ended_on IS NULL)
RETURNING staff_id`

func name(ctx context.Context, tx postgres.Tx, r open, a Actor, codes []string) ([]int64, error) {
	rows, err := tx.Query(ctx, nameSQL, r.ID, codes, r.Child, a.Today, handlers())
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

const convenedSQL = `-- name: ConveneConsultation
UPDATE consultation SET convenor_id = $2, convenor = $3, convened_on = $4, participants = $5 WHERE id = $1`

func convened(ctx context.Context, tx postgres.Tx, id int64, a Actor, in Call) error {
	return execute(ctx, tx, convenedSQL, id, a.Staff, in.Convenor, a.Today, in.People)
}

// The protection officer, and the head of the agency that convenes, who holds the post
// of a leader there.
const decidersSQL = `-- name: FindGrantDeciders
SELECT d.staff_id FROM (
    SELECT DISTINCT ON (p.role) p.role, p.staff_id FROM post p JOIN staff s ON s.id = p.staff_id AND s.active AND s.kind = 'PERSON'
    WHERE (p.role = 'DPO' OR p.role = 'STA' AND p.agency_id = $2) AND held(p, $3::date)
      AND NOT EXISTS (SELECT FROM conflict_declaration d WHERE d.child_id = $1 AND d.staff_id = s.id AND d.ended_on IS NULL)
    ORDER BY p.role, p.valid_from DESC, p.id) d ORDER BY d.role`

func deciders(ctx context.Context, tx postgres.Tx, child int64, a Actor) ([]int64, error) {
	rows, err := tx.Query(ctx, decidersSQL, child, a.Agency, a.Today)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

const pledgeSQL = `-- name: PledgeSecrecy
UPDATE consultation_person SET pledged_at = coalesce(pledged_at, $3) WHERE consultation_id = $1 AND staff_id = $2`

func pledge(ctx context.Context, tx postgres.Tx, id int64, a Actor) error {
	return execute(ctx, tx, pledgeSQL, id, a.Staff, a.Now)
}

const periodSQL = `-- name: LastDayOfGrant
SELECT CASE WHEN n.days <= (SELECT value::integer FROM parameter WHERE name = 'consultation_grant_most') AND n.days > 0 THEN $1::date + n.days - 1 END
FROM (SELECT CASE WHEN $2 = 0 THEN (SELECT value::integer FROM parameter WHERE name = 'consultation_grant_default') ELSE $2 END AS days) n`

// lastDay is the last day of a grant that begins today, zero for one that is too long.
func lastDay(ctx context.Context, tx postgres.Tx, a Actor, days int) (time.Time, error) {
	var until *time.Time
	if err := tx.QueryRow(ctx, periodSQL, a.Today, days).Scan(&until); err != nil || until == nil {
		return time.Time{}, err
	}
	return *until, nil
}

const agreedSQL = `-- name: FindAgreedFields
SELECT field FROM consultation_field WHERE consultation_id = $1 AND answer = 'AGREED' AND field = ANY ($2) ORDER BY field`

func agreed(ctx context.Context, tx postgres.Tx, id int64, fields []string) ([]string, error) {
	rows, err := tx.Query(ctx, agreedSQL, id, fields)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// person is somebody who may get a grant, in the post that handles cases.
type person struct {
	staff int64
	role  string
}

const pledgedSQL = `-- name: FindPledgedPeople
SELECT DISTINCT ON (s.id) s.id, p.role FROM consultation_person c JOIN staff s ON s.id = c.staff_id JOIN post p ON p.staff_id = s.id
WHERE c.consultation_id = $1 AND c.pledged_at IS NOT NULL AND s.code = ANY ($2) AND p.role = ANY ($3)
  AND held(p, $4::date)
ORDER BY s.id, p.valid_from DESC, p.id`

func pledged(ctx context.Context, tx postgres.Tx, id int64, codes []string, a Actor) ([]person, error) {
	rows, err := tx.Query(ctx, pledgedSQL, id, codes, handlers(), a.Today)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (p person, err error) {
		err = row.Scan(&p.staff, &p.role)
		return p, err
	})
}

// row is one grant: a field to a person until a day.
type row struct {
	field string
	staff int64
	until time.Time
}

// The work item ends with the last day.
const grantSQL = `-- name: GrantDisclosure
WITH item AS (
    UPDATE ticket SET expires_at = ($5::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' WHERE consultation_id = $1 AND staff_id = $4 AND staff_id <> $9)
INSERT INTO disclosure_grant (child_id, field, granted_from, granted_to, approved_by, grantee_id, author_id, author_agency_id, recorded_on, consultation_id)
SELECT $2, $3, $6, $5, s.code, $4, s.id, $8, $6, $1 FROM staff s WHERE s.id = $7`

func grant(ctx context.Context, tx postgres.Tx, r open, a Actor, g row) error {
	return execute(ctx, tx, grantSQL, r.ID, r.Child, g.field, g.staff, g.until, a.Today, a.Staff, a.Agency, r.Convenor)
}

const recordSQL = `-- name: RecordConsultation
UPDATE consultation SET minutes = $2, decisions = $3, child_view = $4 WHERE id = $1`

func minute(ctx context.Context, tx postgres.Tx, in Minutes) error {
	return execute(ctx, tx, recordSQL, in.Consultation, in.Minutes, in.Decisions, in.ChildView)
}

// The card stands in the child's file, for the person's role alone.
const cardSQL = `-- name: IssueConsultationCard
INSERT INTO action_card (child_id, text, issued_by, issued_on, due_on, role, author_id, author_agency_id, recorded_on, consultation_id)
SELECT $2, $4, (SELECT convenor FROM consultation WHERE id = $1), $5, $6, p.role, $7, $8, $5, $1
FROM consultation_person c JOIN staff s ON s.id = c.staff_id AND s.code = $3 JOIN post p ON p.staff_id = s.id AND p.role = ANY ($9) AND p.valid_from <= $5::date
WHERE c.consultation_id = $1 ORDER BY p.valid_from DESC, p.id LIMIT 1
RETURNING (SELECT s.id FROM staff s WHERE s.code = $3)`

func card(ctx context.Context, tx postgres.Tx, r open, a Actor, t Assignment) (int64, error) {
	var due *time.Time
	if !t.Until.IsZero() {
		due = &t.Until
	}
	return idOf(tx.QueryRow(ctx, cardSQL, r.ID, r.Child, t.Staff, t.Words, a.Today, due, a.Staff, a.Agency, handlers()))
}

const doneCardSQL = `-- name: FinishConsultationCard
UPDATE action_card SET done_on = $3, version = version + 1 WHERE consultation_id = $1 AND role = $2 AND done_on IS NULL`

func doneCard(ctx context.Context, tx postgres.Tx, id int64, a Actor) error {
	return execute(ctx, tx, doneCardSQL, id, a.Role, a.Today)
}

const endedSQL = `-- name: TakeEndedConsultations
SELECT k.id, k.child_id, k.state, k.version FROM consultation k
WHERE k.state IN ('GRANTED', 'MEETING') AND k.closed_on IS NULL
  AND EXISTS (SELECT FROM disclosure_grant g WHERE g.consultation_id = k.id)
  AND NOT EXISTS (SELECT FROM disclosure_grant g WHERE g.consultation_id = k.id AND g.revoked_on IS NULL
      AND g.granted_to >= ($1::timestamptz AT TIME ZONE 'Asia/Shanghai')::date)
ORDER BY k.id LIMIT $2 FOR UPDATE OF k SKIP LOCKED`

func takeEnded(ctx context.Context, tx postgres.Tx, now time.Time) ([]open, error) {
	rows, err := tx.Query(ctx, endedSQL, now, batch)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (r open, err error) {
		err = row.Scan(&r.ID, &r.Child, &r.State, &r.Version)
		return r, err
	})
}

// A field was read where the log says that a coordinate of its group was shown to the
// person, for this purpose, under the work item of this consultation. The child's
// disclosures and then their entries are fenced off: the planner would read the log.
const countSQL = `-- name: CountGrantedReads
INSERT INTO consultation_use (consultation_id, field, staff_id, reads)
SELECT g.consultation_id, g.field, g.grantee_id, (
    SELECT count(*) FROM (SELECT y.at, y.sequence, y.set_id FROM audit_packed y
        CROSS JOIN LATERAL unnest(array_positions(y.child_ids, min(g.child_id))) n
        WHERE y.child_ids @> ARRAY[min(g.child_id)] AND y.at >= min(g.granted_from)::timestamp AT TIME ZONE 'Asia/Shanghai' OFFSET 0) d
    CROSS JOIN LATERAL (SELECT n.staff_id, n.purpose, n.ticket FROM audit_entry n WHERE n.at = d.at AND n.sequence = d.sequence OFFSET 0) e
    JOIN audit_set s ON s.id = d.set_id
    WHERE e.staff_id = g.grantee_id AND e.purpose = 'CONSULTATION'
      AND e.ticket = (SELECT t.code FROM ticket t WHERE t.consultation_id = g.consultation_id AND t.staff_id = g.grantee_id)
      AND s.coordinates && ARRAY(SELECT c.name FROM coordinate c WHERE split_part(c.grp, ':', 1) = g.field))
FROM disclosure_grant g WHERE g.consultation_id = $1 GROUP BY g.consultation_id, g.field, g.grantee_id
ON CONFLICT DO NOTHING`

func count(ctx context.Context, tx postgres.Tx, id int64) error {
	return execute(ctx, tx, countSQL, id)
}

// The convenor's own work item stays until the consultation is closed.
const revokeSQL = `-- name: RevokeGrants
WITH ended AS (UPDATE consultation SET ended_at = $2 WHERE id = $1 RETURNING convenor_id),
items AS (
    UPDATE ticket SET closed_at = greatest($2, opened_at) WHERE consultation_id = $1 AND closed_at IS NULL
        AND staff_id <> coalesce((SELECT convenor_id FROM ended), 0))
UPDATE disclosure_grant SET revoked_on = ($2::timestamptz AT TIME ZONE 'Asia/Shanghai')::date, version = version + 1
WHERE consultation_id = $1 AND revoked_on IS NULL`

func revoke(ctx context.Context, tx postgres.Tx, id int64, now time.Time) error {
	return execute(ctx, tx, revokeSQL, id, now)
}

const closedSQL = `-- name: CloseConsultation
WITH items AS (UPDATE ticket SET closed_at = greatest($3, opened_at) WHERE consultation_id = $1 AND closed_at IS NULL)
UPDATE consultation SET closed_on = $2, review_note = nullif($4, '') WHERE id = $1`

func closed(ctx context.Context, tx postgres.Tx, id int64, a Actor, note string) error {
	return execute(ctx, tx, closedSQL, id, a.Today, a.Now, note)
}

func execute(ctx context.Context, tx postgres.Tx, sql string, args ...any) error {
	_, err := tx.Exec(ctx, sql, args...)
	return err
}

// idOf is the one id of a row, 0 where there is none.
func idOf(row pgx.Row) (id int64, err error) {
	if err = row.Scan(&id); errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return id, err
}
