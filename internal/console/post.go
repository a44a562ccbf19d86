package console

import (
	"net/http"
	"slices"

	"github.com/tongxin-hub/tongxin/internal/console/ask"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/session"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/policy"
)

// post is one duty of the person with what it may be used for.
type post struct {
	ID, Role, Title string
	Purposes        []string
}

// first is the purpose that a post is mostly for.
func (p post) first() string {
	for _, r := range policy.Roles() {
		if string(r.Code) == p.Role && slices.Contains(p.Purposes, string(r.Default)) {
			return string(r.Default)
		}
	}
	if len(p.Purposes) > 0 {
		return p.Purposes[0]
	}
	return ""
}

func postsOf(me *operations.ConsoleMeMe) []post {
	var out []post
	for _, p := range me.Posts {
		one := post{ID: p.Id, Title: text(p.Title)}
		if p.Role != nil {
			one.Role = string(*p.Role)
		}
		for _, purpose := range p.Purposes {
			one.Purposes = append(one.Purposes, string(purpose))
		}
		out = append(out, one)
	}
	return out
}

type ticket struct{ Code, Kind, Purpose, OpenedAt string }

type postPage struct {
	Posts []post
	// Tickets are those of the purpose that is in use.
	Tickets  []ticket
	Required bool
}

// showPosts is where somebody chooses post, purpose and ticket.
func showPosts(v *visit) {
	me, err := operations.ConsoleMe(v.ctx(), v.c.ask.For(ask.As{Page: v.r, Token: v.session.Token}, nil))
	if !v.ok(err) {
		return
	}
	page := postPage{Required: v.c.needsTicket(v.hat.Purpose)}
	if me.Me != nil {
		page.Posts = postsOf(me.Me)
	}
	if v.hat.Purpose != "" {
		tickets, err := v.c.tickets(v.as())
		if !v.ok(err) {
			return
		}
		for _, t := range tickets {
			if t.Purpose == v.hat.Purpose {
				page.Tickets = append(page.Tickets, t)
			}
		}
	}
	v.show("post", view{Body: page})
}

// choosePost puts on another hat: its post has to be the person's own.
func choosePost(v *visit) {
	state := v.session.State
	state.Ticket = v.r.PostForm.Get("ticket")
	if purpose := v.r.PostForm.Get("purpose"); purpose != "" {
		me, err := operations.ConsoleMe(v.ctx(), v.c.ask.For(ask.As{Page: v.r, Token: v.session.Token}, nil))
		if !v.ok(err) {
			return
		}
		found := false
		if me.Me != nil {
			for _, p := range postsOf(me.Me) {
				if p.ID == v.r.PostForm.Get("post") && slices.Contains(p.Purposes, purpose) {
					found = true
					state.Post, state.Role, state.Title, state.Purpose = p.ID, p.Role, p.Title, purpose
				}
			}
		}
		if !found {
			v.ok(fault.New(fault.Forbidden, "这不是您现任的岗位或它的用途。", "That is not a post of yours, or not a purpose of it."))
			return
		}
		if state.Ticket, err = v.c.defaultTicket(v.r, state); !v.ok(err) {
			return
		}
	}
	if !v.ok(v.c.sessions.Change(v.ctx(), v.session, state)) {
		return
	}
	v.c.keep(v.w, v.session)
	to := "/"
	if state.Ticket == "" && v.c.needsTicket(state.Purpose) {
		to = "/post"
	}
	http.Redirect(v.w, v.r, to, http.StatusSeeOther)
}

// needsTicket reports a purpose under which nothing is answered without a ticket.
func (c *Console) needsTicket(purpose string) bool {
	for _, p := range c.deps.Purposes {
		if string(p.Code) == purpose {
			return p.Ticket.Required
		}
	}
	return false
}

// tickets are the person's own, the oldest first: rounds and queues are older than what
// stands for one child.
func (c *Console) tickets(as ask.As) ([]ticket, error) {
	as.Ticket = ""
	got, err := operations.ConsoleTickets(as.Page.Context(), c.ask.For(as, nil))
	if err != nil {
		return nil, err
	}
	var out []ticket
	for _, t := range got.Tickets {
		one := ticket{Code: text(t.Code), Kind: text(t.Kind), OpenedAt: text(t.OpenedAt)}
		if t.Purpose != nil {
			one.Purpose = string(*t.Purpose)
		}
		out = append(out, one)
	}
	slices.Reverse(out)
	return out, nil
}

// defaultTicket is the oldest ticket of a purpose that needs one.
func (c *Console) defaultTicket(r *http.Request, s session.State) (string, error) {
	if !c.needsTicket(s.Purpose) {
		return "", nil
	}
	tickets, err := c.tickets(ask.As{Page: r, Token: s.Token, Post: s.Post, Purpose: s.Purpose})
	if err != nil {
		return "", err
	}
	for _, t := range tickets {
		if t.Purpose == s.Purpose {
			return t.Code, nil
		}
	}
	return "", nil
}
