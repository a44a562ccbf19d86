package console_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/policy"
)

// snap writes a picture where LOOK names a directory: whoever builds a page looks at it.
func (t *tab) snap(s screen, name string) {
	t.Helper()
	if dir := os.Getenv("LOOK"); dir != "" {
		t.picture(dir, s.name+"-"+strings.NewReplacer("/", "-", "?", "-").Replace(name))
	}
}

// every looks at pages on a screen.
func (t *tab) every(s screen, paths ...string) {
	t.Helper()
	for _, path := range paths {
		t.visit(path)
		t.looked(path)
		t.snap(s, path)
	}
}

// TestStory_narrowerPolicy: an auditor reads the matrix across, proposes from the meter,
// sees difference and replay, and may not approve; the officer does, and the next answer
// to a director is narrower.
func TestStory_narrowerPolicy(t *testing.T) {
	t.Parallel()
	hub := hubtest.Start(t, hubtest.Options{})
	hub.RunJobs(t)
	s := screens()[0]
	p := open(t, hub, s)
	p.signIn("auditor")
	p.every(s, "/matrix", "/matrix/see?role=HT&purpose=CLASS_CARE", "/matrix/see?purpose=MANDATORY_REPORT")
	p.visit("/matrix/who?of=公民身份号码")
	p.shown([]string{"请选择", "Child.citizenId"}, nil)
	p.visit("/matrix/who?of=Child.citizenId")
	p.shown([]string{"谁能看到", "校医", "个保法6"}, nil)
	p.visit("/policy/propose")
	p.fill(`form[action="/policy/propose"]`, map[string]string{"reason": "试一条写错的条目，看怎样提示", "add": "p, XX, VISIT, own_village, A.name, FULL, allow, 未保法43\np, DIR"})
	p.click(`form[action="/policy/propose"] button.main`)
	p.shown([]string{"第1行： 没有这个角色。", "第2行： 应有8项"}, nil)
	p.visit("/policy/meter?role=DIR&purpose=VISIT&from=2026-10-01&to=2026-11-23")
	p.looked("meter")
	p.snap(s, "meter")
	p.visit("/policy/propose")
	p.fill(`form[action="/policy/propose"]`, map[string]string{"reason": "走访不需要电话号码，收回", "remove": lineOf(t, narrowing)})
	p.click(`form[action="/policy/propose"] button.main`)
	p.looked("proposal")
	p.snap(s, "proposal")
	p.shown([]string{"提案已提出", "须由另一人办理", "此前提供，此后不提供", "withdrawPolicy"}, []string{`value="approvePolicy"`})
	p.fill(`form[action^="/policy/replay/"]`, map[string]string{"from": "2026-10-01", "to": "2026-10-31"})
	p.click(`form[action^="/policy/replay/"] button`)
	p.looked("replay")
	p.snap(s, "replay")
	p.shown([]string{"项会关闭或改变", "儿童主任"}, nil)
	approves(t, hub)
}

// narrowing takes the families' phone numbers from the directors.
const narrowing = "p, DIR, VISIT, own_village, C.contactPhone, FULL, allow, "

// lineOf is the line of the policy in force that begins so.
func lineOf(t *testing.T, prefix string) string {
	t.Helper()
	p, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range p.Lines() {
		if strings.HasPrefix(l.Text(), prefix) {
			return l.Text()
		}
	}
	t.Fatalf("no line begins with %s", prefix)
	return ""
}

// approves lets the officer approve on a phone, in English; the director's phone
// numbers are gone within two seconds.
func approves(t *testing.T, hub *hubtest.Hub) {
	t.Helper()
	phones := func() bool {
		director := hub.Caller(t, "director")
		got := hub.Ask(t, director, hubtest.Question{
			Query: `query Phones($id: ID!) { child(id: $id) { caregivers { name phone } } }`, Variables: map[string]any{"id": hub.ID(t, director, "Child", director.ChildID)},
		})
		return json.Valid(got.Data) && strings.Contains(string(got.Data), `"phone":"`)
	}
	if !phones() {
		t.Fatal("nothing is shown before the change")
	}
	s := screens()[3]
	p := open(t, hub, s)
	p.signIn("dpo")
	p.every(s, "/matrix", "/matrix/see?role=DIR", "/policy/propose", "/policy/explain", "/policy")
	p.clickText("走访不需要电话号码")
	p.looked("proposal")
	p.snap(s, "proposal")
	p.click(`button[value="approvePolicy"]`)
	p.shown([]string{"Done.", "approved, and put in force"}, []string{`value="approvePolicy"`})
	approved := time.Now()
	for phones() {
		if time.Since(approved) > patience {
			t.Fatal("the former policy still answers")
		}
	}
	p.visit("/policy")
	p.looked("policy")
	p.clickText("Compare with the version before")
	p.looked("compare")
	p.snap(s, "compare")
	p.shown([]string{"C.contactPhone", "shown before, withheld now"}, nil)
}
