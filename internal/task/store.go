package task

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/record"
	"github.com/tongxin-hub/tongxin/policy"
)

// Records says where each type of schema/task.graphqls is stored.
func Records() []record.Type {
	due := []record.Order{{SQL: "{t}.due_at", Cast: "timestamptz"}, {SQL: "{t}.id", Cast: "bigint"}}
	return []record.Type{{
		Name: "Task", Table: "task", Kind: record.Node, Order: "{t}.due_at, {t}.id", Keys: due,
		Columns: record.Columns{
			"overdue":   "{t}.done_at IS NULL AND {t}.due_at <= {now}",
			"escalated": "{t}.raised_by IS NOT NULL",
			"ticket":    "(SELECT k.code FROM ticket k WHERE k.id = {t}.ticket_id)",
			"lateStaff": "CASE WHEN {t}.subject = 'staff' THEN (SELECT s.display_name FROM staff s WHERE s.id = {t}.subject_id) END",
			"place":     "CASE WHEN {t}.subject = 'division' THEN (SELECT d.name FROM division d WHERE d.id = {t}.subject_id) END",
			"lateTasks": "CASE WHEN {t}.subject = 'staff' THEN (SELECT count(*) FROM task x WHERE x.staff_id = {t}.subject_id AND x.done_at IS NULL AND x.due_at <= {now}) END",
		},
		Links: record.Links{"child": {Type: "Child", Join: "{p}.child_id", Rescope: true}},
	}}
}

// Roots are the caller's own tasks: what is open, and what has changed. A child that is
// shielded altogether, and whatever was to be done about it, is nobody's meanwhile.
func Roots() []record.Root {
	return []record.Root{
		{
			Field: "inbox", Type: "Task", Paged: true,
			Where: "{t}.staff_id = {staff} AND {t}.done_at IS NULL AND {t}.opened_at <= {now} AND NOT deciding.hidden({t}.child_id, {staff})",
		},
		{
			// Whoever reads up to what is certainly committed misses nothing later.
			Field: "changes", Type: "Task", Paged: true,
			Where: "{t}.staff_id = {staff} AND {t}.changed < pg_snapshot_xmin(pg_current_snapshot())::text::bigint AND NOT deciding.hidden({t}.child_id, {staff})",
			Keys:  []record.Order{{SQL: "{t}.changed", Cast: "bigint"}, {SQL: "{t}.id", Cast: "bigint"}},
		},
	}
}

const openSQL = `-- name: OpenTask
INSERT INTO task (kind, child_id, subject, subject_id, staff_id, agency_id, ticket_id, raised_by, opened_at, due_at, basis, next_rung_at, for_role)
SELECT $1, $2, $3, $4, s.id, s.agency_id, $6, $7, $8, d.due_at, (SELECT p.basis FROM parameter p WHERE p.name = $9),
    CASE WHEN $11::text <> '' THEN d.due_at + (SELECT r.value::integer FROM parameter r WHERE r.name = $11) * $13::interval END, nullif($14, '')
FROM staff s, LATERAL (SELECT coalesce($12::timestamptz, due_after($8, $9, $10))) d (due_at)
WHERE s.id = $5 AND NOT EXISTS (
    SELECT FROM task t WHERE t.subject = $3 AND t.subject_id = $4 AND t.kind = $1 AND t.staff_id = $5 AND t.done_at IS NULL)`

func open(ctx context.Context, tx postgres.Tx, n New, raisedBy int64) error {
	_, err := tx.Exec(ctx, openSQL, n.Kind.Code, orNull(n.Child), n.Subject, n.SubjectID, n.Staff, orNull(n.Ticket),
		orNull(raisedBy), n.From, n.Kind.Due, string(n.Kind.Unit), n.Kind.after(0), orNever(n.Until), n.Kind.unit(0), string(n.For))
	return err
}

