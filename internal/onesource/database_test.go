package onesource

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/pgtest"
)

// ownBooks are functions and triggers whose text is put together while they run and
// that write nothing but the hub's own books.
var ownBooks = []string{"remark", "audit_partition"}

// database is what the database does of itself when a statement is run.
type database struct {
	columns map[string][]string
	// calls are the functions of ours that may write, and their text: PostgreSQL lets only
	// volatile ones.
	calls map[string]string
	// after are the functions that triggers run when a column is written.
	after map[write][]string
	// shows are the columns of tables behind a column of the same name of a view.
	shows map[written][]written
	known map[string]map[written]bool
}

const columnsSQL = `-- name: ColumnsOfTables
SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, a.attnum`

const functionsSQL = `-- name: TextsOfFunctions
SELECT proname::text, string_agg(coalesce(prosrc, '') || coalesce(pg_get_function_sqlbody(oid), ''), ' ') FROM pg_proc
WHERE pronamespace IN ('public'::regnamespace, 'deciding'::regnamespace) AND prokind IN ('f', 'p') AND provolatile = 'v' GROUP BY 1`

const triggersSQL = `-- name: FunctionsOfTriggers
SELECT DISTINCT c.relname || ' ' || a.attname || ' ' || e.event, p.proname::text FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
JOIN pg_proc p ON p.oid = g.tgfoid JOIN (VALUES (4), (8), (16)) AS e (event) ON g.tgtype & e.event <> 0
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND (e.event <> 16 OR g.tgattr = '' OR a.attnum = ANY (g.tgattr))
WHERE NOT g.tgisinternal ORDER BY 1, 2`

const viewsSQL = `-- name: TablesOfViews
SELECT DISTINCT view_name::text, table_name || '.' || column_name FROM information_schema.view_column_usage WHERE view_schema = 'public' ORDER BY 1, 2`

// ask learns it from a migrated database.
func ask(t *testing.T) database {
	t.Helper()
	_, db := pgtest.New(t)
	d := database{columns: map[string][]string{}, calls: map[string]string{}, after: map[write][]string{}, shows: map[written][]written{}, known: map[string]map[written]bool{}}
	each := func(sql string, take func(a, b string)) {
		rows, err := db.Query(t.Context(), sql)
		if err != nil {
			t.Fatal(err)
		}
		var a, b string
		if _, err := pgx.ForEachRow(rows, []any{&a, &b}, func() error { take(a, b); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	each(columnsSQL, func(table, column string) { d.columns[table] = append(d.columns[table], column) })
	each(functionsSQL, func(name, text string) { d.calls[name] = text })
	each(triggersSQL, func(at, name string) {
		var x write
		if _, err := fmt.Sscan(at, &x.Table, &x.Column, &x.Event); err != nil {
			t.Fatal(err)
		}
		d.after[x] = append(d.after[x], name)
	})
	each(viewsSQL, func(view, column string) {
		table, name, _ := strings.Cut(column, ".")
		d.shows[written{view, name}] = append(d.shows[written{view, name}], written{table, name})
	})
	return d
}

// changing is in a text that is put together to write.
var changing = regexp.MustCompile(`(?i)\b(INSERT|UPDATE|DELETE)\b`)

// written are the columns that a statement writes, with what the functions that it
// calls and the triggers of what it writes do.
func (d database) written(sql string) map[written]bool {
	if out, known := d.known[sql]; known {
		return out
	}
	out, seen := map[written]bool{}, map[string]bool{}
	d.known[sql] = out
	todo := []string{sql}
	call := func(name string) {
		if text, ours := d.calls[name]; ours && !seen[name] && !slices.Contains(ownBooks, name) {
			seen[name] = true
			todo = append(todo, text)
		}
	}
	for ; len(todo) > 0; todo = todo[1:] {
		for _, x := range words(todo[0]) {
			if x == "EXECUTE" && changing.MatchString(todo[0]) {
				out[written{"*", "*"}] = true
			}
			call(x[strings.LastIndex(x, ".")+1:])
		}
		for _, x := range writes(todo[0]) {
			x.Table = strings.TrimPrefix(x.Table, "public.")
			columns := []string{x.Column}
			if x.Column == "*" && x.Table != "*" {
				columns = d.columns[x.Table]
			}
			for _, x.Column = range columns {
				out[written{x.Table, x.Column}] = true
				for _, name := range d.after[x] {
					call(name)
				}
			}
		}
	}
	return out
}
