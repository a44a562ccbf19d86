package console

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/console/ask"
	"github.com/tongxin-hub/tongxin/internal/console/fact"
	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/flow"
)

// panel says which document shows the records that a purpose works on, where they stand
// in its answer, and which machine moves them.
type panel struct {
	document, machine, state string
	path                     []string
	// begin is the move that starts a record where there is none.
	begin string
}

// panelFor is the work of a purpose; false where it has none with moves.
func panelFor(purpose string) (panel, bool) {
	switch purpose {
	case "DROPOUT_PREVENTION", "CLASS_CARE":
		return panel{"ConsoleDropoutCases", "dropout", "stage", []string{"dropoutCases"}, "reportAbsence"}, true
	case "VISIT", "VISIT_SUPERVISION":
		return panel{"ConsoleVisitsOfChild", "visit", "state", []string{"visits", "nodes"}, ""}, true
	}
	return panel{}, false
}

// childDocument asks what a purpose needs of a child.
func childDocument(purpose string) string {
	switch purpose {
	case "DROPOUT_PREVENTION":
		return "ConsoleChildForDropout"
	case "VISIT", "VISIT_SUPERVISION":
		return "ConsoleChildForVisit"
	case "CLASS_CARE":
		return "ConsoleChildForClass"
	case "CASE_MGMT", "RIGHTS_CASE":
		return "ConsoleChildForCase"
	}
	return "ConsoleChildForOthers"
}

// step is a move that may be made now, with its form.
type step struct {
	Label string
	form.Form
	// Record and Version are of what it changes; Key makes it happen once.
	Record, Key string
	Version     int
	First       bool
	Problem     string
}

// record is one thing under way about a child.
type record struct {
	State string
	Final bool
	Facts []fact.Fact
	Steps []step
}

type workPage struct {
	Name, Kind string
	Records    []record
	Facts      []fact.Fact
	Receipt    ask.Receipt
	Reasons    []form.Field
}

// showWork is the page of one child for one purpose: what there is to do, and what this
// purpose needs to know.
func showWork(v *visit) {
	h, err := v.open()
	if v.ok(err) {
		v.work(h, nil)
	}
}

func (v *visit) work(h handle, failed *step) {
	child, err := v.childOf(h)
	if err != nil || child == "" {
		v.workGone(h, err)
		return
	}
	h.Child = child
	page := workPage{Kind: h.Kind, Reasons: v.revealFields()}
	if p, has := panelFor(v.hat.Purpose); has {
		if page.Records, err = v.records(p, child, failed); err != nil {
			v.workGone(h, err)
			return
		}
	}
	op := v.c.documents[childDocument(v.hat.Purpose)]
	answer, err := v.c.ask.Ask(v.ctx(), v.as(), op.Text, op.Operation.Name, map[string]any{"child": child})
	if err != nil {
		v.workGone(h, err)
		return
	}
	set, data := at(op.Operation.SelectionSet, answer.Data, "child")
	if data == nil {
		v.workGone(h, nil)
		return
	}
	page.Name, page.Receipt = nameOf(data), answer.Receipt
	if page.Facts, err = v.reader(answer.Receipt).Read(set, data); !v.ok(err) {
		return
	}
	status := http.StatusOK
	if failed != nil {
		status = http.StatusUnprocessableEntity
	}
	about := handle{Child: child, Kind: h.Kind, Hat: v.hat}
	sealed := v.link(about)
	v.showAs(status, "work", view{Body: page, About: sealed, Moves: "/w/" + sealed, Done: h.Done, Entry: h.Entry})
}

// workGone: after a move the file may be closed to whoever made it.
func (v *visit) workGone(h handle, err error) {
	if h.Done != "" {
		v.show("finished", view{Done: h.Done, Entry: h.Entry})
		return
	}
	if err == nil {
		err = notFound()
	}
	v.ok(err)
}

// childOf finds the child of a ticket where the address has none.
func (v *visit) childOf(h handle) (string, error) {
	if h.Child != "" || v.hat.Ticket == "" {
		return h.Child, nil
	}
	op := v.c.documents["ConsoleChildOfTicket"]
	answer, err := v.c.ask.Ask(v.ctx(), v.as(), op.Text, op.Operation.Name, nil)
	if err != nil {
		return "", err
	}
	var got struct {
		Tickets []struct {
			Code  string
			Child *struct{ ID string }
		}
	}
	if err := json.Unmarshal(answer.Data, &got); err != nil {
		return "", err
	}
	for _, t := range got.Tickets {
		if t.Code == v.hat.Ticket && t.Child != nil {
			return t.Child.ID, nil
		}
	}
	return "", nil
}

