package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/policy"
)

// dice makes random selections from the published schema.
type dice struct {
	*rand.Rand
	aliases int
	defs    []string
}

// some picks a random selection of a type. Children and records of a child
// carry what tells whose they are.
func (d *dice) some(typename string, depth int) []pick {
	var out []pick
	for _, f := range published().Types[typename].Fields {
		result := published().Types[f.Type.Name()]
		leaf := result.Fields == nil
		switch {
		case strings.HasPrefix(f.Name, "__") || result.Name == "AuditEntry":
			continue
		case typename == "Child" && f.Name == "id", (typename == "Visit" || typename == "DropoutCase") && f.Name == "child" && depth > 0:
		case result.Name == "Child", !leaf && depth <= 0, d.IntN(10) >= 3:
			continue
		case !leaf && (result.Name == "Post" || d.IntN(3) > 0) && depth < 2:
			continue
		}
		p := pickOf(typename, f)
		switch {
		case leaf:
			p.sub = nil
		case strings.HasSuffix(result.Name, "Connection"):
			p.args = fmt.Sprintf("(first: %d)", 1+d.IntN(3))
			p.sub[0].sub = d.some(p.sub[0].result, depth-2)
		default:
			p.sub = d.some(result.Name, depth-1)
		}
		if d.aliases < 6 && d.IntN(4) == 0 && p.coordinate != "Child.id" {
			d.aliases++
			p.key = fmt.Sprintf("a%d", d.aliases)
		}
		out = append(out, p)
	}
	if len(out) == 0 {
		out = []pick{{key: "__typename", field: "__typename", coordinate: typename + ".__typename"}}
	}
	return out
}

// write renders a selection of a type in one of many ways that mean the same.
func (d *dice) write(typename string, picks []pick) string {
	var b strings.Builder
	for _, p := range picks {
		one := p.field + p.args
		if p.key != p.field {
			one = p.key + ": " + one
		}
		switch d.IntN(60) {
		case 0:
			one += " @include(if: $yes)"
		case 1:
			one += " @skip(if: $no)"
		}
		if p.sub != nil {
			one += " { " + d.write(p.result, p.sub) + "}"
		}
		switch d.IntN(30) {
		case 0:
			one = "... on " + typename + " { " + one + " }"
		case 1:
			one = "... @include(if: $yes) { " + one + " }"
		case 2:
			name := fmt.Sprintf("F%d", len(d.defs))
			d.defs = append(d.defs, "fragment "+name+" on "+typename+" { "+one+" }")
			one = "..." + name
		case 3:
			if p.sub == nil {
				one += " " + one
			}
		case 4:
			one += " ... on " + typename + " @skip(if: $yes) { __typename }"
		}
		b.WriteString(one + " ")
	}
	return b.String()
}

// seen is what an answer held of children.
type seen struct {
	t     *testing.T
	h     *hubtest.Hub
	agent demo.Caller
	view  *policy.View
	entry logged
	// values and nulls are coordinates that were answered so, by child.
	values, nulls map[int64]map[string]bool
	starred       map[string]bool
	// told keeps a fault from being told of every question.
	told map[string]bool
}

// wrong tells of a fault of a coordinate once.
func (s *seen) wrong(fault, coordinate, query string) {
	s.t.Helper()
	if !s.told[fault+coordinate] {
		s.told[fault+coordinate] = true
		s.t.Errorf("%s: %s\n%s %s\nlogged %v", coordinate, fault, s.agent.Key, query, s.entry.Shown)
	}
}

func (s *seen) note(into map[int64]map[string]bool, child int64, coordinate string) {
	if into[child] == nil {
		into[child] = map[string]bool{}
	}
	into[child][coordinate] = true
}

// object walks one object of an answer that belongs to a child, 0 for none.
func (s *seen) object(picks []pick, raw json.RawMessage, child int64) {
	if isNull(raw) {
		return
	}
	if raw[0] == '[' {
		for _, e := range elements(s.t, raw) {
			s.object(picks, e, child)
		}
		return
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		s.t.Fatal(err)
	}
	child = s.owner(picks, members, child)
	for _, p := range picks {
		value := members[p.key]
		if p.governed && child != 0 {
			if isNull(value) || string(value) == "[]" {
				s.note(s.nulls, child, p.coordinate)
			} else {
				s.note(s.values, child, p.coordinate)
				if p.sub == nil && strings.Contains(string(value), "*") {
					s.starred[fmt.Sprint(child, p.coordinate)] = true
				}
			}
		}
		if p.sub != nil {
			s.object(p.sub, value, child)
		}
	}
}

// owner finds out whose an object is: a child by its id, a record of a list by
// the child selected in it.
func (s *seen) owner(picks []pick, members map[string]json.RawMessage, child int64) int64 {
	for _, p := range picks {
		switch {
		case p.coordinate == "Child.id":
			return s.decode(members[p.key])
		case p.result == "Child" && child == 0 && !isNull(members[p.key]):
			return s.decode(member(s.t, members[p.key], "id"))
		}
	}
	return child
}

func (s *seen) decode(id json.RawMessage) int64 {
	_, n, err := s.h.IDs.Decode(s.agent.AgencyCode, strings.Trim(string(id), `"`))
	if err != nil {
		s.t.Fatalf("id %s: %v", id, err)
	}
	return n
}

