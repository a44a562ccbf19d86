package console_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	cdp "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/net/html"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// scripts are texts that become code where a page forgets what they are. Each would
// leave an element or an attribute that is called planted, or run planted().
func scripts() []string {
	return []string{
		`<script planted>planted()</script>`, `<ScRiPt planted>planted()</ScRiPt >`, `<script/planted>planted()</script>`, `<script planted src=//evil.example/x.js></script>`,
		`</script><script planted>planted()</script>`, `</textarea><script planted>planted()</script>`, `</title><script planted>planted()</script>`,
		`</style><script planted>planted()</script>`, `--><script planted>planted()</script>`, `<!--><img planted src=x onerror=planted()>`,
		`<img planted src=x onerror=planted()>`, `<img planted src=x onerror="planted()"//`, `"><img planted src=x onerror=planted()>`, `'><img planted src=x onerror=planted()>`,
		`" autofocus onfocus=planted() planted="`, `' autofocus onfocus=planted() planted='`, "` autofocus onfocus=planted() planted=`", `x onmouseover=planted() planted`,
		`<svg planted onload=planted()>`, `<svg><script planted>planted()</script></svg>`, `<svg><animate planted onbegin=planted() attributeName=x>`, `<math planted href="javascript:planted()">x</math>`,
		`<body planted onload=planted()>`, `<iframe planted src="javascript:planted()"></iframe>`, `<iframe planted srcdoc="<script>parent.planted()</script>"></iframe>`,
		`<object planted data="javascript:planted()"></object>`, `<embed planted src="javascript:planted()">`, `<a planted href="javascript:planted()">x</a>`,
		`<a planted href="JaVa&#9;ScRiPt:planted()">x</a>`, `<form planted action="javascript:planted()"><button>x</button></form>`, `<input planted autofocus onfocus=planted()>`,
		`<details planted open ontoggle=planted()>`, `<video planted><source onerror=planted()></video>`, `<style planted>@import "//evil.example/x.css";</style>`,
		`<link planted rel=stylesheet href=//evil.example/x.css>`, `<meta planted http-equiv=refresh content="0;url=javascript:planted()">`, `<base planted href=//evil.example/>`,
		`<div planted hx-get="/x" hx-trigger=load data-on:x="planted()">x</div>`, `{{constructor.constructor("planted()")()}}<b planted>`, "\u2028<b planted style=x:expression(planted())>\u202e",
	}
}

