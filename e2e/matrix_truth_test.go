package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/agency"
	"github.com/tongxin-hub/tongxin/internal/record"
)

// stored is one row as it stands in the database, read past the hub.
type stored struct {
	id int64
	// fields are the values of the coordinates, row the columns that decide about
	// single rows.
	fields, row map[string]any
}

// truth is everything planted: rows by the link that leads to them and the row
// that they hang on.
type truth map[string]map[int64][]stored

// readTruth reads all planted children and what hangs on them.
func (w *world) readTruth(t *testing.T) truth {
	t.Helper()
	out := truth{}
	out["Child"] = w.read(t, "Child", "t.id", "child t WHERE t.id > $1", "t.id")
	w.readLinks(t, out, "Child", whole("Child"))
	return out
}

// readLinks reads what the links of a type lead to, and on from there.
func (w *world) readLinks(t *testing.T, out truth, typename string, picks []pick) {
	t.Helper()
	r := w.typeOf(t, typename)
	for _, p := range picks {
		link, ok := r.Links[p.field]
		if !ok || w.records[link.Type].Name == "" {
			continue
		}
		to, sub := w.typeOf(t, link.Type), p.sub
		order := to.Order
		if link.Paged {
			order, sub = pageOrder(to.Keys), p.sub[0].sub
		}
		if order == "" {
			order = "{t}." + w.key(to)
		}
		from := fmt.Sprintf("%s p JOIN %s t ON %s WHERE p.%s > $1", r.Table, to.Table, bare(link.Join), w.key(r))
		out[p.coordinate] = w.read(t, link.Type, "p."+w.key(r), from, bare(order))
		w.readLinks(t, out, link.Type, sub)
	}
}

// pageOrder is the order of a page.
func pageOrder(keys []record.Order) string {
	out := make([]string, len(keys))
	for i, key := range keys {
		if out[i] = key.SQL; key.Desc {
			out[i] += " DESC"
		}
	}
	return strings.Join(out, ", ")
}

// typeOf is where a type is stored.
func (w *world) typeOf(t *testing.T, typename string) record.Type {
	t.Helper()
	r, ok := w.records[typename]
	if !ok {
		t.Fatalf("%s is not stored by an area that the matrix test knows: add the area to newWorld in e2e/matrix_plant_test.go", typename)
	}
	return r
}

// key is the column that names a row; sections are named by their child.
func (w *world) key(r record.Type) string {
	if r.Kind == record.Section && r.Table != "child" && r.Table != "enrolment" {
		return "child_id"
	}
	return r.ID()
}

// bare fills the few names that areas use in their SQL.
func bare(sql string) string {
	day := "'" + today + "'::date"
	pairs := []string{"{t}", "t", "{p}", "p", "{today}", day}
	for _, years := range []string{"6", "14", "16", "18"} {
		pairs = append(pairs, "{turned"+years+"}", "("+day+" - interval '"+years+" years')::date")
	}
	return strings.NewReplacer(pairs...).Replace(sql)
}

// read reads rows with the value of every leaf, by the row that they hang on.
func (w *world) read(t *testing.T, typename, parent, from, order string) map[int64][]stored {
	t.Helper()
	r := w.records[typename]
	decides := []string{"'section', NULL"}
	if len(r.About) > 0 {
		decides[0] = "'section', t.section"
	}
	for _, c := range w.columns[r.Table] {
		if slices.Contains([]string{"author_id", "author_agency_id", "agency_id", "role", "sealed_handler_id", "cancelled_on"}, c.Name) {
			decides = append(decides, fmt.Sprintf("'%s', t.%s", c.Name, c.Name))
		}
	}
	sql := fmt.Sprintf("SELECT %s, t.%s, jsonb_build_object(%s), (SELECT to_jsonb(x) FROM (SELECT %s) x) FROM %s ORDER BY %s, %s",
		parent, w.key(r), strings.Join(decides, ", "), w.leafSQL(t, typename), from, parent, order)
	rows, err := w.h.DB.Query(t.Context(), sql, firstPlanted)
	if err != nil {
		t.Fatalf("%v: %s", err, sql)
	}
	out := map[int64][]stored{}
	var on, id int64
	var row, fields []byte
	_, err = pgx.ForEachRow(rows, []any{&on, &id, &row, &fields}, func() error {
		s := stored{id: id}
		if err := json.Unmarshal(row, &s.row); err != nil {
			return err
		}
		out[on] = append(out[on], s)
		return json.Unmarshal(fields, &out[on][len(out[on])-1].fields)
	})
	if err != nil {
		t.Fatalf("%v: %s", err, sql)
	}
	return out
}

// leafSQL selects the value of every leaf and every place of a type under the
// name of its field.
func (w *world) leafSQL(t *testing.T, typename string) string {
	t.Helper()
	r := w.typeOf(t, typename)
	var out []string
	for _, p := range whole(typename) {
		link, linked := r.Links[p.field]
		switch {
		case linked && w.records[link.Type].Name != "": // read on its own
		case linked:
			join := strings.NewReplacer("{t}", "g", "{p}", "t").Replace(link.Join)
			out = append(out, fmt.Sprintf(`(SELECT jsonb_build_object('code', g.code, 'name', g.name) FROM %s g WHERE %s) AS "%s"`,
				groundTable(t, link.Type), join, p.field))
		case p.field == "id":
		default:
			sql := r.Columns[p.field]
			if sql == "" {
				sql = "{t}." + strings.TrimPrefix(snakes(p.field), "_")
			}
			out = append(out, fmt.Sprintf(`%s AS "%s"`, bare(sql), p.field))
		}
	}
	return strings.Join(out, ", ")
}

// groundTable is the table of a type that holds no child.
func groundTable(t *testing.T, typename string) string {
	t.Helper()
	for _, r := range agency.Records() {
		if r.Name == typename {
			return r.Table
		}
	}
	t.Fatalf("%s is linked from a child's records and stored by no area", typename)
	return ""
}
