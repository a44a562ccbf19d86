package staff

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/console/ask"
	"github.com/tongxin-hub/tongxin/internal/console/fact"
	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/policy"
)

// childDocument asks what a purpose needs of a child.
func childDocument(purpose string) string {
	document, has := map[policy.Purpose]string{
		policy.DropoutPrevention: "ConsoleChildForDropout",
		policy.Visit:             "ConsoleChildForVisit", policy.VisitSupervision: "ConsoleChildForVisit",
		policy.ClassCare:      "ConsoleChildForClass",
		policy.CaseManagement: "ConsoleChildForCase", policy.RightsCase: "ConsoleChildForCase", policy.MandatoryReport: "ConsoleChildForCase",
		policy.PsychSupport: "ConsoleChildForMind", policy.ChildHealth: "ConsoleChildForHealth",
		policy.FamilyEdu: "ConsoleChildForFamily", policy.Pairing: "ConsoleChildForFamily",
		policy.TempRelief: "ConsoleChildForRelief", policy.RegisterVerify: "ConsoleChildForRegister",
		policy.Consultation: "ConsoleChildForMeeting", policy.Emergency: "ConsoleChildForEmergency",
	}[policy.Purpose(purpose)]
	if !has {
		return "ConsoleChildForOthers"
	}
	return document
}

// section is what is under way in one flow.
type section struct {
	Title   string
	Records []page.Record
	Begin   []page.Step
}

// under reports whether there is anything to make or to read of it.
func (s section) under() bool { return len(s.Records)+len(s.Begin) > 0 }

type workPage struct {
	Name, Kind string
	Tasks      []page.Step
	Sections   []section
	Facts      []fact.Fact
	Receipt    ask.Receipt
	// Emergency says that break-glass may be opened from here.
	Emergency bool
}

// showWork is the page of one child for one purpose: what there is to do, and what this
// purpose needs to know.
func showWork(v *page.Visit) {
	h, err := v.Open()
	if v.OK(err) {
		work(v, h, nil)
	}
}

func work(v *page.Visit, h page.Handle, failed *page.Step) {
	child, err := childOf(v, h)
	if err != nil {
		workGone(v, h, err)
		return
	}
	h.Child = child
	body := workPage{
		Kind: h.Kind, Tasks: taskSteps(v, h, failed),
		Emergency: mayBreakGlass(v),
	}
	found := false
	if child != "" {
		found, err = body.read(v, &h, failed)
	}
	if err != nil || !found && len(body.Tasks) == 0 {
		workGone(v, h, err)
		return
	}
	status := http.StatusOK
	if failed != nil && !failed.Looks {
		status = http.StatusUnprocessableEntity
	}
	about := page.Handle{Child: child, Kind: h.Kind, Of: h.Of, Hat: v.Hat}
	body.fold(folder{v, about, func(sealed string) string { return "/w/" + sealed }})
	sealed := v.Link(closed(about))
	v.ShowAs(status, "work", page.View{
		Body: body, About: sealed, Reveals: sealed, Reasons: revealFields(v), Moves: "/w/" + sealed, Done: h.Done, Entry: h.Entry, Disputes: v.May("Mutation.raiseCorrection"),
	})
}

// read asks what the purpose needs of the child, and what is under way; it is false where
// the child is not in reach.
func (body *workPage) read(v *page.Visit, h *page.Handle, failed *page.Step) (bool, error) {
	child := h.Child
	op, answer, err := v.Ask(childDocument(v.Hat.Purpose), map[string]any{"child": child})
	if err != nil {
		return false, err
	}
	set, data := page.At(op.SelectionSet, answer.Data, "child")
	if data == nil {
		return false, nil
	}
	body.Name, body.Receipt = nameOf(data), answer.Receipt
	if body.Facts, err = v.Reader(answer.Receipt).Read(set, data, "corrections"); err != nil {
		return false, err
	}
	disputed(body.Facts, pending(data))
	for _, p := range panels(v.Site) {
		s, err := underWay(v, p, h, failed)
		if err != nil {
			return false, err
		}
		seen(h, p.machine, s.Records)
		if s.under() {
			body.Sections = append(body.Sections, s)
		}
	}
	if s := loose(v, failed); s.under() {
		body.Sections = append(body.Sections, s)
	}
	slices.SortStableFunc(body.Sections, func(a, b section) int { return b.urgency() - a.urgency() })
	return true, nil
}

// fold puts aside what the page has no room for.
func (body *workPage) fold(f folder) {
	var steps []*page.Step
	var records []*page.Record
	for i := range body.Tasks {
		steps = append(steps, &body.Tasks[i])
	}
	for i := range body.Sections {
		s := &body.Sections[i]
		for j := range s.Records {
			records = append(records, &s.Records[j])
			for k := range s.Records[j].Steps {
				steps = append(steps, &s.Records[j].Steps[k])
			}
		}
		for j := range s.Begin {
			steps = append(steps, &s.Begin[j])
		}
	}
	f.fold(steps)
	f.shelve(records)
}

// urgency puts what can be moved before what can be begun, and that before what is only
// to be read.
func (s section) urgency() int {
	for _, r := range s.Records {
		if len(r.Steps) > 0 {
			return 2
		}
	}
	return min(len(s.Begin), 1)
}

// workGone: after a move the file may be closed to whoever made it.
func workGone(v *page.Visit, h page.Handle, err error) {
	if h.Done != "" {
		v.Show("finished", page.View{Done: h.Done, Entry: h.Entry})
		return
	}
	if err == nil {
		err = page.NotFound()
	}
	v.OK(err)
}

