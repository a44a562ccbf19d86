package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/child"
	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/education"
	"github.com/tongxin-hub/tongxin/internal/family"
	"github.com/tongxin-hub/tongxin/internal/federation"
	"github.com/tongxin-hub/tongxin/internal/health"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/internal/protection"
	"github.com/tongxin-hub/tongxin/internal/record"
	"github.com/tongxin-hub/tongxin/internal/register"
	"github.com/tongxin-hub/tongxin/internal/report"
	"github.com/tongxin-hub/tongxin/internal/rights"
	"github.com/tongxin-hub/tongxin/internal/safeguard"
	"github.com/tongxin-hub/tongxin/internal/visit"
	"github.com/tongxin-hub/tongxin/policy"
)

// firstPlanted is below every id that world plants and above those of the district.
const firstPlanted = 10_000_000

// column is one column of a table; refers names the table that it points at.
type column struct {
	Table, Name, Type, Refers string
	Null                      bool
}

// world is the database as the matrix test fills it.
type world struct {
	h       *hubtest.Hub
	records map[string]record.Type
	columns map[string][]column
	count   int64
	rows    map[string][]map[string]any
	// elsewhere are rows that belong to nobody of the cast, by table.
	elsewhere map[string]int64
}

// next is an id that was never given.
func (w *world) next() int64 {
	w.count++
	return firstPlanted + w.count
}

// marker is a value that stands nowhere else.
func (w *world) marker() string { return fmt.Sprintf("qz%08dzq", w.next()) }

// newWorld reads from the areas where a child's records are, and from the
// database which columns they have.
func newWorld(t *testing.T, h *hubtest.Hub) *world {
	t.Helper()
	w := &world{h: h, records: map[string]record.Type{}, columns: map[string][]column{}, rows: map[string][]map[string]any{}}
	for _, r := range slices.Concat(child.Records(), education.Records(), family.Records(), federation.Records(),
		health.Records(), protection.Records(), register.Records(), rights.Records(), report.Records()[:1], safeguard.Records()[:1], visit.Records()) {
		w.records[r.Name] = r
	}
	text := single[string](t, h, `SELECT json_agg(json_build_object('Table', c.table_name, 'Name', c.column_name, 'Null', c.is_nullable = 'YES',
			'Type', c.data_type, 'Refers', coalesce((SELECT k.confrelid::regclass::text FROM pg_constraint k JOIN pg_attribute a
				ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
				WHERE k.contype = 'f' AND k.conrelid = c.table_name::regclass AND a.attname = c.column_name LIMIT 1), '')))
		FROM information_schema.columns c JOIN information_schema.tables x USING (table_schema, table_name)
		WHERE c.table_schema = 'public' AND x.table_type = 'BASE TABLE'`)
	var list []column
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		w.columns[c.Table] = append(w.columns[c.Table], c)
	}
	w.elsewhere = w.place(t, 0)
	return w
}

// place makes a township with a village, a school and, for nobody, an agency
// with a member of staff and a class.
func (w *world) place(t *testing.T, staff int64) map[string]int64 {
	t.Helper()
	ids := map[string]int64{"township": w.next(), "division": w.next(), "school": w.next(), "school_class": w.next(), "staff": staff}
	district := single[int64](t, w.h, `SELECT id FROM division WHERE level = 'DISTRICT'`)
	agency := single[int64](t, w.h, `SELECT id FROM agency WHERE code = 'MZ'`)
	change(t, w.h, `INSERT INTO division (id, code, name, level, parent_id) VALUES ($1, $2, $3, 'TOWNSHIP', $4)`, ids["township"], w.marker(), w.marker(), district)
	change(t, w.h, `INSERT INTO division (id, code, name, level, parent_id) VALUES ($1, $2, $3, 'VILLAGE', $4)`, ids["division"], w.marker(), w.marker(), ids["township"])
	if staff == 0 {
		ids["agency"], ids["staff"] = w.next(), w.next()
		change(t, w.h, `INSERT INTO agency (id, code, name, kind, division_id) VALUES ($1, $2, $3, 'AUDIT', $4)`, ids["agency"], w.marker(), w.marker(), district)
		change(t, w.h, `INSERT INTO staff (id, code, agency_id, display_name, work_phone, kind, synthetic) VALUES ($1, $2, $3, $4, $5, 'PERSON', true)`,
			ids["staff"], w.marker(), ids["agency"], w.marker(), w.marker())
	}
	change(t, w.h, `INSERT INTO school (id, code, name, agency_id, division_id) VALUES ($1, $2, $3, $4, $5)`, ids["school"], w.marker(), w.marker(), agency, ids["township"])
	change(t, w.h, `INSERT INTO school_class (id, school_id, term_id, grade, class_no, homeroom_staff_id) VALUES ($1, $2, $3, 1, 1, $4)`,
		ids["school_class"], ids["school"], w.term(t), ids["staff"])
	change(t, w.h, `INSERT INTO survey_batch (division_id, opens_on, closes_on) VALUES ($1, '2026-11-01', '2026-11-30')`, ids["township"])
	return ids
}