// seed puts such a text in place of every text of the district that people read, and says
// into how many columns.
func seed(t *testing.T, hub *hubtest.Hub) map[string]bool {
	t.Helper()
	rows, err := hub.DB.Query(t.Context(), `SELECT c.table_name, c.column_name FROM information_schema.columns c
		JOIN pg_class r ON r.oid = to_regclass(format('public.%I', c.table_name)) AND r.relkind = 'r' AND NOT r.relispartition
		WHERE c.table_schema = 'public' AND c.data_type = 'text' AND c.is_generated = 'NEVER' AND c.column_name NOT LIKE '%code'
			AND c.table_name !~ '^(audit|policy|goose|river|console|coordinate|retention)' ORDER BY 1, 2`)
	if err != nil {
		t.Fatal(err)
	}
	var all [][2]string
	for rows.Next() {
		var c [2]string
		if err := rows.Scan(&c[0], &c[1]); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	seeded := map[string]bool{}
	for _, c := range all {
		tag, err := hub.DB.Exec(t.Context(), fmt.Sprintf(`UPDATE %[1]q SET %[2]q = ($1::text[])[1 + abs(hashtext(ctid::text)) %% cardinality($1)]
			WHERE %[2]q ~ '[一-鿿]' AND %[2]q NOT LIKE '测试%%'`, c[0], c[1]), scripts())
		if fault := (*pgconn.PgError)(nil); errors.As(err, &fault) {
			continue // a code, or kept by the database: no text that anybody writes
		}
		if err != nil {
			t.Fatal(err)
		}
		if tag.RowsAffected() > 0 {
			seeded[c[0]+"."+c[1]] = true
		}
	}
	return seeded
}

// TestPages_runNoScript puts what becomes code in careless pages into every text of the
// district: pages of all groups show it as a text, nothing runs in a browser, and the
// policy of the pages has nothing to stop.
func TestPages_runNoScript(t *testing.T) {
	t.Parallel()
	hub := hubtest.Start(t, hubtest.Options{})
	hub.Follow(t)
	hub.RunJobs(t)
	seeded := seed(t, hub)
	for _, column := range []string{"child.name", "child.residence_address", "staff.display_name", "agency.name", "division.name", "visit.living_text", "task.basis", "action_card.text", "parameter.basis", "mandatory_report.narrative"} {
		if !seeded[column] {
			t.Errorf("nothing could be put into %s; into %v", column, seeded)
		}
	}
	for _, who := range groups() {
		t.Run(who, func(t *testing.T) {
			t.Parallel()
			c := plain(t, hub)
			c.signIn(who)
			if shown := c.reads(); shown == 0 && who != "administrator" && who != "leader" {
				t.Error("nothing planted is shown: the search proves nothing")
			}
		})
	}
	t.Run("in a browser", func(t *testing.T) {
		t.Parallel()
		b := &watched{tab: open(t, hub, screens()[1])}
		b.watch()
		for _, who := range []string{"director", "case-manager", "auditor", "dpo"} {
			b.signIn(who)
			b.browses(25)
		}
		if got := b.take(); len(got) > 0 {
			t.Errorf("a browser: %q", got)
		}
		// The watch sees what it is to see.
		b.run(chromedp.Evaluate(`document.body.insertAdjacentHTML("beforeend", "<img src=x onerror=planted()>")`, nil))
		b.waits("Content Security Policy")
		b.run(chromedp.Evaluate(`setTimeout(() => alert("planted"))`, nil))
		b.waits("dialog")
	})
}

// reads opens pages of each kind that somebody is led to, and says on how many of them a
// planted text stands.
func (c *client) reads() (shown int) {
	c.Helper()
	seen, kinds := map[string]bool{}, map[string]int{}
	for todo := []string{"/", "/post", "/children", "/lists", "/ledgers", "/board", "/asked", "/emergency", "/harm", "/log", "/reviews", "/people", "/overview", "/matrix", "/rights"}; len(todo) > 0 && len(seen) < 40; todo = todo[1:] {
		path := todo[0]
		kind := kindOf(path)
		if kinds[kind]++; seen[path] || kinds[kind] > 3 {
			continue
		}
		seen[path] = true
		_, text, h := c.send("GET", path, nil)
		if !strings.HasPrefix(h.Get("Content-Type"), "text/html") {
			continue
		}
		todo = append(todo, links(text)...)
		root, err := html.Parse(strings.NewReader(text))
		if err != nil {
			c.Fatal(err)
		}
		if strings.Contains(textOf(root), "planted") {
			shown++
		}
		for n := range root.Descendants() {
			if what := code(n); what != "" {
				c.Errorf("%s: %s", kind, what)
			}
		}
	}
	return shown
}

// code says what of an element would run or be fetched from elsewhere, "" for nothing.
func code(n *html.Node) string {
	if n.Type != html.ElementNode {
		return ""
	}
	if n.Data == "script" && !strings.HasPrefix(attr(n, "src"), "/static/") || slices.Contains([]string{"iframe", "object", "embed", "base", "style"}, n.Data) {
		return "an element " + n.Data
	}
	for _, a := range n.Attr {
		value := strings.ToLower(strings.Join(strings.Fields(a.Val), ""))
		goes := slices.Contains([]string{"href", "src", "action", "formaction", "data"}, a.Key)
		switch {
		case strings.HasPrefix(a.Key, "on") || a.Key == "planted" || a.Key == "srcdoc" || a.Key == "style":
			return fmt.Sprintf("%s has an attribute %s=%q", n.Data, a.Key, a.Val)
		case goes && regexp.MustCompile(`^([a-z]+:|//)`).MatchString(value) && !strings.HasPrefix(value, "tel:") && !strings.HasPrefix(value, "mailto:"):
			return fmt.Sprintf("%s leads to %q", n.Data, a.Val)
		}
	}
	return ""
}

// watched is a tab whose dialogs and breaches of the pages' policy are written down.
type watched struct {
	*tab

	mu    sync.Mutex
	heard []string
}

// watch begins to listen.
func (w *watched) watch() {
	w.Helper()
	hear := func(what string) { w.mu.Lock(); defer w.mu.Unlock(); w.heard = append(w.heard, what) }
	chromedp.ListenTarget(w.ctx, func(event any) {
		switch e := event.(type) {
		case *cdp.EventJavascriptDialogOpening:
			hear("dialog " + e.Message)
			go func() { _ = chromedp.Run(w.ctx, cdp.HandleJavaScriptDialog(true)) }() // a tab that is gone has none
		case *log.EventEntryAdded:
			if e.Entry.Source == log.SourceSecurity || strings.Contains(e.Entry.Text, "Content Security Policy") {
				hear(e.Entry.Text)
			}
		}
	})
	w.run(log.Enable())
}

// take is what was heard since.
func (w *watched) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	heard := w.heard
	w.heard = nil
	return heard
}

// waits until something is heard.
func (w *watched) waits(what string) {
	w.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for end := time.Now().Add(patience); ; <-ticker.C {
		if slices.ContainsFunc(w.take(), func(heard string) bool { return strings.Contains(heard, what) }) {
			return
		}
		if time.Now().After(end) {
			w.Fatalf("no %s was heard: the watch proves nothing", what)
		}
	}
}

// browses follows links from the inbox, to each kind of page once.
func (w *watched) browses(most int) {
	w.Helper()
	kinds := map[string]bool{}
	for todo := []string{"/", "/post", "/children"}; len(todo) > 0 && len(kinds) < most; todo = todo[1:] {
		if kinds[kindOf(todo[0])] {
			continue
		}
		kinds[kindOf(todo[0])] = true
		ctx, cancel := context.WithTimeout(w.ctx, patience)
		err := chromedp.Run(ctx, chromedp.Navigate(w.hub.URL+todo[0]))
		cancel()
		if err != nil && strings.Contains(err.Error(), "ERR_ABORTED") {
			continue // a file to keep
		}
		if err != nil {
			w.Fatalf("%s: %v", kindOf(todo[0]), err)
		}
		todo = append(todo, links(w.html())...)
	}
}
