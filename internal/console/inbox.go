package console

import (
	"github.com/tongxin-hub/tongxin/internal/console/operations"
)

// todo is one line of the inbox.
type todo struct {
	Kind, Ticket, Purpose, Name, Link string
	DueAt, Basis                      *string
	Overdue, Escalated                bool
}

type inboxPage struct {
	Todos []todo
	// Next is the cursor of the next page, empty on the last one.
	Next string
}

// showInbox lists what the person has to do, the first due first.
func showInbox(v *visit) {
	if v.hat.Purpose == "" {
		showPosts(v)
		return
	}
	after := cursor(v.r.URL.Query().Get("after"))
	page, err := v.inbox(after)
	if !v.ok(err) {
		return
	}
	// What a ticket is for decides under which purpose its task is opened.
	tickets, err := v.c.tickets(v.as())
	if !v.ok(err) {
		return
	}
	purposes := map[string]string{}
	for _, t := range tickets {
		purposes[t.Code] = t.Purpose
	}
	for i := range page.Todos {
		t := &page.Todos[i]
		if t.Purpose = purposes[t.Ticket]; t.Purpose == "" {
			t.Purpose = v.hat.Purpose
		}
		if t.Link == "" && t.Ticket == "" {
			continue // about no child: a report, for instance
		}
		t.Link = v.link(handle{Child: t.Link, Kind: t.Kind, Hat: v.hatFor(t.Purpose, t.Ticket)})
	}
	v.show("inbox", view{Body: page})
}

// hatFor is the same post for the purpose of a ticket; without one, the hat that is on.
func (v *visit) hatFor(purpose, ticket string) hat {
	h := v.hat
	if ticket != "" {
		h.Purpose, h.Ticket = purpose, ticket
	}
	return h
}

// inbox asks for one page; a child's identifier stands in Link until it is sealed.
func (v *visit) inbox(after *string) (inboxPage, error) {
	var page inboxPage
	if v.c.needsTicket(v.hat.Purpose) && v.hat.Ticket == "" {
		got, err := operations.ConsoleInboxWithoutTicket(v.ctx(), v.c.ask.For(v.as(), nil), after)
		if err != nil || got.Inbox == nil {
			return page, err
		}
		for _, n := range got.Inbox.Nodes {
			page.Todos = append(page.Todos, todo{
				Kind: text(n.Kind), Ticket: text(n.Ticket), DueAt: n.DueAt, Basis: n.Basis,
				Overdue: yes(n.Overdue), Escalated: yes(n.Escalated),
			})
		}
		page.Next = next(got.Inbox.PageInfo.HasNextPage, got.Inbox.PageInfo.EndCursor)
		return page, nil
	}
	got, err := operations.ConsoleInbox(v.ctx(), v.c.ask.For(v.as(), nil), after)
	if err != nil || got.Inbox == nil {
		return page, err
	}
	for _, n := range got.Inbox.Nodes {
		t := todo{
			Kind: text(n.Kind), Ticket: text(n.Ticket), DueAt: n.DueAt, Basis: n.Basis,
			Overdue: yes(n.Overdue), Escalated: yes(n.Escalated),
		}
		if n.Child != nil {
			t.Name, t.Link = text(n.Child.Name), n.Child.Id
		}
		page.Todos = append(page.Todos, t)
	}
	page.Next = next(got.Inbox.PageInfo.HasNextPage, got.Inbox.PageInfo.EndCursor)
	return page, nil
}

func next(more bool, end *string) string {
	if more {
		return text(end)
	}
	return ""
}

func cursor(sent string) *string {
	if sent == "" {
		return nil
	}
	return &sent
}

func yes(b *bool) bool { return b != nil && *b }
