package disclosure

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

// Database is what the gate needs of PostgreSQL; a pool is one.
type Database interface {
	Begin(ctx context.Context) (pgx.Tx, error)
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// send runs the statements of one level in one round trip.
func (r *runner) send(ctx context.Context, db Database, level []pending) error {
	batch := &pgx.Batch{}
	for _, p := range level {
		req := r.results[p.fetch].request
		batch.Queue(req.sql, req.args...)
	}
	answers := db.SendBatch(ctx, batch)
	for _, p := range level {
		if err := r.receive(answers, p); err != nil {
			_ = answers.Close()
			return err
		}
	}
	return answers.Close()
}

func (r *runner) receive(answers pgx.BatchResults, p pending) error {
	rows, err := answers.Query()
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	res := r.results[p.fetch]
	res.rows = &rowset{width: len(rows.FieldDescriptions())}
	if err := res.rows.read(rows); err != nil {
		return fmt.Errorf("read: %w", err)
	}
	res.spans = make([][2]int, p.keys+1)
	for row := range res.rows.rows {
		ordinal := res.rows.number(row, 0)
		span := &res.spans[ordinal]
		if span[1] == 0 {
			span[0] = row
		}
		span[1] = row + 1
	}
	return nil
}

// read copies the rows of a finished query; every column is text.
func (s *rowset) read(rows pgx.Rows) error {
	defer rows.Close()
	for rows.Next() {
		for _, v := range rows.RawValues() {
			s.data = append(s.data, v...)
			end := int32(len(s.data)) //nolint:gosec // an answer is far below 2 GiB: rows are bounded
			if v == nil {
				end |= nullCell
			}
			s.ends = append(s.ends, end)
		}
		s.rows++
	}
	return rows.Err()
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
