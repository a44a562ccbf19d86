package wall

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// scope writes the condition that a child is in a role's scope. Where some
// conditions need nothing but the child's row, those that need a record of the child
// are put into functions of the role: a statement about a child costs nothing for
// them until nothing else holds and a mark calls.
func (b *builder) scope(schema string, s Scope) string {
	ways := []string{"false"}
	for i, r := range s {
		open := b.either(fmt.Sprintf("%s.reached%d", schema, i), r.Open)
		if deny := b.either(fmt.Sprintf("%s.denied%d", schema, i), r.Deny); deny != "" {
			open = "(" + open + ") AND NOT coalesce(" + deny + ", true)"
		}
		ways = append(ways, open)
	}
	// As a CASE: the planner expects half of the children to pass, and not, as of a
	// list of comparisons with what it does not know, next to none.
	return "CASE WHEN " + strings.Join(ways, "\n   OR ") + " THEN true END"
}

// either is the condition that one of the conditions holds.
func (b *builder) either(function string, conditions []string) string {
	var plain, rare, marks []string
	alone := slices.ContainsFunc(conditions, func(c string) bool { return !strings.Contains(c, "child.id") })
	for _, c := range conditions {
		function := strings.Contains(c, "deciding.") && !strings.Contains(c, " FROM ")
		if !function && (!alone || !strings.Contains(c, "child.id")) {
			plain = append(plain, "("+c+")")
			continue
		}
		rare = append(rare, "("+c+")")
		marks = append(marks, markOf.FindAllString(c, -1)...)
	}
	if len(rare) > 0 {
		b.functions = append(b.functions, function)
		b.say(`CREATE OR REPLACE FUNCTION %s(id bigint) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER AS $$
BEGIN RETURN EXISTS (SELECT 1 FROM public.child WHERE child.id = $1 AND (%s)); END $$`, function, strings.Join(rare, " OR "))
		slices.Sort(marks)
		called := "child.marks & (" + strings.Join(slices.Compact(marks), " | ") + ") <> 0"
		if slices.ContainsFunc(rare, func(c string) bool { return strings.Contains(c, "child.shield") }) {
			called = "(child.shield <> 'NONE' OR " + called + ")"
		}
		plain = append(plain, called+" AND "+function+"(child.id)")
	}
	return strings.Join(plain, " OR ")
}

var markOf = regexp.MustCompile(`mark\('[a-z_]+'\)`)
