package page

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/console/ask"
	"github.com/tongxin-hub/tongxin/internal/console/fact"
	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/flow"
)

// Step is a move that may be made now, with its form.
type Step struct {
	Label string
	form.Form

	// Record and Version are of what it changes, With what else says so; Key makes it
	// happen once.
	Record, Key string
	With        map[string]string
	Version     int
	// Leads is the state that it leads to, Due until when it is to be made, Opens what
	// can be seen after it.
	Leads, Due, Opens string
	First             bool
	// Invalid says that it was not made; Problem why, where no control is to blame; Looks
	// that it was sent to look for a choice. Sent is what was filled in.
	Invalid, Looks bool
	Problem        string
	Sent           url.Values
	// Asked is the whole input that was sent.
	Asked map[string]any
	// Link is where its form stands where this page has no room for it; Opened says that
	// somebody came by such a link.
	Link   string
	Opened bool
}

// Status is that of the page that shows a form again.
func (s *Step) Status() int {
	if s == nil || s.Looks {
		return http.StatusOK
	}
	return http.StatusUnprocessableEntity
}

// Record is one thing under way.
type Record struct {
	ID      string
	Version int
	State   string
	Final   bool
	Facts   []fact.Fact
	Steps   []Step
	// Child and Name are of the child that it is about, Beside leads to it where that is
	// another one than the page's.
	Child, Name, Beside string
	// Link is where it is read where this page has no room for it; Opened says that
	// somebody came by such a link.
	Link   string
	Opened bool
	// Head is the record as it came, for choices made of it.
	Head map[string]any
}

// List says which document shows records, where they stand in its answer, which machine
// moves them and which field tells how far each has come.
type List struct {
	Document string
	// Composed stands for the document where none has that name.
	Composed  operations.Document
	Variables map[string]any
	Path      []string
	Machine   string
	State     string
	// StateOf reads the state where no field holds it.
	StateOf func(head map[string]any) string
	// MachineOf names the machine of a record where not all have the same.
	MachineOf func(head map[string]any) string
	// Extra are moves on a record that no machine knows.
	Extra []string
	// Offer gives the form of a step its choices.
	Offer func(r *Record, s *Step)
}

// Records asks for the records of a list; open says that one of them is under way.
func (v *Visit) Records(l List, failed *Step) (out []Record, open bool, err error) {
	out, open, _, err = v.RecordsPage(l, failed)
	return out, open, err
}

// RecordsPage is Records with the cursor of the next page, empty on the last one.
func (v *Visit) RecordsPage(l List, failed *Step) (out []Record, open bool, next string, err error) {
	d := l.Composed
	if d.Operation == nil {
		if d = v.Site.Documents[l.Document]; d.Operation == nil {
			return nil, false, "", errors.New("no document " + l.Document)
		}
	}
	answer, err := v.AskDocument(d, l.Variables)
	if err != nil {
		return nil, false, "", err
	}
	set, data := At(d.Operation.SelectionSet, answer.Data, l.Path...)
	rows, err := rowsOf(data)
	if err != nil {
		return nil, false, "", err
	}
	reader := v.Reader(answer.Receipt)
	for _, row := range rows {
		r, err := v.record(l, set, row, reader, failed)
		if err != nil {
			return nil, false, "", err
		}
		open = open || !r.Final
		out = append(out, r)
	}
	// What is mine comes first.
	slices.SortStableFunc(out, func(a, b Record) int { return v.mine(b) - v.mine(a) })
	if n := len(l.Path); n > 0 && l.Path[n-1] == "nodes" {
		next = nextOf(answer.Data, l.Path[:n-1])
	}
	return out, open, next, nil
}

// mine is 1 for a visit that the visitor of the page is to make.
func (v *Visit) mine(r Record) int {
	if r.Head["visitor"] == v.Session.Subject {
		return 1
	}
	return 0
}

// rowsOf are the records of a list, or the one record that there is.
func rowsOf(data json.RawMessage) (rows []json.RawMessage, err error) {
	switch {
	case len(data) == 0:
	case data[0] == '{':
		rows = []json.RawMessage{data}
	default:
		err = json.Unmarshal(data, &rows)
	}
	return rows, err
}

func nextOf(data json.RawMessage, path []string) string {
	_, info := At(nil, data, append(slices.Clone(path), "pageInfo")...)
	var page struct {
		HasNextPage bool
		EndCursor   *string
	}
	if len(info) == 0 || json.Unmarshal(info, &page) != nil {
		return ""
	}
	return Next(page.HasNextPage, page.EndCursor)
}

func (v *Visit) record(l List, set ast.SelectionSet, row json.RawMessage, reader *fact.Reader, failed *Step) (Record, error) {
	r := Record{}
	if err := json.Unmarshal(row, &r.Head); err != nil {
		return r, err
	}
	machine := v.Site.Machine(l.Machine)
	if l.MachineOf != nil {
		machine = v.Site.Machine(l.MachineOf(r.Head))
	}
	state, _ := r.Head[l.State].(string)
	if l.StateOf != nil {
		state = l.StateOf(r.Head)
	}
	r.State, r.Final = v.stateName(machine, state), final(machine, state)
	version, _ := r.Head["version"].(float64)
	r.Version = int(version)
	r.ID, _ = r.Head["id"].(string)
	switch child := r.Head["child"].(type) {
	case string:
		r.Child = child
	case map[string]any:
		r.Child, _ = child["id"].(string)
		r.Name, _ = child["name"].(string)
	}
	facts, err := reader.Read(set, row, "child", l.State)
	if err != nil {
		return r, err
	}
	r.Facts = fact.Told(facts)
	r.Steps = v.steps(machine, state, &r, l.Extra, failed)
	if l.Offer != nil {
		for i := range r.Steps {
			l.Offer(&r, &r.Steps[i])
		}
	}
	return r, nil
}

