package disclosure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/wall"
)

// Database is what the gate needs of PostgreSQL beside the reads of a plan:
// tickets, limits and the log; a pool is one.
type Database interface {
	Begin(ctx context.Context) (pgx.Tx, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Reader sends the statements of plans, under the database role of the caller's
// role: the second wall.
type Reader interface {
	Read(ctx context.Context, c wall.Caller, statements []wall.Statement, each func(i int, rows wall.Rows) error) error
}

// send runs the statements of one level in one round trip.
func (r *runner) send(ctx context.Context, db Reader, level []pending) error {
	statements := make([]wall.Statement, len(level))
	for i, p := range level {
		req := &r.results[p.fetch].request
		statements[i] = wall.Statement{SQL: req.sql, Args: req.args}
	}
	err := db.Read(ctx, r.access.walled(), statements, func(i int, rows wall.Rows) error {
		return r.receive(rows, level[i])
	})
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	return nil
}

func (r *runner) receive(rows wall.Rows, p pending) error {
	res := r.results[p.fetch]
	res.rows = &rowset{width: len(rows.FieldDescriptions())}
	res.rows.expect(max(p.keys, res.request.first), int(p.fetch.perRow.Load()))
	res.rows.read(rows)
	if n := res.rows.rows; n > 0 {
		p.fetch.perRow.Store(int64(len(res.rows.data)/n + 1))
	}
	res.spans = make([][2]int, p.keys+1)
	for row := range res.rows.rows {
		ordinal := res.request.place(res.rows.number(row, 0))
		span := &res.spans[ordinal]
		if span[1] == 0 {
			span[0] = row
		}
		span[1] = row + 1
	}
	return nil
}

// read copies the rows of a finished query; every column is text.
func (s *rowset) read(rows wall.Rows) {
	for rows.NextRow() {
		for _, v := range rows.Values() {
			s.data = append(s.data, v...)
			end := int32(len(s.data)) //nolint:gosec // an answer is far below 2 GiB: rows are bounded
			if v == nil {
				end |= nullCell
			}
			s.ends = append(s.ends, end)
		}
		s.rows++
	}
}

const ticketSQL = `-- name: FindTicket
SELECT code, kind, coalesce(child_id, 0)
FROM ticket
WHERE code = $1 AND staff_id = $2 AND purpose = $3 AND opened_at <= $4
  AND (closed_at IS NULL OR closed_at + $5 > $4) AND (expires_at IS NULL OR expires_at > $4)`

// findTicket looks a work item up: the caller's own, for this purpose, open or
// closed no longer ago than the purpose lives on.
func findTicket(ctx context.Context, db Database, a *Access, code string) (Ticket, error) {
	after := time.Duration(0)
	if a.life.Anchor == "closed" {
		after = a.life.After
	}
	var t Ticket
	err := db.QueryRow(ctx, ticketSQL, code, a.Caller.Staff.ID, string(a.View.Purpose), a.Now, after).
		Scan(&t.Code, &t.Kind, &t.ChildID)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && t.Kind != a.View.Ticket.Kind && t.Kind != districtSearch {
		return t, fault.New(fault.TicketInvalid,
			"工单不存在、已关闭、已过期或不属于您。", "The ticket does not exist, is closed, has expired or is not yours.")
	}
	if err != nil {
		return t, fmt.Errorf("find ticket: %w", err)
	}
	return t, nil
}

const overdueSQL = `-- name: FindOverdueEmergency
SELECT opened_at, justify_due, review_due, state = 'NOTIFIED'
FROM emergency_review
WHERE staff_id = $1 AND state IN ('NOTIFIED', 'JUSTIFIED') AND (state = 'NOTIFIED' AND justify_due < $2 OR review_due < $2)
ORDER BY opened_at, id LIMIT 1`

// unreviewed refuses break-glass to a person with an earlier one that was not
// justified, or not reviewed, in time.
func (g *Gate) unreviewed(ctx context.Context, a *Access) error {
	var opened, justify, review time.Time
	var silent bool
	err := g.DB.QueryRow(ctx, overdueSQL, a.Caller.Staff.ID, a.Now).Scan(&opened, &justify, &review, &silent)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("find overdue reviews: %w", err)
	}
	const minute = "2006-01-02 15:04"
	at := china(opened).Format(minute)
	if silent {
		due := china(justify).Format(minute)
		return fault.New(fault.Forbidden,
			"您"+at+"启动的紧急救护应于"+due+"前说明，至今未说明；说明并复核后才能再次使用。请换用日常用途，用 justifyEmergency 说明。",
			"Your break-glass access of "+at+" was to be justified by "+due+"; until it is justified and reviewed there is no further one. Justify it with justifyEmergency under your usual purpose.")
	}
	due := china(review).Format(minute)
	return fault.New(fault.Forbidden,
		"您"+at+"启动的紧急救护应于"+due+"前复核，至今未复核；复核后才能再次使用。请联系个人信息保护负责人。",
		"Your break-glass access of "+at+" was to be reviewed by "+due+"; until it is reviewed there is no further one. Ask the protection officer.")
}

// districtSearch is the work item that lets a case manager look outside the own
// cases, with a reason on record.
const districtSearch = "DISTRICT_SEARCH"

const approvalSQL = `-- name: FindVolumeApproval
SELECT coalesce(max(max_children), 0) FROM volume_approval WHERE staff_id = $1 AND day = $2`

const volumeSQL = `-- name: ReadVolumeLimits
SELECT (SELECT value::int FROM parameter WHERE name = 'volume_day'),
       (SELECT value::int FROM parameter WHERE name = 'volume_week')`

// volumeLimits are the numbers of children a person may open a day and a week.
func volumeLimits(ctx context.Context, db Database) (day, week int, err error) {
	err = db.QueryRow(ctx, volumeSQL).Scan(&day, &week)
	return day, week, err
}

// volumeApproved is the higher number a supervisor approved for today, or 0.
func volumeApproved(ctx context.Context, db Database, a *Access) (most int, err error) {
	err = db.QueryRow(ctx, approvalSQL, a.Caller.Staff.ID, a.Today()).Scan(&most)
	return most, err
}

// changeKey is one mutation of one caller under the key that the client chose.
type changeKey struct {
	staff         int64
	mutation, key string
	input         [32]byte
}

// Keys are kept for a week: a client that repeats itself does so soon.
const takeKeySQL = `-- name: TakeChangeKey
WITH old AS (DELETE FROM change_key WHERE at < now() - interval '7 days' AND (staff_id, mutation, key) <> ($1, $2, $3))
INSERT INTO change_key (staff_id, mutation, key, input) VALUES ($1, $2, $3, $4)
ON CONFLICT (staff_id, mutation, key) DO NOTHING`

const firstResultSQL = `-- name: FirstResult
SELECT input, result FROM change_key WHERE staff_id = $1 AND mutation = $2 AND key = $3`

const finishKeySQL = `-- name: FinishChangeKey
UPDATE change_key SET result = $4 WHERE staff_id = $1 AND mutation = $2 AND key = $3`

// take claims the key for this transaction, waiting for another that has it; where
// the change was made before, it returns the result of then.
func (k changeKey) take(ctx context.Context, tx postgres.Tx) (*json.RawMessage, error) {
	tag, err := tx.Exec(ctx, takeKeySQL, k.staff, k.mutation, k.key, k.input[:])
	if err != nil || tag.RowsAffected() == 1 {
		return nil, err
	}
	var input []byte
	var result json.RawMessage
	if err := tx.QueryRow(ctx, firstResultSQL, k.staff, k.mutation, k.key).Scan(&input, &result); err != nil {
		return nil, err
	}
	if string(input) != string(k.input[:]) {
		return nil, fault.New(fault.Conflict,
			"这个幂等键（key）已用于内容不同的操作，请换一个。", "This key was used for a change with another input; choose another one.")
	}
	return &result, nil
}

const madeSQL = `-- name: ChangeWasMade
SELECT EXISTS (SELECT FROM change_key WHERE staff_id = $1 AND mutation = $2 AND key = $3 AND input = $4)`

// made reports whether this change, with this input, was made under the key.
func (k changeKey) made(ctx context.Context, db Database) (yes bool, err error) {
	err = db.QueryRow(ctx, madeSQL, k.staff, k.mutation, k.key, k.input[:]).Scan(&yes)
	return yes, err
}

const usedSQL = `-- name: KeyWasUsed
SELECT EXISTS (SELECT FROM change_key WHERE staff_id = $1 AND mutation = $2 AND key = $3)`

// used reports whether any change was made under the key.
func (k changeKey) used(ctx context.Context, db Database) (yes bool, err error) {
	err = db.QueryRow(ctx, usedSQL, k.staff, k.mutation, k.key).Scan(&yes)
	return yes, err
}

// finish keeps what a repetition is answered with.
func (k changeKey) finish(ctx context.Context, tx postgres.Tx, result []byte) error {
	_, err := tx.Exec(ctx, finishKeySQL, k.staff, k.mutation, k.key, result)
	return err
}
