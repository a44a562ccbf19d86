package extract

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/record"
	"github.com/tongxin-hub/tongxin/internal/rights"
)

// Records says where each type of schema/copy.graphqls is stored.
func Records() []record.Type {
	return []record.Type{
		{
			Name: "CopyRequest", Table: "file_copy_desk", Kind: record.Node, Order: "{t}.received_on DESC, {t}.id DESC",
			Columns: record.Columns{
				"child": "{t}.child_id", "refused": "{t}.refusals",
				"overdue":        "{t}.answered_on IS NULL AND {t}.due_on < {today}::date",
				"waits":          "{t}.answered_on IS NULL AND {t}.kind = 'COPY' AND {t}.requester_relation <> 'CHILD_SELF' AND deciding.protected_matter({t}.child_id, {today}::date)",
				"laterAnswerDue": "{t}.owes AND NOT deciding.protected_matter({t}.child_id, {today}::date)",
			},
			IDs: map[string]string{"child": "Child"},
		},
		{
			Name: "CopyPart", Table: "file_copy_source", Kind: record.Node, Order: "{t}.asked_on DESC, {t}.id DESC",
			Columns: record.Columns{
				"child": "{t}.child_id", "reason": "{t}.refusal",
				"overdue": "{t}.state = 'ASKED' AND {t}.due_on < {today}::date",
			},
			IDs: map[string]string{"child": "Child"},
		},
	}
}

// Roots are the officer's own requests, and what the caller's agency is asked to hand out;
// a child that is shielded altogether is nobody's meanwhile.
func Roots() []record.Root {
	return []record.Root{
		{Field: "copyRequests", Type: "CopyRequest", List: true, Where: "{t}.dpo_id = {staff}"},
		{Field: "copiesToHandOut", Type: "CopyPart", List: true, Where: "{t}.agency_id = {agency} AND NOT deciding.hidden({t}.child_id, {staff})"},
	}
}

const answeredSQL = `-- name: ChildOfAnsweredSummary
SELECT child_id, requester_relation FROM file_copy WHERE id = $1 AND dpo_id = $2 AND kind = 'SUMMARY' AND state = 'DONE' AND refusal IS NULL`

// childOfAnswered is 0 where the officer has answered no such request.
func childOfAnswered(ctx context.Context, tx postgres.Tx, id, staff int64) (child int64, relation string, err error) {
	err = tx.QueryRow(ctx, answeredSQL, id, staff).Scan(&child, &relation)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, "", nil
	}
	return child, relation, err
}

const insertSQL = `-- name: ReceiveCopyRequest
INSERT INTO file_copy (child_id, kind, requester_relation, received_on, state, dpo_id, author_id, author_agency_id, recorded_on, follows_id)
VALUES ($1, $2, $3, $4, 'RECEIVED', $5, $5, $6, $7, $8) RETURNING id`

func insert(ctx context.Context, tx postgres.Tx, n New, child int64) (id int64, err error) {
	err = tx.QueryRow(ctx, insertSQL, child, n.What, n.Relation, n.On, n.StaffID, n.AgencyID, n.Today, n.Follows).Scan(&id)
	return id, err
}

// waits is a protected matter that is live while somebody else than the child asks.
const waits = `coalesce(q.requester_relation, '') <> 'CHILD_SELF' AND deciding.protected_matter(q.child_id, $3::date)`

const takeSQL = `-- name: TakeCopyRequest
SELECT q.id, q.child_id, q.kind, q.state, coalesce(q.requester_relation, ''), q.received_on, q.compiled_on, coalesce(q.refusal, ''), coalesce(q.statement, ''),
    q.version, deciding.conflicted(q.child_id, $2), ` + waits + `
FROM file_copy q WHERE q.id = $1 AND q.dpo_id = $2 FOR UPDATE`

