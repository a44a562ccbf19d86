package complaint

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/record"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// Records says where each type of schema/complaint.graphqls is stored.
func Records() []record.Type {
	return []record.Type{{
		Name: "Complaint", Table: "complaint_desk", Kind: record.Node, Order: "{t}.received_on DESC, {t}.id DESC",
		Columns: record.Columns{
			"child": "{t}.child_id", "reason": "{t}.decision",
			"overdue": "{t}.state IN ('RECEIVED', 'WITH_HEAD') AND {t}.due_on < {today}::date",
		},
		IDs: map[string]string{"child": "Child"},
	}}
}

// Roots are the complaints in the caller's hand: the view holds no others.
func Roots() []record.Root {
	return []record.Root{{Field: "complaints", Type: "Complaint", List: true}}
}

const insertSQL = `-- name: ReceiveComplaint
INSERT INTO complaint (child_id, requester_relation, about, about_officer, words, received_on, due_on, state, dpo_id, head_id, author_id, author_agency_id, recorded_on)
SELECT nullif($1::bigint, 0), nullif($2, ''), $3, $4, $5, $6, working_day_after($6, (SELECT value::integer FROM parameter
        WHERE name = CASE WHEN $4 THEN 'complaint_head_days' ELSE 'complaint_days' END)), $7, nullif($8::bigint, 0), nullif($9::bigint, 0), $10, $11, $12
RETURNING id`

func insert(ctx context.Context, tx postgres.Tx, n New, c row) (id int64, err error) {
	err = tx.QueryRow(ctx, insertSQL, c.ChildID, n.Relation, n.About, n.Officer, n.Words, n.On, c.State, c.DPO, c.Head, n.StaffID, n.AgencyID, n.Today).Scan(&id)
	return id, err
}

const takeSQL = `-- name: TakeComplaint
SELECT id, coalesce(child_id, 0), state, version, about_officer, coalesce(dpo_id, 0), coalesce(head_id, 0), coalesce(about, ''), coalesce(requester_relation, ''),
    received_on, coalesce(answer, ''), coalesce(decision, ''), upheld, child_id IS NOT NULL AND deciding.conflicted(child_id, $2)
FROM complaint WHERE id = $1 AND (dpo_id = $2 AND NOT about_officer OR head_id = $2) FOR UPDATE`

// take locks a complaint that is the caller's; its ID is 0 where there is none.
func take(ctx context.Context, tx postgres.Tx, c Case) (row, error) {
	rows, err := tx.Query(ctx, takeSQL, c.ID, c.StaffID)
	if err != nil {
		return row{}, err
	}
	r, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[row])
	if errors.Is(err, pgx.ErrNoRows) {
		return row{}, nil
	}
	return r, err
}

// headOf is who leads the agency that answers for the officer. Faults: Conflict.
func headOf(ctx context.Context, tx postgres.Tx, agency, officer int64, now time.Time) (int64, error) {
	head, err := task.HeadOf(ctx, tx, agency, officer, now)
	if err == nil && head == 0 {
		err = fault.New(fault.Conflict, "本机构现无负责人在岗，请联系管理员。", "Nobody leads this agency now; speak to the administrator.")
	}
	return head, err
}

const answerSQL = `-- name: AnswerComplaint
UPDATE complaint SET state = $2, answer = $3, answered_on = $4, statement = $5, version = version + 1 WHERE id = $1`

const toHeadSQL = `-- name: HandComplaintToHead
UPDATE complaint SET state = $2, head_id = $3, due_on = (due_after($4, 'complaint_head_days', 'working days') AT TIME ZONE 'Asia/Shanghai')::date - 1,
    version = version + 1 WHERE id = $1`

const decideSQL = `-- name: DecideComplaint
UPDATE complaint SET state = $2, upheld = $3, decision = $4, decided_on = $5,
    due_on = (due_after($6, 'complaint_days', 'working days') AT TIME ZONE 'Asia/Shanghai')::date - 1, version = version + 1 WHERE id = $1`

const closeSQL = `-- name: CloseComplaint
UPDATE complaint SET state = $2, closed_on = $3, statement = $4, version = version + 1 WHERE id = $1`

func execute(ctx context.Context, tx postgres.Tx, sql string, args ...any) error {
	_, err := tx.Exec(ctx, sql, args...)
	return err
}
