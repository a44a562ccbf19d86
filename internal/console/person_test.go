package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// person works in a browser without a screen: links and forms of real pages, nothing else.
type person struct {
	*client

	page string
	root *html.Node
}

// enter signs somebody of the district in.
func enter(tb testing.TB, hub *hubtest.Hub, agency, staff string) *person {
	tb.Helper()
	p := &person{client: plain(tb, hub)}
	_, page, _ := p.send("GET", "/signin", nil)
	var name string
	if err := hub.DB.QueryRow(tb.Context(), `SELECT name FROM agency WHERE code = $1`, agency).Scan(&name); err != nil {
		tb.Fatal(err)
	}
	door := regexp.MustCompile(`href="(/signin/[0-9]+)">[^<]*` + regexp.QuoteMeta(name)).FindStringSubmatch(page)
	if door == nil {
		tb.Fatalf("no door of %s", name)
	}
	p.get(door[1] + "?hint=" + url.QueryEscape(staff))
	return p
}

// get opens a page and keeps it.
func (p *person) get(path string) {
	p.Helper()
	status, page, _ := p.send("GET", path, nil)
	p.keep(status, page)
	if status != http.StatusOK {
		p.Fatalf("%.30s: %d %s", path, status, p.text())
	}
}

func (p *person) keep(status int, page string) {
	p.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil || status >= http.StatusInternalServerError {
		p.Fatalf("%d %v %s", status, err, page)
	}
	p.page, p.root = page, root
}

