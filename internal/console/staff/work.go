package staff

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/tongxin-hub/tongxin/internal/console/ask"
	"github.com/tongxin-hub/tongxin/internal/console/fact"
	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/page"
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

type workPage struct {
	Name, Kind string
	Records    []page.Record
	Facts      []fact.Fact
	Receipt    ask.Receipt
	Reasons    []form.Field
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
	if err != nil || child == "" {
		workGone(v, h, err)
		return
	}
	h.Child = child
	body := workPage{Kind: h.Kind, Reasons: revealFields(v)}
	if p, has := panelFor(v.Hat.Purpose); has {
		if body.Records, err = records(v, p, child, failed); err != nil {
			workGone(v, h, err)
			return
		}
	}
	op, answer, err := v.Ask(childDocument(v.Hat.Purpose), map[string]any{"child": child})
	if err != nil {
		workGone(v, h, err)
		return
	}
	set, data := page.At(op.SelectionSet, answer.Data, "child")
	if data == nil {
		workGone(v, h, nil)
		return
	}
	body.Name, body.Receipt = nameOf(data), answer.Receipt
	if body.Facts, err = v.Reader(answer.Receipt).Read(set, data); !v.OK(err) {
		return
	}
	status := http.StatusOK
	if failed != nil {
		status = http.StatusUnprocessableEntity
	}
	about := page.Handle{Child: child, Kind: h.Kind, Hat: v.Hat}
	sealed := v.Link(about)
	v.ShowAs(status, "work", page.View{Body: body, About: sealed, Moves: "/w/" + sealed, Done: h.Done, Entry: h.Entry})
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

// records asks for what is under way and says which moves are lawful next.
func records(v *page.Visit, p panel, child string, failed *page.Step) ([]page.Record, error) {
	out, open, err := v.Records(page.List{
		Document: p.document, Variables: map[string]any{"child": child}, Path: append([]string{"child"}, p.path...), Machine: p.machine, State: p.state,
	}, failed)
	if err != nil {
		return nil, err
	}
	if machine := v.Site.Machine(p.machine); p.begin != "" && !open && v.Site.MayMove(machine, p.begin, v.Hat.Role) {
		out = append([]page.Record{{Steps: []page.Step{v.Step(p.begin, v.Site.MoveName(machine, p.begin, v.Lang), "", 0, failed)}}}, out...)
	}
	slices.SortStableFunc(out, func(a, b page.Record) int { return len(b.Steps) - len(a.Steps) })
	return out, nil
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
	if len(got.UserErrors) > 0 {
		work(v, h, &s)
		return
	}
	h.Done, h.Entry = "done.move", got.Entry
	http.Redirect(v.W, v.R, "/w/"+v.Link(h), http.StatusSeeOther)
}
