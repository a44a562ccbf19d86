package onesource

import (
	"regexp"
	"slices"
	"strings"
)

// written is a column that a statement writes; every column of the table where Column
// is "*", and anything at all where Table is, too.
type written struct{ Table, Column string }

// What is done to rows, as pg_trigger.tgtype counts it.
const (
	insert = 4
	remove = 8
	update = 16
)

// write is a column with what is done to its row.
type write struct {
	Table, Column string
	Event         int
}

// word is a word, number, string or sign of SQL.
var word = regexp.MustCompile(`--[^\n]*|'(?:[^']|'')*'|"[^"]+"|[A-Za-z_][A-Za-z0-9_.$]*|[0-9]+|\S`)

// words are those of a statement, without comments and strings; keywords in upper case.
func words(sql string) []string {
	var out []string
	for _, w := range word.FindAllString(sql, -1) {
		switch {
		case strings.HasPrefix(w, "--"), strings.HasPrefix(w, "'"):
		case slices.Contains(keywords, strings.ToUpper(w)):
			out = append(out, strings.ToUpper(w))
		default:
			out = append(out, strings.Trim(strings.ToLower(w), `"`))
		}
	}
	return out
}

var keywords = []string{"INSERT", "INTO", "UPDATE", "DELETE", "FROM", "SET", "WHERE", "RETURNING", "FOR", "KEY", "DO", "ON", "ONLY", "AS", "MERGE", "TRUNCATE", "COPY", "EXECUTE"}

// writes are the columns that SQL writes, whatever stands around it: common table
// expressions and bodies of functions alike.
func writes(sql string) []write {
	w, out, into := words(sql), []write(nil), ""
	add := func(event int, list ...written) {
		for _, x := range list {
			out = append(out, write{x.Table, x.Column, event})
		}
	}
	for i := range w {
		before := ""
		if i > 0 {
			before = w[i-1]
		}
		switch {
		case w[i] == "INTO" && before == "INSERT":
			into = w[i+1]
			add(insert, inserted(into, w[i+2:])...)
		case w[i] == "FROM" && before == "DELETE":
			add(remove, written{w[i+1], "*"})
		case w[i] == "UPDATE" && before == "DO":
			add(update, set(into, w[i+1:])...)
		case w[i] == "UPDATE" && i+1 < len(w) && before != "FOR" && before != "KEY" && before != "ON" && w[i+1] != "OF":
			at := i + 1
			if w[at] == "ONLY" {
				at++
			}
			add(update, set(w[at], w[at+1:])...)
		case w[i] == "MERGE", w[i] == "TRUNCATE", w[i] == "COPY":
			add(update, written{"*", "*"})
		}
	}
	return out
}

// inserted are the columns in brackets after the table.
func inserted(table string, w []string) []written {
	if len(w) > 1 && w[0] == "AS" {
		w = w[2:]
	}
	if len(w) == 0 || w[0] != "(" {
		return []written{{table, "*"}}
	}
	var out []written
	for _, column := range w[1:slices.Index(w, ")")] {
		if column != "," {
			out = append(out, written{table, strings.ToLower(column)})
		}
	}
	return out
}

// set are the columns after SET, up to what follows the assignments.
func set(table string, w []string) []written {
	from := slices.Index(w, "SET")
	if from < 0 || from > 2 {
		return []written{{table, "*"}} // not understood: take the whole table
	}
	var out []written
	depth, left := 0, true
	for _, x := range w[from+1:] {
		switch {
		case x == "(":
			depth++
		case x == ")":
			depth--
		case x == "=" && (depth == 0 || left):
			left = false
		case x == "," && depth == 0:
			left = true
		case depth == 0 && (x == "FROM" || x == "WHERE" || x == "RETURNING" || x == ";"):
			return out
		case x != "," && left:
			out = append(out, written{table, strings.ToLower(x[strings.LastIndex(x, ".")+1:])})
		}
		if depth < 0 {
			return out
		}
	}
	return out
}
