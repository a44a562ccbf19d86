package console_test

import (
	"encoding/json"
	"html"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// supervising is a supervisor who is entered, given a post and vetted by clicking.
const supervising = "测试新任0001"

// newcomer asks for a child of the township that the supervisor is given.
func newcomer(t *testing.T, hub *hubtest.Hub, c demo.Caller) string {
	t.Helper()
	got := hub.Ask(t, c, hubtest.Question{
		Query: "query Seen($child: ID!) { child(id: $child) { id } }", Variables: map[string]any{"child": hub.ID(t, c, "Child", demo.Bailu)},
	})
	if len(got.Errors) > 0 {
		return got.Errors[0].Extensions.Code
	}
	return got.Extensions.Disclosure.Outcome
}

// record opens the one record of a list that is about somebody.
func (c *client) record(list, prefix string) string {
	c.Helper()
	found := linked(c.see(list), prefix)
	if len(found) != 1 {
		c.Fatalf("%s leads to %d records", list, len(found))
	}
	return c.see(found[0])
}

// tries sends a form of a page that is refused, and gives the page that says so.
func (c *client) tries(page, mutation string, values map[string]string) string {
	c.Helper()
	_, form, found := strings.Cut(page, `/`+mutation+`"`)
	action := page[strings.LastIndex(page[:len(page)-len(form)], `action="`)+len(`action="`) : len(page)-len(form)-1]
	form, _, _ = strings.Cut(form, "</form>")
	if !found {
		c.Fatalf("the page offers no %s: %s", mutation, inMain(page))
	}
	sent := url.Values{}
	for _, name := range []string{"key", "id", "version"} {
		if _, rest, has := strings.Cut(form, `name="`+name+`" value="`); has {
			value, _, _ := strings.Cut(rest, `"`)
			sent.Set(name, html.UnescapeString(value))
		}
	}
	for name, value := range values {
		sent.Set(name, value)
	}
	status, next, _ := c.send("POST", action, sent)
	if status != http.StatusUnprocessableEntity {
		c.Fatalf("%s: %d %s", mutation, status, inMain(next))
	}
	return next
}

// eventually waits for what every hub knows within two seconds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for end := time.Now().Add(10 * time.Second); !holds(); <-ticker.C {
		if time.Now().After(end) {
			t.Fatalf("not %s in time", what)
		}
	}
}

