package postgres_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// markedBy are changes of the tables that marks are kept for, with a child as $1.
func markedBy() []string {
	open := []string{"NULL", "'2026-01-01'"}
	var out []string
	for _, ended := range open {
		out = append(out,
			"INSERT INTO dropout_case (child_id, stage, cancelled_on) VALUES ($1, 'HOME_VISIT', "+ended+")",
			"INSERT INTO dropout_case (child_id, stage, cancelled_on) VALUES ($1, 'ORDER', "+ended+")",
			"UPDATE dropout_case SET cancelled_on = "+ended+" WHERE child_id = $1",
			"INSERT INTO conflict_declaration (child_id, staff_id, kind, declared_on, ended_on) VALUES ($1, 1, 'KIN', '2026-01-01', "+ended+") ON CONFLICT DO NOTHING",
			"UPDATE conflict_declaration SET ended_on = "+ended+" WHERE child_id = $1",
			"INSERT INTO rights_case (child_id, closed_on) VALUES ($1, "+ended+")",
			"INSERT INTO mandatory_report (child_id, guardian_suspected, closed_on) VALUES ($1, true, "+ended+")",
			"UPDATE mandatory_report SET guardian_suspected = NOT guardian_suspected WHERE child_id = $1",
		)
	}
	for _, table := range []string{"dropout_case", "conflict_declaration", "rights_case", "mandatory_report", "registration", "enrolment"} {
		out = append(out, "DELETE FROM "+table+" WHERE child_id = $1",
			"UPDATE "+table+" SET child_id = 1 + child_id % 5 WHERE child_id = $1 AND NOT EXISTS (SELECT FROM "+table+" o WHERE o.child_id = 1 + $1 % 5)")
	}
	for _, status := range []string{"EXITED", "CANDIDATE", "REGISTERED"} {
		out = append(out, "INSERT INTO registration (child_id, status) VALUES ($1, '"+status+"') ON CONFLICT (child_id) DO UPDATE SET status = excluded.status")
	}
	for _, stage := range []string{"PRIMARY", "SENIOR"} {
		out = append(out, "INSERT INTO enrolment (child_id, stage, current) SELECT $1, '"+stage+"', NOT EXISTS (SELECT FROM enrolment e WHERE e.child_id = $1 AND e.current)")
	}
	return out
}

const wrongMarks = `SELECT count(*) FROM child WHERE marks <> marks_of(id, ~0::bigint)`

func fewChildren(t *testing.T) *pgxpool.Pool {
	t.Helper()
	_, db := pgtest.New(t)
	for _, sql := range []string{
		`INSERT INTO division (id, code, name, level) VALUES (1, '1', 'd', 'DISTRICT')`,
		`INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'AUDIT', 1)`,
		`INSERT INTO staff (id, code, agency_id, display_name, kind) VALUES (1, 's', 1, 's', 'PERSON')`,
		`INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id) SELECT g, 'MALE', '2015-01-01', 1, 1 FROM generate_series(1, 5) g`,
	} {
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	return db
}

// TestMarks_areTrue changes records at random, one after the other and some in one
// transaction: every child's marks are what marks_of says.
func TestMarks_areTrue(t *testing.T) {
	t.Parallel()
	db := fewChildren(t)
	rapid.Check(t, func(r *rapid.T) {
		changes := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) string {
			child := rapid.IntRange(1, 5).Draw(r, "child")
			return strings.ReplaceAll(rapid.SampledFrom(markedBy()).Draw(r, "change"), "$1", strconv.Itoa(child))
		}), 1, 12).Draw(r, "changes")
		err := postgres.InTx(t.Context(), db, func(tx pgx.Tx) error {
			for _, sql := range changes {
				if _, err := tx.Exec(t.Context(), sql); err != nil {
					return fmt.Errorf("%s: %w", sql, err)
				}
			}
			return nil
		})
		if err != nil {
			r.Fatal(err)
		}
		var wrong int
		if err := db.QueryRow(t.Context(), wrongMarks).Scan(&wrong); err != nil || wrong > 0 {
			r.Fatalf("%d children with wrong marks, %v", wrong, err)
		}
	})
}

// TestMarks_areTrueAtOnce changes the records of the same children from several
// connections: whoever comes second sees what the first has done.
func TestMarks_areTrueAtOnce(t *testing.T) {
	t.Parallel()
	db := fewChildren(t)
	done := make(chan error)
	for worker := range 4 {
		go func() {
			list := markedBy()
			for i := range 150 {
				sql := strings.ReplaceAll(list[(i*7+worker*5)%len(list)], "$1", strconv.Itoa(1+(i+worker)%3))
				if _, err := db.Exec(t.Context(), sql); err != nil && postgres.Code(err) != "23505" && postgres.Code(err) != "40P01" {
					done <- fmt.Errorf("%s: %w", sql, err)
					return
				}
			}
			done <- nil
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	var wrong int
	if err := db.QueryRow(t.Context(), wrongMarks).Scan(&wrong); err != nil || wrong > 0 {
		t.Errorf("%d children with wrong marks, %v", wrong, err)
	}
	if _, err := db.Exec(t.Context(), `TRUNCATE conflict_declaration CASCADE`); err != nil {
		t.Fatal(err)
	}
	if err := db.QueryRow(t.Context(), wrongMarks).Scan(&wrong); err != nil || wrong > 0 {
		t.Errorf("%d children with wrong marks after a TRUNCATE, %v", wrong, err)
	}
}
