package console_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// openChild goes to the child of a ready-made caller by the ticket that stands for it.
func (t *tab) openChild(key, list string) {
	t.Helper()
	who := t.hub.Caller(t, key)
	var name string
	if err := t.hub.DB.QueryRow(t.Context(), `SELECT name FROM child WHERE id = $1`, who.ChildID).Scan(&name); err != nil {
		t.Fatal(err)
	}
	t.visit(list)
	t.clickText(name)
}

// clickText follows the link that says a text.
func (t *tab) clickText(text string) {
	t.Helper()
	t.run(chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := chromedp.RunResponse(ctx, chromedp.Click(`//main//a[contains(., `+quoted(text)+`)] | //main//button[contains(., `+quoted(text)+`)]`, chromedp.BySearch))
		return err
	}))
}

// fill fills the controls of the form of a move.
func (t *tab) fill(form string, values map[string]string) {
	t.Helper()
	for name, value := range values {
		selector := fmt.Sprintf(`%s [name="%s"]`, form, name)
		if value == "true" || value == "false" {
			t.run(chromedp.Click(fmt.Sprintf(`%s[value="%s"]`, selector, value), chromedp.ByQuery))
			continue
		}
		t.run(chromedp.SetValue(selector, value, chromedp.ByQuery))
	}
}

// shown says which texts the page must and must not hold.
func (t *tab) shown(must, never []string) {
	t.Helper()
	html := t.html()
	for _, text := range must {
		if !strings.Contains(html, text) {
			t.Errorf("the page lacks %q", text)
		}
	}
	for _, text := range never {
		if strings.Contains(html, text) {
			t.Errorf("the page holds %q", text)
		}
	}
}

// form is the selector of the form of a move.
func form(mutation string) string { return `form[action$="/` + mutation + `"]` }

// TestStory_dropoutByClicking: the officer sees what the phone check needs, reveals the
// phone for a reason, and has the home visited; the address is there from then on.
func TestStory_dropoutByClicking(t *testing.T) {
	t.Parallel()
	hub := hubtest.Start(t, hubtest.Options{})
	var address string
	if err := hub.DB.QueryRow(t.Context(), `UPDATE child SET residence_address = '金丝雀路1号' WHERE id = $1 RETURNING residence_address`, demo.Qinghe).Scan(&address); err != nil {
		t.Fatal(err)
	}
	p := open(t, hub, screens()[0])
	p.signIn("dps-phone-check")
	p.openChild("dps-phone-check", "/ledgers/SCHOOL_AGE")
	p.looked("case")
	p.shown([]string{"电话核实", "照护人", "不提供"}, []string{address})
	p.run(chromedp.Click(`details.reveal summary`, chromedp.ByQuery))
	p.fill(`details.reveal[open] form`, map[string]string{"reason": "CONTACT", "statement": "电话核实缺勤情况，联系照护人"})
	p.run(chromedp.Click(`details.reveal[open] form button`, chromedp.ByQuery), chromedp.WaitVisible(`#revealed, dd strong`, chromedp.ByQuery))
	p.looked("revealed")
	p.click(form("startHomeVisit") + " button")
	p.shown([]string{"已办理。", "家访", address}, nil)
	p.looked("after the move")
}

// offline takes the network from the tab.
func (t *tab) offline(off bool) {
	t.Helper()
	t.run(network.EmulateNetworkConditions(off, 0, -1, -1))
}

// kept is what the browser keeps for the hub's pages.
func (t *tab) kept() string {
	t.Helper()
	var out string
	t.run(chromedp.Evaluate(`JSON.stringify(Object.assign({}, localStorage))`, &out))
	return out
}

