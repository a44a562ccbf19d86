package fact

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/console/ask"
	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
)

// Kind is how a value is shown.
type Kind string

// The kinds. Mixed is what the answer does not tell apart: some records lack the value,
// of others it was withheld.
const (
	Known      Kind = "known"
	Unknown    Kind = "unknown"
	Masked     Kind = "masked"
	Revealable Kind = "revealable"
	Withheld   Kind = "withheld"
	Mixed      Kind = "mixed"
)

// Fact is one line.
type Fact struct {
	Kind              Kind
	Coordinate, Label string
	Text              string
	// Reason is why the value is not there in full, Unlock what would open it.
	Reason, Unlock string
	// Record is the id of the record that holds the value.
	Record string
	// Pending says that the value is under correction; Disputable that it can be.
	Pending, Disputable bool
	// Items are the records of a list, each with its lines.
	Items [][]Fact
}

// Reader reads answers in one language.
type Reader struct {
	Lexicon *lexicon.Lexicon
	Lang    string
	// Reason says what a code of the receipt means, and the few words between values.
	Reason  func(code string) string
	Receipt ask.Receipt
	// Name calls a field or a group of fields that stands in a text.
	Name func(lang, field string) string
	// Purpose calls a purpose by its name; what is none names itself. Nil leaves codes.
	Purpose func(code string) string
	// Called calls somebody, an agency or a place by the name. Nil leaves codes.
	Called func(kind lexicon.Kind, code string) string

	nulls map[string]int
}

// Read gives the lines of one object as the operation asked for them. skip names
// response keys of that object that the page shows itself.
func (r *Reader) Read(set ast.SelectionSet, data json.RawMessage, skip ...string) ([]Fact, error) {
	var object map[string]any
	if err := json.Unmarshal(data, &object); err != nil {
		return nil, fmt.Errorf("read facts: %w", err)
	}
	r.nulls = map[string]int{}
	r.count(set, object)
	hidden := never()
	for _, key := range skip {
		hidden[key] = true
	}
	return r.object(set, object, "", hidden), nil
}

// Told are the facts of which there is something to tell: what was never noted in a
// record is left out.
func Told(facts []Fact) []Fact {
	var out []Fact
	for _, f := range facts {
		if f.Kind == Unknown {
			continue
		}
		for i := range f.Items {
			f.Items[i] = Told(f.Items[i])
		}
		out = append(out, f)
	}
	return out
}

// around is about how many bytes a page spends on a line besides its words.
const around, disputing, revealing = 90, 180, 1500

// Weight is about how many bytes of a page the facts take.
func Weight(facts []Fact) int {
	sum := 0
	for _, f := range facts {
		sum += around + len(f.Label) + len(f.Text) + len(f.Reason) + len(f.Unlock)
		if f.Disputable {
			sum += disputing + len(f.Label)
		}
		if f.Kind == Revealable {
			sum += revealing
		}
		for _, item := range f.Items {
			sum += Weight(item)
		}
	}
	return sum
}

// count counts the nulls of every coordinate: the receipt says how many of them were
// withheld.
func (r *Reader) count(set ast.SelectionSet, object map[string]any) {
	for _, f := range fields(set) {
		switch v := object[f.Alias].(type) {
		case nil:
			r.nulls[coordinate(f)]++
		case map[string]any:
			r.count(f.SelectionSet, v)
		case []any:
			for _, item := range v {
				if o, ok := item.(map[string]any); ok {
					r.count(f.SelectionSet, o)
				}
			}
		}
	}
}

