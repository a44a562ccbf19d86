package raw

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// layout is how the columns of a row become JSON: what stands before each value,
// how the value is written and what closes the row.
type layout struct {
	columns []column
	tail    []byte
}

type column struct {
	before []byte
	// raw values are JSON already: numbers, booleans, aggregates.
	raw bool
}

// parseLayout reads a shape such as `id age# enrolment{stage grade#}`: names in
// the order of the columns, # for raw values, braces for nested objects.
func parseLayout(shape string) (layout, error) {
	shape = strings.NewReplacer("{", " { ", "}", " } ").Replace(shape)
	var l layout
	var before bytes.Buffer
	before.WriteByte('{')
	first, depth := true, 0
	key := func(name string) {
		if !first {
			before.WriteByte(',')
		}
		fmt.Fprintf(&before, "%q:", name)
		first = false
	}
	words := strings.Fields(shape)
	for i, word := range words {
		switch {
		case word == "{":
			before.WriteByte('{')
			first = true
			depth++
		case word == "}":
			before.WriteByte('}')
			first = false
			depth--
		case i+1 < len(words) && words[i+1] == "{":
			key(word)
		default:
			name, raw := strings.CutSuffix(word, "#")
			key(name)
			l.columns = append(l.columns, column{bytes.Clone(before.Bytes()), raw})
			before.Reset()
		}
	}
	if depth != 0 || len(l.columns) == 0 {
		return l, fmt.Errorf("shape %q does not close", shape)
	}
	l.tail = append(bytes.Clone(before.Bytes()), '}')
	return l, nil
}

// row appends one row.
func (l *layout) row(out []byte, values [][]byte) []byte {
	for i := range l.columns {
		c := &l.columns[i]
		out = append(out, c.before...)
		switch v := values[i]; {
		case v == nil:
			out = append(out, "null"...)
		case c.raw:
			out = append(out, v...)
		default:
			out = text(out, v)
		}
	}
	return append(out, l.tail...)
}

// text appends a JSON string; what needs no escape is copied.
func text(out, s []byte) []byte {
	for _, c := range s {
		if c < 0x20 || c == '"' || c == '\\' {
			return escaped(out, s)
		}
	}
	if !utf8.Valid(s) {
		return escaped(out, s)
	}
	out = append(out, '"')
	out = append(out, s...)
	return append(out, '"')
}

func escaped(out, s []byte) []byte {
	quoted, err := json.Marshal(string(s))
	if err != nil {
		return append(out, "null"...) // a string: cannot fail
	}
	return append(out, quoted...)
}
