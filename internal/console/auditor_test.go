package console_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// enter signs in who is offered on the sign-in page with a staff code.
func (c *client) enter(staffCode string) {
	c.Helper()
	_, page, _ := c.send("GET", "/signin", nil)
	who := strings.ToLower(url.QueryEscape(staffCode))
	m := regexp.MustCompile(`(?i)href="(/signin/[0-9]+\?hint=` + regexp.QuoteMeta(who) + `)"`).FindStringSubmatch(page)
	if m == nil {
		c.Fatalf("%s is not on the sign-in page", staffCode)
	}
	if status, page, _ := c.send("GET", m[1], nil); status != http.StatusOK || !strings.Contains(page, `class="hat"`) {
		c.Fatalf("signed in: %d %.400s", status, page)
	}
}

// see opens a page, which is there.
func (c *client) see(path string) string {
	c.Helper()
	status, page, _ := c.send("GET", path, nil)
	if status != http.StatusOK {
		c.Fatalf("%.40s: %d %s", path, status, inMain(page))
	}
	return page
}

// inMain is the page without its frame.
func inMain(page string) string {
	_, main, _ := strings.Cut(page, `<main id="main"`)
	main, _, _ = strings.Cut(main, "</main>")
	return main
}

// linked are the addresses on a page that begin so, each once.
func linked(page, prefix string) []string {
	seen := map[string]bool{}
	var out []string
	for _, m := range regexp.MustCompile(`href="(`+regexp.QuoteMeta(prefix)+`[^"]*)"`).FindAllStringSubmatch(page, -1) {
		if !seen[m[1]] {
			seen[m[1]] = true
			out = append(out, html.UnescapeString(m[1]))
		}
	}
	return out
}

// press fills in a form of a page and sends it; the next page is shown.
func (c *client) press(page, mutation string, values map[string]string) string {
	c.Helper()
	m := regexp.MustCompile(`(?s)<form method="post" action="([^"]*/` + mutation + `)".*?</form>`).FindStringSubmatch(page)
	if m == nil {
		c.Fatalf("the page offers no %s: %s", mutation, inMain(page))
	}
	sent := hidden(m[0])
	for name, value := range values {
		if !strings.Contains(m[0], `name="`+name+`"`) {
			c.Errorf("the form of %s has no %s", mutation, name)
		}
		sent.Set(name, value)
	}
	status, next, _ := c.send("POST", m[1], sent)
	if status != http.StatusOK {
		c.Fatalf("%s: %d %s", mutation, status, inMain(next))
	}
	return next
}

// hidden are the members of a form that its page fills in.
func hidden(form string) url.Values {
	sent := url.Values{}
	for _, h := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(form, -1) {
		sent.Set(h[1], html.UnescapeString(h[2]))
	}
	return sent
}

// holds says which texts a page must hold.
func (c *client) holds(page string, texts ...string) {
	c.Helper()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			c.Errorf("the page lacks %q: %s", text, inMain(page))
		}
	}
}

// ruleOf are the rules that find the misuses of the demo year.
func ruleOf() map[string]string {
	return map[string]string{
		demo.NeighbourVillage: "NEIGHBOUR_VILLAGE", demo.ExpiredContract: "CONTRACT_ENDED", demo.PurposeShopping: "PURPOSE_SHOPPING",
		demo.FormerClass: "LAST_TERM_CLASS", demo.NightBatch: "NIGHT_BATCH",
	}
}

// TestStory_sixMisuses: every misuse that is hidden in the year of the demo district is
// found, asked about, answered and closed with forms and links alone.
func TestStory_sixMisuses(t *testing.T) {
	t.Parallel()
	hub := hubtest.Start(t, hubtest.Options{})
	hub.Follow(t)
	hub.RunJobs(t)
	auditor := plain(t, hub)
	auditor.signIn("auditor")
	screen := screens()[0]
	desk := open(t, hub, screen)
	desk.signIn("auditor")
	for _, p := range hub.District.Planted() {
		person := plain(t, hub)
		person.enter(p.StaffCode)
		switch p.Key {
		case demo.UnreviewedBreak:
			closesGlass(auditor, person, p)
			continue
		case demo.NightBatch:
			desk.closesInABrowser(screen, person)
			continue
		}
		list := auditor.see("/reviews?state=OPEN&rule=" + ruleOf()[p.Key])
		items := linked(list, "/reviews/item/")
		if len(items) != 1 || !strings.Contains(list, p.StaffCode) {
			t.Fatalf("%s: %d items", p.Key, len(items))
		}
		item := auditor.see(items[0])
		auditor.holds(item, p.StaffCode, "待复核")
		item = auditor.press(item, "askAboutAccess", map[string]string{"statement": "请说明这些访问的工作事由。"})
		auditor.holds(item, "已要求说明", "答复期限", "请说明这些访问的工作事由。")

		if p.Key == demo.ExpiredContract {
			// A lapsed post opens nothing, not even the question: the agency is heard instead.
			if inbox := person.see("/"); strings.Contains(inbox, "/asked") {
				t.Error("a lapsed contract opens a task")
			}
			auditor.holds(item, "不能在枢纽中答复")
		} else {
			answers(person)
			item = auditor.see(linked(auditor.see("/reviews?state=ANSWERED"), "/reviews/item/")[0])
			auditor.holds(item, answered, "已说明")
		}
		item = auditor.press(item, "reportMisuse", map[string]string{"statement": "核对排班和任务记录，没有工作依据。"})
		auditor.holds(item, "已经认定", "滥用", "核对排班和任务记录，没有工作依据。", "审计编号")
	}
	onRecord(t, hub)
	hub.Followed(t)
	asksEverything(t, hub)
	verifies(t, hub)
}