// TestStory_administrators: a person is entered, given a post and vetted by one
// administrator and approved by others, all with forms and links alone; then confirmed by
// the head, and ended. What is proposed by oneself is refused on the page.
func TestStory_administrators(t *testing.T) {
	t.Parallel()
	hub := hubtest.Start(t, hubtest.Options{})
	var unnamed string // settings are called by names
	if err := hub.DB.QueryRow(t.Context(), `SELECT coalesce(string_agg(name, ' '), '') FROM parameter WHERE NOT 'setting.' || name = ANY ($1)`, settingKeys(t)).Scan(&unnamed); err != nil || unnamed != "" {
		t.Errorf("settings without a name in words/setting.zh.json: %s %v", unnamed, err)
	}
	proposer, approver, head := plain(t, hub), plain(t, hub), plain(t, hub)
	proposer.signIn("administrator")
	approver.signIn("administrator-second")
	head.signIn("leader")
	if _, err := hub.DB.Exec(t.Context(), `INSERT INTO job_progress (name, started_at, done, expected, failures) VALUES ('visit.plan', '2026-11-23', 500, 1204, 2)`); err != nil {
		t.Fatal(err)
	}
	proposer.holds(proposer.see("/access/jobs"), "定时任务", "visit.plan", "500", "1204", "中断次数")
	var town, agency string
	if err := hub.DB.QueryRow(t.Context(), `SELECT d.code, a.code FROM child c JOIN division d ON d.id = c.residence_township_id
		JOIN agency a ON a.division_id = d.id AND a.kind = 'TOWNSHIP' WHERE c.id = $1`, demo.Bailu).Scan(&town, &agency); err != nil {
		t.Fatal(err)
	}
	she := demo.Caller{AgencyCode: agency, StaffCode: supervising, Role: "SUP", Purpose: "VISIT_SUPERVISION"}
	because := map[string]string{"reason": "接替离任的儿童督导员"}
	with := func(values map[string]string) map[string]string {
		values["reason"] = because["reason"]
		return values
	}

	page := proposer.press(proposer.see("/access/people"), "registerStaff", with(map[string]string{"agencyCode": agency, "staffCode": supervising, "name": "测试人员"}))
	proposer.holds(page, "审计编号")
	page = proposer.tries(proposer.see("/access/posts"), "proposePost", with(map[string]string{
		"staffCode": supervising, "role": "SUP", "divisionCode": town, "validFrom": "2026-11-23", "authorisedUntil": "2028-11-22",
	}))
	proposer.holds(page, "授权和审查每年一次", "接替离任的儿童督导员") // what was typed stays
	page = proposer.press(page, "proposePost", with(map[string]string{
		"staffCode": supervising, "role": "SUP", "divisionCode": town, "validFrom": "2026-11-23", "authorisedUntil": "2027-11-22",
	}))
	proposer.holds(page, "已提交，待另一人批准")
	page = proposer.tries(proposer.record("/access", "/access/proposals/"), "approveAccess", nil)
	proposer.holds(page, "须由另一人办理")
	if got := newcomer(t, hub, she); got != "PURPOSE_NOT_PERMITTED" {
		t.Errorf("before the approval: %s", got)
	}
	page = approver.press(approver.record("/access", "/access/proposals/"), "approveAccess", map[string]string{"note": "已核对"})
	approver.holds(page, "审计编号", "目前没有等待批准的申请")

	page = proposer.press(proposer.record("/access/people?code="+supervising, "/access/people/"), "vetStaff", with(map[string]string{"until": "2027-11-22"}))
	proposer.holds(page, "已提交，待另一人批准")
	approver.press(approver.record("/access", "/access/proposals/"), "approveAccess", nil)
	proposer.holds(proposer.see("/access/changes?subject="+supervising), "背景审查", "任职", "登记人员账号")
	eventually(t, "answered", func() bool { return newcomer(t, hub, she) == "ALLOWED" })

	confirm := linked(head.see("/access/confirm"), "/access/confirm/")
	page = head.see(confirm[0])
	if strings.Index(page, `/confirmPost"`) > strings.Index(page, `/endPost"`) {
		t.Error("ending a post stands before confirming it")
	}
	page = head.press(page, "confirmPost", nil)
	head.holds(page, "审计编号")
	if left := linked(page, "/access/confirm/"); len(left) != len(confirm)-1 {
		t.Errorf("%d posts were to confirm, %d are left", len(confirm), len(left))
	}
	if status, body, _ := head.send("GET", "/access/posts", nil); status == 200 && strings.Contains(body, supervising) {
		t.Error("a head sees all posts")
	}

	page = approver.press(approver.record("/access/posts?staffCode="+supervising, "/access/posts/"), "endPost", with(map[string]string{}))
	approver.holds(page, "已离任")
	eventually(t, "ended", func() bool { return newcomer(t, hub, she) == "NOT_FOUND" })

	page = head.press(head.see("/conflicts"), "declareConflict", map[string]string{"kind": "KIN", "joinToken": strings.Repeat("0", 64)})
	head.holds(page, "已申报", "亲属")
	page = head.press(head.see(linked(page, "/conflicts/declared/")[0]), "endConflict", with(map[string]string{"reason": "双方的债务已经结清"}))
	head.holds(page, "已提交，待另一人批准")
	approver.press(approver.record("/access", "/access/proposals/"), "approveAccess", nil)
	head.holds(head.see("/conflicts"), "已解除")
	var ended int
	if err := hub.DB.QueryRow(t.Context(), `SELECT count(*) FROM conflict_declaration WHERE ended_on IS NOT NULL`).Scan(&ended); err != nil || ended != 1 {
		t.Errorf("%d conflicts have ended: %v", ended, err)
	}
}

// settingKeys are the keys under which settings have names.
func settingKeys(t *testing.T) []string {
	t.Helper()
	body, err := os.ReadFile("words/setting.zh.json")
	if err != nil {
		t.Fatal(err)
	}
	var named map[string]string
	if err := json.Unmarshal(body, &named); err != nil {
		t.Fatal(err)
	}
	return slices.Collect(maps.Keys(named))
}
