package disclosure

import (
	"encoding/json"
	"strconv"

	"github.com/tongxin-hub/tongxin/policy"
)

// page writes one connection: the rows [from, to), of which the last is only
// there to tell that more follow.
func (w *writer) page(conn *connection, res *result, from, to int) {
	w.searched(conn, res, from, to)
	more := res.request.first >= 0 && to-from > res.request.first
	if more {
		to = from + res.request.first
	}
	w.members(conn.entries, res, pageRows{from, to, more})
}

// searched notes, for every row that a filter or order brought, what is thereby
// known of it, whether or not anything of the row is selected. That includes the
// row that only tells that more follow.
func (w *writer) searched(conn *connection, res *result, from, to int) {
	if len(res.request.searched) == 0 {
		return
	}
	w.acc.search(res.request.searched)
	for row := from; row < to; row++ {
		if conn.row.child >= 0 {
			set := policy.Bases(res.rows.number(row, conn.row.bases)) //nolint:gosec // a bit set
			w.acc.found(res.rows.number(row, conn.row.child), set, res.request.searched)
		}
	}
}

type pageRows struct {
	from, to int
	more     bool
}

func (w *writer) members(entries []connEntry, res *result, p pageRows) {
	w.buf = append(w.buf, '{')
	for i, e := range entries {
		w.comma(i)
		w.buf = append(w.buf, e.key...)
		w.member(e, res, p)
	}
	w.buf = append(w.buf, '}')
}

func (w *writer) member(e connEntry, res *result, p pageRows) {
	switch e.field {
	case "__typename":
		w.text([]byte(e.text))
	case "nodes":
		w.each(p, func(row int) { w.object(e.node, res.rows, row) })
	case "edges":
		w.each(p, func(row int) { w.members(e.sub, res, pageRows{row, row + 1, p.more}) })
	case "node":
		w.object(e.node, res.rows, p.from)
	case "cursor", "startCursor":
		w.cursor(res, p.from, p.to)
	case "endCursor":
		w.cursor(res, p.to-1, p.to)
	case "pageInfo":
		w.members(e.sub, res, p)
	case "hasNextPage":
		w.buf = strconv.AppendBool(w.buf, p.more)
	case "hasPreviousPage":
		w.buf = strconv.AppendBool(w.buf, res.request.after)
	default:
		w.null()
	}
}

func (w *writer) each(p pageRows, write func(row int)) {
	w.buf = append(w.buf, '[')
	for row := p.from; row < p.to; row++ {
		w.comma(row - p.from)
		write(row)
	}
	w.buf = append(w.buf, ']')
}

// cursor writes the sealed place of a row; null on an empty page.
func (w *writer) cursor(res *result, row, to int) {
	if row < 0 || row >= to {
		w.null()
		return
	}
	key := cursorKey{Keys: make([]string, len(res.request.keys))}
	for i, column := range res.request.keys {
		key.Keys[i] = string(res.rows.cell(row, column))
	}
	if res.request.keyIDs != nil {
		key.Parent = res.request.keyIDs[res.rows.number(row, 0)-1]
	}
	plain, err := json.Marshal(key)
	if err != nil {
		w.err = err
		return
	}
	w.buf = append(w.r.ids.AppendSeal(append(w.buf, '"'), res.request.bound, plain), '"')
}
