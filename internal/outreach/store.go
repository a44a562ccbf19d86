package outreach

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/record"
)

// Records says where each type of schema/support.graphqls that names no child is stored.
func Records() []record.Type {
	newest := []record.Order{{SQL: "{t}.held_on", Cast: "date", Desc: true}, {SQL: "{t}.id", Cast: "bigint", Desc: true}}
	township := record.Columns{"townshipCode": "(SELECT d.code FROM division d WHERE d.id = {t}.township_id)"}
	return []record.Type{
		{Name: "ServiceCount", Table: "service_counts", Kind: record.Node},
		{
			Name: "GroupSession", Table: "group_session", Kind: record.Node, Keys: newest, Order: "{t}.held_on DESC, {t}.id DESC",
			Columns: record.Columns{"attendance": "{t}.attendance_count", "townshipCode": township["townshipCode"]},
		},
		{
			Name: "Training", Table: "training", Kind: record.Node, Keys: newest, Order: "{t}.held_on DESC, {t}.id DESC",
			Columns: record.Columns{"attendance": "{t}.attendance_count", "townshipCode": township["townshipCode"]},
		},
	}
}

// Roots are the root fields over what was done for many.
func Roots() []record.Root {
	return []record.Root{
		{Field: "serviceCounts", Type: "ServiceCount", List: true, From: "service_counts({today}::date, {arg.by}::text)"},
		{Field: "groupSessions", Type: "GroupSession", Paged: true},
		{Field: "trainings", Type: "Training", Paged: true},
	}
}

const townshipSQL = `-- name: FindTownship
SELECT id FROM division WHERE code = $1 AND level = 'TOWNSHIP' AND ($2 = 0 OR id = $2)`

// township is the id of a township by code; a supervisor has the own one only.
func (by By) township(ctx context.Context, tx postgres.Tx, code *string) (*int64, error) {
	own := int64(0)
	if by.Role == "SUP" {
		own = by.Division
	}
	if code == nil {
		if own != 0 {
			return &own, nil
		}
		return nil, nil //nolint:nilnil // the whole district
	}
	var id int64
	err := tx.QueryRow(ctx, townshipSQL, *code, own).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.At("townshipCode", fault.New(fault.BadRequest, "没有这个镇街，或不在您的范围内。", "There is no such township in your reach."))
	}
	return &id, err
}

const sessionSQL = `-- name: InsertGroupSession
INSERT INTO group_session (series, kind, held_on, site, attendance_count, left_behind_ratio, township_id, author_id, recorded_at)
VALUES ($1, $2, $3::date, $4, $5, $6, $7, $8, $9) RETURNING id`

func insertSession(ctx context.Context, tx postgres.Tx, by By, in Session, share *float64) (id int64, err error) {
	place, err := by.township(ctx, tx, in.TownshipCode)
	if err != nil {
		return 0, err
	}
	err = tx.QueryRow(ctx, sessionSQL, in.Series, in.Kind, in.HeldOn, in.Site, in.Attendance, share, place, by.Staff, by.Now).Scan(&id)
	return id, err
}

const trainingSQL = `-- name: InsertTraining
INSERT INTO training (title, held_on, audience, township_id, attendance_count, author_id, author_agency_id, recorded_at)
VALUES ($1, $2::date, $3, $4, $5, $6, $7, $8) RETURNING id`

func insertTraining(ctx context.Context, tx postgres.Tx, by By, in Training) (id int64, err error) {
	place, err := by.township(ctx, tx, in.TownshipCode)
	if err != nil {
		return 0, err
	}
	err = tx.QueryRow(ctx, trainingSQL, in.Title, in.HeldOn, in.Audience, place, *in.Attendance, by.Staff, by.Agency, by.Now).Scan(&id)
	return id, err
}

// Whoever was trained holds the post of the audience on the day, in the caller's reach.
const trainedSQL = `-- name: InsertTrained
INSERT INTO training_record (staff_id, title, trained_on, training_id)
SELECT DISTINCT s.id, $2, $3::date, $4::bigint FROM unnest($1::text[]) AS c (code) JOIN staff s ON s.code = c.code AND s.active AND s.kind = 'PERSON'
JOIN post p ON p.staff_id = s.id AND p.valid_from <= $6::date AND (p.valid_to IS NULL OR p.valid_to > $6::date)
LEFT JOIN division d ON d.id = p.division_id
WHERE CASE $5 WHEN 'DIRECTORS' THEN p.role = 'DIR' WHEN 'SUPERVISORS' THEN p.role = 'SUP' ELSE p.role NOT IN ('DIR', 'SUP') END
  AND ($7 = 0 OR $7 IN (d.id, d.parent_id))`

func insertTrained(ctx context.Context, tx postgres.Tx, by By, id int64, in Training) (int, error) {
	own := int64(0)
	if by.Role == "SUP" {
		own = by.Division
	}
	tag, err := tx.Exec(ctx, trainedSQL, in.Staff, in.Title, in.HeldOn, id, in.Audience, by.Today, own)
	return int(tag.RowsAffected()), err
}
