package form

import (
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
)

const minute = "2006-01-02T15:04"

// Input makes the input of a mutation from what was sent; nothing where nothing was
// filled in.
func (f Form) Input(l *lexicon.Lexicon, sent url.Values) map[string]any {
	def := l.Mutation(f.Mutation)
	if def == nil {
		return map[string]any{}
	}
	return reader{l, f.Mutation, sent}.input(l.Schema().Types[def.Arguments[0].Type.Name()], "", 0)
}

type reader struct {
	lexicon  *lexicon.Lexicon
	mutation string
	sent     url.Values
}

func (r reader) input(def *ast.Definition, prefix string, depth int) map[string]any {
	out := map[string]any{}
	if depth > deepest {
		return out
	}
	for _, m := range def.Fields {
		if prefix == "" && given(r.mutation, m) {
			continue
		}
		inner := r.lexicon.Schema().Types[m.Type.Name()]
		switch {
		case inner.Kind == ast.InputObject && m.Type.Elem != nil:
			if list := r.rows(inner, prefix+m.Name+".", depth); len(list) > 0 {
				out[m.Name] = list
			}
		case inner.Kind == ast.InputObject:
			if nested := r.input(inner, prefix+m.Name+".", depth+1); len(nested) > 0 {
				out[m.Name] = nested
			}
		default:
			if v := value(m.Type, inner, filled(r.sent[prefix+m.Name])); v != nil {
				out[m.Name] = v
			}
		}
	}
	return out
}

// rows are those of a list of objects in which something was filled in.
func (r reader) rows(def *ast.Definition, prefix string, depth int) []any {
	var out []any
	for i := range Rows {
		if one := r.input(def, prefix+strconv.Itoa(i)+".", depth+1); len(one) > 0 {
			out = append(out, one)
		}
	}
	return out
}

// filled is what was filled in, without what nobody can see.
func filled(sent []string) []string {
	var out []string
	for _, s := range sent {
		s = strings.TrimSpace(strings.Map(func(r rune) rune {
			if unicode.IsControl(r) && r != '\n' && r != '\t' || r == unicode.ReplacementChar {
				return -1
			}
			return r
		}, s))
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// value reads one control; nil when it was left empty. What does not fit its type goes
// on as it is: fits has told.
func value(t *ast.Type, def *ast.Definition, sent []string) any {
	if len(sent) == 0 {
		return nil
	}
	if t.Elem != nil {
		if def.Kind == ast.Enum {
			return sent
		}
		return split(sent)
	}
	switch def.Name {
	case "Boolean":
		return sent[0] == "true"
	case "Int":
		if n, err := strconv.ParseInt(sent[0], 10, 32); err == nil {
			return n
		}
	case "Float":
		if n, err := strconv.ParseFloat(sent[0], 64); err == nil && !math.IsInf(n, 0) && !math.IsNaN(n) {
			return n
		}
	case "DateTime":
		if at, err := time.ParseInLocation(minute, sent[0], chinatime.Zone()); err == nil {
			return at.Format(time.RFC3339)
		}
	}
	return sent[0]
}

func split(sent []string) []string {
	var out []string
	for _, s := range sent {
		out = append(out, strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" ,，、;；\n\t", r) })...)
	}
	return out
}

// fits reports whether the schema takes what was filled in.
func fits(f Field) bool {
	sent := filled(f.Values)
	if len(sent) == 0 {
		return true
	}
	var err error
	switch f.Kind {
	case YesNo:
		return slices.Contains([]string{"true", "false"}, sent[0])
	case One, Many:
		return !slices.ContainsFunc(sent, func(s string) bool {
			return !slices.ContainsFunc(f.Options, func(o Option) bool { return o.Value == s })
		})
	case Number:
		_, err = strconv.ParseInt(sent[0], 10, 32)
	case Decimal:
		var n float64
		n, err = strconv.ParseFloat(sent[0], 64)
		return err == nil && !math.IsInf(n, 0) && !math.IsNaN(n)
	case Date:
		_, err = time.Parse(time.DateOnly, sent[0])
	case Moment:
		_, err = time.ParseInLocation(minute, sent[0], chinatime.Zone())
	}
	return err == nil
}
