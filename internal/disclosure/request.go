package disclosure

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/record"
)

// request finishes the SQL of a fetch: arguments, and for pages filters, order,
// cursor and size.
func (r *runner) request(f *fetch, st *start, keys []int64) (request, error) {
	if f.conn == nil {
		b := &builder{r: r, f: f, q: request{first: -1, sql: f.sql, params: f.stmt.params}}
		b.stmt.params = f.stmt.params
		err := b.arguments(f.args)
		return b.q, err
	}
	b := &builder{r: r, f: f, stmt: *f.stmt, q: request{first: -1, keyIDs: keys}}
	b.stmt.params = append([]string(nil), f.stmt.params...)
	b.stmt.columns = append([]string(nil), f.stmt.columns...)
	if err := b.arguments(f.args); err != nil {
		return b.q, err
	}
	err := b.page(f.conn, st)
	b.q.sql, b.q.params = b.stmt.text(and(b.where...), b.limit), b.stmt.params
	return b.q, err
}

// finish writes the SQL of a fetch that is the same for every request.
func (f *fetch) finish(root *record.Root) {
	if f.conn != nil {
		return
	}
	limit := ""
	switch {
	case f.link != nil && f.link.link.List:
		limit = strconv.Itoa(f.link.bound + 1)
	case root != nil && root.List && !root.Keyed:
		limit = strconv.Itoa(f.rootBound + 1)
	case root != nil && !root.Keyed:
		limit = "1"
	}
	f.sql = f.stmt.text("", limit)
}

// builder adds to a copy of a compiled statement what this request asks.
type builder struct {
	r     *runner
	f     *fetch
	stmt  statement
	q     request
	where []string
	limit string
}

// value binds one more value and gives its placeholder.
func (b *builder) value(v any, cast string) string {
	b.q.args = append(b.q.args, v)
	b.stmt.params = append(b.stmt.params, "value")
	return "$" + strconv.Itoa(len(b.stmt.params)) + "::" + cast
}

// arguments binds {arg.…} placeholders that the root's SQL names.
func (b *builder) arguments(a args) error {
	for _, name := range b.stmt.params {
		path, ok := strings.CutPrefix(name, "arg.")
		if !ok {
			continue
		}
		v, err := b.r.argPath(a, path)
		if err != nil {
			return err
		}
		if path == "child" { // an auditor's pseudonym stands for the child it names
			typename, id, err := b.r.ids.Decode(b.r.access.Caller.Agency.Code, fmt.Sprint(v))
			if err != nil || typename != "Child" {
				id = -1
			}
			v = strconv.FormatInt(id, 10)
		}
		if path == "input.token" && !isToken(v) {
			return fault.New(fault.BadRequest,
				"请发送64位十六进制的令牌，不要发送号码本身。", "Send the token, 64 hex digits, and never the number itself.")
		}
		if v != nil {
			v = fmt.Sprint(v)
			if def := a.def.ForName(path); def != nil {
				if err := wellFormed(v.(string), castOf(def.Type.Name())); err != nil {
					return err
				}
			}
		}
		b.q.args = append(b.q.args, v)
	}
	return nil
}

// page adds filter, order, cursor and size of a connection.
func (b *builder) page(conn *connection, st *start) error {
	var err error
	if b.q.first, err = b.f.args.first(b.r.vars); err != nil {
		return err
	}
	orders := conn.orders
	b.q.bound = b.r.access.Caller.Agency.Code + "/" + b.f.name()
	if st != nil {
		if orders, err = b.filterAndOrder(st, orders); err != nil {
			return err
		}
	}
	aliases := b.stmt.rowKeys()
	exprs := make([]string, len(orders))
	sorted := make([]string, len(orders))
	for i, o := range orders {
		exprs[i] = b.stmt.expand(o.SQL, aliases)
		b.q.keys = append(b.q.keys, b.stmt.column(exprs[i]))
		sorted[i] = exprs[i]
		if o.Desc {
			sorted[i] += " DESC"
		}
	}
	if err := b.after(orders, exprs); err != nil {
		return err
	}
	b.stmt.order = strings.Join(sorted, ", ")
	if b.stmt.merged != nil {
		b.stmt.order = "k.step, " + b.stmt.order
	}
	if b.stmt.inner != "" {
		b.stmt.innerOrder, b.stmt.order = b.stmt.order, "p.o, "+b.stmt.order
	}
	// A literal: with a parameter the planner would prepare to read a tenth of all.
	b.limit = strconv.Itoa(b.q.first + 1)
	return nil
}

