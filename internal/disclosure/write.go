package disclosure

import (
	"strconv"

	"github.com/tongxin-hub/tongxin/internal/record"
	"github.com/tongxin-hub/tongxin/policy"
)

// writer turns the rows into JSON in the order and under the aliases of the
// selection, and keeps account of what it wrote.
type writer struct {
	r   *runner
	buf []byte
	acc *account
	// child is the child whose record is being written, 0 outside one.
	child int64
	err   error
}

// data writes the response up to the end of the data member.
func (w *writer) data() ([]byte, error) {
	rows := 1
	for _, res := range w.r.results {
		rows += res.rows.rows
	}
	// As many bytes a row, and for the receipt, as last time: the buffer seldom has
	// to grow, and an answer of another size does not ask for the room of this one.
	w.buf = make([]byte, 0, rows*int(w.r.plan.perRow.Load())+int(w.r.plan.tail.Load())+64)
	w.buf = append(append(w.buf, dataMember...), '{')
	for i, st := range w.r.plan.roots {
		w.comma(i)
		w.buf = append(w.buf, st.key...)
		w.root(st)
	}
	w.buf = append(w.buf, '}')
	w.r.plan.perRow.Store(int64(len(w.buf)/rows + 1))
	return w.buf, w.err
}

func (w *writer) comma(i int) {
	if i > 0 {
		w.buf = append(w.buf, ',')
	}
}

func (w *writer) null() { w.buf = append(w.buf, "null"...) }

func (w *writer) root(st *start) {
	switch {
	case st.field == "":
		w.text([]byte("Query"))
	case st.root.Keyed && st.root.List:
		w.buf = append(w.buf, '[')
		for i, k := range w.r.keyed[st] {
			w.comma(i)
			w.keyed(st, k.typename, i+1)
		}
		w.buf = append(w.buf, ']')
	case st.root.Keyed:
		w.keyed(st, w.r.keyed[st][0].typename, 1)
	default:
		for _, f := range st.bodies {
			w.fetch(f, 1)
		}
	}
}

func (w *writer) keyed(st *start, typename string, ordinal int) {
	f := st.bodies[typename]
	if f == nil {
		w.missing()
		return
	}
	res := w.r.results[f]
	span := res.spans[ordinal]
	if span[1] == span[0] {
		w.missing()
		return
	}
	w.object(f.body, res.rows, span[0])
}

// missing writes null for a thing that is not in reach.
func (w *writer) missing() {
	w.acc.missing++
	w.null()
}

// fetch writes the rows of a fetch under one parent.
func (w *writer) fetch(f *fetch, ordinal int) {
	res := w.r.results[f]
	from, to := 0, 0
	if ordinal > 0 && ordinal < len(res.spans) {
		from, to = res.spans[ordinal][0], res.spans[ordinal][1]
	}
	if f.listed != nil && to > from && w.child != 0 {
		w.acc.wrote(w.child, f.listed, policy.Caller.Bit())
	}
	switch {
	case f.conn != nil:
		w.page(f.conn, res, from, to)
	case f.list:
		if bound := w.bound(f); bound > 0 && to-from > bound {
			to = from + bound
			w.acc.cut(f.name())
		}
		w.buf = append(w.buf, '[')
		for row := from; row < to; row++ {
			w.comma(row - from)
			w.object(f.body, res.rows, row)
		}
		w.buf = append(w.buf, ']')
	case from == to:
		w.missing()
	default:
		w.object(f.body, res.rows, from)
	}
}

func (w *writer) bound(f *fetch) int {
	if f.link != nil {
		return f.link.bound
	}
	return f.rootBound
}

// object writes one row.
func (w *writer) object(n *node, rows *rowset, row int) {
	if n.inlined && rows.cell(row, n.id) == nil {
		w.null()
		return
	}
	outer := w.child
	if n.child >= 0 {
		w.child = rows.number(row, n.child)
	}
	set := policy.Bases(rows.number(row, n.bases)) //nolint:gosec // a bit set
	w.acc.wrote(w.child, n, set)
	w.buf = append(w.buf, '{')
	for i := range n.entries {
		e := &n.entries[i]
		w.comma(i)
		w.buf = append(w.buf, e.key...)
		switch e.kind {
		case entryTypename:
			w.text([]byte(n.obj.Name))
		case entryColumn:
			w.value(e, rows.cell(row, e.column))
		case entryObject:
			w.object(e.node, rows, row)
		case entryFetch:
			if ordinal := w.r.results[e.fetch].ordinals[row]; ordinal > 0 {
				w.fetch(e.fetch, int(ordinal))
			} else {
				w.null()
			}
		case entryNull:
			w.null()
		}
	}
	w.buf = append(w.buf, '}')
	if n.obj.Kind == record.Child || n.obj.Kind == record.OfChild {
		w.child = outer
	}
}

// value writes the text of a column as JSON.
func (w *writer) value(e *entry, text []byte) {
	switch {
	case text == nil:
		w.null()
	case e.out == outRaw:
		w.buf = append(w.buf, text...)
	case e.out == outBool:
		w.buf = strconv.AppendBool(w.buf, text[0] == 't')
	case e.out == outID:
		id, err := strconv.ParseInt(string(text), 10, 64)
		if err != nil {
			w.err = err
		}
		w.buf = append(w.r.ids.Append(append(w.buf, '"'), w.r.access.Caller.Agency.Code, e.idType, id), '"')
	default:
		w.text(text)
	}
}

const hexDigits = "0123456789abcdef"

// text writes a JSON string as the generated executor would: only quotes,
// backslashes and control characters are escaped.
func (w *writer) text(s []byte) {
	w.buf = append(w.buf, '"')
	from := 0
	for i, c := range s {
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		w.buf = append(w.buf, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			w.buf = append(w.buf, '\\', c)
		case '\n':
			w.buf = append(w.buf, '\\', 'n')
		case '\r':
			w.buf = append(w.buf, '\\', 'r')
		case '\t':
			w.buf = append(w.buf, '\\', 't')
		default:
			w.buf = append(w.buf, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
		}
	}
	w.buf = append(append(w.buf, s[from:]...), '"')
}
