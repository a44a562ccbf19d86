package disclosure

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tongxin-hub/tongxin/policy"
)

// statement is the SQL of one fetch under construction: its columns, joins and
// the caller's parameters. Everything in it comes from the catalog; values of
// the request are bound, never spliced.
type statement struct {
	// name is the type read, for traces.
	name    string
	columns []string
	joins   []string
	// params are names bound at run time, in order: keys, bases, caller's
	// parameters (staff, today …) and arguments (arg.code).
	params  []string
	aliases int
	// from and where are set by the fetch; order ends in a unique column.
	from, where, order string
	// inner is set when the rows hang on parents: the subquery that is run for
	// each parent, with its own order. where and limit then belong to it.
	inner, innerOrder string
}

// column adds an expression as text and returns its index.
func (s *statement) column(sql string) int {
	text := "(" + sql + ")::text"
	for i, c := range s.columns {
		if c == text {
			return i
		}
	}
	s.columns = append(s.columns, text)
	return len(s.columns) - 1
}

// alias makes a fresh table alias.
func (s *statement) alias() string {
	s.aliases++
	return "j" + strconv.Itoa(s.aliases)
}

// param gives the placeholder of a named value.
func (s *statement) param(name string) string {
	for i, p := range s.params {
		if p == name {
			return "$" + strconv.Itoa(i+1)
		}
	}
	s.params = append(s.params, name)
	return "$" + strconv.Itoa(len(s.params))
}

// expand fills the aliases and parameters of a template. Known names: {t} {p}
// {c} aliases, everything else a parameter with its cast.
func (s *statement) expand(template string, aliases map[string]string) string {
	var out strings.Builder
	for {
		open := strings.IndexByte(template, '{')
		if open < 0 {
			out.WriteString(template)
			return out.String()
		}
		end := strings.IndexByte(template[open:], '}') + open
		name := template[open+1 : end]
		out.WriteString(template[:open])
		template = template[end+1:]
		if alias, ok := aliases[name]; ok {
			out.WriteString(alias)
			continue
		}
		out.WriteString(s.bound(name))
	}
}

// bound is the typed placeholder of a caller's parameter or an argument.
func (s *statement) bound(name string) string {
	cast := "text"
	if !strings.HasPrefix(name, "arg.") {
		_, cast = (&Access{}).param(name)
	}
	if cast == "" {
		// An unknown name is a mistake in a store.go; the statement will not prepare.
		cast = "unknown_parameter_" + name
	}
	return s.param(name) + "::" + cast
}

// text is the finished SQL with what only the request knows: further
// conditions and the limit.
func (s *statement) text(where, limit string) string {
	var b strings.Builder
	b.WriteString("-- name: Read" + s.name + "\nSELECT ")
	b.WriteString(strings.Join(s.columns, ", "))
	b.WriteString("\nFROM ")
	b.WriteString(s.from)
	if s.inner != "" {
		b.WriteString("\nCROSS JOIN LATERAL (")
		b.WriteString(s.inner)
		tail(&b, and(s.where, where), s.innerOrder, limit)
		b.WriteString(") t")
	}
	for _, j := range s.joins {
		b.WriteString("\n")
		b.WriteString(j)
	}
	if s.inner != "" {
		tail(&b, "", s.order, "")
	} else {
		tail(&b, and(s.where, where), s.order, limit)
	}
	return b.String()
}

func tail(b *strings.Builder, where, order, limit string) {
	if where != "" {
		b.WriteString("\nWHERE " + where)
	}
	b.WriteString("\nORDER BY " + order)
	if limit != "" {
		b.WriteString("\nLIMIT " + limit)
	}
}

// and joins conditions, leaving out empty ones.
func and(conditions ...string) string {
	var kept []string
	for _, c := range conditions {
		if c != "" {
			kept = append(kept, "("+c+")")
		}
	}
	return strings.Join(kept, " AND ")
}

// frame is what is known about the bases of the rows in a node: the SQL of the
// set of a row, and which sets are possible.
type frame struct {
	sql string
	// always are bits every row has; of each set of reach, every row has at least
	// one; of deny, no row has any.
	always, deny policy.Bases
	reach        []policy.Bases
	// computed are the bits that the SQL works out.
	computed policy.Bases
	// child: the row is about a child, so that a deny bit may be set that was not
	// computed. Such a guard is closed rather than open.
	child bool
}

// guard is the condition under which bits of allow show something to a row and
// none of deny forbids it: "" for always, "false" for never.
func (f frame) guard(allow, deny policy.Bases) string {
	allow &= f.computed
	deny &^= f.deny
	if allow == 0 || f.child && deny&^f.computed != 0 {
		return "false"
	}
	deny &= f.computed
	var conditions []string
	if !f.within(allow) {
		conditions = append(conditions, fmt.Sprintf("%s & %d <> 0", f.sql, uint64(allow)))
	}
	if deny != 0 {
		conditions = append(conditions, fmt.Sprintf("%s & %d = 0", f.sql, uint64(deny)))
	}
	return strings.Join(conditions, " AND ")
}

// within reports whether every row has a bit of allow.
func (f frame) within(allow policy.Bases) bool {
	return allow&f.always != 0 || slices.ContainsFunc(f.reach, func(set policy.Bases) bool { return set != 0 && set&^allow == 0 })
}
