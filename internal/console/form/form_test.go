package form_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/schema"
)

func lexiconOf(tb testing.TB) *lexicon.Lexicon {
	tb.Helper()
	l, err := lexicon.New(schema.SDL())
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

func values(pairs ...string) url.Values {
	out := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		out.Add(pairs[i], pairs[i+1])
	}
	return out
}

// TestInput: what was filled in becomes the input, nothing else does.
func TestInput(t *testing.T) {
	t.Parallel()
	l := lexiconOf(t)
	for name, c := range map[string]struct {
		mutation string
		sent     url.Values
		want     map[string]any
	}{
		"empty":                {"recordVisit", values("mode", " ", "childSeen", ""), map[string]any{}},
		"scalars":              {"recordVisit", values("mode", "HOME", "childSeen", "true", "livingText", " 好\x00 "), map[string]any{"mode": "HOME", "childSeen": true, "livingText": "好"}},
		"several":              {"recordVisit", values("concerns", "STUDY", "concerns", "HEALTH"), map[string]any{"concerns": []string{"STUDY", "HEALTH"}}},
		"people":               {"conveneConsultation", values("people", "a1，b2 c3"), map[string]any{"people": []string{"a1", "b2", "c3"}}},
		"number":               {"reportSupportStep", values("step", "2"), map[string]any{"step": int64(2)}},
		"decimal":              {"decideRelief", values("amount", "1500.5"), map[string]any{"amount": 1500.5}},
		"moment":               {"planReportDuty", values("startsAt", "2026-11-23T08:00"), map[string]any{"startsAt": "2026-11-23T08:00:00+08:00"}},
		"rows":                 {"assignConsultationTasks", values("tasks.0.staff", "s", "tasks.0.text", "x", "tasks.3.text", "y"), map[string]any{"tasks": []any{map[string]any{"staff": "s", "text": "x"}, map[string]any{"text": "y"}}}},
		"inner":                {"checkSafety", values("placement.location", "外婆家"), map[string]any{"placement": map[string]any{"location": "外婆家"}}},
		"what a page fills in": {"recordVisit", values("id", "x", "version", "1", "key", "k"), map[string]any{}},
		"no such mutation":     {"sing", values("a", "b"), map[string]any{}},
	} {
		f := form.Make(l, "zh", c.mutation, c.sent)
		if diff := cmp.Diff(c.want, f.Input(l, c.sent)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestCheck: what is missing or wrong is said at its control, before anybody is asked.
func TestCheck(t *testing.T) {
	t.Parallel()
	l := lexiconOf(t)
	for name, c := range map[string]struct {
		mutation string
		sent     url.Values
		want     map[string]string
	}{
		"whole":         {"decideRelief", values("amount", "10"), map[string]string{}},
		"missing":       {"decideRelief", values("amount", " \x01"), map[string]string{"amount": "missing"}},
		"no number":     {"decideRelief", values("amount", "NaN"), map[string]string{"amount": "wrong"}},
		"no date":       {"informGuardian", values("informedOn", "2026-02-30", "how", "当面"), map[string]string{"informedOn": "wrong"}},
		"no choice":     {"screenReferral", values("level", "LEVEL_9"), map[string]string{"level": "wrong"}},
		"neither":       {"confirmFocus", values("agree", "perhaps"), map[string]string{"agree": "wrong"}},
		"half a row":    {"assignConsultationTasks", values("tasks.0.staff", "s", "tasks.0.text", "x", "tasks.2.staff", "s"), map[string]string{"tasks.2.text": "missing"}},
		"no row":        {"assignConsultationTasks", values(), map[string]string{"tasks.0.staff": "missing", "tasks.0.text": "missing"}},
		"half a part":   {"checkSafety", values("childSeen", "true", "note", "x", "placement.location", "x"), map[string]string{"placement.ground": "missing", "placement.kind": "missing"}},
		"beyond an int": {"reportSupportStep", values("step", "99999999999", "doneOn", "2026-11-01", "result", "DONE"), map[string]string{"step": "wrong"}},
	} {
		f := form.Make(l, "zh", c.mutation, c.sent)
		whole := f.Check("missing", "wrong")
		got := map[string]string{}
		for _, field := range f.Fields {
			if field.Problem != "" {
				got[field.Name] = field.Problem
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" || whole != (len(c.want) == 0) {
			t.Errorf("%s: %t (-want +got):\n%s", name, whole, diff)
		}
	}
}

// TestMake: every mutation of the schema has a form, with a name for every control in
// both languages, and none that would show a code.
func TestMake(t *testing.T) {
	t.Parallel()
	l := lexiconOf(t)
	for _, m := range l.Schema().Mutation.Fields {
		for _, lang := range []string{"zh", "en"} {
			for _, field := range form.Make(l, lang, m.Name, nil).Fields {
				if field.Label == "" || field.Label == field.Name {
					t.Errorf("%s %s: %q", m.Name, field.Name, field.Label)
				}
				for _, o := range field.Options {
					if o.Label == "" || strings.Contains(o.Label, "_") {
						t.Errorf("%s %s: %s is called %q", m.Name, field.Name, o.Value, o.Label)
					}
				}
			}
		}
	}
}

// TestForm_parts: problems find their controls, choices their values, drafts their form.
func TestForm_parts(t *testing.T) {
	t.Parallel()
	l := lexiconOf(t)
	f := form.Make(l, "en", "grantDisclosure", values("people", "s2"))
	f.Offer("people", []form.Option{{Value: "s1", Label: "one"}, {Value: "s2", Label: "two"}})
	f.Offer("fields", nil)
	if !f.Mark([]string{"input", "people", "0"}, "not in post") || f.Mark([]string{"input", "elsewhere"}, "x") || f.Mark(nil, "x") {
		t.Error("problems are marked where they do not belong")
	}
	for _, c := range f.Fields {
		switch c.Name {
		case "people":
			if c.Kind != form.Many || !c.Options[1].Chosen || c.Options[0].Chosen || c.Problem != "not in post" {
				t.Errorf("people: %+v", c)
			}
		case "fields":
			if c.Kind != form.Staff {
				t.Errorf("fields: %+v", c)
			}
		}
	}
	v := form.Make(l, "en", "recordVisit", nil)
	v.Again(map[string]any{"mode": "HOME", "childSeen": true, "livingText": "x", "concerns": []any{"STUDY"}, "visitedOn": "2026-11-01", "placeKind": "HOME", "child": map[string]any{}})
	got := map[string][]string{}
	for _, c := range v.Fields {
		if len(c.Values) > 0 {
			got[c.Name] = c.Values
		}
	}
	want := map[string][]string{"mode": {"HOME"}, "childSeen": {"true"}, "livingText": {"x"}, "concerns": {"STUDY"}, "visitedOn": {"2026-11-01"}, "placeKind": {"HOME"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// FuzzForm: whatever a browser sends, the form takes it, and what it calls whole is an
// input that the schema takes.
func FuzzForm(f *testing.F) {
	l := lexiconOf(f)
	mutations := l.Schema().Mutation.Fields
	for i, sent := range []string{
		"mode=HOME&childSeen=true&visitedOn=2026-11-20", "step=1&doneOn=2026-11-20&result=DONE", "amount=1e400", "tasks.0.staff=a&tasks.0.text=b&tasks.9.text=c",
		"startsAt=2026-11-20T08%3A00&endsAt=x", "people=a%00b&people=%ff", "token.kind=CITIZEN_ID&token.token=0", "placement.ground=HARMED", "fields=Child.name&fields=Child.name",
	} {
		f.Add(uint16(i), sent)
	}
	for i, m := range mutations {
		for _, sent := range []string{"", "amount=5&note=x&childSeen=true"} {
			if strings.HasPrefix(m.Name, "record") {
				f.Add(uint16(i), sent)
			}
		}
	}
	f.Fuzz(func(t *testing.T, which uint16, raw string) {
		m := mutations[int(which)%len(mutations)]
		sent, err := url.ParseQuery(raw)
		if err != nil || len(m.Arguments) != 1 {
			return
		}
		for name := range sent { // what a fuzzer finds last: names of controls
			for _, c := range form.Make(l, "zh", m.Name, nil).Fields {
				if strings.HasPrefix(c.Name, name) && len(sent[c.Name]) == 0 {
					sent[c.Name] = sent[name]
				}
			}
		}
		got := form.Make(l, "en", m.Name, sent)
		input := got.Input(l, sent)
		if !got.Check("missing", "wrong") {
			return
		}
		fillIn(l, m, input)
		taken(t, l, m, input)
	})
}

// fillIn puts in what a page knows: keys, versions, identifiers.
func fillIn(l *lexicon.Lexicon, m *ast.FieldDefinition, input map[string]any) {
	for _, member := range l.Schema().Types[m.Arguments[0].Type.Name()].Fields {
		if _, asked := input[member.Name]; asked || !member.Type.NonNull {
			continue
		}
		switch member.Type.Name() {
		case "ID":
			input[member.Name] = "x"
		case "Int":
			if member.Name == "version" {
				input[member.Name] = 1
			}
		case "String":
			if member.Name == "key" || member.Name == "coordinate" {
				input[member.Name] = "x"
			}
		}
	}
}

func taken(t *testing.T, l *lexicon.Lexicon, m *ast.FieldDefinition, input map[string]any) {
	t.Helper()
	text := "mutation X($input: " + m.Arguments[0].Type.String() + ") { made: " + m.Name + "(input: $input) { __typename } }"
	doc, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		t.Fatal(err)
	}
	if errs := validator.ValidateWithRules(l.Schema(), doc, nil); len(errs) > 0 {
		t.Fatal(errs)
	}
	if _, err := validator.VariableValues(l.Schema(), doc.Operations[0], map[string]any{"input": input}); err != nil {
		t.Errorf("%s: the schema refuses %v: %v", m.Name, input, err)
	}
}