func (t *tab) number(sql string) int {
	t.Helper()
	var n int
	if err := t.hub.DB.QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// caughtUp follows the stream of changes until everything old is passed; it gives the id
// of the last event.
func (c *client) caughtUp() string {
	c.Helper()
	id := ""
	for range 100 {
		text := c.ticks(id)
		if strings.Contains(text, "event:") {
			c.Errorf("something old is told as new: %q", text)
		}
		m := regexp.MustCompile(`(?m)^id: (.*)$`).FindStringSubmatch(text)
		if m == nil {
			c.Fatalf("no id: %q", text)
		}
		if id = m[1]; strings.HasPrefix(id, "now:") {
			return id
		}
	}
	c.Fatal("the stream does not come to its end")
	return ""
}

// ticks asks once, as a browser that comes again.
func (c *client) ticks(id string) string {
	c.Helper()
	status, text, h := c.send("GET", "/live", nil, "Last-Event-ID", id)
	if status != http.StatusOK || !strings.HasPrefix(h.Get("Content-Type"), "text/event-stream") || !strings.HasPrefix(text, "retry: ") {
		c.Fatalf("%d %s %q", status, h.Get("Content-Type"), text)
	}
	return text
}

// TestStory_harmInTwoTaps: from the page of a child to the report, and what comes back.
func TestStory_harmInTwoTaps(t *testing.T) {
	t.Parallel()
	hub := hubtest.Start(t, hubtest.Options{})
	p := open(t, hub, screens()[3])
	p.signIn("class-teacher")
	p.openChild("class-teacher", "/children")
	p.looked("class")
	p.click(`button[form="dispute"]`)
	p.looked("dispute")
	p.click(`main a.button[href^="/w/"]`)
	p.click(`a[href^="/emergency/"]`)
	p.looked("break-glass")
	p.click(`main a.button[href^="/w/"]`)
	p.click(`a.button.harm`)
	p.looked("report of harm")
	p.fill(`form[action^="/harm"]`, map[string]string{"category": "GENITAL_INJURY", "channel": "SCHOOL", "immediateDanger": "false", "guardianSuspected": "false", "forUnit": "false"})
	p.click(`form[action^="/harm"] button.main`)
	p.shown([]string{"The report has arrived", "My reports"}, nil)
	p.looked("reported")
	p.theDeskAccepts()
}

// reach opens the form of a move, by its link where the page has no room for it.
func (t *tab) reach(move string) {
	t.Helper()
	var here bool
	t.run(chromedp.Evaluate(`(() => { const f = document.querySelector('`+form(move)+`'); if (f) f.closest("details").open = true; return !!f; })()`, &here))
	if !here {
		t.click(`a[data-move="` + move + `"]`)
	}
}

// theDeskAccepts: whoever has the duty takes the report and is shown what handling it
// needs.
func (t *tab) theDeskAccepts() {
	t.Helper()
	who := t.hub.Caller(t, "case-manager")
	if _, err := t.hub.DB.Exec(t.Context(), `UPDATE mandatory_report SET handler_id = s.id FROM staff s
		WHERE s.code = $1 AND mandatory_report.state = 'SUBMITTED' AND mandatory_report.id = (SELECT max(id) FROM mandatory_report)`, who.StaffCode); err != nil {
		t.Fatal(err)
	}
	t.signIn("case-manager")
	t.visit("/lists")
	t.click(`a[href^="/list/reports/"]`)
	t.looked("desk")
	t.reach("acceptReport")
	t.fill(form("acceptReport"), map[string]string{"guardianSuspected": "false"})
	t.click(form("acceptReport") + " button.main")
	t.shown([]string{"Done."}, nil)
}

// TestStory_leaders: figures with definition and date, no child.
func TestStory_leaders(t *testing.T) {
	t.Parallel()
	hub := hubtest.Start(t, hubtest.Options{})
	for _, s := range []screen{screens()[1], screens()[2]} {
		p := open(t, hub, s)
		p.signIn("leader")
		p.visit("/board")
		p.looked("board")
		p.shown([]string{"<svg"}, nil)
		p.figuresIn(s.lang)
	}
	p := open(t, hub, screens()[0])
	p.signIn("dps-phone-check")
	for _, path := range []string{"/ledgers/SUSPECTED", "/reports/month?of=2026-11-01", "/reports/quarter"} {
		p.visit(path)
		p.looked(path)
	}
}

// figuresIn: each figure says in the language of the page what it counts, the hub's own
// words in Chinese, and in English what was translated of them.
func (t *tab) figuresIn(lang string) {
	t.Helper()
	var shown [][]string
	t.run(chromedp.Evaluate(`[...document.querySelectorAll("table.figures tbody tr")].map(r => [0, 2, 3].map(i => r.cells[i].textContent))`, &shown))
	said := map[string]map[string]string{}
	for _, in := range []string{"zh", "en"} {
		body, err := os.ReadFile("words/figure." + in + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var texts map[string]string
		if err := json.Unmarshal(body, &texts); err != nil {
			t.Fatal(err)
		}
		said[in] = texts
	}
	zh, en := said["zh"], said["en"]
	rows, err := t.hub.DB.Query(t.Context(), `SELECT code, name, definition FROM figures('2026-11-23') ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	hub, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (out [3]string, err error) {
		return out, row.Scan(&out[0], &out[1], &out[2])
	})
	if err != nil || len(shown) != len(hub) {
		t.Fatalf("%d figures of %d: %v", len(shown), len(hub), err)
	}
	for i, f := range hub {
		if zh["figure.called."+f[0]] != f[1] || zh["figure.counts."+f[0]] != f[2] {
			t.Errorf("%s: words say %q, the hub %q: is the English still right?", f[0], zh["figure.counts."+f[0]], f[2])
		}
		if name, what := en["figure.called."+f[0]], en["figure.counts."+f[0]]; lang == "en" && (shown[i][0] != name || shown[i][2] != what) || lang == "zh" && shown[i][2] != f[2] {
			t.Errorf("%s is shown as %q", f[0], shown[i])
		}
	}
}

func (t *tab) text() string {
	t.Helper()
	var out string
	t.run(chromedp.Text("main", &out, chromedp.ByQuery))
	return out
}

// picture writes what the tab shows.
func (t *tab) picture(dir, name string) {
	t.Helper()
	var body []byte
	t.run(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		body, err = page.CaptureScreenshot().WithFormat(page.CaptureScreenshotFormatPng).Do(ctx)
		return err
	}))
	if err := os.WriteFile(filepath.Join(dir, name+".png"), body, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestScreenshots takes the pictures of README; SCREENSHOTS names where they go.
func TestScreenshots(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		dir = t.TempDir()
	}
	hub := hubtest.Start(t, hubtest.Options{})
	hub.RunJobs(t)
	p := open(t, hub, screens()[0])
	p.visit("/signin")
	p.picture(dir, "signin")
	p.signIn("dps-phone-check")
	p.picture(dir, "inbox")
	p.openChild("dps-phone-check", "/ledgers/SCHOOL_AGE")
	p.picture(dir, "case")
	p.visit("/ledgers/SUSPECTED")
	p.picture(dir, "ledger")
	p.signIn("leader")
	p.visit("/board")
	p.picture(dir, "board")
	phone := open(t, hub, screens()[2])
	phone.signIn("director")
	phone.picture(dir, "phone-inbox")
	phone.click(`ol.todos a`)
	phone.picture(dir, "phone-visit")
	phone.click(`a.button.harm`)
	phone.picture(dir, "phone-harm")
}
