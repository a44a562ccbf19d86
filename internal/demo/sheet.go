package demo

import (
	"iter"
	"strings"
)

// sheet is the rows of one table, made while they are copied.
type sheet struct {
	table   string
	columns []string
	rows    iter.Seq[[]any]
}

// newSheet names a table, its columns separated by blanks, and its rows.
func newSheet(table, columns string, rows iter.Seq[[]any]) sheet {
	return sheet{table: table, columns: strings.Fields(columns), rows: rows}
}

// listed is the sheet of a list, one row for each element.
func listed[T any](table, columns string, list []T, row func(T) []any) sheet {
	return newSheet(table, columns, func(yield func([]any) bool) {
		for i := range list {
			if !yield(row(list[i])) {
				return
			}
		}
	})
}

// perChild is the sheet of rows that hang on children; each may give any number,
// in a stream of its own.
func (d *District) perChild(table, columns string, rows func(c *child, s stream, add func(...any))) sheet {
	return newSheet(table, columns, func(yield func([]any) bool) {
		open := true
		add := func(row ...any) { open = open && yield(row) }
		for _, c := range d.children {
			rows(c, d.stream(table, c.id), add)
			if !open {
				return
			}
		}
	})
}

// counted is perChild for tables with an id, which it puts first.
func (d *District) counted(table, columns string, rows func(c *child, s stream, add func(...any))) sheet {
	return newSheet(table, "id "+columns, func(yield func([]any) bool) {
		inner := d.perChild(table, columns, rows)
		var id int64
		for row := range inner.rows {
			id++
			if !yield(append([]any{id}, row...)) {
				return
			}
		}
	})
}