// after names the time until a rung, "" beyond the last one, which is the head's.
func (k Kind) after(rung int) string {
	switch {
	case rung < len(k.Ladder):
		return k.Ladder[rung].After
	case rung == len(k.Ladder) && k.Code != Late().Code:
		return headAfter
	}
	return ""
}

// unit is what that time counts.
func (k Kind) unit(rung int) string {
	if rung < len(k.Ladder) && k.Ladder[rung].Unit == flow.Hours {
		return "1 hour"
	}
	return "1 day"
}

const finishSQL = `-- name: FinishTasks
UPDATE task SET done_at = $5, done_by = $4, next_rung_at = NULL
WHERE subject = $1 AND subject_id = $2 AND done_at IS NULL AND (cardinality($3::text[]) = 0 OR kind = ANY ($3))`

// A task that one person has done ends what went up from it: whoever heard of it has
// nothing left to see to, unless somebody else's task of the kind is late as well. The
// work item by which somebody above read the record ends with the raise.
const raisesSQL = `,
up AS (UPDATE task t SET done_at = $3, done_by = $2, next_rung_at = NULL FROM own o
    WHERE t.subject = o.subject AND t.subject_id = o.subject_id AND t.kind = o.kind AND t.raised_by IS NOT NULL AND t.done_at IS NULL AND t.id NOT IN (SELECT id FROM own)
      AND NOT EXISTS (SELECT FROM task x WHERE x.subject = o.subject AND x.subject_id = o.subject_id AND x.kind = o.kind
        AND x.done_at IS NULL AND x.raised_by IS NULL AND x.rung > 0 AND x.id NOT IN (SELECT id FROM own))
    RETURNING t.id, t.ticket_id),
over AS (SELECT id, ticket_id FROM up UNION ALL SELECT id, ticket_id FROM own WHERE raised_by IS NOT NULL),
k AS (UPDATE ticket SET closed_at = greatest($3, opened_at) WHERE id IN (SELECT ticket_id FROM over) AND closed_at IS NULL
    AND NOT EXISTS (SELECT FROM task x WHERE x.ticket_id = ticket.id AND x.done_at IS NULL AND x.id NOT IN (SELECT id FROM over)))
`

const finishOwnSQL = `-- name: FinishOwnTasks
WITH own AS (UPDATE task SET done_at = $3, done_by = $2, next_rung_at = NULL
    WHERE subject = $1 AND subject_id = $5 AND done_at IS NULL AND kind = ANY ($4) AND staff_id = $2
    RETURNING id, kind, subject, subject_id, ticket_id, raised_by)` + raisesSQL + `SELECT count(*) FROM own`

const ownSQL = `-- name: FindOwnTask
SELECT coalesce(max(t.subject_id), 0) FROM task t WHERE t.subject = $1 AND t.child_id = $2 AND t.staff_id = $3 AND t.done_at IS NULL AND t.kind = ANY ($4)`

// late is a task that is due to go up.
type late struct {
	id, child, subjectID, staff int64
	kind, subject               string
	rung                        int
}

const lateSQL = `-- name: TakeLateTasks
SELECT id, kind, coalesce(child_id, 0), subject, subject_id, staff_id, rung FROM task
WHERE next_rung_at <= $1 AND NOT deciding.hidden(child_id, staff_id) ORDER BY next_rung_at, id LIMIT $2 FOR UPDATE SKIP LOCKED`

func takeLate(ctx context.Context, tx postgres.Tx, now time.Time) ([]late, error) {
	rows, err := tx.Query(ctx, lateSQL, now, batch)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (l late, err error) {
		err = row.Scan(&l.id, &l.kind, &l.child, &l.subject, &l.subjectID, &l.staff, &l.rung)
		return l, err
	})
}

const rungSQL = `-- name: SetTaskRung
UPDATE task SET rung = $2,
    next_rung_at = CASE WHEN $3::text <> '' THEN due_at + (SELECT value::integer FROM parameter WHERE name = $3) * $4::interval END
WHERE id = $1`