func (r *Reader) object(set ast.SelectionSet, object map[string]any, record string, hidden map[string]bool) []Fact {
	if id, ok := object["id"].(string); ok {
		record = id
	}
	var out []Fact
	for _, f := range fields(set) {
		if hidden[f.Alias] {
			continue
		}
		value := object[f.Alias]
		nested, isObject := value.(map[string]any)
		_, onlyName := name(f)
		switch {
		case isObject && onlyName:
			out = append(out, r.leaf(f, nested["name"], record))
		case isObject:
			out = append(out, r.object(f.SelectionSet, nested, record, never())...)
		case value == nil && f.Definition.Directives.ForName("structure") != nil && len(f.SelectionSet) > 0:
			// Nothing of this part: its own lines are not there.
		default:
			out = append(out, r.field(f, value, record))
		}
	}
	return out
}

// never are fields that nobody reads.
func never() map[string]bool { return map[string]bool{"id": true, "version": true} }

func (r *Reader) field(f *ast.Field, value any, record string) Fact {
	list, isList := value.([]any)
	if !isList || len(f.SelectionSet) == 0 {
		return r.leaf(f, value, record)
	}
	fact := Fact{Kind: Known, Coordinate: coordinate(f), Label: r.Lexicon.Coordinate(r.Lang, coordinate(f)), Record: record}
	for _, item := range list {
		if o, ok := item.(map[string]any); ok {
			fact.Items = append(fact.Items, r.object(f.SelectionSet, o, record, never()))
		}
	}
	if len(list) == 0 {
		fact.Kind = Unknown
		r.lacks(&fact, 0)
	}
	return fact
}

// leaf is a line without further lines.
func (r *Reader) leaf(f *ast.Field, value any, record string) Fact {
	c := coordinate(f)
	fact := Fact{Kind: Known, Coordinate: c, Label: r.Lexicon.Called(r.Lang, c), Record: record}
	if value == nil {
		fact.Kind = Unknown
		r.lacks(&fact, r.nulls[c])
		return fact
	}
	fact.Text = r.Text(f.Definition.Type, r.called(c, value))
	if n, whole := value.(float64); whole && c == "Enrolment.grade" {
		fact.Text = Grade(r.Lang, int(n))
	}
	for _, m := range r.Receipt.Masked {
		if m.Coordinate == c && hides(fact.Text) {
			fact.Kind = Masked
			if m.Form == "REVEALABLE" {
				fact.Kind = Revealable
			}
			r.explain(&fact, m)
		}
	}
	fact.Disputable = fact.Kind == Known && record != "" && Disputable(f.Definition)
	return fact
}

// called puts names in place of codes.
func (r *Reader) called(c string, value any) any {
	kind, begins := r.Lexicon.Stands(c), r.Lexicon.Begins(c)
	if r.Called == nil || kind == lexicon.Plain && begins == lexicon.Plain {
		return value
	}
	switch x := value.(type) {
	case string:
		if begins != lexicon.Plain {
			code, rest, _ := strings.Cut(x, " ")
			return r.Called(begins, code) + " " + rest
		}
		return r.Called(kind, x)
	case []any:
		out := make([]any, len(x))
		for i, one := range x {
			out[i] = r.called(c, one)
		}
		return out
	}
	return value
}

// Disputable: what an agency is the source of, and is no part of a case.
func Disputable(def *ast.FieldDefinition) bool {
	data := def.Directives.ForName("data")
	if data == nil {
		return false
	}
	owner, class := data.Arguments.ForName("owner"), data.Arguments.ForName("class")
	return owner != nil && owner.Value.Raw != "HUB" && class != nil && class.Value.Raw != "L4"
}

// lacks tells whether what is not there is unknown, withheld, or either.
func (r *Reader) lacks(fact *Fact, nulls int) {
	for _, w := range r.Receipt.Withheld {
		if w.Coordinate != fact.Coordinate {
			continue
		}
		fact.Kind = Withheld
		if w.Count < nulls {
			fact.Kind = Mixed
		}
		r.explain(fact, w)
		return
	}
}

func (r *Reader) explain(fact *Fact, s ask.Shortfall) {
	fact.Reason = r.Reason(s.Reason)
	if s.Unlock != nil {
		fact.Unlock = s.Unlock.ZH
		if r.Lang == "en" {
			fact.Unlock = s.Unlock.EN
		}
		fact.Unlock = r.named(fact.Unlock)
	}
}

