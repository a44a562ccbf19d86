package dataset

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Staff is somebody the benchmark asks as.
type Staff struct {
	AgencyCode, Code string
}

// Subjects are the ids that workloads ask for and the staff that ask.
type Subjects struct {
	// Children are pupils with an open ledger item: the officer's system reads
	// their file in full.
	Children []int64
	// Caregivers are theirs, with a phone number.
	Caregivers []int64
	// Cases is how many open ledger items there are.
	Cases int
	// System is the education bureau's system, Leader the one who asks for counts.
	System, Leader Staff
	// Officers are people whose first request is timed.
	Officers []Staff
}

const (
	childrenSQL = `SELECT c.id FROM child c
JOIN enrolment e ON e.child_id = c.id AND e.current
JOIN dropout_case d ON d.child_id = c.id AND d.cancelled_on IS NULL
WHERE c.shield = 'NONE'
  AND NOT EXISTS (SELECT 1 FROM registration r WHERE r.child_id = c.id AND r.status = 'EXITED')
  AND NOT EXISTS (SELECT 1 FROM mandatory_report m WHERE m.child_id = c.id AND m.closed_on IS NULL)
  AND NOT EXISTS (SELECT 1 FROM conflict_declaration k WHERE k.child_id = c.id)
GROUP BY c.id ORDER BY c.id`

	caregiversSQL = `SELECT min(g.id) FROM caregiver g WHERE g.child_id = ANY ($1) AND g.phone IS NOT NULL GROUP BY g.child_id ORDER BY 1`

	openSQL = `SELECT count(*) FROM dropout_case WHERE cancelled_on IS NULL`

	staffSQL = `SELECT a.code, s.code FROM staff s JOIN agency a ON a.id = s.agency_id JOIN post p ON p.staff_id = s.id
WHERE p.role = $1 AND s.kind = $2 AND a.kind = $3 AND s.active AND p.valid_to IS NULL
  AND p.authorised_until >= current_date AND (s.vetted_until IS NULL OR s.vetted_until >= current_date)
ORDER BY s.id`
)

// Subjects finds whom to ask for and as whom.
func (s *Set) Subjects(ctx context.Context) (Subjects, error) {
	var out Subjects
	var err error
	if out.Children, err = collect[int64](ctx, s, childrenSQL); err != nil {
		return out, err
	}
	if out.Caregivers, err = collect[int64](ctx, s, caregiversSQL, out.Children); err != nil {
		return out, err
	}
	if err := s.DB.QueryRow(ctx, openSQL).Scan(&out.Cases); err != nil {
		return out, err
	}
	systems, err := s.staff(ctx, "DPS", "SYSTEM", "EDUCATION")
	if err != nil {
		return out, err
	}
	leaders, err := s.staff(ctx, "STA", "PERSON", "DISTRICT_OFFICE")
	if err != nil {
		return out, err
	}
	if out.Officers, err = s.staff(ctx, "DPS", "PERSON", "EDUCATION"); err != nil {
		return out, err
	}
	if len(systems) == 0 || len(leaders) == 0 || len(out.Children) < 100 {
		return out, fmt.Errorf("the district has %d systems, %d leaders and %d children with an open case",
			len(systems), len(leaders), len(out.Children))
	}
	out.System, out.Leader = systems[0], leaders[0]
	return out, nil
}

func (s *Set) staff(ctx context.Context, role, kind, agency string) ([]Staff, error) {
	rows, err := s.DB.Query(ctx, staffSQL, role, kind, agency)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Staff])
}

func collect[T any](ctx context.Context, s *Set, sql string, args ...any) ([]T, error) {
	rows, err := s.DB.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[T])
}