// closesInABrowser does the same in Chromium, for the batch of files in the night.
func (t *tab) closesInABrowser(s screen, person *client) {
	t.Helper()
	t.every(s, "/reviews")
	t.fill(`form[action="/reviews"]`, map[string]string{"rule": "NIGHT_BATCH"})
	t.click(`form[action="/reviews"] button`)
	t.clickText("夜间批量查看儿童档案")
	t.looked("item")
	t.snap(s, "item")
	t.fill(form("askAboutAccess"), map[string]string{"statement": "为何"})
	t.click(form("askAboutAccess") + " button.main")
	t.looked("a question that is too short")
	t.shown([]string{"10–200", "为何"}, []string{"已办理。"})
	t.snap(s, "item-refused")
	t.fill(form("askAboutAccess"), map[string]string{"statement": "请说明这些访问的工作事由。"})
	t.click(form("askAboutAccess") + " button.main")
	t.shown([]string{"已办理。", "已要求说明"}, nil)
	answers(person)
	t.visit("/reviews?state=ANSWERED")
	t.clickText("夜间批量查看儿童档案")
	t.shown([]string{answered}, nil)
	t.run(chromedp.Click(`//summary[contains(., "认定滥用")]`, chromedp.BySearch))
	t.fill(form("reportMisuse"), map[string]string{"statement": "核对排班和任务记录，没有工作依据。"})
	t.click(form("reportMisuse") + " button.main")
	t.shown([]string{"已办理。", "已经认定", "滥用"}, nil)
	t.looked("closed item")
	t.snap(s, "item-closed")
}

const answered = "当天没有工作安排，只是想看一看。"

// answers takes a person from the inbox to the question and its answer.
func answers(person *client) {
	person.Helper()
	inbox := person.see("/")
	person.holds(inbox, "说明本人的访问")
	asked := person.see(linked(inbox, "/asked")[0])
	person.holds(asked, "请说明这些访问的工作事由。")
	asked = person.press(asked, "answerQuestion", map[string]string{"statement": answered})
	person.holds(asked, "已办理。", answered)
	if len(linked(person.see("/"), "/asked")) > 0 {
		person.Error("the task is still there")
	}
}

// closesGlass: the person justifies the break-glass access, the auditor rules on it.
func closesGlass(auditor, person *client, p demo.Planted) {
	person.Helper()
	inbox := person.see("/")
	person.holds(inbox, "说明紧急救护的理由")
	asked := person.press(person.see(linked(inbox, "/asked")[0]), "justifyEmergency", map[string]string{"statement": "当晚联系不上照护人，担心孩子安全。"})
	person.holds(asked, "已办理。", "已说明，待复核")
	list := auditor.see("/reviews/emergency?state=JUSTIFIED")
	auditor.holds(list, p.StaffCode, "当晚联系不上照护人，担心孩子安全。", "逾期")
	list = auditor.press(list, "reviewEmergency", map[string]string{"verdict": "MISUSE", "statement": "事后核实，照护人当晚可以联系上。"})
	auditor.holds(list, "已办理。")
	auditor.holds(auditor.see("/reviews/emergency?state=MISUSE"), p.StaffCode, "事后核实，照护人当晚可以联系上。")
}

// onRecord: every step of the story is an entry of the log, under its own operation.
func onRecord(t *testing.T, hub *hubtest.Hub) {
	t.Helper()
	for operation, want := range map[string]int{
		"ConsoleAskAboutAccess": 5, "ConsoleAnswerQuestion": 4, "ConsoleReportMisuse": 5, "ConsoleJustifyEmergency": 1, "ConsoleReviewEmergency": 1,
	} {
		var got int
		if err := hub.DB.QueryRow(t.Context(), `SELECT count(*) FROM audit_entry WHERE operation = $1 AND outcome = 'ALLOWED'`, operation).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s: %d entries, want %d", operation, got, want)
		}
	}
	var misuse, tasks int
	err := hub.DB.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM review_item WHERE state = 'MISUSE') + (SELECT count(*) FROM emergency_review WHERE state = 'MISUSE'),
		(SELECT count(*) FROM task WHERE subject IN ('review_item', 'emergency_review') AND done_at IS NULL)`).Scan(&misuse, &tasks)
	if misuse != 6 || tasks != 0 || err != nil {
		t.Errorf("%d misuses, %d tasks left: %v", misuse, tasks, err)
	}
}
