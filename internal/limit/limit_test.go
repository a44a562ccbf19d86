package limit_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/limit"
)

const sdl = `
directive @bounded(max: Int!) on FIELD_DEFINITION
directive @structure on OBJECT
type Query {
  child(id: ID): Child
  children(first: Int, last: Int, after: String): ChildConnection
  roll(first: Int = 7): ChildConnection
  childrenByIds(ids: [ID!]!): [Child]
  search(ids: [ID!], first: Int): ChildConnection
  figure(of: String): Int
}
type Mutation { close(ids: [ID!]!): Receipt }
type Receipt @structure { number: Int }
type ChildConnection { edges: [ChildEdge] nodes: [Child] pageInfo: PageInfo totalCount: Int }
type ChildEdge { cursor: String node: Child }
type PageInfo { endCursor: String hasNextPage: Boolean }
interface Person { name: String }
type Child implements Person {
  id: ID name: String age: Int
  tags: [String]
  friend: Child
  friends: [Child]
  guardians: [Guardian] @bounded(max: 3)
  visits(first: Int): VisitConnection
}
type Guardian implements Person { name: String child: Child }
type VisitConnection { edges: [VisitEdge] }
type VisitEdge { node: Visit }
type Visit { on: String }
`

func schema(tb testing.TB) *ast.Schema {
	tb.Helper()
	s, err := gqlparser.LoadSchema(&ast.Source{Input: sdl})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func parse(tb testing.TB, query string) *ast.QueryDocument {
	tb.Helper()
	doc, err := limit.Parse(query, limit.Limits{Tokens: 1 << 20})
	if err != nil {
		tb.Fatal(err)
	}
	return doc
}

func check(tb testing.TB, query string, vars map[string]any, l limit.Limits) (limit.Cost, error) {
	tb.Helper()
	doc := parse(tb, query)
	return limit.Check(schema(tb), doc, doc.Operations[0], vars, l)
}

// priced is a query and what it must be said to cost.
type priced struct {
	query string
	vars  map[string]any
	want  limit.Cost
}

func runPriced(t *testing.T, cases map[string]priced) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := check(t, c.query, c.vars, limit.Defaults())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCheck_Pages(t *testing.T) {
	t.Parallel()
	runPriced(t, map[string]priced{
		"one child": {
			query: `{ child { id n: name __typename } }`,
			want:  limit.Cost{Depth: 2, Aliases: 1, RootFields: 1, Nodes: 1, Values: 3},
		},
		"page by literal": {
			query: `{ children(first: 50) { edges { cursor node { name } } pageInfo { endCursor } totalCount } }`,
			want:  limit.Cost{Depth: 4, RootFields: 1, Nodes: 50, Values: 102, First: 50},
		},
		"page by variable": {
			query: `query($n: Int) { children(last: $n) { nodes { name } } }`,
			vars:  map[string]any{"n": json.Number("30")},
			want:  limit.Cost{Depth: 3, RootFields: 1, Nodes: 30, Values: 30, First: 30},
		},
		"page by the variable's default": {
			query: `query($n: Int = 9) { children(first: $n) { nodes { name } } }`,
			want:  limit.Cost{Depth: 3, RootFields: 1, Nodes: 9, Values: 9, First: 9},
		},
		"page by the schema's default": {
			query: `{ roll { nodes { name } } }`,
			want:  limit.Cost{Depth: 3, RootFields: 1, Nodes: 7, Values: 7, First: 7},
		},
		"page left open": {
			query: `query($n: Int) { children(first: $n) { nodes { name } } }`,
			vars:  map[string]any{"n": nil},
			want:  limit.Cost{Depth: 3, RootFields: 1, Nodes: 20, Values: 20, First: 20},
		},
		"a page that is no number is the largest": {
			query: `query($n: Int) { children(first: $n) { nodes { name } } }`,
			vars:  map[string]any{"n": "NaN"},
			want:  limit.Cost{Depth: 3, RootFields: 1, Nodes: 100, Values: 100, First: 100},
		},
		"a negative page is the largest": {
			query: `{ children(first: -1) { nodes { name } } }`,
			want:  limit.Cost{Depth: 3, RootFields: 1, Nodes: 100, Values: 100, First: 100},
		},
		"pages multiply": {
			query: `{ children(first: 10) { nodes { visits(first: 20) { edges { node { on } } } } } }`,
			want:  limit.Cost{Depth: 6, RootFields: 1, Nodes: 210, Values: 200, First: 20},
		},
	})
}

func TestCheck_ListsAndCounts(t *testing.T) {
	t.Parallel()
	runPriced(t, map[string]priced{
		"ids multiply": {
			query: `query($i: [ID!]!) { childrenByIds(ids: $i) { id name } }`,
			vars:  map[string]any{"i": make([]any, 500)},
			want:  limit.Cost{Depth: 2, RootFields: 1, Nodes: 500, Values: 1000, IDs: 500},
		},
		"ids as a literal and a page": {
			query: `{ a: search(ids: ["x", "y"]) { nodes { id } } b: search(ids: "x", first: 4) { nodes { id } } }`,
			want:  limit.Cost{Depth: 3, Aliases: 2, RootFields: 2, Nodes: 6, Values: 6, First: 20, IDs: 2},
		},
		"plain and bounded lists": {
			query: `{ child { friends { name } guardians { name } tags } }`,
			want:  limit.Cost{Depth: 3, RootFields: 1, Nodes: 9, Values: 13},
		},
		"fragments are written out": {
			query: `{ children(first: 2) { ...p ...p } } fragment p on ChildConnection { nodes { ...c } }
				fragment c on Child { n: name @skip(if: true) ... on Person { name } }`,
			want: limit.Cost{
				Depth: 3, Aliases: 2, RootFields: 1, Directives: 2, Fragments: 6,
				Nodes: 4, Values: 8, First: 2,
			},
		},
		"unknown fields and types count one": {
			query: `{ nonsense { more } ... on Nothing { x } ...missing }`,
			want:  limit.Cost{Depth: 2, RootFields: 2, Fragments: 2, Nodes: 3},
		},
		"mutations": {
			query: `mutation($i: [ID!]!) @a { close(ids: $i) { number } }`,
			vars:  map[string]any{"i": "one"},
			want:  limit.Cost{Depth: 2, RootFields: 1, Directives: 1, Values: 1, IDs: 1},
		},
		"directives of other operations and of variables": {
			query: `query A($x: Int @a) { figure @b } query B @c { figure } fragment f on Child @d { id }`,
			want:  limit.Cost{Depth: 1, RootFields: 1, Directives: 4, Fragments: 1, Values: 1},
		},
	})
}

// nested is a document of n levels of friends.
func nested(n int) string {
	return "{ child " + strings.Repeat("{ friend ", n-2) + "{ id }" + strings.Repeat("}", n-2) + "}"
}

func repeat(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func TestCheck_EveryLimitAtItsEdge(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		at    int
		query func(n int) string
	}{
		"depth":      {12, nested},
		"aliases":    {15, func(n int) string { return "{ child {" + repeat(n, " a%d: name") + "} }" }},
		"rootFields": {10, func(n int) string { return "{" + strings.Repeat(" figure", n) + "}" }},
		"directives": {20, func(n int) string { return "{ figure" + strings.Repeat(" @x", n) + " }" }},
		"fragments": {50, func(n int) string {
			return "{ figure }" + repeat(n, " fragment f%d on Child { id }")
		}},
		"repeats": {200, func(n int) string {
			return "{ child { id ... { id } " + strings.Repeat("id ", n-1) + "} }"
		}},
		"first": {100, func(n int) string { return fmt.Sprintf("{ children(first: %d) { nodes { id } } }", n) }},
		"ids": {500, func(n int) string {
			return "{ childrenByIds(ids: [" + strings.Repeat(`"x" `, n) + "]) { id } }"
		}},
		"nodes": {10_000, func(n int) string {
			return "{ children(first: 100) { nodes { visits(first: 99) { edges { node { on } } } } }" +
				strings.Repeat(" child { id }", n-10_000) + " }"
		}},
		"values": {100_000, func(n int) string {
			return "{ children(first: 100) { nodes { visits(first: 10) { edges { node {" +
				strings.Repeat(" on", 100) + " } } } } }" + strings.Repeat(" figure", n-100_000) + " }"
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := check(t, c.query(c.at), nil, limit.Defaults()); err != nil {
				t.Errorf("at the limit: %v", err)
			}
			_, err := check(t, c.query(c.at+1), nil, limit.Defaults())
			if fault.CodeOf(err) != fault.CostLimit {
				t.Fatalf("beyond the limit: want COST_LIMIT, got %v", err)
			}
			said := fault.Public(err).Sentence()
			for _, want := range []string{name, strconv.Itoa(c.at), strconv.Itoa(c.at + 1), "查询超出限额"} {
				if !strings.Contains(said, want) {
					t.Errorf("%q does not say %q", said, want)
				}
			}
		})
	}
}

func TestParse_Tokens(t *testing.T) {
	t.Parallel()
	query := func(tokens int) string { return "{" + strings.Repeat(" a", tokens-2) + "}" }
	limits := limit.Defaults()
	if _, err := limit.Parse(query(limits.Tokens), limits); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	_, err := limit.Parse(query(limits.Tokens+1), limits)
	if fault.CodeOf(err) != fault.CostLimit || !strings.Contains(err.Error(), "tokens") {
		t.Errorf("beyond the limit: %v", err)
	}
	if _, err := limit.Parse("{a}", limit.Limits{}); fault.CodeOf(err) != fault.CostLimit {
		t.Errorf("without a limit: %v", err)
	}
}

func TestParse_SaysWhereAndRepeatsNothing(t *testing.T) {
	t.Parallel()
	_, err := limit.Parse("{ child(id: \"secret\")\n  } }}", limit.Defaults())
	if fault.CodeOf(err) != fault.BadRequest {
		t.Fatal(err)
	}
	want := "查询语句第 2 行第 5 列不符合 GraphQL 语法。 The document is not valid GraphQL at line 2, column 5."
	if diff := cmp.Diff(want, fault.Public(err).Sentence()); diff != "" {
		t.Error(diff)
	}
}

func TestCheckBody(t *testing.T) {
	t.Parallel()
	limits := limit.Defaults()
	if err := limit.CheckBody(limits.Body, limits); err != nil {
		t.Error(err)
	}
	if err := limit.CheckBody(limits.Body+1, limits); fault.CodeOf(err) != fault.CostLimit {
		t.Error(err)
	}
}

// doubling is a chain of n fragments, each of which spreads the next one twice.
func doubling(n int) string {
	return "{ child { ...f0 } }" + repeat(n, " fragment f%[1]d on Child { friend { ...g%[1]d ...g%[1]d } }"+
		" fragment g%[1]d on Child { id ...h%[1]d }")
}

// chain is the bomb of 28 links that hung another server for a minute.
func chain(links int) string {
	var b strings.Builder
	b.WriteString("{ child { ...f0 } }")
	for i := range links - 1 {
		fmt.Fprintf(&b, " fragment f%d on Child { ...f%d ...f%d }", i, i+1, i+1)
	}
	fmt.Fprintf(&b, " fragment f%d on Child { id }", links-1)
	return b.String()
}

func TestCheck_Bombs(t *testing.T) { //nolint:paralleltest // it measures time
	for name, query := range map[string]string{
		"fragment doubling, 28 links":    chain(28),
		"fragment doubling, 400 links":   chain(400),
		"fields and fragments in turn":   doubling(60),
		"25 levels through a cycle":      nested(25),
		"900 levels through a cycle":     nested(900),
		"1000 aliases":                   "{" + repeat(1000, " a%d: figure") + "}",
		"20000 repeats":                  "{" + strings.Repeat(" figure", 20_000) + "}",
		"20000 directives":               "{ figure" + strings.Repeat(" @x", 20_000) + "}",
		"pages within pages overflowing": "{ children(first: 2147483647) { nodes { visits(first: 99999999999999999999) { edges { node { on } } } } } }",
	} {
		t.Run(name, func(t *testing.T) {
			s, doc := schema(t), parse(t, query)
			best := time.Hour
			for range 5 {
				start := time.Now()
				_, err := limit.Check(s, doc, doc.Operations[0], nil, limit.Defaults())
				best = min(best, time.Since(start))
				if fault.CodeOf(err) != fault.CostLimit {
					t.Errorf("want COST_LIMIT, got %v", err)
				}
			}
			if best > 50*time.Millisecond {
				t.Errorf("took %v", best)
			}
		})
	}
}

func TestCheck_ChainIsRefusedInTime(t *testing.T) { //nolint:paralleltest // it measures time
	s, doc := schema(t), parse(t, chain(28))
	best := time.Hour
	for range 5 {
		start := time.Now()
		if _, err := limit.Check(s, doc, doc.Operations[0], nil, limit.Defaults()); err == nil {
			t.Fatal("accepted")
		}
		best = min(best, time.Since(start))
	}
	if best > 10*time.Millisecond {
		t.Errorf("took %v", best)
	}
}

func TestCheck_FragmentCycles(t *testing.T) {
	t.Parallel()
	for _, query := range []string{
		`{ child { ...a } } fragment a on Child { ...a }`,
		`{ child { ...a } } fragment a on Child { friend { ...b } } fragment b on Child { ... { ...a } }`,
	} {
		if _, err := check(t, query, nil, limit.Defaults()); fault.CodeOf(err) != fault.ValidationFailed {
			t.Errorf("%s: %v", query, err)
		}
	}
}

func TestCheck_StandardIntrospectionFits(t *testing.T) {
	t.Parallel()
	query := `{ __schema { queryType { name } types { ...T } directives { name args { ...I } } } }
		fragment T on __Type { kind name fields(includeDeprecated: true) { name args { ...I } type { ...R } }
			inputFields { ...I } interfaces { ...R } enumValues { name } possibleTypes { ...R } }
		fragment I on __InputValue { name type { ...R } defaultValue }
		fragment R on __Type { name ` + strings.Repeat("ofType { name ", 9) + strings.Repeat("}", 9) + "}"
	if cost, err := check(t, query, nil, limit.Defaults()); err != nil {
		t.Errorf("%v: %+v", err, cost)
	}
	circular := "{ __schema { types " + strings.Repeat("{ fields { type ", 6) + "{ name }" + strings.Repeat("} }", 6) + "} }"
	if _, err := check(t, circular, nil, limit.Defaults()); fault.CodeOf(err) != fault.CostLimit {
		t.Errorf("circular introspection: %v", err)
	}
}

func FuzzCheck(f *testing.F) {
	for _, q := range []string{chain(5), doubling(3), nested(5), `{ children(first: -1) { edges { node { id } } } }`} {
		f.Add(q, int64(5))
	}
	s := schema(f)
	f.Fuzz(func(t *testing.T, query string, first int64) {
		doc, err := limit.Parse(query, limit.Defaults())
		if err != nil {
			return
		}
		for _, op := range doc.Operations {
			cost, err := limit.Check(s, doc, op, map[string]any{"first": first}, limit.Defaults())
			if err == nil && (cost.Nodes < 0 || cost.Values < 0 || cost.Nodes > 10_000) {
				t.Errorf("accepted %+v", cost)
			}
		}
	})
}
