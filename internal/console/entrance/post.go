package entrance

import (
	"net/http"
	"slices"

	"github.com/tongxin-hub/tongxin/internal/console/ask"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
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
		one := post{ID: p.Id, Title: page.Text(p.Title)}
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

type postPage struct {
	Posts []post
	// Tickets are those of the purpose that is in use.
	Tickets  []page.Ticket
	Required bool
}

// showPosts is where somebody chooses post, purpose and ticket.
func showPosts(v *page.Visit) {
	me, err := operations.ConsoleMe(v.Context(), v.Site.HubAs(ask.As{Page: v.R, Token: v.Session.Token}, nil))
	if !v.OK(err) {
		return
	}
	body := postPage{Required: v.Site.NeedsTicket(v.Hat.Purpose)}
	if me.Me != nil {
		body.Posts = postsOf(me.Me)
	}
	if v.Hat.Purpose != "" {
		tickets, err := v.Site.Tickets(v.As())
		if !v.OK(err) {
			return
		}
		for _, t := range tickets {
			if t.Purpose == v.Hat.Purpose && v.Site.Opens(t) {
				body.Tickets = append(body.Tickets, t)
			}
		}
	}
	v.Show("post", page.View{Body: body})
}

// choosePost puts on another hat: its post has to be the person's own.
func choosePost(v *page.Visit) {
	state := v.Session.State
	state.Ticket = v.R.PostForm.Get("ticket")
	if purpose := v.R.PostForm.Get("purpose"); purpose != "" {
		me, err := operations.ConsoleMe(v.Context(), v.Site.HubAs(ask.As{Page: v.R, Token: v.Session.Token}, nil))
		if !v.OK(err) {
			return
		}
		found := false
		if me.Me != nil {
			for _, p := range postsOf(me.Me) {
				if p.ID == v.R.PostForm.Get("post") && slices.Contains(p.Purposes, purpose) {
					found = true
					state.Post, state.Role, state.Title, state.Purpose = p.ID, p.Role, p.Title, purpose
				}
			}
		}
		if !found {
			v.OK(fault.New(fault.Forbidden, "这不是您现任的岗位或它的用途。", "That is not a post of yours, or not a purpose of it."))
			return
		}
		if state.Ticket, err = v.Site.DefaultTicket(v.R, state); !v.OK(err) {
			return
		}
	}
	if !v.OK(v.Site.Sessions.Change(v.Context(), v.Session, state)) {
		return
	}
	v.Site.Keep(v.W, v.Session)
	to := "/"
	if state.Ticket == "" && v.Site.NeedsTicket(state.Purpose) {
		to = "/post"
	}
	http.Redirect(v.W, v.R, to, http.StatusSeeOther)
}
