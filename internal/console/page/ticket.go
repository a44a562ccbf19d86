package page

import (
	"net/http"
	"slices"

	"github.com/tongxin-hub/tongxin/internal/console/ask"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/session"
)

// Ticket is what a purpose is opened by.
type Ticket struct{ Code, Kind, Purpose, OpenedAt string }

// NeedsTicket reports a purpose under which nothing is answered without a ticket.
func (c *Site) NeedsTicket(purpose string) bool {
	for _, p := range c.Purposes {
		if string(p.Code) == purpose {
			return p.Ticket.Required
		}
	}
	return false
}

// districtSearch is the kind of ticket that every purpose takes.
const districtSearch = "DISTRICT_SEARCH"

// Opens reports whether a ticket is of the kind that its purpose asks for: some stand for
// work that rests on something else.
func (c *Site) Opens(t Ticket) bool {
	for _, p := range c.Purposes {
		if string(p.Code) == t.Purpose {
			return t.Kind == p.Ticket.Kind || t.Kind == districtSearch
		}
	}
	return false
}

// Tickets are the person's own, the oldest first: rounds and queues are older than what
// stands for one child.
func (c *Site) Tickets(as ask.As) ([]Ticket, error) {
	as.Ticket = ""
	got, err := operations.ConsoleTickets(as.Page.Context(), c.ask.For(as, nil))
	if err != nil {
		return nil, err
	}
	var out []Ticket
	for _, t := range got.Tickets {
		one := Ticket{Code: Text(t.Code), Kind: Text(t.Kind), OpenedAt: Text(t.OpenedAt)}
		if t.Purpose != nil {
			one.Purpose = string(*t.Purpose)
		}
		out = append(out, one)
	}
	slices.Reverse(out)
	return out, nil
}

// DefaultTicket is the oldest ticket of a purpose that needs one.
func (c *Site) DefaultTicket(r *http.Request, s session.State) (string, error) {
	if !c.NeedsTicket(s.Purpose) {
		return "", nil
	}
	tickets, err := c.Tickets(ask.As{Page: r, Token: s.Token, Post: s.Post, Purpose: s.Purpose})
	if err != nil {
		return "", err
	}
	for _, t := range tickets {
		if t.Purpose == s.Purpose && c.Opens(t) {
			return t.Code, nil
		}
	}
	return "", nil
}