func setRung(ctx context.Context, tx postgres.Tx, kind Kind, id int64, rung int) error {
	_, err := tx.Exec(ctx, rungSQL, id, rung, kind.after(rung), kind.unit(rung))
	return err
}

// Who leads the agency that answers for the person: their own, or else the one above, a
// school's the education bureau; of a head who is late, whoever leads civil affairs, where
// the committee for the protection of minors has its office (未保法9).
const headSQL = `-- name: FindHead
SELECT p.staff_id FROM staff late, post p JOIN staff s ON s.id = p.staff_id AND s.active AND s.kind = 'PERSON' JOIN agency a ON a.id = p.agency_id
WHERE late.id = $1 AND late.kind = 'PERSON' AND p.staff_id <> late.id AND p.role = 'STA' AND (a.id = answerable_agency(late.agency_id, $2::date) OR a.kind = 'CIVIL_AFFAIRS')
  AND held(p, $2::date)
ORDER BY a.id = answerable_agency(late.agency_id, $2::date) DESC, p.valid_from DESC, p.id LIMIT 1`

// head is whoever leads the person's agency, 0 where nobody does.
func head(ctx context.Context, tx postgres.Tx, staff int64, now time.Time) (id int64, err error) {
	err = tx.QueryRow(ctx, headSQL, staff, chinatime.Day(now)).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return id, err
}

const headOfSQL = `-- name: FindHeadOfAgency
SELECT p.staff_id FROM post p JOIN staff s ON s.id = p.staff_id AND s.active AND s.kind = 'PERSON'
WHERE p.role = 'STA' AND p.agency_id = answerable_agency($1, $2::date) AND held(p, $2::date) AND p.staff_id <> $3 ORDER BY p.valid_from DESC, p.id LIMIT 1`

func headOf(ctx context.Context, tx postgres.Tx, agency, but int64, now time.Time) (id int64, err error) {
	err = tx.QueryRow(ctx, headOfSQL, agency, chinatime.Day(now), but).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return id, err
}

const holderSQL = `-- name: FindHolder
SELECT p.staff_id, p.role FROM unnest($1::text[]) WITH ORDINALITY AS r (role, n) JOIN post p ON p.role = r.role AND held(p, $3::date)
JOIN staff s ON s.id = p.staff_id AND s.active AND s.kind = 'PERSON' LEFT JOIN child c ON c.id = $2
LEFT JOIN enrolment e ON e.child_id = c.id AND e.current
LEFT JOIN school_class k ON k.id = e.class_id LEFT JOIN clinic l ON l.id = p.clinic_id
WHERE reaches(p, c, e, k, l) AND (p.role <> 'STA' OR (SELECT a.kind FROM agency a WHERE a.id = p.agency_id) = 'CIVIL_AFFAIRS')
  AND (c.shield IS DISTINCT FROM 'FULL' OR r.n = 1 AND deciding.handles($2, p.staff_id)) AND p.staff_id <> ALL ($4::bigint[])
  AND NOT EXISTS (SELECT FROM conflict_declaration d WHERE d.child_id = $2 AND d.staff_id = p.staff_id AND d.ended_on IS NULL)
ORDER BY r.n, p.valid_from DESC, p.id LIMIT 1`

func holder(ctx context.Context, tx postgres.Tx, roles []policy.Role, child int64, but []int64, on time.Time) (InPost, error) {
	var p InPost
	err := tx.QueryRow(ctx, holderSQL, names(roles), orNull(child), chinatime.Day(on), slices.Concat(but, []int64{0})).Scan(&p.Staff, &p.Role)
	if errors.Is(err, pgx.ErrNoRows) {
		return InPost{}, nil
	}
	if err != nil || p.Role == roles[0] {
		return p, err
	}
	p.For = roles[0]
	if len(but) > 0 { // one who may not do this is in post all the same
		own, err := holder(ctx, tx, roles[:1], child, nil, on)
		if err != nil {
			return InPost{}, err
		}
		if own.Staff != 0 {
			p.For = ""
		}
	}
	return p, nil
}

