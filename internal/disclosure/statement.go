package disclosure

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/record"
	"github.com/tongxin-hub/tongxin/policy"
)

// statement is the SQL of one fetch under construction: its columns, joins and
// the caller's parameters. Everything in it comes from the catalog; values of
// the request are bound, never spliced.
type statement struct {
	// name is the type read, for traces; role whose statement it is: no two roles
	// share a prepared statement, so that changing the role replans nothing.
	name    string
	role    policy.Role
	columns []string
	joins   []string
	// params are names bound at run time, in order: keys, bases, caller's
	// parameters (staff, today …) and arguments (arg.code).
	params  []string
	aliases int
	// from and where are set by the fetch; order ends in a unique column.
	from, where, order string
	// inner is the table of rows that hang on parents: a subquery runs for each
	// parent, with its own order, and gives the columns that are used of t and
	// innerBases as bases_. where and limit then belong to it.
	inner, innerBases, innerOrder string
	// child is the alias of the child that a root's record is about.
	child string
	// postings is the table k in which the rows of the page are found, posted the
	// condition there and match how a row is looked up.
	postings, posted, match string
	// merged is there instead of posted when the page stands under several keys.
	merged *merge
}

// column adds an expression and returns its index.
func (s *statement) column(sql string) int {
	if i := slices.Index(s.columns, sql); i >= 0 {
		return i
	}
	s.columns = append(s.columns, sql)
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

// sectionMark ends the alias of a section: its columns stand on the child's row,
// under the section's name.
const sectionMark = "__"

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
			if strings.HasSuffix(alias, sectionMark) {
				template = strings.TrimPrefix(template, ".")
			}
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
	b.WriteString("-- name: Read" + s.name + "\n-- role: " + string(s.role) + "\nSELECT ")
	b.WriteString(strings.Join(s.columns, ", "))
	b.WriteString("\nFROM ")
	b.WriteString(s.source(where))
	if s.inner != "" {
		b.WriteString("\nCROSS JOIN LATERAL (SELECT " + strings.Join(s.used(), ", ") + ", " + s.innerBases + " AS bases_ FROM " + s.inner + " t")
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
		tail(&b, and(s.posted, s.where, where), s.order, limit)
	}
	return b.String()
}

// source is where rows come from. What is found in postings is looked up row by row
// behind a fence, so that the walk ends with the page.
func (s *statement) source(where string) string {
	postings := s.postings + " k"
	switch {
	case s.merged != nil:
		postings = s.merged.source(s.postings)
	case s.posted == "":
		return s.from
	}
	return postings + " CROSS JOIN LATERAL (SELECT " + strings.Join(s.used(s.where, where), ", ") +
		" FROM " + s.from + " WHERE " + s.match + " OFFSET 0) t"
}

// used are the columns of t that the statement names outside the subquery: no
// others are selected, because the database role may not read them all.
func (s *statement) used(more ...string) []string {
	var out []string
	for _, sql := range slices.Concat(s.columns, s.joins, []string{s.order}, more) {
		for _, match := range columnOfT.FindAllStringSubmatch(sql, -1) {
			if match[1] != "bases_" {
				out = append(out, "t."+match[1])
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// columnOfT finds the columns of the row t in SQL.
var columnOfT = regexp.MustCompile(`\bt\.([a-z_0-9]+)`)

func tail(b *strings.Builder, where, order, limit string) {
	if where != "" {
		b.WriteString("\nWHERE " + where)
	}
	if order != "" {
		b.WriteString("\nORDER BY " + order)
	}
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

// post has the rows found in postings, by a condition or, where there is none, under
// any of several keys.
func (s *statement) post(p *record.Postings, condition, among string) {
	s.postings, s.posted = p.Table, condition
	if among != "" {
		s.merged = &merge{key: p.Key, time: p.Time, among: among, until: []string{"now()"}}
	}
	s.match = s.expand(p.Match, map[string]string{"t": "t", "k": "k"})
}

// rowKeys is the alias under which the keys of the page stand.
func (s *statement) rowKeys() map[string]string {
	if s.posted != "" || s.merged != nil {
		return map[string]string{"t": "k"}
	}
	return map[string]string{"t": "t"}
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
		// Not "= 0": the planner would expect next to no row to pass.
		conditions = append(conditions, fmt.Sprintf("CASE WHEN %s & %d = 0 THEN true END", f.sql, uint64(deny)))
	}
	return strings.Join(conditions, " AND ")
}

// within reports whether every row has a bit of allow.
func (f frame) within(allow policy.Bases) bool {
	return allow&f.always != 0 || slices.ContainsFunc(f.reach, func(set policy.Bases) bool { return set != 0 && set&^allow == 0 })
}
