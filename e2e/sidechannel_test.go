package e2e

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/policy"
)

// leaf is a governed coordinate with the way that leads to it from a child.
type leaf struct {
	path []pick
	pick pick
	form policy.Form
}

// leaves are all governed coordinates below a child, each with its form.
func leaves(view *policy.View, bases policy.Bases) []leaf {
	var out []leaf
	var down func(path, picks []pick)
	down = func(path, picks []pick) {
		for _, p := range picks {
			if p.governed && p.sub == nil && !slices.Contains(ground, strings.Split(p.coordinate, ".")[0]) {
				out = append(out, leaf{slices.Clone(path), p, view.Cell(p.coordinate).Form(basesFor(p.coordinate, bases))})
			}
			if p.sub != nil {
				down(append(path, p), p.sub)
			}
		}
	}
	down(nil, whole("Child"))
	return out
}

// along writes a selection that leads to a leaf, with the leaf as given.
func (l leaf) along(last string) string {
	for i := len(l.path) - 1; i >= 0; i-- {
		last = l.path[i].field + l.path[i].args + " { " + last + " }"
	}
	return last
}

// values are what an answer holds under a leaf's key.
func (l leaf) values(t *testing.T, child json.RawMessage, key string) []string {
	t.Helper()
	at := []json.RawMessage{child}
	for _, p := range append(slices.Clone(l.path), pick{field: key}) {
		var next []json.RawMessage
		for _, v := range at {
			if isNull(v) {
				continue
			}
			if v[0] == '[' {
				for _, e := range elements(t, v) {
					next = append(next, member(t, e, p.field))
				}
				continue
			}
			next = append(next, member(t, v, p.field))
		}
		at = next
	}
	var out []string
	for _, v := range at {
		if !isNull(v) {
			out = append(out, string(v))
		}
	}
	return out
}

// basesOf are the relations between a caller and the child alone, without those
// of single records, as the log names them.
func basesOf(t *testing.T, h *hubtest.Hub, c demo.Caller, child int64) policy.Bases {
	t.Helper()
	var out policy.Bases
	for _, portion := range portions() {
		look(t, h, c, child, text(portion))
		for _, b := range last(t, h).Bases[child] {
			out |= policy.Basis(b).Bit()
		}
	}
	return out
}

// tricks are ways to ask for a field under another name or from another side.
func tricks(typename, field, decoy string) map[string]string {
	return map[string]string{
		field: field + " " + field,
		decoy: decoy + ": " + field,
		"z1":  "... on " + typename + " { z1: " + field + " __typename }",
		"z2":  "... { ... @include(if: true) { z2: " + field + " } }",
	}
}

// TestTricks_showNothingMore asks for every coordinate that a caller may not
// read, in ways that fooled other systems.
func TestTricks_showNothingMore(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	p, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	list := canaries(t, h)
	tried := 0
	for _, key := range []string{"dps-phone-check", "class-teacher", "director", "family-guide", "clinic-doctor", "rights-officer"} {
		c := h.Caller(t, key)
		plant(t, h, list, c.ChildID)
		view, err := p.View(policy.Role(c.Role), policy.Purpose(c.Purpose))
		if err != nil {
			t.Fatal(err)
		}
		bases := basesOf(t, h, c, c.ChildID)
		for chunk := range slices.Chunk(leaves(view, bases), 4) {
			tried += trick(t, h, c, chunk)
		}
	}
	if tried < 1000 {
		t.Errorf("only %d tricks tried", tried)
	}
}

// trick asks for some leaves in one document of all tricks.
func trick(t *testing.T, h *hubtest.Hub, c demo.Caller, chunk []leaf) int {
	t.Helper()
	var body strings.Builder
	type question struct {
		l   leaf
		key string
	}
	var questions []question
	used := map[string]bool{}
	for _, l := range chunk {
		typename, _, _ := strings.Cut(l.pick.coordinate, ".")
		decoy := "id"
		if used[typename] {
			decoy = l.pick.field + "Too"
		}
		used[typename] = true
		for key, text := range tricks(typename, l.pick.field, decoy) {
			if strings.HasPrefix(key, "z") {
				text = strings.ReplaceAll(text, key, key+l.pick.field)
				key += l.pick.field
			}
			body.WriteString(l.along(text) + " ")
			questions = append(questions, question{l, key})
		}
	}
	query := "query Tricks($id: ID!) { one: child(id: $id) { __typename ...All } } fragment All on Child { " + body.String() + "}"
	got := h.Ask(t, c, hubtest.Question{Query: query, Variables: map[string]any{"id": h.ID(t, c, "Child", c.ChildID)}})
	if len(got.Errors) > 0 {
		t.Fatalf("%s: %s\n%s", c.Key, got.Body, query)
	}
	e := last(t, h)
	child := member(t, got.Data, "one")
	for _, q := range questions {
		for _, value := range q.l.values(t, child, q.key) {
			switch {
			case q.l.form == policy.Withheld:
				t.Errorf("%s: %s is withheld and comes back as %q: %.100s", c.Key, q.l.pick.coordinate, q.key, value)
			case q.l.form != policy.Full && !strings.Contains(value, "*"):
				t.Errorf("%s: %s is %s and comes back unmasked as %q: %.100s", c.Key, q.l.pick.coordinate, q.l.form, q.key, value)
			}
		}
		if !slices.Contains(e.Requested, q.l.pick.coordinate) {
			t.Errorf("%s: the log does not name %s, asked as %q", c.Key, q.l.pick.coordinate, q.key)
		}
	}
	return len(questions)
}