// take locks a request of the officer; its ID is 0 where there is none.
func take(ctx context.Context, tx postgres.Tx, c Case) (request, error) {
	return one[request](tx.Query(ctx, takeSQL, c.ID, c.StaffID, rights.Today(c.Now)))
}

// one is the only row, the zero value for none.
func one[T any](rows pgx.Rows, err error) (T, error) {
	var none T
	if err != nil {
		return none, err
	}
	got, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[T])
	if errors.Is(err, pgx.ErrNoRows) {
		return none, nil
	}
	return got, err
}

const identifySQL = `-- name: IdentifyCopyRequest
UPDATE file_copy SET state = $2, standing = $3, identity_proof = $4, version = version + 1 WHERE id = $1`

const compiledSQL = `-- name: KeepSummary
UPDATE file_copy SET state = $2, compiled_on = $3, embargoed = $4, statement = $5, version = version + 1 WHERE id = $1`

const stateSQL = `-- name: MoveCopyRequest
UPDATE file_copy SET state = $2, version = version + 1 WHERE id = $1`

const refuseSQL = `-- name: RefuseCopyRequest
UPDATE file_copy SET state = $2, refusal = $3, version = version + 1 WHERE id = $1`

const closeSQL = `-- name: AnswerCopyRequest
UPDATE file_copy SET state = $2, answered_on = $3, statement = $4, version = version + 1 WHERE id = $1`

func execute(ctx context.Context, tx postgres.Tx, sql string, args ...any) error {
	_, err := tx.Exec(ctx, sql, args...)
	return err
}

const countSQL = `-- name: CountHeld
SELECT held_of_child($1, $2, $3, $4)`

func count(ctx context.Context, tx postgres.Tx, child int64, list []*spot) (counts []int64, err error) {
	var tables, where, present []string
	for _, s := range list {
		tables, where, present = append(tables, s.table), append(where, s.where), append(present, strings.Join(s.present, " OR "))
	}
	err = tx.QueryRow(ctx, countSQL, child, tables, where, present).Scan(&counts)
	return counts, err
}

// agency is the source of what an owner keeps.
type agency struct {
	id   int64
	name string
}

// Civil affairs, which keeps the register, answers for sources that are not connected, as
// with corrections.
const sourcesSQL = `-- name: SourcesOfOwners
SELECT o.owner, a.id, a.name FROM unnest($1::text[]) AS o (owner) CROSS JOIN LATERAL (
    SELECT a.id, a.name FROM agency a WHERE a.kind = o.owner OR a.kind = 'CIVIL_AFFAIRS' ORDER BY a.kind = o.owner DESC, a.id LIMIT 1) a
WHERE o.owner <> 'HUB' ORDER BY o.owner`

func sourcesOf(ctx context.Context, tx postgres.Tx, list []held) (map[string]agency, error) {
	var owners []string
	for _, h := range list {
		owners = append(owners, h.owners...)
	}
	slices.Sort(owners)
	rows, err := tx.Query(ctx, sourcesSQL, slices.Compact(owners))
	if err != nil {
		return nil, err
	}
	out := map[string]agency{}
	var owner string
	var a agency
	_, err = pgx.ForEachRow(rows, []any{&owner, &a.id, &a.name}, func() error {
		out[owner] = a
		return nil
	})
	return out, err
}

const keptSQL = `-- name: YearsFilesAreKept
SELECT value::integer FROM parameter WHERE name = 'file_keep_years'`

func keptYears(ctx context.Context, tx postgres.Tx) (years int, err error) {
	err = tx.QueryRow(ctx, keptSQL).Scan(&years)
	return years, err
}

const insertPartSQL = `-- name: InsertCopyPart
INSERT INTO file_copy_part (copy_id, agency_id, groups, state) VALUES ($1, $2, $3, 'WAITING') RETURNING id`

func insertPart(ctx context.Context, tx postgres.Tx, request int64, s source) (id int64, err error) {
	err = tx.QueryRow(ctx, insertPartSQL, request, s.agency, s.groups).Scan(&id)
	return id, err
}