// steps are the moves that the post may make from a state, the one that leads on first.
func (v *Visit) steps(m flow.Machine, state string, r *Record, extra []string, failed *Step) []Step {
	var moves []flow.Move
	for _, move := range m.Moves {
		known := slices.ContainsFunc(moves, func(o flow.Move) bool { return o.Name == move.Name })
		if known || !slices.Contains(move.From, state) || !v.makes(move) {
			continue
		}
		moves = append(moves, move)
	}
	slices.SortStableFunc(moves, func(a, b flow.Move) int { return cmp.Compare(ahead(m, state, a), ahead(m, state, b)) })
	var out []Step
	for i, move := range moves {
		s := v.Step(move.Name, Pick(v.Lang, move.ZH, move.EN), r.ID, r.Version, failed)
		s.First = i == 0
		if move.To == state {
			s.Again(r.Head)
		} else {
			s.Leads = v.stateName(m, move.To)
		}
		s.Due = move.Basis
		out = append(out, s)
	}
	for _, name := range extra {
		if v.Site.HasMove(name) && v.May("Mutation."+name) {
			out = append(out, v.Step(name, v.Site.moveLabel(name, v.Lang), r.ID, r.Version, failed))
		}
	}
	return out
}

// makes: the machine names the role, the policy allows it for this purpose.
func (v *Visit) makes(m flow.Move) bool {
	return (slices.Contains(m.Roles, v.Hat.Role) || slices.Contains(m.Roles, person)) && v.Site.HasMove(m.Name) && v.May("Mutation."+m.Name)
}

// person is whom a machine names where the move is of nobody's post.
const person = "PERSON"

// moveLabel is what a mutation is called that no machine names: its description up to
// where it explains.
func (c *Site) moveLabel(name, lang string) string {
	label := name
	if def := c.Lexicon.Mutation(name); def != nil {
		label = lexicon.Pick(lang, def.Description)
	}
	return lexicon.Short(label)
}

// ahead is how far a move leads: to the next state first, then further, then nowhere
// else, the dated before the others, then back.
func ahead(m flow.Machine, state string, move flow.Move) int {
	at := func(code string) int {
		return slices.IndexFunc(m.States, func(s flow.State) bool { return s.Code == code })
	}
	far := 2 * (at(move.To) - at(state))
	switch {
	case far > 0:
		return far
	case far == 0 && move.Due != "":
		return 2 * len(m.States)
	case far == 0:
		return 2*len(m.States) + 1
	}
	return 3*len(m.States) - far
}

// Step is one move with an empty form, or the form that failed.
func (v *Visit) Step(mutation, label, id string, version int, failed *Step) Step {
	label = lexicon.Upper(label)
	if failed != nil && failed.Mutation == mutation && failed.Record == id {
		again := *failed
		again.Label, again.Version = label, version
		return again
	}
	return Step{Label: label, Form: form.Make(v.Site.Lexicon, v.Lang, mutation, nil), Record: id, Version: version, Key: NewKey(), With: map[string]string{}}
}

// Machine is one of the machines by its name.
func (c *Site) Machine(name string) flow.Machine {
	for _, m := range c.Machines {
		if m.Name == name {
			return m
		}
	}
	return flow.Machine{}
}

// MachineOf is the machine that has a move.
func (c *Site) MachineOf(move string) flow.Machine {
	for _, m := range c.Machines {
		if slices.ContainsFunc(m.Moves, func(o flow.Move) bool { return o.Name == move }) {
			return m
		}
	}
	return flow.Machine{}
}

// MoveName is what a move is called.
func (c *Site) MoveName(m flow.Machine, name, lang string) string {
	for _, move := range m.Moves {
		if move.Name == name {
			return Pick(lang, move.ZH, move.EN)
		}
	}
	return c.moveLabel(name, lang)
}

// HasMove reports a document for the mutation.
func (c *Site) HasMove(mutation string) bool {
	_, has := c.Documents[operations.Move(mutation)]
	return has
}

func (v *Visit) stateName(m flow.Machine, state string) string {
	for _, s := range m.States {
		if s.Code == state {
			return Pick(v.Lang, s.ZH, s.EN)
		}
	}
	return state
}

func final(m flow.Machine, state string) bool {
	return slices.ContainsFunc(m.States, func(s flow.State) bool { return s.Code == state && s.Final })
}

// Reader reads facts in the language of the page.
func (v *Visit) Reader(receipt ask.Receipt) *fact.Reader {
	say := func(code string) string {
		key := code
		if !strings.Contains(code, ".") {
			key = "reason." + strings.ToLower(strings.ReplaceAll(code, "_", ""))
		}
		text, err := v.Site.Words.Say(v.Lang, key)
		if err != nil {
			v.Site.Warn(v.Context(), err)
			return code
		}
		return text
	}
	return &fact.Reader{Lexicon: v.Site.Lexicon, Lang: v.Lang, Reason: say, Receipt: receipt, Name: v.Site.GroupName, Purpose: v.Speaker().Purpose, Called: v.Later}
}

// At goes down an answer and its selection together.
func At(set ast.SelectionSet, data json.RawMessage, path ...string) (ast.SelectionSet, json.RawMessage) {
	for _, key := range path {
		var object map[string]json.RawMessage
		if err := json.Unmarshal(data, &object); err != nil {
			return set, nil
		}
		data = object[key]
		for _, s := range set {
			if f, ok := s.(*ast.Field); ok && f.Alias == key {
				set = f.SelectionSet
				break
			}
		}
	}
	if string(data) == "null" {
		return set, nil
	}
	return set, data
}
