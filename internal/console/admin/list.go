package admin

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/console/fact"
	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/internal/console/pick"
	"github.com/tongxin-hub/tongxin/policy"
)

// filter is one control that a list is searched by.
type filter struct {
	Name, Label, Kind, Value string
	Options                  []form.Option
}

// row is one line of a list: its cells in the order of the columns, and its page.
type row struct {
	Cells []cell
	Late  bool
	Link  string
}

// cell is one text; a short one stays on its line.
type cell struct {
	Text  string
	Short bool
}

type listPage struct {
	Tab     string
	Tabs    []string
	Heads   []string
	Rows    []row
	Filters []filter
	Begins  []page.Step
	Next    string
	// Panels are further lists of the page.
	Panels []panel
}

// panel is a further list.
type panel struct {
	Key   string
	Heads []string
	Rows  []row
}

func showProposals(v *page.Visit) { v.R.SetPathValue("tab", "proposals"); showTab(v) }

// showTab is one list.
func showTab(v *page.Visit) { show(v, nil) }

func show(v *page.Visit, failed *page.Step) {
	administers(v)
	t, known := find(v.R.PathValue("tab"))
	if !known {
		v.OK(page.NotFound())
		return
	}
	if t.name == "settings" {
		showSettings(v, failed)
		return
	}
	asked := v.R.URL.Query()
	if t.name == "proposals" && !asked.Has("state") {
		asked.Set("state", "PROPOSED")
	}
	body := listPage{Tab: t.name, Tabs: names(v), Heads: heads(v, t.typename, t.columns), Filters: filters(v, t, asked)}
	op, answer, err := v.Ask(t.document, t.variables(asked))
	if !v.OK(err) {
		return
	}
	set, data := page.At(op.SelectionSet, answer.Data, t.path()...)
	var records []json.RawMessage
	if len(data) > 0 && !v.OK(json.Unmarshal(data, &records)) {
		return
	}
	reader := v.Reader(answer.Receipt)
	for _, record := range records {
		facts, err := reader.Read(set, record)
		if !v.OK(err) {
			return
		}
		body.Rows = append(body.Rows, t.row(v, facts, record))
	}
	body.Next = onward(asked, t.next(answer.Data))
	body.Begins = beginning(v, t, failed)
	if t.name == "clients" {
		if body.Panels, err = issuers(v); !v.OK(err) {
			return
		}
	}
	finish(v, "access", body, failed)
}

// finish shows a page of the administration.
func finish(v *page.Visit, name string, body any, failed *page.Step) {
	h := doneOf(v)
	if t := v.R.PathValue("tab"); t == "confirm" && name == "access" {
		name = "access-confirm"
	}
	v.ShowAs(failed.Status(), name, page.View{Body: body, Moves: "/access/" + v.R.PathValue("tab"), Done: h.Done, Entry: h.Entry})
}

// doneOf is what was done just before, sealed in the address.
func doneOf(v *page.Visit) page.Handle {
	sealed := v.R.URL.Query().Get("done")
	if sealed == "" {
		return page.Handle{}
	}
	hat := v.Hat
	before := v.R.PathValue("handle")
	v.R.SetPathValue("handle", sealed)
	h, err := v.Open()
	v.R.SetPathValue("handle", before)
	v.Hat = hat
	if err != nil {
		return page.Handle{}
	}
	return h
}

// names are the lists that the post may see: heads confirm, administrators do the rest,
// the protection officer both.
func names(v *page.Visit) []string {
	var out []string
	for _, t := range tabs() {
		confirms := t.name == "confirm"
		if v.Hat.Role == string(policy.DPO) || confirms == (v.Hat.Role == string(policy.STA)) {
			out = append(out, t.name)
		}
	}
	return out
}

func heads(v *page.Visit, typename string, columns []string) []string {
	speaker := v.Speaker()
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = speaker.Called(typename + "." + c)
	}
	return out
}

// row puts the facts of a record under the columns.
func (t tab) row(v *page.Visit, facts []fact.Fact, record json.RawMessage) row {
	texts := map[string]string{}
	for _, f := range facts {
		if f.Kind != fact.Unknown {
			texts[f.Coordinate] = f.Text
		}
	}
	var head map[string]any
	_ = json.Unmarshal(record, &head) // read above
	out := row{}
	for _, c := range t.columns {
		out.Cells = append(out.Cells, cell{readable(v, c, texts[t.typename+"."+c]), short(c)})
	}
	standing, _ := head["standing"].(string)
	state, _ := head["state"].(string)
	out.Late = standing != "" && standing != "IN_FORCE" || state == "OVER" || state == "SUSPENDED" || state == "PROPOSED"
	if t.machine != "" {
		id, _ := head["id"].(string)
		code, _ := head[t.own].(string)
		out.Link = v.Link(page.Handle{Of: map[string]string{"id": id, "code": code}, Hat: v.Hat})
	}
	return out
}

// readable writes what the records have as a code: the move or the kind of a change, and
// the setting that it is about.
func readable(v *page.Visit, column, text string) string {
	switch column {
	case "what":
		if v.Site.Lexicon.Mutation(text) != nil {
			return lexicon.Short(v.Site.Lexicon.Coordinate(v.Lang, "Mutation."+text))
		}
		return v.Speaker().Value("AccessProposalKind", text)
	case "subject":
		return settingName(v, text)
	}
	return text
}

// short are columns of codes, states and days.
func short(column string) bool {
	return slices.ContainsFunc([]string{"ode", "On", "Until", "From", "To", "At", "standing", "state", "role", "kind", "number", "by"}, func(end string) bool { return strings.HasSuffix(column, end) })
}

// filters are the controls of a search, filled in as it was asked for.
func filters(v *page.Visit, t tab, asked url.Values) []filter {
	var out []filter
	if len(t.filters) == 0 {
		return nil
	}
	input := v.Site.Lexicon.Schema().Types[filterOf(v, t)]
	for _, name := range t.filters {
		m := input.Fields.ForName(name)
		f := filter{Name: name, Label: lexicon.Pick(v.Lang, m.Description), Kind: m.Type.Name(), Value: asked.Get(name)}
		for _, value := range v.Site.Lexicon.Schema().Types[m.Type.Name()].EnumValues {
			f.Options = append(f.Options, form.Option{Value: value.Name, Label: v.Speaker().Value(m.Type.Name(), value.Name), Chosen: value.Name == f.Value})
		}
		if name == "agencyCode" {
			f.Label, f.Options = v.Speaker().Label("Post.agency"), pick.Agencies(v, f.Value)
		}
		out = append(out, f)
	}
	return out
}

// filterOf is the input type of a list's filter.
func filterOf(v *page.Visit, t tab) string {
	return v.Site.Lexicon.Schema().Query.Fields.ForName(t.root).Arguments.ForName("filter").Type.Name()
}

// onward is the query of the next page, "" on the last one.
func onward(asked url.Values, after string) string {
	if after == "" {
		return ""
	}
	next := url.Values{}
	for name, values := range asked {
		if name != "done" && len(values) > 0 && values[0] != "" {
			next[name] = values
		}
	}
	next.Set("after", after)
	return next.Encode()
}