// text is what the page says.
func (p *person) text() string {
	for n := range p.root.Descendants() {
		if attr(n, "id") == "main" {
			return textOf(n)
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}

// follow clicks on the link that says a text.
func (p *person) follow(text string) {
	p.Helper()
	for n := range p.root.Descendants() {
		if n.Data == "a" && attr(n, "href") != "" && strings.Contains(textOf(n), text) {
			p.get(attr(n, "href"))
			return
		}
	}
	p.Fatalf("no link says %q: %s", text, p.text())
}

// todo opens the inbox and what it says there.
func (p *person) todo(text string) { p.Helper(); p.get("/"); p.follow(text) }

// hat puts a purpose on.
func (p *person) hat(purpose string) {
	p.Helper()
	p.get("/post")
	for n := range p.root.Descendants() {
		if n.Data == "button" && attr(n, "name") == "purpose" && attr(n, "value") == purpose {
			p.submit(formOf(n), url.Values{"purpose": {purpose}})
			return
		}
	}
	p.Fatalf("no purpose %s: %s", purpose, p.text())
}

func formOf(n *html.Node) *html.Node {
	for n != nil && n.Data != "form" {
		n = n.Parent
	}
	return n
}

// form is that of a mutation, or with another end of its address; of several the first.
// What the page has no room for is a link further.
func (p *person) form(end string) *html.Node {
	if form := p.formHere(end); form != nil {
		return form
	}
	for n := range p.root.Descendants() {
		if n.Data == "a" && attr(n, "data-move") == end {
			path, _, _ := strings.Cut(attr(n, "href"), "#")
			p.get(path)
			return p.formHere(end)
		}
	}
	return nil
}

func (p *person) formHere(end string) *html.Node {
	for n := range p.root.Descendants() {
		if n.Data == "form" && (strings.HasSuffix(attr(n, "action"), "/"+end) || strings.HasPrefix(attr(n, "action"), "/"+end)) {
			return n
		}
	}
	return nil
}

// submit sends a form as it stands, with what was filled in.
func (p *person) submit(form *html.Node, filled url.Values) int {
	p.Helper()
	values := url.Values{}
	for n := range form.Descendants() {
		name := attr(n, "name")
		switch {
		case name == "" || filled[name] != nil || n.Data == "button":
		case attr(n, "type") == "radio" || attr(n, "type") == "checkbox":
			if has(n, "checked") {
				values.Add(name, attr(n, "value"))
			}
		case n.Data == "input":
			values.Set(name, attr(n, "value"))
		case n.Data == "textarea":
			values.Set(name, textOf(n))
		case n.Data == "select":
			for o := range n.Descendants() {
				if o.Data == "option" && has(o, "selected") {
					values.Set(name, attr(o, "value"))
				}
			}
		}
	}
	for name, v := range filled {
		values[name] = v
	}
	status, page, _ := p.send("POST", attr(form, "action"), values)
	p.keep(status, page)
	return status
}

// fill makes values of pairs.
func fill(pairs ...string) url.Values {
	out := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		out.Add(pairs[i], pairs[i+1])
	}
	return out
}

// do makes a move that has to happen.
func (p *person) do(end string, pairs ...string) {
	p.Helper()
	form := p.form(end)
	if form == nil {
		p.Fatalf("no form %s: %s", end, p.text())
	}
	if status := p.submit(form, fill(pairs...)); status != http.StatusOK || strings.Contains(p.page, `class="problem" role`) {
		p.Fatalf("%s: %d %s: %s", end, status, p.problems(), p.text())
	}
}

// problems are what stood in the way.
func (p *person) problems() string {
	var out []string
	for n := range p.root.Descendants() {
		if attr(n, "class") == "problem" && !has(n, "hidden") {
			out = append(out, textOf(n.Parent))
		}
	}
	return strings.Join(out, " | ")
}

// refused makes a move that must not happen, and is told why.
func (p *person) refused(end, why string, pairs ...string) {
	p.Helper()
	form := p.form(end)
	if form == nil {
		p.Fatalf("no form %s: %s", end, p.text())
	}
	if status := p.submit(form, fill(pairs...)); status < http.StatusBadRequest || !strings.Contains(p.text(), why) {
		p.Errorf("%s: %d %s", end, status, p.text())
	}
}

// offers says which moves the page offers and which it does not.
func (p *person) offers(must, never []string) {
	p.Helper()
	for _, one := range must {
		if p.form(one) == nil {
			p.Errorf("the page does not offer %s: %s", one, p.text())
		}
	}
	for _, one := range never {
		if p.form(one) != nil {
			p.Errorf("the page offers %s", one)
		}
	}
}

// sees says what the page must say.
func (p *person) sees(texts ...string) {
	p.Helper()
	for _, text := range texts {
		if !strings.Contains(p.page, html.EscapeString(text)) && !strings.Contains(p.text(), text) {
			p.Errorf("the page lacks %q: %s", text, p.text())
		}
	}
}

// misses says what the page must not say.
func (p *person) misses(texts ...string) {
	p.Helper()
	for _, text := range texts {
		if text != "" && strings.Contains(p.page, text) {
			p.Errorf("the page says %q", text)
		}
	}
}

// looks presses the button that looks for what a control can be.
func (p *person) looks(end, control string, pairs ...string) {
	p.Helper()
	form := p.form(end)
	if form == nil {
		p.Fatalf("no form %s: %s", end, p.text())
	}
	if status := p.submit(form, fill(append(pairs, "look", control)...)); status != http.StatusOK {
		p.Fatalf("%s: looking for %s: %d %s", end, control, status, p.text())
	}
}

// types reports whether a member of a form is typed.
func (p *person) types(end, member string) bool {
	for n := range p.form(end).Descendants() {
		if attr(n, "name") == member && attr(n, "type") == "text" {
			return true
		}
	}
	return false
}

// dispute presses the button beside a fact.
func (p *person) dispute(field string) {
	p.Helper()
	for n := range p.root.Descendants() {
		if n.Data == "button" && attr(n, "form") == "dispute" && strings.Contains(attr(n, "aria-label"), field) {
			p.submit(p.form("dispute/"), url.Values{"of": {attr(n, "value")}})
			return
		}
	}
	p.Fatalf("%s cannot be disputed: %s", field, p.text())
}

// control reports whether a form asks for something.
func control(form *html.Node, name string) bool {
	if form == nil {
		return false
	}
	for n := range form.Descendants() {
		if attr(n, "name") == name {
			return true
		}
	}
	return false
}
