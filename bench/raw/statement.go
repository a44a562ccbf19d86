package raw

import (
	"embed"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/jackc/pgx/v5"
)

//go:embed sql/*.sql
var files embed.FS

// answer says what is built around the rows.
type answer int

const (
	one answer = iota
	list
	page
)

// pageSize of the paged workloads; statements ask for one row more.
const pageSize = 50

// statement is one workload.
type statement struct {
	name   string
	sql    string
	answer answer
	layout layout
	// open stands before the rows.
	open []byte
	// child is the column that holds the id of the child, for the record.
	child int
}

// statements reads every workload's file: two lines of header, then SQL.
func statements() (map[string]*statement, error) {
	entries, err := files.ReadDir("sql")
	if err != nil {
		return nil, err
	}
	out := map[string]*statement{}
	for _, e := range entries {
		if e.Name() == "schema.sql" {
			continue
		}
		content, err := files.ReadFile(path.Join("sql", e.Name()))
		if err != nil {
			return nil, err
		}
		s, err := parse(strings.TrimSuffix(e.Name(), ".sql"), string(content))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name(), err)
		}
		out[s.name] = s
	}
	return out, nil
}

func parse(name, content string) (*statement, error) {
	kind, rest, found := strings.Cut(strings.TrimPrefix(content, "-- answer: "), "\n")
	shape, sql, more := strings.Cut(strings.TrimPrefix(rest, "-- shape: "), "\n")
	if !found || !more {
		return nil, errors.New("the header is missing")
	}
	s := &statement{name: name, sql: "-- name: " + name + "\n" + sql}
	var word, field string
	if _, err := fmt.Sscan(kind+" 0", &word, &field, &s.child); err != nil {
		return nil, fmt.Errorf("answer %q: %w", kind, err)
	}
	switch word {
	case "one":
		s.answer, s.open = one, []byte(`{"data":{"`+field+`":`)
	case "list":
		s.answer, s.open = list, []byte(`{"data":{"`+field+`":[`)
	case "page":
		s.answer, s.open = page, []byte(`{"data":{"`+field+`":{"nodes":[`)
	default:
		return nil, fmt.Errorf("unknown answer %q", word)
	}
	var err error
	s.layout, err = parseLayout(shape)
	return s, err
}

// write appends the whole body. children are the ids in the rows' first column.
func (s *statement) write(out []byte, rows pgx.Rows, note func(id []byte)) ([]byte, error) {
	defer rows.Close()
	out = append(out, s.open...)
	n := 0
	for rows.Next() {
		if n++; s.answer == page && n > pageSize {
			continue
		}
		if n > 1 {
			out = append(out, ',')
		}
		values := rows.RawValues()
		if note != nil {
			note(values[s.child])
		}
		out = s.layout.row(out, values)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	switch {
	case s.answer == one && n == 0:
		out = append(out, "null}}"...)
	case s.answer == one:
		out = append(out, "}}"...)
	case s.answer == list:
		out = append(out, "]}}"...)
	case n > pageSize:
		out = append(out, `],"pageInfo":{"hasNextPage":true}}}}`...)
	default:
		out = append(out, `],"pageInfo":{"hasNextPage":false}}}}`...)
	}
	return out, nil
}
