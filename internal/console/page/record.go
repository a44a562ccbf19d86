package page

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/console/ask"
	"github.com/tongxin-hub/tongxin/internal/console/fact"
	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/flow"
)

// Step is a move that may be made now, with its form.
type Step struct {
	Label string
	form.Form
	// Record and Version are of what it changes; Key makes it happen once.
	Record, Key string
	Version     int
	First       bool
	Problem     string
}

// Record is one thing under way about a child.
type Record struct {
	State string
	Final bool
	Facts []fact.Fact
	Steps []Step
}

// List says which document shows records, where they stand in its answer, which machine
// moves them and which field tells how far each has come.
type List struct {
	Document  string
	Variables map[string]any
	Path      []string
	Machine   string
	State     string
}

// Records asks for the records of a list; open says that one of them is under way.
func (v *Visit) Records(l List, failed *Step) (out []Record, open bool, err error) {
	op, answer, err := v.Ask(l.Document, l.Variables)
	if err != nil {
		return nil, false, err
	}
	set, data := At(op.SelectionSet, answer.Data, l.Path...)
	var rows []json.RawMessage
	if len(data) > 0 {
		if err := json.Unmarshal(data, &rows); err != nil {
			return nil, false, err
		}
	}
	machine := v.Site.Machine(l.Machine)
	for _, row := range rows {
		var head map[string]any
		if err := json.Unmarshal(row, &head); err != nil {
			return nil, false, err
		}
		state, _ := head[l.State].(string)
		r := Record{State: v.stateName(machine, state), Final: final(machine, state)}
		open = open || !r.Final
		if r.Facts, err = v.Reader(answer.Receipt).Read(set, row); err != nil {
			return nil, false, err
		}
		r.Facts = slices.DeleteFunc(r.Facts, func(f fact.Fact) bool { return f.Kind == fact.Unknown })
		version, _ := head["version"].(float64)
		id, _ := head["id"].(string)
		r.Steps = v.steps(machine, state, id, int(version), failed)
		out = append(out, r)
	}
	return out, open, nil
}

// steps are the moves that the role may make from a state, the one with a deadline first.
func (v *Visit) steps(m flow.Machine, state, id string, version int, failed *Step) []Step {
	var moves []flow.Move
	for _, move := range m.Moves {
		known := slices.ContainsFunc(moves, func(o flow.Move) bool { return o.Name == move.Name })
		if known || !slices.Contains(move.From, state) || !slices.Contains(move.Roles, v.Hat.Role) || v.Site.Lexicon.Mutation(move.Name) == nil || !v.Site.HasMove(move.Name) {
			continue
		}
		moves = append(moves, move)
	}
	slices.SortStableFunc(moves, func(a, b flow.Move) int { return dated(b) - dated(a) })
	var out []Step
	for i, move := range moves {
		s := v.Step(move.Name, Pick(v.Lang, move.ZH, move.EN), id, version, failed)
		s.First = i == 0
		out = append(out, s)
	}
	return out
}

func dated(m flow.Move) int {
	if m.Due == "" {
		return 0
	}
	return 1
}

// Step is one move with an empty form, or the form that failed.
func (v *Visit) Step(mutation, label, id string, version int, failed *Step) Step {
	if failed != nil && failed.Mutation == mutation && failed.Record == id {
		again := *failed
		again.Label, again.Version = label, version
		return again
	}
	return Step{Label: label, Form: form.Make(v.Site.Lexicon, v.Lang, mutation, nil), Record: id, Version: version, Key: NewKey()}
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

// MayMove reports whether a role makes a move.
func (c *Site) MayMove(m flow.Machine, name, role string) bool {
	return slices.ContainsFunc(m.Moves, func(o flow.Move) bool { return o.Name == name && slices.Contains(o.Roles, role) })
}

// MoveName is what a move is called.
func (c *Site) MoveName(m flow.Machine, name, lang string) string {
	for _, move := range m.Moves {
		if move.Name == name {
			return Pick(lang, move.ZH, move.EN)
		}
	}
	return name
}

// HasMove: there is a document for the mutation.
func (c *Site) HasMove(mutation string) bool {
	_, has := c.Documents[MoveDocument(mutation)]
	return has
}

// MoveDocument names the document of a mutation.
func MoveDocument(mutation string) string {
	return "Console" + strings.ToUpper(mutation[:1]) + mutation[1:]
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

// Reader reads facts in the language of the
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
	return &fact.Reader{Lexicon: v.Site.Lexicon, Lang: v.Lang, Reason: say, Receipt: receipt}
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