// childOf finds the child of a ticket where the address has none.
func childOf(v *page.Visit, h page.Handle) (string, error) {
	if h.Child != "" || v.Hat.Ticket == "" {
		return h.Child, nil
	}
	_, answer, err := v.Ask("ConsoleChildOfTicket", nil)
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
		if t.Code == v.Hat.Ticket && t.Child != nil {
			return t.Child.ID, nil
		}
	}
	return "", nil
}

// underWay asks for what is under way in a flow, as far as the post may read and move it.
func underWay(v *page.Visit, p panel, h *page.Handle, failed *page.Step) (section, error) {
	machine := v.Site.Machine(p.machine)
	s := section{Title: lexicon.Upper(page.Pick(v.Lang, machine.ZH, machine.EN))}
	open := false
	if p.typename != "" && readable(v, p) {
		l, err := listOf(v, p, h.Child)
		if err != nil {
			return s, err
		}
		if s.Records, open, err = v.Records(l, failed); err != nil {
			return s, err
		}
		for i := range s.Records {
			if other := s.Records[i].Child; other != "" && other != h.Child {
				s.Records[i].Beside = v.Link(page.Handle{Child: other, Hat: v.Hat})
			}
		}
		if p.still {
			for i := range s.Records {
				s.Records[i].Steps = nil
			}
		}
	} else if !p.still {
		s.Begin = append(s.Begin, blind(v, p.machine, h.Of, failed)...)
	}
	if p.single && open {
		return s, nil
	}
	for _, name := range p.begin {
		if v.May("Mutation."+name) && v.Site.HasMove(name) && !offered(s.Records, name) && mayBegin(v, machine, name) {
			step := v.Step(name, v.Site.MoveName(machine, name, v.Lang), "", 0, failed)
			offer(v, &step, nil)
			s.Begin = append(s.Begin, step)
		}
	}
	slices.SortStableFunc(s.Records, func(a, b page.Record) int { return min(len(b.Steps), 1) - min(len(a.Steps), 1) })
	s.Records = recent(s.Records)
	return s, nil
}

// past is how many records that are done with are shown: the page of a phone is small.
const past = 3

// recent leaves out what is long past.
func recent(records []page.Record) []page.Record {
	seen := 0
	return slices.DeleteFunc(records, func(r page.Record) bool {
		if len(r.Steps) == 0 {
			seen++
		}
		return len(r.Steps) == 0 && seen > past
	})
}

// loose are moves about a child that belong to no flow: what they end may be of several.
func loose(v *page.Visit, failed *page.Step) section {
	s := section{Title: v.Site.Lexicon.Coordinate(v.Lang, "Child.consents")}
	for _, name := range []string{"withdrawConsent"} {
		if v.May("Mutation."+name) && v.Site.HasMove(name) {
			s.Begin = append(s.Begin, v.Step(name, v.Site.MoveName(flow.Machine{}, name, v.Lang), "", 0, failed))
		}
	}
	return s
}

// mayBegin: where the machine knows the move, it says for whom it is.
func mayBegin(v *page.Visit, m flow.Machine, name string) bool {
	known := slices.ContainsFunc(m.Moves, func(o flow.Move) bool { return o.Name == name })
	return !known || m.Lets(v.Hat.Role, name)
}

func offered(records []page.Record, name string) bool {
	for _, r := range records {
		if slices.ContainsFunc(r.Steps, func(s page.Step) bool { return s.Mutation == name }) {
			return true
		}
	}
	return false
}

// readable: the post may read something of the records of the flow.
func readable(v *page.Visit, p panel) bool {
	if p.stateOf != nil && !v.May(p.typename+".status") {
		return false
	}
	return slices.ContainsFunc(v.Site.Lexicon.Schema().Types[p.typename].Fields, func(f *ast.FieldDefinition) bool {
		return f.Directives.ForName("data") != nil && v.May(p.typename+"."+f.Name)
	})
}

// listOf says how the records of a flow are read and moved.
func listOf(v *page.Visit, p panel, child string) (page.List, error) {
	d, err := v.Compose(page.Source{
		Name: p.typename, Params: "($child: ID!)", Path: append([]string{"child(id: $child)"}, p.path...), Type: p.typename,
	})
	path := []string{"child"}
	for _, step := range p.path {
		field, _, _ := strings.Cut(step, "(")
		path = append(path, field)
	}
	return page.List{
		Composed: d, Variables: map[string]any{"child": child}, Path: path, Machine: p.machine, State: p.state,
		StateOf: p.stateOf, MachineOf: p.machineOf, Extra: p.extra, Offer: func(r *page.Record, s *page.Step) { offer(v, s, r.Head) },
	}, err
}

func nameOf(data json.RawMessage) string {
	var got struct{ Name *string }
	if err := json.Unmarshal(data, &got); err != nil {
		return ""
	}
	return page.Text(got.Name)
}

// makeMove makes one move about a child and shows its page again.
func makeMove(v *page.Visit) {
	h, err := v.Open()
	if !v.OK(err) {
		return
	}
	s, got, err := v.Move(h.Child)
	if !v.OK(err) {
		return
	}
	if s.Invalid {
		work(v, h, &s)
		return
	}
	h = closed(h)
	h.Done, h.Entry = "done.move", got.Entry
	if s.With["task"] != "" {
		h.Of = nil // it is done
	}
	http.Redirect(v.W, v.R, "/w/"+v.Link(h), http.StatusSeeOther)
}
