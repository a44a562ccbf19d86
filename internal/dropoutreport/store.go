package dropoutreport

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/record"
)

// Records says where the numbers of reports are stored: nowhere, functions of the
// database count them and hold small ones back before they reach the process.
func Records() []record.Type {
	return []record.Type{{Name: "DropoutFigure", Table: "county_review", Kind: record.Node}}
}

// Roots are the two reports. Whoever has a school reads that school.
func Roots() []record.Root {
	return []record.Root{
		{
			Field: "schoolReport", Type: "DropoutFigure", List: true,
			From: "school_report({today}::date, {arg.month}::date, {school}::bigint)",
		},
		{
			Field: "countyReview", Type: "DropoutFigure", List: true,
			From: "county_review({today}::date, {arg.quarter}::date)",
		},
	}
}

// due is a report that nobody was asked for yet; school and staff are 0 for none.
type due struct {
	school, staff int64
	firstDay      string
}

// A school's report falls to the member of its staff who has been in post longest.
const missingSQL = `-- name: FindReportsDue
WITH today AS (SELECT ($1::timestamptz AT TIME ZONE 'Asia/Shanghai')::date AS day),
over AS (
    SELECT s.id AS school, (date_trunc('month', t.day) - interval '1 month')::date AS first_day
    FROM today t, school s WHERE s.stages && ARRAY['PRIMARY', 'JUNIOR']
    UNION ALL SELECT NULL, (date_trunc('quarter', t.day) - interval '3 months')::date FROM today t
)
SELECT coalesce(o.school, 0), coalesce((
        SELECT p.staff_id FROM post p JOIN staff s ON s.id = p.staff_id AND s.active AND s.kind = 'PERSON', today t
        WHERE CASE WHEN o.school IS NULL THEN p.role = 'DPS' ELSE p.role = 'HT' AND p.school_id = o.school END
          AND p.valid_from <= t.day AND (p.valid_to IS NULL OR p.valid_to > t.day) AND p.authorised_until >= t.day
        ORDER BY p.valid_from, p.id LIMIT 1), 0), o.first_day::text
FROM over o
WHERE NOT EXISTS (SELECT FROM dropout_report r WHERE r.school_id IS NOT DISTINCT FROM o.school AND r.first_day = o.first_day)
ORDER BY o.school NULLS FIRST LIMIT $2`

func missing(ctx context.Context, tx postgres.Tx, now time.Time) ([]due, error) {
	rows, err := tx.Query(ctx, missingSQL, now, batch)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (m due, err error) {
		err = row.Scan(&m.school, &m.staff, &m.firstDay)
		return m, err
	})
}

const openSQL = `-- name: OpenReport
INSERT INTO dropout_report (school_id, first_day, opened_at) VALUES (nullif($1::bigint, 0), $2::date, $3) RETURNING id`

func (m due) open(ctx context.Context, tx postgres.Tx, now time.Time) (id int64, err error) {
	err = tx.QueryRow(ctx, openSQL, m.school, m.firstDay, now).Scan(&id)
	return id, err
}

const submitSQL = `-- name: SubmitReport
UPDATE dropout_report SET submitted_at = $3, submitted_by = $4
WHERE school_id IS NOT DISTINCT FROM nullif($1::bigint, 0) AND first_day = $2::date AND submitted_at IS NULL RETURNING id`

func submit(ctx context.Context, tx postgres.Tx, by By, first time.Time) (id int64, err error) {
	err = tx.QueryRow(ctx, submitSQL, by.School, first.Format(time.DateOnly), by.Now, by.Staff).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, fault.New(fault.Conflict, "该期报告未到期或已提交。", "This report is not due or was handed in.")
	}
	return id, err
}
