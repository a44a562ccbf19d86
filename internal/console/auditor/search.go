package auditor

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/internal/console/pick"
	"github.com/tongxin-hub/tongxin/internal/console/session"
	"github.com/tongxin-hub/tongxin/internal/fault"
)

// entries is the free search.
const entries = "auditEntries"

// questions are those that one click asks, by root field: every question of
// schema/question.graphqls. Those of one child or one person begin on a page of theirs.
func questions() []string {
	return []string{
		"readsOutsideArea", "accessesWithoutStanding", "readsForSeveralPurposes", "readsOfColleaguesChildren", "readsAfterClosure",
		"readsOfNeverOpenedTasks", "breakGlassWithoutReview", "revealsPerDay", "topActivity", "contractorReads", "accessStatistics",
	}
}

// documentOf is the named document of a question.
func documentOf(question string) string {
	if question == entries {
		return "ConsoleLogEntries"
	}
	return "Console" + upper(question)
}

// oneClick is a question with where it leads.
type oneClick struct{ Question, Name, Link string }

type searchPage struct {
	Questions []oneClick
	Form      form.Form
	From, To  string
	Problem   string
}

// showSearch offers the questions of auditors and the free search.
func showSearch(v *page.Visit) {
	if audits(v) {
		search(v, nil)
	}
}

func search(v *page.Visit, failed error) {
	body := searchPage{Form: filterForm(v, v.R.PostForm), From: v.R.PostForm.Get("from"), To: v.R.PostForm.Get("to"), Problem: refused(v.Lang, failed)}
	for _, q := range questions() {
		body.Questions = append(body.Questions, oneClick{q, questionName(v, q), v.Link(page.Handle{Of: map[string]string{"question": q}, Hat: v.Hat})})
	}
	status := http.StatusOK
	if failed != nil {
		status = http.StatusUnprocessableEntity
	}
	v.ShowAs(status, "search", page.View{Body: body})
}

// questionName is what the schema calls a question.
func questionName(v *page.Visit, question string) string {
	return v.Site.Lexicon.Coordinate(v.Lang, "Query."+question)
}

// filterForm has a control for each member of the filter but the period, which is days.
func filterForm(v *page.Visit, sent map[string][]string) form.Form {
	schema := v.Site.Lexicon.Schema()
	var f form.Form
	for _, m := range schema.Types["AuditEntryFilter"].Fields {
		if m.Name == "since" || m.Name == "until" {
			continue
		}
		c := form.Field{Name: m.Name, Label: lexicon.Pick(v.Lang, m.Description), Kind: form.Line, Values: sent[m.Name]}
		switch def := schema.Types[m.Type.Name()]; {
		case def.Kind == ast.Enum:
			c.Kind = form.One
			for _, value := range def.EnumValues {
				c.Options = append(c.Options, form.Option{Value: value.Name, Label: enumName(v, def.Name, value.Name), Chosen: c.Value() == value.Name})
			}
		case def.Name == "Boolean":
			c.Kind = form.YesNo
		}
		if m.Name == "agencyCode" {
			c.Label = v.Speaker().Called("AuditEntry.agencyCode")
			if all := pick.Agencies(v, c.Value()); len(all) > 0 {
				c.Choose(all)
			}
		}
		f.Fields = append(f.Fields, c)
	}
	return f
}

// enumName names a value; roles and purposes as the policy does.
func enumName(v *page.Visit, enum, value string) string {
	say := v.Speaker()
	switch enum {
	case "Role":
		return say.Role(value)
	case "Purpose":
		return say.Purpose(value)
	}
	return say.Value(enum, value)
}

// find seals what was filled in: persons, tickets and addresses stand in no address.
func find(v *page.Visit) {
	if !audits(v) {
		return
	}
	of := map[string]string{"question": v.R.PostForm.Get("question")}
	if of["question"] == "" {
		of["question"] = entries
	}
	for name, values := range v.R.PostForm {
		if value := strings.TrimSpace(values[0]); value != "" && name != "question" {
			of[name] = value
		}
	}
	http.Redirect(v.W, v.R, "/log/found/"+v.Link(page.Handle{Of: of, Hat: v.Hat}), http.StatusSeeOther)
}

type foundPage struct {
	table

	Question, Name, Here, Saved, Mark string
	From, To, Staff, By               string
	// May says which of the controls the question knows.
	MayStaff, MayBy, Free bool
	Measures              []choice
	Asked                 []named
	Cut                   bool
}

// showFound is the answer to a question.
func showFound(v *page.Visit) {
	h, err := v.Open()
	if v.OK(err) {
		found(v, h)
	}
}