// TestIntrospection_switchesNothingOff mixes __typename and __schema into a
// question for what is withheld.
func TestIntrospection_switchesNothingOff(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	c := h.Caller(t, "class-teacher")
	id := h.ID(t, c, "Child", c.ChildID)
	for _, query := range []string{
		`query A { __schema { queryType { name } } child(id: "` + id + `") { residenceAddress } }`,
		`query B { child(id: "` + id + `") { residenceAddress } __type(name: "Child") { name } }`,
		`query C { __typename child(id: "` + id + `") { __typename residenceAddress __typename } }`,
		`query D { ...F } fragment F on Query { __schema { queryType { name } } child(id: "` + id + `") { residenceAddress } }`,
		`query E { node(id: "` + id + `") { ... on Child { residenceAddress } } }`,
		`query G { ...F } fragment F on Query { node(id: "` + id + `") { ... on Node { ... on Child { residenceAddress } } } }`,
	} {
		got := h.Ask(t, c, hubtest.Question{Query: query})
		if strings.Contains(string(got.Body), "村") {
			t.Errorf("%s\n%s", query, got.Body)
		}
	}
}

// TestFilters_areNoOracle asks every filter and order that a caller may not
// read in full: refused, with one sentence, whatever the value.
func TestFilters_areNoOracle(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	p, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string][]string{
		"townshipCode": {`"420117001"`, `"x"`}, "villageCode": {`"420117002901"`, `"x"`}, "schoolCode": {`"9900220001"`, `"x"`},
		"ageBand": {"AGE_6_13", "ADULT"}, "sex": {"MALE", "FEMALE"}, "registerStatus": {"REGISTERED", "EXITED"}, "leftBehind": {"true", "false"},
		"needsFocus": {"true", "false"}, "riskLevel": {"RED", "GREEN"}, "livingAlone": {"true", "false"}, "hasDropoutCase": {"true", "false"},
		"enrolmentStatus": {"ENROLLED", "LEFT"}, "notVisitedSince": {`"2026-01-01"`, `"2030-01-01"`},
	}
	refusals, answered := 0, 0
	for _, c := range h.District.Callers() {
		view, err := p.View(policy.Role(c.Role), policy.Purpose(c.Purpose))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range published().Types["ChildFilter"].Fields {
			coordinate := f.Directives.ForName("filters").Arguments.ForName("coordinate").Value.Raw
			var first string
			for i, value := range values[f.Name] {
				got := h.Ask(t, c, hubtest.Question{Query: "query F { children(first: 1, filter: {" + f.Name + ": " + value + "}) { pageInfo { hasNextPage } } }"})
				if cell := view.Cell(coordinate); cell.Full == 0 && len(got.Errors) == 0 {
					t.Errorf("%s filters by %s, which is never open: %s", c.Key, coordinate, got.Body)
				}
				if len(got.Errors) == 0 {
					answered++
					continue
				}
				refusals++
				if got.Errors[0].Extensions.Code != "FORBIDDEN" || i > 0 && first != got.Errors[0].Message {
					t.Errorf("%s, %s: refusals differ by value: %q, %s", c.Key, f.Name, first, got.Body)
				}
				first = got.Errors[0].Message
			}
		}
	}
	if refusals < 100 || answered < 50 {
		t.Errorf("%d refusals, %d answers: too few to prove anything", refusals, answered)
	}
}

// TestFilter_passesOverWhatIsShielded: a filter never matches a row whose value
// the caller may not read, whatever else is selected (trap: sort and filter).
func TestFilter_passesOverWhatIsShielded(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	child := demo.Bailu
	c := supervisor(t, h, child)
	village := single[string](t, h, `SELECT d.code FROM division d JOIN child c ON c.residence_village_id = d.id WHERE c.id = $1`, child)
	for _, selection := range []string{"id", "id name", "id residenceVillage { code }", "__typename id registration { riskLevel }"} {
		ask := func(filter string) bool {
			got := h.Ask(t, c, hubtest.Question{Query: "query F { children(first: 100, filter: {" + filter + "}) { nodes { " + selection + " } } }"})
			if len(got.Errors) > 0 {
				t.Fatalf("%s", got.Body)
			}
			return strings.Contains(string(got.Data), h.ID(t, c, "Child", child))
		}
		change(t, h, `UPDATE child SET shield = 'NONE' WHERE id = $1`, child)
		if !ask(`villageCode: "` + village + `"`) {
			t.Fatal("not matched without a shield: the scene proves nothing")
		}
		change(t, h, `UPDATE child SET shield = 'ADDRESS' WHERE id = $1`, child)
		if ask(`villageCode: "` + village + `"`) {
			t.Errorf("{%s}: the village of a shielded address is found by a filter", selection)
		}
	}
}

