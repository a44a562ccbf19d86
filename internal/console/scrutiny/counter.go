package scrutiny

import (
	"net/http"
	"slices"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/console/fact"
	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/internal/console/page"
)

// counter is a page of the rights desk: what comes in of one kind, how far each has come
// and what is lawful next.
type counter struct {
	path, document, root, machine string
	// receive begins one, and enum is of the member by which a row is called.
	receive, called, enum string
	// closed is the member that says when one was closed.
	closed string
	words  counterWords
	// fits reports whether a move is for this record.
	fits func(head map[string]any, mutation string) bool
}

// counterWords are the keys of its sentences.
type counterWords struct{ Title, Lead, Empty, One, Back, Rules, Hold string }

// copies are requests for a copy or summary.
func copies() counter {
	return counter{
		path: "/copies", document: "ConsoleCopyRequests", root: "copyRequests", machine: "fileCopy", receive: "receiveCopyRequest", called: "kind", enum: "CopyKind", closed: "answeredOn",
		words: counterWords{"copies.title", "copies.lead", "copies.empty", "copies.one", "copies.back", "copies.rules", "copies.waits"},
		fits: func(head map[string]any, mutation string) bool {
			switch mutation {
			case "routeCopyRequest":
				return head["kind"] == "COPY" && head["waits"] != true
			case "compileSummary":
				return head["kind"] == "SUMMARY" && head["outcome"] != "REFUSED"
			}
			return true
		},
	}
}

// complaints are those on the handling of personal information.
func complaints() counter {
	return counter{
		path: "/complaints", document: "ConsoleComplaints", root: "complaints", machine: "complaint", receive: "receiveComplaint", called: "about", enum: "ComplaintAbout", closed: "closedOn",
		words: counterWords{"complaints.title", "complaints.lead", "complaints.empty", "complaints.one", "complaints.back", "complaints.rules", ""},
		fits:  func(map[string]any, string) bool { return true },
	}
}

// counted is a row of the list.
type counted struct {
	Link, Name, Stage             string
	ReceivedOn, DueOn, ClosedOn   *string
	Overdue, Open, Waits, Follows bool
}

type counterPage struct {
	counterWords

	Path         string
	Tabs         []tab
	Open, Closed []counted
	Late         int
	Receive      []page.Step
}

// records are those in the visitor's hand, the first due first.
func (c counter) records(v *page.Visit, failed *page.Step) ([]page.Record, error) {
	list, _, err := v.Records(page.List{Document: c.document, Path: []string{c.root}, Machine: c.machine, State: "state"}, failed)
	slices.SortStableFunc(list, func(a, b page.Record) int { return strings.Compare(said(a, "dueOn"), said(b, "dueOn")) })
	return list, err
}

// said is a text of a record, "" for none.
func said(r page.Record, member string) string {
	text, _ := r.Head[member].(string)
	return text
}

func (c counter) row(v *page.Visit, r page.Record) counted {
	text := func(member string) *string {
		if s := said(r, member); s != "" {
			return &s
		}
		return nil
	}
	return counted{
		Link: v.Link(page.Handle{Hat: v.Hat, Of: map[string]string{"id": r.ID}}), Name: lexicon.Short(v.Speaker().Value(c.enum, said(r, c.called))), Stage: r.State,
		ReceivedOn: text("receivedOn"), DueOn: text("dueOn"), ClosedOn: text(c.closed),
		Overdue: r.Head["overdue"] == true, Open: !r.Final, Waits: r.Head["waits"] == true, Follows: r.Head["laterAnswerDue"] == true,
	}
}

// show is what is due, and how one is received.
func (c counter) show(v *page.Visit) { c.list(v, page.Handle{}, nil) }