// cursorKey is the sealed content of a cursor.
type cursorKey struct {
	Parent int64    `json:"p,omitempty"`
	Keys   []string `json:"k"`
}

// after adds the keyset condition of a cursor: a row comparison.
func (b *builder) after(orders []record.Order, exprs []string) error {
	text, err := b.f.args.text("after", b.r.vars)
	if err != nil || text == "" {
		return err
	}
	plain, err := b.r.ids.Unseal(b.q.bound, text)
	if err != nil {
		return err
	}
	var key cursorKey
	err = json.Unmarshal(plain, &key)
	if err != nil || len(key.Keys) != len(orders) || b.q.keyIDs != nil && !slices.Contains(b.q.keyIDs, key.Parent) {
		return fault.Wrap(fault.BadRequest,
			"游标与本次查询不符，请从第一页重新开始。", "The cursor does not belong to this query; start from the first page.", err)
	}
	b.q.after = true
	values := make([]string, len(orders))
	for i, o := range orders {
		values[i] = b.value(key.Keys[i], "text") + "::" + o.Cast
	}
	compare := " > "
	if orders[0].Desc {
		compare = " < "
	}
	b.narrow("("+strings.Join(exprs, ", ")+")"+compare+"("+strings.Join(values, ", ")+")", true)
	if b.stmt.merged != nil {
		b.stmt.merged.until = append(b.stmt.merged.until, values[0])
	}
	if key.Parent != 0 {
		b.where = append(b.where, "p.id = "+b.value(key.Parent, "bigint"))
	}
	return nil
}

// filterAndOrder applies the filter and order inputs of a root connection and
// binds the cursor to both.
func (b *builder) filterAndOrder(st *start, orders []record.Order) ([]record.Order, error) {
	filter, err := st.args.value("filter", b.r.vars)
	if err != nil {
		return nil, err
	}
	members, _ := filter.(map[string]any)
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	sort.Strings(names)
	b.post(&st.root.Postings, members)
	for _, name := range names {
		if members[name] == nil {
			continue
		}
		if err := b.filter(st, name, members[name]); err != nil {
			return nil, err
		}
		b.q.bound += fmt.Sprintf("/%s=%v", name, members[name])
	}
	order, err := st.args.value("orderBy", b.r.vars)
	if err != nil || order == nil {
		return orders, err
	}
	by, _ := order.(map[string]any)
	return b.order(st, fmt.Sprint(by["by"]), by["direction"] == "DESC", orders)
}

// filter adds one condition on a coordinate the caller may read in full for
// every row in reach; rows that deny it never match.
func (b *builder) filter(st *start, name string, value any) error {
	def := b.r.cat.inputType(st.field, "filter").Fields.ForName(name)
	coordinate := b.r.cat.filtered(st.field, name)
	guard, err := b.readable(coordinate)
	if err != nil {
		return err
	}
	b.q.searched = append(b.q.searched, coordinate)
	bound, cast, err := bind(def.Type, value)
	if err != nil {
		return err
	}
	text := fmt.Sprint(value)
	aliases, keyed := map[string]string{"t": "t"}, slices.Contains(st.root.Postings.Keyed, name)
	if keyed {
		aliases = b.stmt.rowKeys()
	}
	condition := st.root.Filters[b.r.cat.variant(st.root.Filters, name, text)]
	if strings.Contains(condition, "{v}") {
		aliases["v"] = b.value(bound, cast)
		if m := b.stmt.merged; m != nil && name == st.root.Postings.Newest {
			m.until = append(m.until, aliases["v"])
		}
	}
	b.where = append(b.where, guard)
	b.narrow(b.stmt.expand(condition, aliases), keyed)
	return nil
}