// TestCursors_holdNothing takes cursors apart, and uses them where they do not
// belong.
func TestCursors_holdNothing(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	c := h.Caller(t, "supervisor")
	page := func(c demo.Caller, args string) hubtest.Response {
		return h.Ask(t, c, hubtest.Question{Query: "query P { children(first: 3" + args + ") { edges { cursor node { id birthDate } } pageInfo { endCursor hasNextPage } } }"})
	}
	got := page(c, ", orderBy: {by: BIRTH_DATE, direction: ASC}")
	cursor := strings.Trim(string(member(t, got.Data, "children", "pageInfo", "endCursor")), `"`)
	plain, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(cursor) < 30 {
		t.Fatalf("cursor %q: %v", cursor, err)
	}
	for _, e := range elements(t, member(t, got.Data, "children", "edges")) {
		birth := strings.Trim(string(member(t, e, "node", "birthDate")), `"`)
		if strings.Contains(string(plain), birth) || strings.Contains(cursor, birth) {
			t.Errorf("the cursor holds a birth date")
		}
	}
	if strings.Contains(string(plain), `"k"`) {
		t.Error("the cursor holds JSON")
	}
	flipped := []byte(cursor)
	flipped[len(flipped)/2] ^= 1
	other := hire(t, h, post{agency: "ZJ003", role: "SUP", purpose: "VISIT_SUPERVISION", division: where(t, h, demo.Qinghe, "township")})
	order := `, orderBy: {by: BIRTH_DATE, direction: ASC}`
	for what, got := range map[string]hubtest.Response{
		"a flipped bit":  page(c, order+`, after: "`+string(flipped)+`"`),
		"another order":  page(c, `, after: "`+cursor+`"`),
		"another filter": page(c, order+`, filter: {sex: MALE}, after: "`+cursor+`"`),
		"another agency": page(other, order+`, after: "`+cursor+`"`),
		"another root":   h.Ask(t, c, hubtest.Question{Query: `query P { visits(first: 3, after: "` + cursor + `") { nodes { id } } }`}),
		"plain JSON":     page(c, order+`, after: "`+base64.RawURLEncoding.EncodeToString([]byte(`{"k":["2010-01-01","1"]}`))+`"`),
	} {
		refusedAs(t, "a cursor with "+what, got, "BAD_REQUEST")
	}
	next := page(c, order+`, after: "`+cursor+`"`)
	if len(next.Errors) > 0 || cmp.Equal(string(next.Data), string(got.Data)) {
		t.Errorf("the next page: %.300s", next.Body)
	}
}

// TestNotFound_isLikeNotAllowed compares a child out of reach, a child of
// another agency's id, a wrong type and nonsense with a child that is not there.
func TestNotFound_isLikeNotAllowed(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	c := director(t, h, demo.Bailu)
	none := ways(t, h, c, missingID)
	for way, got := range ways(t, h, c, demo.Taoyuan) {
		if diff := cmp.Diff(steady(none[way]), steady(got)); diff != "" {
			t.Errorf("%s: out of reach differs from missing (-missing +out of reach):\n%s", way, diff)
		}
	}
	ask := func(id string) string {
		return steady(h.Ask(t, c, hubtest.Question{Query: "query W($id: ID!) { child(id: $id) { id name visits { nodes { id } } } }", Variables: map[string]any{"id": id}}))
	}
	foreign := c
	foreign.AgencyCode = "MZ"
	wanted := ask(h.ID(t, c, "Child", missingID))
	for what, id := range map[string]string{
		"another agency's id": h.ID(t, foreign, "Child", demo.Bailu), "an id of another type": h.ID(t, c, "Visit", demo.Bailu),
		"a plain number": strconv.FormatInt(demo.Bailu, 10), "nonsense": "nonsense", "nothing": "", "a long id": strings.Repeat("A", 5000),
		"zero": h.ID(t, c, "Child", 0), "NUL": "a\x00b", "quotes": `'"; DROP TABLE child; --`,
	} {
		if diff := cmp.Diff(wanted, ask(id)); diff != "" {
			t.Errorf("%s differs from a missing child (-missing +got):\n%s", what, diff)
		}
	}
}