func (w *world) term(t *testing.T) int64 {
	t.Helper()
	return single[int64](t, w.h, `SELECT id FROM term WHERE $1::date BETWEEN starts_on AND ends_on`, today)
}

// hireFor puts a caller for a view on the register.
func (w *world) hireFor(t *testing.T, pair policy.Pair, view *policy.View, agency string) (demo.Caller, cast) {
	t.Helper()
	c := hire(t, w.h, post{agency: agency, role: string(pair.Role), purpose: string(pair.Purpose)})
	if view.Ticket.Required {
		c = give(t, w.h, c, view.Ticket.Kind, nil)
	}
	staff := staffID(t, w.h, c)
	ids := w.place(t, staff)
	division, clinic := ids["township"], w.next()
	if pair.Role == policy.DIR {
		division = ids["division"]
	}
	agencyID := single[int64](t, w.h, `SELECT agency_id FROM staff WHERE id = $1`, staff)
	change(t, w.h, `INSERT INTO clinic (id, code, name, agency_id, division_id) VALUES ($1, $2, $3, $4, $5)`, clinic, w.marker(), w.marker(), agencyID, ids["township"])
	change(t, w.h, `UPDATE post SET division_id = $2, school_id = $3, clinic_id = $4 WHERE staff_id = $1`, staff, division, ids["school"], clinic)
	return c, cast{
		staff: staff, agency: agencyID, code: c.StaffCode, role: c.Role, term: w.term(t),
		village: ids["division"], township: ids["township"], school: ids["school"], class: ids["school_class"],
	}
}

// usual are columns that would make a basis hold, or that a marker does not fit.
func (w *world) usual(column string) (any, bool) {
	v, ok := map[string]any{
		"child.birth_date": "2010-03-04", "child.shield": "NONE", "child.residence_township_id": w.elsewhere["township"],
		"child.hukou_township_id": w.elsewhere["township"], "enrolment.stage": "SENIOR", "enrolment.current": true,
		"psychology.in_crisis": false, "mandatory_report.guardian_suspected": false, "child.marks": 0,
	}[column]
	return v, ok
}

// fill completes a row: what is given, and a value of its own for every other
// column that can hold one.
func (w *world) fill(t *testing.T, table string, given map[string]any) map[string]any {
	t.Helper()
	row := maps.Clone(given)
	for _, c := range w.columns[table] {
		if _, ok := row[c.Name]; ok {
			continue
		}
		if v, ok := w.usual(table + "." + c.Name); ok {
			row[c.Name] = v
			continue
		}
		n := w.next()
		switch {
		case c.Name == "id":
			row[c.Name] = n
		case c.Refers != "" && w.elsewhere[c.Refers] != 0:
			row[c.Name] = w.elsewhere[c.Refers]
		case c.Type == "text":
			row[c.Name] = w.marker()
		case c.Type == "ARRAY":
			row[c.Name] = []string{w.marker(), w.marker()}
		case c.Type == "date":
			row[c.Name] = fmt.Sprintf("20%02d-%02d-%02d", 1+n%19, 1+n%12, 1+n%28)
		case c.Type == "boolean":
			row[c.Name] = n%2 == 0
		case c.Type == "integer", c.Type == "smallint", c.Type == "numeric", c.Type == "bigint" && !c.Null:
			row[c.Name] = 1 + n%90
		case c.Null: // a reference that leads nowhere
			row[c.Name] = nil
		default:
			t.Fatalf("%s.%s is %s: say in fill, in e2e/matrix_plant_test.go, what stands there", table, c.Name, c.Type)
		}
	}
	return row
}