// Text writes a value as people read it.
func (r *Reader) Text(t *ast.Type, value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case bool:
		return r.Reason(fmt.Sprintf("bool.%t", v))
	case []any:
		if len(v) == 0 {
			return r.Reason("list.none")
		}
		texts := make([]string, len(v))
		for i, item := range v {
			texts[i] = r.Text(t.Elem, item)
		}
		return strings.Join(texts, r.Reason("list.comma"))
	case float64:
		return fmt.Sprintf("%g", v)
	}
	text := fmt.Sprint(value)
	switch t.Name() {
	case "LocalDate":
		return Day(r.Lang, text)
	case "DateTime":
		return Moment(r.Lang, text)
	}
	if t.Name() == "String" && r.Name != nil {
		text = dated.ReplaceAllStringFunc(text, func(day string) string { return Day(r.Lang, day) })
		return named.ReplaceAllStringFunc(text, func(field string) string { return r.Name(r.Lang, field) })
	}
	return r.Lexicon.Value(r.Lang, t.Name(), text)
}

// named finds fields by their names, Type.field or the group of the matrix.
var named = regexp.MustCompile(`\b[A-Z][A-Za-z]*\.[a-z][A-Za-z]*\b`)

// Grade calls a year of school as people do: those of kindergarten are 0, -1 and -2.
func Grade(lang string, n int) string {
	zh := []string{"幼儿园小班", "幼儿园中班", "幼儿园大班", "一年级", "二年级", "三年级", "四年级", "五年级", "六年级", "七年级", "八年级", "九年级", "高一", "高二", "高三"}
	en := []string{"kindergarten, first year", "kindergarten, middle year", "kindergarten, last year"}
	switch {
	case n < -2 || n > 12:
		return strconv.Itoa(n)
	case lang != "en":
		return zh[n+2]
	case n < 1:
		return en[n+2]
	}
	return "grade " + strconv.Itoa(n)
}

// dated finds days of the schema in a text.
var dated = regexp.MustCompile(`\b\d{4}-\d{2}-\d{2}\b`)

// Day writes a date of the schema.
func Day(lang, text string) string {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return text
	}
	if lang == "en" {
		return day.Format("2 Jan 2006")
	}
	return day.Format("2006年1月2日")
}

// Moment writes an instant of the schema by the clock of China.
func Moment(lang, text string) string {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return text
	}
	at = at.In(chinatime.Zone())
	if lang == "en" {
		return at.Format("2 Jan 2006 15:04")
	}
	return at.Format("2006年1月2日 15:04")
}

// hides: a mask leaves stars; of several records some may be shown in full.
func hides(text string) bool {
	for _, c := range text {
		if c == '*' || c == '＊' {
			return true
		}
	}
	return false
}

// name is the one field of an object that is shown by its name alone.
func name(f *ast.Field) (*ast.Field, bool) {
	inner := fields(f.SelectionSet)
	if len(inner) == 1 && inner[0].Name == "name" {
		return inner[0], true
	}
	return nil, false
}

func coordinate(f *ast.Field) string { return f.ObjectDefinition.Name + "." + f.Name }

// fields are the fields of a selection; the console's documents have no fragments.
func fields(set ast.SelectionSet) []*ast.Field {
	var out []*ast.Field
	for _, s := range set {
		if f, ok := s.(*ast.Field); ok {
			out = append(out, f)
		}
	}
	return out
}

// coded are the codes of purposes in a sentence of the hub.
var coded = regexp.MustCompile(`[A-Z]+(?:_[A-Z]+)+`)

// named calls the purposes of a sentence by their names.
func (r *Reader) named(sentence string) string {
	if r.Purpose == nil {
		return sentence
	}
	return coded.ReplaceAllStringFunc(sentence, r.Purpose)
}