func found(v *page.Visit, h page.Handle) {
	question := h.Of["question"]
	if question != entries && !slices.Contains(questions(), question) {
		v.OK(page.NotFound())
		return
	}
	variables, declared := variablesOf(v, question, h.Of)
	if after := v.R.URL.Query().Get("after"); after != "" && declared["after"] {
		variables["after"] = after
	}
	got, err := answerTable(v, documentOf(question), variables)
	if refusal := refused(v.Lang, err); refusal != "" && question == entries {
		v.R.PostForm = map[string][]string{}
		for name, value := range h.Of {
			v.R.PostForm[name] = []string{value}
		}
		search(v, err)
		return
	}
	if !v.OK(err) {
		return
	}
	body := foundPage{
		table: got, Question: question, Name: questionName(v, question), Here: v.Link(h), Saved: saved(v, h.Of), Mark: v.Watermark(),
		From: h.Of["from"], To: h.Of["to"], Staff: h.Of["staffCode"], By: h.Of["by"], MayStaff: declared["staffCode"], MayBy: declared["by"], Free: question == entries,
	}
	if body.MayBy {
		if body.By == "" {
			body.By = defaultMeasure
		}
		_, body.Measures = choices(v, "ActivityMeasure", body.By)
	}
	if body.Free {
		f := filterForm(v, nil)
		for _, c := range f.Fields {
			if value := h.Of[c.Name]; value != "" {
				for _, o := range c.Options {
					if o.Value == value {
						value = o.Label
					}
				}
				body.Asked = append(body.Asked, named{c.Label, value})
			}
		}
	}
	v.Show("found", page.View{Body: body})
}

// defaultMeasure is what people are ranked by until somebody chooses.
const defaultMeasure = "CHILD_VIEWS"

// variablesOf are the variables that a question takes of what was asked.
func variablesOf(v *page.Visit, question string, of map[string]string) (variables map[string]any, declared map[string]bool) {
	variables, declared = map[string]any{}, map[string]bool{}
	for _, d := range v.Site.Documents[documentOf(question)].Operation.VariableDefinitions {
		name := d.Variable
		declared[name] = true
		switch {
		case name == "filter":
			variables[name] = filter(v, of)
		case name == "since" || name == "until":
			if bound := bound(name, of, d.Type.Name() == "LocalDate"); bound != "" {
				variables[name] = bound
			}
		case name == "by" && of[name] == "":
			variables[name] = defaultMeasure
		case name != "after" && of[name] != "":
			variables[name] = of[name]
		}
	}
	return variables, declared
}

// bound is one end of the period: a day as it was chosen, or its moment.
func bound(name string, of map[string]string, asDay bool) string {
	member := map[string]string{"since": "from", "until": "to"}[name]
	day, err := time.ParseInLocation(time.DateOnly, of[member], chinatime.Zone())
	if err != nil {
		return ""
	}
	if asDay {
		return of[member]
	}
	if name == "until" {
		day = day.AddDate(0, 0, 1)
	}
	return day.Format(time.RFC3339)
}

// filter is the input of the free search.
func filter(v *page.Visit, of map[string]string) map[string]any {
	out := map[string]any{}
	for _, m := range v.Site.Lexicon.Schema().Types["AuditEntryFilter"].Fields {
		switch value := of[m.Name]; {
		case m.Name == "since" || m.Name == "until":
			if end := bound(m.Name, of, false); end != "" {
				out[m.Name] = end
			}
		case value == "":
		case m.Type.Name() == "Boolean":
			out[m.Name] = value == "true"
		default:
			out[m.Name] = value
		}
	}
	return out
}

// maxSaved bounds a spreadsheet: so many pages of fifty.
const maxSaved = 20

// saveFound gives the answer to a spreadsheet, with who asked when and why.
func saveFound(v *page.Visit) {
	h, err := v.Open()
	if !v.OK(err) {
		return
	}
	question := h.Of["question"]
	if question != entries && !slices.Contains(questions(), question) {
		v.OK(page.NotFound())
		return
	}
	variables, _ := variablesOf(v, question, h.Of)
	var all table
	for range maxSaved {
		got, err := answerTable(v, documentOf(question), variables)
		if !v.OK(err) {
			return
		}
		all.Columns, all.Rows, all.Next = got.Columns, append(all.Rows, got.Rows...), got.Next
		if got.Next == "" {
			break
		}
		variables["after"] = got.Next
	}
	lines := [][]string{{v.Watermark()}, {questionName(v, question)}}
	if all.Next != "" {
		cut, err := v.Speaker().T("found.cut", "count", len(all.Rows))
		if !v.OK(err) {
			return
		}
		lines = append(lines, []string{cut})
	}
	v.Save("log.csv", append(lines, all.lines()...))
}

// kept is a question that somebody keeps: sealed with the console's own key and the
// person's name in it, it opens for nobody else, and outlives the session.
type kept struct {
	Who, Issuer string
	Of          map[string]string
}

// saved is the address of a question that can be kept as a bookmark.
func saved(v *page.Visit, of map[string]string) string {
	text, err := json.Marshal(kept{v.Session.Subject, v.Session.Issuer, of})
	if err == nil {
		text, err = session.Seal(keptKey(v), text)
	}
	if err != nil {
		v.Site.Warn(v.Context(), err)
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// keptKey is of kept questions alone.
func keptKey(v *page.Visit) []byte {
	sum := sha256.Sum256(append([]byte("kept question of an auditor\n"), v.Site.Key...))
	return sum[:]
}

// showSaved asks a question again that the person has kept.
func showSaved(v *page.Visit) {
	var q kept
	sealed, err := base64.RawURLEncoding.DecodeString(v.R.PathValue("handle"))
	if err == nil {
		var text []byte
		if text, err = session.Open(keptKey(v), sealed); err == nil {
			err = json.Unmarshal(text, &q)
		}
	}
	if err != nil || q.Who != v.Session.Subject || q.Issuer != v.Session.Issuer {
		v.OK(fault.New(fault.NotFound, "这不是您收藏的问题。", "This is no question that you have kept."))
		return
	}
	if audits(v) {
		found(v, page.Handle{Of: q.Of, Hat: v.Hat})
	}
}