func (c counter) list(v *page.Visit, h page.Handle, failed *page.Step) {
	atDesk(v)
	list, err := c.records(v, nil)
	if !v.OK(err) {
		return
	}
	body := counterPage{counterWords: c.words, Path: c.path}
	if v.May("Query.rightsInquiries") {
		body.Tabs = desks(v)
	}
	if v.May("Mutation." + c.receive) {
		s := v.Step(c.receive, say(v, "rights.receiveDo"), "", 0, failed)
		if s.First = true; body.Tabs == nil { // whoever has no desk reaches no child
			s.Fields = slices.DeleteFunc(s.Fields, func(f form.Field) bool { return f.Name == "relation" || strings.HasPrefix(f.Name, "token.") })
		}
		body.Receive = []page.Step{s}
	}
	for _, r := range list {
		one := c.row(v, r)
		if one.Overdue {
			body.Late++
		}
		if one.Open {
			body.Open = append(body.Open, one)
		} else {
			body.Closed = append(body.Closed, one)
		}
	}
	slices.Reverse(body.Closed)
	v.ShowAs(failed.Status(), "counter", page.View{Body: body, Moves: c.path, Done: h.Done, Entry: h.Entry})
}

// enter writes one down, with its deadline.
func (c counter) enter(v *page.Visit) {
	atDesk(v)
	if v.R.PathValue("mutation") != c.receive {
		v.OK(page.NotFound())
		return
	}
	s, got, err := v.Move("")
	if !v.OK(err) {
		return
	}
	if s.Invalid {
		c.list(v, page.Handle{}, &s)
		return
	}
	h := page.Handle{Hat: v.Hat, Done: "rights.received", Entry: got.Entry, Of: map[string]string{"id": got.ID}}
	http.Redirect(v.W, v.R, c.path+"/"+v.Link(h), http.StatusSeeOther)
}

type countedPage struct {
	counterWords
	counted

	Path   string
	Facts  []fact.Fact
	Steps  []page.Step
	Follow []page.Step
	// Statement says that there is an answer to be read and printed.
	Statement bool
	Handle    string
}

// showOne is one of them: where it stands, and what is lawful next.
func (c counter) showOne(v *page.Visit) {
	h, err := v.Open()
	if v.OK(err) {
		c.one(v, h, nil)
	}
}

func (c counter) one(v *page.Visit, h page.Handle, failed *page.Step) {
	atDesk(v)
	list, err := c.records(v, failed)
	if !v.OK(err) {
		return
	}
	at := slices.IndexFunc(list, func(r page.Record) bool { return r.ID == h.Of["id"] })
	switch {
	case at < 0 && h.Done != "": // it has left the visitor's hand
		c.list(v, h, nil)
		return
	case at < 0:
		v.OK(page.NotFound())
		return
	}
	r := list[at]
	body := countedPage{counterWords: c.words, counted: c.row(v, r), Path: c.path, Statement: h.Of["move"] != "", Handle: v.Link(page.Handle{Hat: v.Hat, Of: h.Of})}
	body.Facts = slices.DeleteFunc(r.Facts, func(f fact.Fact) bool {
		_, member, _ := strings.Cut(f.Coordinate, ".")
		return slices.Contains([]string{"waits", "laterAnswerDue", "compiled", "overdue", "version"}, member)
	})
	body.Steps = slices.DeleteFunc(r.Steps, func(s page.Step) bool { return !c.fits(r.Head, s.Mutation) })
	for i := range body.Steps {
		body.Steps[i].First = i == 0 && body.Steps[i].Mutation != "refuseCopyRequest" // a refusal is not offered first
	}
	if body.Follows && v.May("Mutation."+c.receive) {
		s := v.Step(c.receive, say(v, "rights.laterDo"), "", 0, nil)
		s.Fields, s.First, s.With = nil, true, map[string]string{"follows": r.ID, "kind": "SUMMARY"}
		body.Follow = []page.Step{s}
	}
	v.ShowAs(failed.Status(), "counter-one", page.View{Body: body, Moves: c.path + "/" + body.Handle, Done: h.Done, Entry: h.Entry})
}

// move makes one move.
func (c counter) move(v *page.Visit) {
	h, s, got, ok := move(v, c.machine, "id")
	switch {
	case ok && s.Invalid:
		c.one(v, h, &s)
	case ok:
		follow(v, c.path+"/", "id", s, got)
	}
}