const askSQL = `-- name: AskForCopy
UPDATE file_copy_part SET state = $2, steward_id = $3, ticket_id = $4, asked_on = ($5::timestamptz AT TIME ZONE 'Asia/Shanghai')::date,
    due_on = (due_after($5, 'copy_source_days', 'working days') AT TIME ZONE 'Asia/Shanghai')::date - 1, version = version + 1 WHERE id = $1`

// unasked is a part that waits for a steward.
type unasked struct{ id, child, agency int64 }

const unaskedSQL = `-- name: TakeUnaskedCopies
SELECT p.id, q.child_id, p.agency_id FROM file_copy_part p JOIN file_copy q ON q.id = p.copy_id
WHERE p.state = 'WAITING' AND EXISTS (SELECT FROM post o JOIN staff s ON s.id = o.staff_id AND s.active AND s.kind = 'PERSON'
    WHERE o.agency_id = p.agency_id AND o.role = 'STEWARD' AND held(o, $1::date))
ORDER BY p.id LIMIT $2 FOR UPDATE OF p SKIP LOCKED`

func takeUnasked(ctx context.Context, tx postgres.Tx, now time.Time) ([]unasked, error) {
	rows, err := tx.Query(ctx, unaskedSQL, chinatime.Day(now), batch)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (u unasked, err error) {
		err = row.Scan(&u.id, &u.child, &u.agency)
		return u, err
	})
}

const takePartSQL = `-- name: TakeCopyPart
SELECT p.id, p.copy_id, q.child_id, q.dpo_id, coalesce(p.ticket_id, 0), p.state, p.version, deciding.conflicted(q.child_id, $4), ` + waits + `
FROM file_copy_part p JOIN file_copy q ON q.id = p.copy_id
WHERE p.id = $1 AND p.agency_id = $2 AND p.state <> 'WAITING' AND NOT deciding.hidden(q.child_id, $4) FOR UPDATE OF p, q`

// takePart locks a part of the agency's and the request; its ID is 0 where there is none.
func takePart(ctx context.Context, tx postgres.Tx, r Reply) (part, error) {
	return one[part](tx.Query(ctx, takePartSQL, r.ID, r.AgencyID, rights.Today(r.Now), r.StaffID))
}

const takeOpenSQL = `-- name: TakeOpenCopyParts
SELECT p.id, p.copy_id, 0::bigint, 0::bigint, coalesce(p.ticket_id, 0), p.state, p.version, false, false
FROM file_copy_part p WHERE p.copy_id = $1 AND p.state IN ('WAITING', 'ASKED') ORDER BY p.id FOR UPDATE`

func takeOpen(ctx context.Context, tx postgres.Tx, request int64) ([]part, error) {
	rows, err := tx.Query(ctx, takeOpenSQL, request)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[part])
}

const answerPartSQL = `-- name: AnswerForCopyPart
UPDATE file_copy_part SET state = $2, identity_proof = nullif($3, ''), refusal = nullif($4, ''), answered_on = $5, version = version + 1 WHERE id = $1`

const openPartsSQL = `-- name: CountOpenCopyParts
SELECT count(*) FROM file_copy_part WHERE copy_id = $1 AND state IN ('WAITING', 'ASKED')`

func openParts(ctx context.Context, tx postgres.Tx, request int64) (n int, err error) {
	err = tx.QueryRow(ctx, openPartsSQL, request).Scan(&n)
	return n, err
}

const givenSQL = `-- name: AnswersOfSources
SELECT a.name, p.state, coalesce(p.refusal, ''), p.groups FROM file_copy_part p JOIN agency a ON a.id = p.agency_id WHERE p.copy_id = $1 ORDER BY a.name, p.id`

func givenBy(ctx context.Context, tx postgres.Tx, request int64) ([]given, error) {
	rows, err := tx.Query(ctx, givenSQL, request)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[given])
}