// opens says whether a coordinate is open on the bases the log names.
func (s *seen) opens(coordinate string, bases []string) policy.Form {
	var set policy.Bases
	for _, b := range bases {
		set |= policy.Basis(b).Bit()
	}
	return s.view.Cell(coordinate).Form(set)
}

// agrees holds log and answer against each other, both ways.
func (s *seen) agrees(query string) {
	s.t.Helper()
	for child, shown := range s.entry.Shown {
		for coordinate, form := range shown {
			if !s.values[child][coordinate] && !s.nulls[child][coordinate] {
				s.wrong("logged and not in the answer", coordinate, query)
			}
			if s.starred[fmt.Sprint(child, coordinate)] && form == "FULL" {
				s.wrong("logged as FULL and masked in the answer", coordinate, query)
			}
		}
	}
	for child, coordinates := range s.values {
		if s.entry.Shown[child] == nil {
			s.wrong("a child in the answer is not in the log", "Child", query)
		}
		for coordinate := range coordinates {
			form := s.entry.Shown[child][coordinate]
			if form == "" {
				s.wrong("in the answer and not logged", coordinate, query)
			} else if form != "FULL" && !s.starred[fmt.Sprint(child, coordinate)] {
				s.wrong("logged as "+form+" and not masked in the answer", coordinate, query)
			}
		}
	}
	for child, coordinates := range s.nulls {
		for coordinate := range coordinates {
			logged := s.values[child][coordinate] || s.entry.Shown[child][coordinate] != ""
			if !logged && !recordBound(coordinate, s.view) && s.opens(coordinate, s.entry.Bases[child]) == policy.Full {
				s.wrong("null, permitted and not logged", coordinate, query)
			}
		}
	}
}

// recordBound: a coordinate that is open on bases of single records cannot be
// judged by the bases of the child.
func recordBound(coordinate string, view *policy.View) bool {
	return view.Cell(coordinate).Full&ofRecord != 0
}

// root is a random way to start, with its arguments.
func (d *dice) root(t *testing.T, h *hubtest.Hub, c demo.Caller) (field, args, result, via string) {
	t.Helper()
	id := fmt.Sprintf("%q", h.ID(t, c, "Child", c.ChildID))
	switch d.IntN(8) {
	case 0:
		return "childrenByIds", "(ids: [" + id + ", " + fmt.Sprintf("%q", h.ID(t, c, "Child", missingID)) + "])", "Child", ""
	case 1, 2:
		return "children", fmt.Sprintf("(first: %d)", 1+d.IntN(4)), "Child", "nodes"
	case 3:
		return "visits", "(first: 2)", "Visit", "nodes"
	case 4:
		return "dropoutCases", "(first: 2)", "DropoutCase", "nodes"
	case 5:
		return "node", "(id: " + id + ")", "Child", ""
	}
	return "child", "(id: " + id + ")", "Child", ""
}

// TestAudit_saysExactlyWhatWasShown holds the log against the answers of many
// random questions of many callers (promise P7).
func TestAudit_saysExactlyWhatWasShown(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	p, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	change(t, h, `UPDATE parameter SET value = '100000' WHERE name LIKE 'volume%'`)
	d := &dice{Rand: rand.New(rand.NewPCG(20261123, 7))}
	asked, answered, told := 0, 0, map[string]bool{}
	for range 17 {
		for _, c := range h.District.Callers() {
			if c.ChildID == 0 {
				continue
			}
			view, err := p.View(policy.Role(c.Role), policy.Purpose(c.Purpose))
			if err != nil {
				t.Fatal(err)
			}
			d.aliases, d.defs = 0, nil
			field, args, result, via := d.root(t, h, c)
			picks := d.some(result, 3)
			body := d.write(result, picks)
			if field == "node" {
				body = "... on Child { " + body + "}"
			}
			if via != "" {
				body = via + " { " + body + "}"
			}
			query := "query Random($yes: Boolean!, $no: Boolean!) { x: " + field + args + " { " + body + "} y: __typename @skip(if: $no) @include(if: $yes) }\n" + strings.Join(d.defs, "\n")
			got := h.Ask(t, c, hubtest.Question{Query: query, Variables: map[string]any{"yes": true, "no": false}})
			asked++
			e := last(t, h)
			if len(got.Errors) > 0 {
				if code := got.Errors[0].Extensions.Code; code != "FORBIDDEN" && code != "COST_LIMIT" || len(e.Shown) != 0 {
					t.Errorf("%s: %s\n%s", c.Key, got.Body, query)
				}
				continue
			}
			answered++
			s := &seen{t: t, h: h, agent: c, view: view, entry: e, values: map[int64]map[string]bool{}, nulls: map[int64]map[string]bool{}, starred: map[string]bool{}, told: told}
			x := member(t, got.Data, "x")
			if via != "" {
				x = member(t, x, via)
			}
			s.object(picks, x, 0)
			s.agrees(query)
		}
	}
	if asked < 300 || answered < 200 {
		t.Errorf("%d questions, %d answered: too few to prove anything", asked, answered)
	}
}
