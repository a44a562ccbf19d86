package fact_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/console/ask"
	"github.com/tongxin-hub/tongxin/internal/console/fact"
	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/schema"
)

const document = `query X($child: ID!) { child(id: $child) {
	id name sex birthDate residenceAddress hasHukou residenceVillage { name }
	guardians { id name phone } corrections { coordinate } actionCards { text }
	registration { kinds riskLevel } visits(first: 2) { nodes { id livingText visitedOn tries } } } }`

func reader(tb testing.TB, lang string, receipt ask.Receipt) (*fact.Reader, ast.SelectionSet) {
	tb.Helper()
	l, err := lexicon.New(schema.SDL())
	if err != nil {
		tb.Fatal(err)
	}
	d, err := operations.Parse(l.Schema(), "X", document)
	if err != nil {
		tb.Fatal(err)
	}
	set := d.Operation.SelectionSet[0].(*ast.Field).SelectionSet //nolint:forcetypeassert // of the document above
	return &fact.Reader{
		Lexicon: l, Lang: lang, Receipt: receipt, Reason: func(code string) string { return "<" + code + ">" },
		Name: func(_, field string) string { return "[" + field + "]" },
	}, set
}

// kinds are the kinds of facts by coordinate, lists with their lines.
func kinds(facts []fact.Fact, into map[string]string) {
	for _, f := range facts {
		into[f.Coordinate] = string(f.Kind) + " " + f.Text
		for _, item := range f.Items {
			kinds(item, into)
		}
	}
}

// TestRead: known, unknown, masked and withheld are never taken for each other.
func TestRead(t *testing.T) {
	t.Parallel()
	receipt := ask.Receipt{
		Withheld: []ask.Shortfall{{Coordinate: "Child.residenceAddress", Reason: "OUT_OF_ROLE", Count: 1}, {Coordinate: "Guardian.name", Reason: "CONSENT_MISSING", Count: 1}},
		Masked:   []ask.Shortfall{{Coordinate: "Guardian.phone", Form: "REVEALABLE", Reason: "MASKED", Count: 2}},
	}
	r, set := reader(t, "zh", receipt)
	facts, err := r.Read(set, json.RawMessage(`{"id":"c1","name":"王**","sex":"FEMALE","birthDate":"2012-10-14","residenceAddress":null,"hasHukou":false,
		"residenceVillage":{"name":"青禾湾"},"guardians":[{"id":"g1","name":null,"phone":"139****0000"},{"id":"g2","name":null,"phone":"13900000001"}],
		"corrections":[{"coordinate":"Child.name"}],"actionCards":[],"registration":{"kinds":["LEFT_BEHIND","HARDSHIP"],"riskLevel":null},"visits":{"nodes":[{"id":"v1","livingText":null,"visitedOn":null,"tries":0}]}}`), "name")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	kinds(facts, got)
	want := map[string]string{
		"Child.sex": "known 女", "Child.birthDate": "known 2012年10月14日", "Child.residenceAddress": "withheld ", "Child.hasHukou": "known <bool.false>",
		"Child.residenceVillage": "known 青禾湾", "Child.guardians": "known ", "Guardian.name": "mixed ", "Guardian.phone": "known 13900000001",
		"Child.corrections": "known ", "CorrectionMark.coordinate": "known [Child.name]", "Child.actionCards": "unknown ",
		"Registration.kinds": "known 留守儿童<list.comma>困境儿童", "Registration.riskLevel": "unknown ",
		"VisitConnection.nodes": "known ", "Visit.livingText": "unknown ", "Visit.visitedOn": "unknown ", "Visit.tries": "known 0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, f := range facts {
		switch f.Coordinate {
		case "Child.guardians":
			if phone := f.Items[0][1]; phone.Kind != fact.Revealable || phone.Record != "g1" || phone.Reason != "<MASKED>" || phone.Disputable {
				t.Errorf("a masked phone: %+v", phone)
			}
		case "Child.sex":
			if !f.Disputable || f.Record != "c1" {
				t.Errorf("what is shown can be disputed: %+v", f)
			}
		}
	}
	if told := fact.Told(facts); len(told) >= len(facts) {
		t.Error("what was never noted is told")
	}
}

func TestMoment(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{"zh", "2026-11-23T02:00:00Z", "2026年11月23日 10:00"}, {"en", "2026-11-23T02:00:00Z", "23 Nov 2026 10:00"}, {"zh", "x", "x"},
	} {
		if got := fact.Moment(c[0], c[1]); got != c[2] {
			t.Errorf("%v: %s", c, got)
		}
	}
	if got := fact.Day("en", "2026-11-23") + fact.Day("zh", "nonsense"); got != "23 Nov 2026nonsense" {
		t.Error(got)
	}
}

// FuzzRead: whatever an answer holds, it is read without a crash, and what the receipt
// says is withheld is never shown as known to be missing.
func FuzzRead(f *testing.F) {
	r, set := reader(f, "en", ask.Receipt{
		Withheld: []ask.Shortfall{{Coordinate: "Child.residenceAddress", Reason: "OUT_OF_ROLE", Count: 1}},
		Masked:   []ask.Shortfall{{Coordinate: "Child.name", Form: "MASKED", Reason: "MASKED"}},
	})
	for _, seed := range []string{
		`{"id":"c","name":"*","residenceAddress":null}`, `{"guardians":[null,1,{"id":2}],"visits":{"nodes":null}}`, `{"registration":[],"sex":{"name":1},"birthDate":5}`, `[]`, `null`, `{`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		facts, err := r.Read(set, json.RawMessage(text))
		if err != nil {
			return
		}
		for _, one := range facts {
			if one.Coordinate == "Child.residenceAddress" && one.Kind == fact.Unknown {
				t.Errorf("withheld, shown as unknown: %s", text)
			}
			if one.Label == "" {
				t.Errorf("%s has no name", one.Coordinate)
			}
		}
	})
}

// TestGrade: the years of kindergarten are no numbers below one.
func TestGrade(t *testing.T) {
	t.Parallel()
	var got []string
	for _, n := range []int{-3, -2, -1, 0, 1, 7, 12, 13} {
		got = append(got, fact.Grade("zh", n)+"/"+fact.Grade("en", n))
	}
	want := []string{
		"-3/-3", "幼儿园小班/kindergarten, first year", "幼儿园中班/kindergarten, middle year", "幼儿园大班/kindergarten, last year",
		"一年级/grade 1", "七年级/grade 7", "高三/grade 12", "13/13",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