func names(roles []policy.Role) []string {
	out := make([]string, len(roles))
	for i, r := range roles {
		out[i] = string(r)
	}
	return out
}

const endSQL = `-- name: EndTask
WITH own AS (UPDATE task SET done_at = $3, done_by = $2, next_rung_at = NULL
    WHERE id = $1 AND staff_id = $2 AND done_at IS NULL AND kind = ANY ($4)
    RETURNING id, kind, child_id, subject, subject_id, ticket_id, raised_by)` + raisesSQL + `
SELECT coalesce(child_id, 0), subject, subject_id, coalesce(ticket_id, 0) FROM own`

func end(ctx context.Context, tx postgres.Tx, id, staff int64, now time.Time, kinds []string) (Ended, error) {
	var e Ended
	err := tx.QueryRow(ctx, endSQL, id, staff, now, kinds).Scan(&e.Child, &e.Subject, &e.SubjectID, &e.Ticket)
	if errors.Is(err, pgx.ErrNoRows) {
		return e, fault.New(fault.NotFound, "没有这个待办，或已办结，或不属于您。", "There is no such task, it is done, or it is not yours.")
	}
	return e, err
}

// The deadline is worked out once, and whether a task is open is looked up row by row:
// without knowing how many there are, the planner would compare all with all.
const openAllSQL = `-- name: OpenTasks
WITH b AS MATERIALIZED (SELECT due_after($3, $9, $10) AS due_at, (SELECT p.basis FROM parameter p WHERE p.name = $9) AS basis,
    CASE WHEN $11::text <> '' THEN (SELECT r.value::integer FROM parameter r WHERE r.name = $11) * $12::interval END AS rung)
INSERT INTO task (kind, child_id, subject, subject_id, staff_id, agency_id, ticket_id, opened_at, due_at, basis, next_rung_at, for_role)
SELECT $1, nullif(e.child_id, 0), $2, e.subject_id, s.id, s.agency_id, nullif(e.ticket_id, 0), $3, d.due_at, b.basis, d.due_at + b.rung, nullif(e.for_role, '')
FROM unnest($4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::timestamptz[], $13::text[]) AS e (child_id, subject_id, staff_id, ticket_id, until, for_role)
JOIN staff s ON s.id = e.staff_id
CROSS JOIN b
CROSS JOIN LATERAL (SELECT coalesce(e.until, b.due_at) AS due_at) d
WHERE (SELECT t.id FROM task t WHERE t.subject = $2 AND t.subject_id = e.subject_id AND t.kind = $1 AND t.staff_id = e.staff_id AND t.done_at IS NULL LIMIT 1) IS NULL
ORDER BY e.subject_id, e.staff_id`

func openAll(ctx context.Context, tx postgres.Tx, n New, list []Each) error {
	children, subjects := make([]int64, len(list)), make([]int64, len(list))
	staff, tickets := make([]int64, len(list)), make([]int64, len(list))
	until, stead := make([]*time.Time, len(list)), make([]string, len(list))
	for i, e := range list {
		children[i], subjects[i], staff[i], tickets[i], until[i], stead[i] = e.Child, e.SubjectID, e.Staff, e.Ticket, orNever(e.Until), string(e.For)
	}
	_, err := tx.Exec(ctx, openAllSQL, n.Kind.Code, n.Subject, n.From, children, subjects, staff, tickets, until,
		n.Kind.Due, string(n.Kind.Unit), n.Kind.after(0), n.Kind.unit(0), stead)
	return err
}

const finishAllSQL = `-- name: FinishAllTasks
UPDATE task SET done_at = $4, next_rung_at = NULL
WHERE subject = $1 AND subject_id = ANY ($2) AND done_at IS NULL AND (cardinality($3::text[]) = 0 OR kind = ANY ($3))`
