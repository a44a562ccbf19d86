package auditpack

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/record"
)

// Records says where each type of schema/auditpack.graphqls is stored: a function of
// the database makes the figures.
func Records() []record.Type {
	return []record.Type{{Name: "AuditFigure", Table: "minors_audit", Kind: record.Node}}
}

// Roots are the root fields that the audit answers.
func Roots() []record.Root {
	return []record.Root{{Field: "minorsAudit", Type: "AuditFigure", List: true, From: "minors_audit({arg.year}::integer)"}}
}

const figuresSQL = `-- name: AuditFigures
SELECT code, name, dimension, value, unit, definition, as_of FROM minors_audit($1) ORDER BY id`

const headSQL = `-- name: AuditedLog
SELECT size, encode(root, 'hex'), at FROM audit_head`

// The sample is drawn by the hash of seed and entry: the same entries for the same
// log and seed, and nobody can choose them without changing the seed.
const sampleSQL = `-- name: AuditSample
SELECT e.sequence, replace(e.entry_id::text, '-', ''), e.at, e.agency_code, e.staff_code, e.role, e.purpose, e.ticket, e.operation, e.outcome,
    e.reason, e.break_glass, e.disclosed, coalesce(array_to_string(ARRAY(
        SELECT DISTINCT b FROM audit_disclosure d CROSS JOIN unnest(d.bases) b WHERE d.at = e.at AND d.sequence = e.sequence ORDER BY b), ' '), ''),
    coalesce(array_to_string(ARRAY(
        SELECT DISTINCT c FROM audit_disclosure d JOIN audit_set s ON s.id = d.set_id CROSS JOIN unnest(s.coordinates) c
        WHERE d.at = e.at AND d.sequence = e.sequence ORDER BY c), ' '), '')
FROM audit_entry e
WHERE e.at >= make_timestamptz($1, 1, 1, 0, 0, 0, 'Asia/Shanghai') AND e.at < make_timestamptz($1 + 1, 1, 1, 0, 0, 0, 'Asia/Shanghai')
  AND e.disclosed > 0
ORDER BY sha256(convert_to($2 || ':' || e.entry_id::text, 'UTF8')), e.sequence LIMIT $3`

const findingsSQL = `-- name: AuditFindings
WITH head AS (SELECT (h.at AT TIME ZONE 'Asia/Shanghai')::date AS today FROM audit_head h), found AS (
    SELECT 'EMERGENCY_UNJUSTIFIED' AS code, (m.opened_at AT TIME ZONE 'Asia/Shanghai')::date AS day, a.code AS agency
    FROM emergency_access m JOIN staff s ON s.id = m.staff_id JOIN agency a ON a.id = s.agency_id, head h
    WHERE (m.justified_at IS NULL OR m.justified_at > m.opened_at + interval '24 hours') AND (m.opened_at AT TIME ZONE 'Asia/Shanghai')::date < h.today
    UNION ALL
    SELECT 'EMERGENCY_UNREVIEWED', x.day, a.code
    FROM emergency_access m JOIN staff s ON s.id = m.staff_id JOIN agency a ON a.id = s.agency_id
    CROSS JOIN LATERAL (SELECT (m.opened_at AT TIME ZONE 'Asia/Shanghai')::date AS day) x, head h
    WHERE (m.reviewed_at IS NULL AND working_day_after(x.day, 3) < h.today OR (m.reviewed_at AT TIME ZONE 'Asia/Shanghai')::date > working_day_after(x.day, 3))
    UNION ALL
    SELECT CASE WHEN coalesce(q.answered_on, h.today) > q.outer_on THEN 'INQUIRY_TOO_LATE' ELSE 'INQUIRY_LATE' END, q.received_on, coalesce(a.code, '')
    FROM access_inquiry q LEFT JOIN staff s ON s.id = q.dpo_id LEFT JOIN agency a ON a.id = s.agency_id, head h
    WHERE coalesce(q.answered_on, h.today) > q.due_on
)
SELECT code, day, agency FROM found WHERE extract(year FROM day) = $1 ORDER BY code, day, agency`

// Figure is one figure of the year.
type Figure struct {
	Code, Name, Dimension string
	Value                 int64
	Unit, Definition      string
	AsOf                  time.Time
}

// Sample is one entry that was drawn.
type Sample struct {
	Sequence                                                 int64
	Entry                                                    string
	At                                                       time.Time
	Agency, Staff, Role, Purpose, Ticket, Operation, Outcome string
	Reason                                                   string
	BreakGlass                                               bool
	Children                                                 int
	Bases, Coordinates                                       string
}

// Finding is one thing that stands out.
type Finding struct {
	Code   string
	Day    time.Time
	Agency string
}

// Log is the state of the log that was audited.
type Log struct {
	Size int64
	Root string
	At   time.Time
}

// Tx is a transaction that sees one state of everything.
type Tx = pgx.Tx

func rows[T any](ctx context.Context, tx Tx, sql string, args ...any) ([]T, error) {
	got, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(got, pgx.RowToStructByPos[T])
}

// read reads everything that the pack holds.
func read(ctx context.Context, tx Tx, o Options) (p pack, err error) {
	if p.figures, err = rows[Figure](ctx, tx, figuresSQL, o.Year); err != nil {
		return p, err
	}
	if p.samples, err = rows[Sample](ctx, tx, sampleSQL, o.Year, o.Seed, o.Samples); err != nil {
		return p, err
	}
	if p.findings, err = rows[Finding](ctx, tx, findingsSQL, o.Year); err != nil {
		return p, err
	}
	heads, err := rows[Log](ctx, tx, headSQL)
	if err == nil && len(heads) > 0 {
		p.log = heads[0]
	}
	return p, err
}

// snapshot is what makes a transaction see one state.
func snapshot() pgx.TxOptions {
	return pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
}

// Beginner starts transactions; a pool does.
type Beginner interface {
	BeginTx(ctx context.Context, options pgx.TxOptions) (pgx.Tx, error)
}
