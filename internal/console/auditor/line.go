package auditor

import (
	"strconv"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/console/fact"
	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/internal/console/page"
)

// sheet collects what is known of a record, line by line, named by the schema.
type sheet struct {
	v     *page.Visit
	say   *page.View
	typ   string
	Facts []fact.Fact
}

func sheetOf(v *page.Visit, typename string) *sheet {
	return &sheet{v: v, say: v.Speaker(), typ: typename}
}

// text adds a line where there is something to say.
func (s *sheet) text(field, text string) {
	if text != "" {
		names := s.v.Site.Lexicon
		s.Facts = append(s.Facts, fact.Fact{
			Kind: fact.Known, Label: names.Called(s.v.Lang, s.typ+"."+field), Text: s.v.Called(names.Stands(s.typ+"."+field), text),
		})
	}
}

func (s *sheet) of(field string, text *string)   { s.text(field, page.Text(text)) }
func (s *sheet) moment(field string, at *string) { s.text(field, s.say.Moment(at)) }

func (s *sheet) count(field string, n *int) {
	if n != nil {
		s.text(field, strconv.Itoa(*n))
	}
}

// why says what stands in an entry as its reason: a code, or what a person typed.
func why(v *page.Visit, reason string) string {
	if reason == "" {
		return ""
	}
	kind, statement, typed := strings.Cut(reason, ": ")
	if typed {
		return v.Speaker().Value("RevealReason", kind) + page.Pick(v.Lang, "：", ": ") + statement
	}
	if strings.Trim(reason, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") != "" {
		return reason
	}
	text, err := v.Speaker().T("why." + key(reason))
	if err != nil {
		return reason
	}
	return text
}

// key is a code as words are named by it.
func key(code string) string { return strings.ToLower(strings.ReplaceAll(code, "_", "")) }

// whom is somebody by the post and the agency, as far as they are known.
func whom(v *page.Visit, staff, agency string) string {
	name := v.Called(lexicon.Person, staff)
	if agency = v.Called(lexicon.Agency, agency); name != staff || agency == "" {
		return name
	}
	return strings.TrimPrefix(staff+" · "+agency, " · ")
}

// joined writes several names in one line.
func joined(lang string, names []string) string {
	return strings.Join(names, page.Pick(lang, "、", ", "))
}