// plant adds the rows of one child.
func (w *world) plant(t *testing.T, s *scene, bases policy.Bases) {
	t.Helper()
	decided := func(table string, row map[string]any) map[string]any {
		for column, v := range s.set {
			if own, name, ok := strings.Cut(column, "."); ok && own == table {
				row[name] = v
			}
		}
		return w.fill(t, table, row)
	}
	w.rows["child"] = append(w.rows["child"], decided("child", map[string]any{"id": s.child}))
	if s.ledger {
		s.rows["ticket"] = append(s.rows["ticket"], map[string]any{
			"code": fmt.Sprintf("LT-%d", s.child), "kind": "DROPOUT_CASE", "purpose": "DROPOUT_PREVENTION",
			"staff_id": s.staff, "agency_id": s.agency, "reason": "test", "opened_at": "2026-11-22T00:00:00Z",
		})
	}
	typed := map[string]bool{"child": true}
	for _, name := range slices.Sorted(maps.Keys(w.records)) {
		r := w.records[name]
		if typed[r.Table] || w.columns[r.Table] == nil || r.Kind == record.Part {
			continue
		}
		typed[r.Table] = true
		given := slices.Concat([]map[string]any{{}}, s.rows["*"], s.rows[r.Table])
		switch {
		case r.Kind == record.Section:
			given = given[:1]
		case r.Table == "dropout_case" && bases.Has(policy.LedgerClosed.Bit()) && s.set["ledger"] == nil:
			given = nil // even an old case is a closed ledger
		}
		for _, g := range given {
			row := maps.Clone(g)
			row["child_id"] = s.child
			row = decided(r.Table, row)
			w.rows[r.Table] = append(w.rows[r.Table], row)
			w.below(t, r.Table, row)
		}
	}
	for table, rows := range s.rows {
		if table == "*" || typed[table] {
			continue
		}
		for _, g := range rows {
			row := maps.Clone(g)
			if slices.ContainsFunc(w.columns[table], func(c column) bool { return c.Name == "child_id" }) {
				row["child_id"] = s.child
			}
			w.rows[table] = append(w.rows[table], row)
		}
	}
}

// below adds a part below a record, for every table of parts that points at it.
func (w *world) below(t *testing.T, table string, row map[string]any) {
	t.Helper()
	for _, r := range w.records {
		if r.Kind != record.Part {
			continue
		}
		for _, c := range w.columns[r.Table] {
			if c.Refers == table {
				w.rows[r.Table] = append(w.rows[r.Table], w.fill(t, r.Table, map[string]any{c.Name: row["id"]}))
			}
		}
	}
}

// write puts all planted rows into the database, what others point at first.
func (w *world) write(t *testing.T) {
	t.Helper()
	rank := func(table string) int {
		for _, r := range w.records {
			if r.Table == table && r.Kind == record.Part {
				return 2
			}
		}
		if table == "child" {
			return 0
		}
		return 1
	}
	tables := slices.Collect(maps.Keys(w.rows))
	slices.SortFunc(tables, func(a, b string) int { return rank(a) - rank(b) })
	for _, table := range tables {
		names := map[string]bool{}
		for _, row := range w.rows[table] {
			for name := range row {
				names[name] = true
			}
		}
		list := strings.Join(slices.Sorted(maps.Keys(names)), ", ")
		text, err := json.Marshal(w.rows[table])
		if err != nil {
			t.Fatal(err)
		}
		change(t, w.h, fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM jsonb_populate_recordset(NULL::%s, $1)", table, list, list, table), string(text))
	}
	change(t, w.h, `ANALYZE`)
	w.rows = nil // they are many
}