// narrow adds a condition; one over the keys alone belongs to each step of a merge.
func (b *builder) narrow(condition string, keyed bool) {
	if b.stmt.merged != nil && keyed {
		b.stmt.merged.where = append(b.stmt.merged.where, condition)
		return
	}
	b.where = append(b.where, condition)
}

// post finds the page in postings, by the best member that the filter has.
func (b *builder) post(p *record.Postings, members map[string]any) {
	for _, by := range p.By {
		member := memberOf(by.Member)
		value := members[member]
		if value == nil || b.r.cat.variant(record.Columns{by.Member: "", "!" + member: ""}, member, fmt.Sprint(value)) != by.Member {
			continue
		}
		if by.Where+by.Among != "" {
			aliases := map[string]string{"k": "k"}
			if strings.Contains(by.Where+by.Among, "{v}") {
				aliases["v"] = b.value(fmt.Sprint(value), "text") + "::text"
			}
			b.stmt.post(p, b.stmt.expand(by.Where, aliases), b.stmt.expand(by.Among, aliases))
		}
		return
	}
}

// order puts a key in front of the type's own unique key.
func (b *builder) order(st *start, by string, desc bool, orders []record.Order) ([]record.Order, error) {
	coordinate := b.r.cat.ordered(st.field, by)
	guard, err := b.readable(coordinate)
	if err != nil {
		return nil, err
	}
	b.q.searched = append(b.q.searched, coordinate)
	last := orders[len(orders)-1]
	last.Desc = desc
	b.q.bound += fmt.Sprintf("/%s/%v", by, desc)
	key, ok := st.root.Orders[by]
	if !ok {
		return []record.Order{last}, nil
	}
	key.Desc = desc
	if guard != "" {
		key.SQL = "CASE WHEN " + guard + " THEN " + key.SQL + " ELSE '-infinity' END"
	}
	return []record.Order{key, last}, nil
}

// readable is the guard of a coordinate that may be filtered or ordered by.
func (b *builder) readable(coordinate string) (string, error) {
	cell := b.r.access.View.Cell(coordinate)
	fr := b.f.frame
	if !fr.within(cell.Full & fr.computed) {
		return "", fault.New(fault.Forbidden,
			"不能按您无权全部查看的字段筛选或排序。", "You may not filter or order by what you may not read in full.")
	}
	return fr.guard(cell.Full, cell.Deny), nil
}

// isToken reports whether a value is a join token by its form.
func isToken(v any) bool {
	text, ok := v.(string)
	raw, err := hex.DecodeString(text)
	return ok && err == nil && len(raw) == 32
}

// mostListed is how many values a list in a filter may have.
const mostListed = 100

// bind is the value of a filter's member as a statement takes it, and the type that it is
// cast to.
func bind(t *ast.Type, value any) (bound any, cast string, err error) {
	list, many := value.([]any)
	if t.Elem == nil {
		cast = castOf(t.Name())
		return fmt.Sprint(value), "text::" + cast, wellFormed(fmt.Sprint(value), cast)
	}
	if !many {
		list = []any{value} // one value stands for a list of it
	}
	if len(list) > mostListed {
		return nil, "", fault.New(fault.BadRequest, "一次至多100项。", "At most 100 values at once.")
	}
	texts := make([]string, len(list))
	for i, one := range list {
		texts[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(fmt.Sprint(one)) + `"`
	}
	return "{" + strings.Join(texts, ",") + "}", "text::text[]", nil
}

// wellFormed refuses a text that is no date or instant where one is meant.
func wellFormed(text, cast string) error {
	if _, err := time.Parse(time.DateOnly, text); cast == "date" && err != nil {
		return fault.New(fault.BadRequest, "日期须写作 YYYY-MM-DD。", "Write dates as YYYY-MM-DD.")
	}
	if _, err := time.Parse(time.RFC3339, text); cast == "timestamptz" && err != nil {
		return fault.New(fault.BadRequest, "时刻须写作 RFC 3339 格式。", "Write instants as in RFC 3339.")
	}
	return nil
}

func castOf(typename string) string {
	switch typename {
	case "Boolean":
		return "boolean"
	case "Int":
		return "integer"
	case "LocalDate":
		return "date"
	case "DateTime":
		return "timestamptz"
	}
	return "text"
}
