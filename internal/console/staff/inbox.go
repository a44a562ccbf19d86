package staff

import (
	"net/http"

	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/policy"
)

// todo is one line of the inbox.
type todo struct {
	ID, Kind, Ticket, Purpose, Name, Link string
	// List is the page beside the inbox where the task is done.
	List               string
	DueAt, Basis       *string
	Overdue, Escalated bool
	// Late is who of the agency is late, and with how many tasks.
	Late      string
	LateTasks int
	// Place is where a post is vacant.
	Place string
	// Page is where the task is done that is about no child.
	Page string
}

// pageOf is where a task is done that is about no child: about the own accesses, or the
// administration of access.
func pageOf(kind string) string {
	switch kind {
	case "ACCESS_QUESTION", "EMERGENCY_TO_JUSTIFY":
		return "/asked"
	case "RIGHTS_INQUIRY":
		return "/rights"
	case "RIGHTS_CORRECTION":
		return "/corrections"
	case "RIGHTS_COPY", "RIGHTS_COPY_ANSWERED":
		return "/copies"
	case "COMPLAINT_TO_ANSWER", "COMPLAINT_TO_DECIDE", "COMPLAINT_TO_CLOSE":
		return "/complaints"
	case "ACCESS_DECIDE":
		return "/access"
	case "POSTS_CONFIRM":
		return "/access/confirm"
	case "CONTRACT_RETURN":
		return "/access/contracts"
	}
	return ""
}

type inboxPage struct {
	Todos []todo
	// Next is the cursor of the next page, empty on the last one.
	Next string
}

// showInbox lists what the person has to do, the first due first.
func showInbox(v *page.Visit) {
	if v.Hat.Purpose == "" {
		http.Redirect(v.W, v.R, "/post", http.StatusSeeOther)
		return
	}
	after := page.Cursor(v.R.URL.Query().Get("after"))
	body, err := inbox(v, after)
	if !v.OK(err) {
		return
	}
	// What a ticket is for decides under which purpose its task is opened.
	tickets, err := v.Site.Tickets(v.As())
	if !v.OK(err) {
		return
	}
	purposes, opens := map[string]string{}, map[string]bool{}
	for _, t := range tickets {
		purposes[t.Code], opens[t.Code] = t.Purpose, v.Site.Opens(t)
	}
	for i := range body.Todos {
		t := &body.Todos[i]
		if t.Purpose = purposes[t.Ticket]; t.Purpose == "" {
			t.Purpose = v.Hat.Purpose
		}
		if t.Page = pageOf(t.Kind); t.Page != "" {
			continue
		}
		h := page.Handle{Child: t.Link, Kind: t.Kind, Of: map[string]string{"task": t.ID}, Hat: hatFor(v, t.Purpose, t.Ticket)}
		if !opens[h.Hat.Ticket] && h.Hat.Ticket != v.Hat.Ticket {
			h.Hat.Ticket = "" // it stands for the work, and its purpose goes without
		}
		switch key := listFor(v.Site, t.Kind); {
		case key != "":
			t.List = key + "/" + v.Link(page.Handle{Kind: t.Kind, Hat: listHat(key, h.Hat)})
		case t.Link == "" && t.Ticket == "" && len(v.Site.TaskMoves[t.Kind]) == 0:
			continue // about no child, and done elsewhere
		default:
			t.Link = v.Link(h)
		}
	}
	v.Show("inbox", page.View{Body: body})
}

// listHat is the hat for a list: reports, the steps of their plans and the shields that
// they set are worked on for their own purpose, and so are the checks of a term.
func listHat(key string, hat page.Hat) page.Hat {
	switch key {
	case "reports", "measures", "steps":
		hat.Purpose, hat.Ticket = string(policy.MandatoryReport), ""
	case "opening":
		hat.Purpose, hat.Ticket = string(policy.DropoutPrevention), ""
	}
	return hat
}

// hatFor is the same post for the purpose of a ticket; without one, the hat that is on, or
// the purpose that needs none where that would need another.
func hatFor(v *page.Visit, purpose, ticket string) page.Hat {
	h := v.Hat
	if ticket != "" {
		h.Purpose, h.Ticket = purpose, ticket
	} else if v.Site.NeedsTicket(h.Purpose) && h.Ticket == "" {
		h.Purpose = string(policy.MandatoryReport)
	}
	return h
}

// inbox asks for one page; a child's identifier stands in Link until it is sealed.
func inbox(v *page.Visit, after *string) (inboxPage, error) {
	var body inboxPage
	if v.Site.NeedsTicket(v.Hat.Purpose) && v.Hat.Ticket == "" {
		got, err := operations.ConsoleInboxWithoutTicket(v.Context(), v.Hub(nil), after)
		if err != nil || got.Inbox == nil {
			return body, err
		}
		for _, n := range got.Inbox.Nodes {
			body.Todos = append(body.Todos, todo{
				ID: n.Id, Kind: page.Text(n.Kind), Ticket: page.Text(n.Ticket), DueAt: n.DueAt, Basis: n.Basis,
				Overdue: page.Yes(n.Overdue), Escalated: page.Yes(n.Escalated), Late: page.Text(n.LateStaff), LateTasks: page.Number(n.LateTasks), Place: page.Text(n.Place),
			})
		}
		body.Next = page.Next(got.Inbox.PageInfo.HasNextPage, got.Inbox.PageInfo.EndCursor)
		return body, nil
	}
	got, err := operations.ConsoleInbox(v.Context(), v.Hub(nil), after)
	if err != nil || got.Inbox == nil {
		return body, err
	}
	for _, n := range got.Inbox.Nodes {
		t := todo{
			ID: n.Id, Kind: page.Text(n.Kind), Ticket: page.Text(n.Ticket), DueAt: n.DueAt, Basis: n.Basis,
			Overdue: page.Yes(n.Overdue), Escalated: page.Yes(n.Escalated), Late: page.Text(n.LateStaff), LateTasks: page.Number(n.LateTasks), Place: page.Text(n.Place),
		}
		if n.Child != nil {
			t.Name, t.Link = page.Text(n.Child.Name), n.Child.Id
		}
		body.Todos = append(body.Todos, t)
	}
	body.Next = page.Next(got.Inbox.PageInfo.HasNextPage, got.Inbox.PageInfo.EndCursor)
	return body, nil
}