// records asks for what is under way and says which moves are lawful next.
func (v *visit) records(p panel, child string, failed *step) ([]record, error) {
	op := v.c.documents[p.document]
	answer, err := v.c.ask.Ask(v.ctx(), v.as(), op.Text, op.Operation.Name, map[string]any{"child": child})
	if err != nil {
		return nil, err
	}
	set, data := at(op.Operation.SelectionSet, answer.Data, append([]string{"child"}, p.path...)...)
	var rows []json.RawMessage
	if len(data) > 0 {
		if err := json.Unmarshal(data, &rows); err != nil {
			return nil, err
		}
	}
	machine := v.c.machine(p.machine)
	out, open, err := v.recordsOf(list{machine, p.state, set, rows, answer.Receipt}, failed)
	if err != nil {
		return nil, err
	}
	if p.begin != "" && !open && v.c.mayMove(machine, p.begin, v.hat.Role) {
		out = append([]record{{Steps: []step{v.step(p.begin, v.c.moveName(machine, p.begin, v.lang), "", 0, failed)}}}, out...)
	}
	slices.SortStableFunc(out, func(a, b record) int { return len(b.Steps) - len(a.Steps) })
	return out, nil
}

// list is the records of one answer.
type list struct {
	machine flow.Machine
	state   string
	set     ast.SelectionSet
	rows    []json.RawMessage
	receipt ask.Receipt
}

// recordsOf reads the records of a machine; open says that one of them is under way.
func (v *visit) recordsOf(l list, failed *step) (out []record, open bool, err error) {
	machine := l.machine
	for _, row := range l.rows {
		var head map[string]any
		if err := json.Unmarshal(row, &head); err != nil {
			return nil, false, err
		}
		state, _ := head[l.state].(string)
		r := record{State: v.stateName(machine, state), Final: final(machine, state)}
		open = open || !r.Final
		if r.Facts, err = v.reader(l.receipt).Read(l.set, row); err != nil {
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
func (v *visit) steps(m flow.Machine, state, id string, version int, failed *step) []step {
	var moves []flow.Move
	for _, move := range m.Moves {
		known := slices.ContainsFunc(moves, func(o flow.Move) bool { return o.Name == move.Name })
		if known || !slices.Contains(move.From, state) || !slices.Contains(move.Roles, v.hat.Role) || v.c.lexicon.Mutation(move.Name) == nil || !v.c.hasMove(move.Name) {
			continue
		}
		moves = append(moves, move)
	}
	slices.SortStableFunc(moves, func(a, b flow.Move) int { return dated(b) - dated(a) })
	var out []step
	for i, move := range moves {
		s := v.step(move.Name, pick(v.lang, move.ZH, move.EN), id, version, failed)
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

func (v *visit) step(mutation, label, id string, version int, failed *step) step {
	if failed != nil && failed.Mutation == mutation && failed.Record == id {
		again := *failed
		again.Label, again.Version = label, version
		return again
	}
	return step{Label: label, Form: form.Make(v.c.lexicon, v.lang, mutation, nil), Record: id, Version: version, Key: newKey()}
}

func (c *Console) machine(name string) flow.Machine {
	for _, m := range c.deps.Machines {
		if m.Name == name {
			return m
		}
	}
	return flow.Machine{}
}

func (c *Console) mayMove(m flow.Machine, name, role string) bool {
	return slices.ContainsFunc(m.Moves, func(o flow.Move) bool { return o.Name == name && slices.Contains(o.Roles, role) })
}

func (c *Console) moveName(m flow.Machine, name, lang string) string {
	for _, move := range m.Moves {
		if move.Name == name {
			return pick(lang, move.ZH, move.EN)
		}
	}
	return name
}

// hasMove: there is a document for the mutation.
func (c *Console) hasMove(mutation string) bool {
	_, has := c.documents[moveDocument(mutation)]
	return has
}

func moveDocument(mutation string) string {
	return "Console" + strings.ToUpper(mutation[:1]) + mutation[1:]
}

func (v *visit) stateName(m flow.Machine, state string) string {
	for _, s := range m.States {
		if s.Code == state {
			return pick(v.lang, s.ZH, s.EN)
		}
	}
	return state
}

func final(m flow.Machine, state string) bool {
	return slices.ContainsFunc(m.States, func(s flow.State) bool { return s.Code == state && s.Final })
}

// reader reads facts in the language of the page.
func (v *visit) reader(receipt ask.Receipt) *fact.Reader {
	say := func(code string) string {
		key := code
		if !strings.Contains(code, ".") {
			key = "reason." + strings.ToLower(strings.ReplaceAll(code, "_", ""))
		}
		text, err := v.c.words.Say(v.lang, key)
		if err != nil {
			v.c.warn(v.ctx(), err)
			return code
		}
		return text
	}
	return &fact.Reader{Lexicon: v.c.lexicon, Lang: v.lang, Reason: say, Receipt: receipt}
}

// at goes down an answer and its selection together.
func at(set ast.SelectionSet, data json.RawMessage, path ...string) (ast.SelectionSet, json.RawMessage) {
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

func nameOf(data json.RawMessage) string {
	var got struct{ Name *string }
	if err := json.Unmarshal(data, &got); err != nil {
		return ""
	}
	return text(got.Name)
}
