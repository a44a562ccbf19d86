package staff

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/policy"
)

type listPage struct {
	Title, Key, Next string
	Begin            []page.Step
	Records          []listed
}

// listed is a record of a list, with the way to the child that it is about.
type listed struct {
	page.Record

	Link string
}

// lead is the way to a list, for one of the purposes of the post.
type lead struct{ Title, Link, Purpose, Ticket string }

// showLists leads to every list that the post may read, for whichever of its purposes.
func showLists(v *page.Visit) {
	tickets, err := v.Site.Tickets(v.As())
	if !v.OK(err) {
		return
	}
	var body []lead
	for _, l := range lists(v.Site) {
		for _, purpose := range purposes(v) {
			for _, hat := range hatsWith(v, purpose, tickets) {
				if l.readable(v, hat) {
					body = append(body, lead{l.title(v.Site, v.Lang), l.key + "/" + v.Link(page.Handle{Hat: hat}), purpose, hat.Ticket})
				}
			}
			if l.anyhow() && len(body) > 0 {
				break // the same under every purpose
			}
		}
	}
	v.Show("lists", page.View{Body: body})
}

// purposes are those of the post, the one that is on first.
func purposes(v *page.Visit) []string {
	out := []string{v.Hat.Purpose}
	rules, err := v.Site.Rules.Current()
	if err != nil {
		return out
	}
	for _, pair := range rules.Pairs() {
		if string(pair.Role) == v.Hat.Role && !slices.Contains(out, string(pair.Purpose)) {
			out = append(out, string(pair.Purpose))
		}
	}
	return out
}

// hatsWith are the post for another purpose, with a ticket where that needs one: the
// first that there is, or each consultation's own, the newest first.
func hatsWith(v *page.Visit, purpose string, tickets []page.Ticket) []page.Hat {
	h := v.Hat
	if purpose == h.Purpose && (h.Ticket != "" || !v.Site.NeedsTicket(purpose)) {
		return []page.Hat{h}
	}
	h.Purpose, h.Ticket = purpose, ""
	if !v.Site.NeedsTicket(purpose) {
		return []page.Hat{h}
	}
	var out []page.Hat
	for _, t := range tickets {
		if t.Purpose == purpose && v.Site.Opens(t) {
			h.Ticket = t.Code
			out = append(out, h)
		}
	}
	if purpose == string(policy.Consultation) {
		slices.Reverse(out)
		return out
	}
	return out[:min(len(out), 1)]
}

func (l list) readable(v *page.Visit, hat page.Hat) bool {
	as := *v
	as.Hat = hat
	return as.May("Query." + l.root)
}

// anyhow: the list is the same whatever one works for.
func (l list) anyhow() bool {
	return slices.Contains([]string{"mine", "posts", "catalogue"}, l.key)
}

func showList(v *page.Visit) {
	h, err := v.Open()
	if v.OK(err) {
		listing(v, h, nil)
	}
}

// listOfPage is the list that the address names.
func listOfPage(v *page.Visit) (list, error) {
	all := lists(v.Site)
	i := slices.IndexFunc(all, func(l list) bool { return l.key == v.R.PathValue("list") })
	if i < 0 {
		return list{}, page.NotFound()
	}
	return all[i], nil
}

func listing(v *page.Visit, h page.Handle, failed *page.Step) {
	l, err := listOfPage(v)
	if !v.OK(err) {
		return
	}
	body := listPage{Title: l.title(v.Site, v.Lang), Key: l.key}
	source, path := l.source(v.Site)
	d, err := v.Compose(source)
	if !v.OK(err) {
		return
	}
	var variables map[string]any
	if after := v.R.URL.Query().Get("after"); source.Params != "" && after != "" {
		variables = map[string]any{"after": after}
	}
	records, _, next, err := v.RecordsPage(page.List{
		Composed: d, Variables: variables, Path: path, Machine: l.machine, State: l.state, Extra: l.extra,
		Offer: func(r *page.Record, s *page.Step) { offer(v, s, r.Head) },
	}, failed)
	if err != nil {
		workGone(v, h, err) // with its last record a list may close
		return
	}
	body.Next = next
	for _, r := range records {
		r.Steps = slices.DeleteFunc(r.Steps, func(s page.Step) bool {
			return slices.Contains(l.never, s.Mutation) || r.Head["mine"] == false && slices.Contains(l.own, s.Mutation)
		})
		one := listed{Record: r}
		if r.Child != "" && childPages(v) {
			one.Link = v.Link(page.Handle{Child: r.Child, Hat: v.Hat})
		}
		body.Records = append(body.Records, one)
	}
	for _, name := range l.begin {
		if v.May("Mutation." + name) {
			s := v.Step(name, v.Site.MoveName(v.Site.MachineOf(name), name, v.Lang), "", 0, failed)
			offer(v, &s, nil)
			body.Begin = append(body.Begin, s)
		}
	}
	status := http.StatusOK
	if failed != nil && !failed.Looks {
		status = http.StatusUnprocessableEntity
	}
	about := page.Handle{Hat: v.Hat, Kind: h.Kind, Of: h.Of}
	after := ""
	if cursor := v.R.URL.Query().Get("after"); cursor != "" {
		after = "?after=" + url.QueryEscape(cursor)
	}
	body.fold(folder{v, about, func(sealed string) string { return "/list/" + l.key + "/" + sealed + after }})
	about = closed(about)
	p := page.View{Body: body, Moves: "/list/" + l.key + "/" + v.Link(about), Done: h.Done, Entry: h.Entry, Reasons: revealFields(v)}
	about.Of[ofList] = l.key
	p.Reveals = v.Link(about)
	v.ShowAs(status, "list", p)
}

// fold puts aside what the page has no room for.
func (body *listPage) fold(f folder) {
	var steps []*page.Step
	var records []*page.Record
	for i := range body.Begin {
		steps = append(steps, &body.Begin[i])
	}
	for i := range body.Records {
		r := &body.Records[i].Record
		records = append(records, r)
		for j := range r.Steps {
			steps = append(steps, &r.Steps[j])
		}
	}
	f.fold(steps)
	f.shelve(records)
}

// childPages: the purpose shows children at all.
func childPages(v *page.Visit) bool { return v.May("Query.child") }

// moveInList makes one move of one record.
func moveInList(v *page.Visit) {
	h, err := v.Open()
	if !v.OK(err) {
		return
	}
	s, got, err := v.Move("")
	if !v.OK(err) {
		return
	}
	if s.Invalid {
		listing(v, h, &s)
		return
	}
	h = closed(h)
	h.Done, h.Entry = "done.move", got.Entry
	http.Redirect(v.W, v.R, "/list/"+v.R.PathValue("list")+"/"+v.Link(h), http.StatusSeeOther)
}
