package console_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/policy"
)

// snap writes a picture where LOOK names a directory: whoever builds a page looks at it.
func (t *tab) snap(s screen, name string) {
	t.Helper()
	if dir := os.Getenv("LOOK"); dir != "" {
		var body []byte
		t.run(chromedp.FullScreenshot(&body, 100))
		file := filepath.Join(dir, s.name+"-"+strings.NewReplacer("/", "-", "?", "-").Replace(name)+".png")
		if err := os.WriteFile(file, body, 0o600); err != nil {
			t.Fatal(err)
		}
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

// TestStory_scrutiny tells the stories of those who hold the rules to account, on one hub.
func TestStory_scrutiny(t *testing.T) {
	t.Parallel()
	hub := hubtest.Start(t, hubtest.Options{})
	hub.RunJobs(t)
	narrowerPolicy(t, hub)
	guardianAsks(t, hub)
	guardianCorrects(t, hub)
	guardianCopies(t, hub)
	guardianComplains(t, hub)
	keepsTheRecord(t, hub)
}

// narrowerPolicy: an auditor reads the matrix across, proposes from the meter,
// sees difference and replay, and may not approve; the officer does, and the next answer
// to a director is narrower.
func narrowerPolicy(t *testing.T, hub *hubtest.Hub) {
	t.Helper()
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
	shown := func() (phones, known bool) {
		director := hub.Caller(t, "director")
		got := hub.Ask(t, director, hubtest.Question{
			Query: `query Phones($id: ID!) { child(id: $id) { caregivers { name phone } } }`, Variables: map[string]any{"id": hub.ID(t, director, "Child", director.ChildID)},
		})
		return strings.Contains(string(got.Data), `"phone":"`), len(got.Errors) == 0 && strings.Contains(string(got.Data), `"caregivers":[`)
	}
	if phones, _ := shown(); !phones {
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
	p.shown([]string{"Done.", "approved, and put in force"}, nil)
	p.looked("decided")
	approved := time.Now()
	for {
		if phones, known := shown(); known && !phones {
			break
		}
		if time.Since(approved) > patience {
			t.Fatal("the former policy still answers")
		}
	}
	p.visit("/policy")
	p.clickText("走访不需要电话号码")
	p.shown([]string{"has been decided"}, []string{`value="approvePolicy"`})
	p.visit("/policy")
	p.clickText("Compare with the version before")
	p.looked("compare")
	p.snap(s, "compare")
	p.shown([]string{"C.contactPhone", "shown before, withheld now"}, nil)
}

// paper prints the page as on A4: nothing of the console's frame is on it.
func (t *tab) paper(s screen, name string) {
	t.Helper()
	var pdf []byte
	t.run(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		pdf, _, err = page.PrintToPDF().WithPreferCSSPageSize(true).WithPrintBackground(true).Do(ctx)
		return err
	}))
	if len(pdf) < 4<<10 {
		t.Errorf("%s: %d bytes on paper", name, len(pdf))
	}
	t.run(emulation.SetEmulatedMedia().WithMedia("print"))
	t.snap(s, name+"-paper")
	t.run(emulation.SetEmulatedMedia())
}

// keepsTheRecord: an auditor takes the year's pack, whose checksum is right and on
// record, places and releases a hold, and holds a partner's receipts against the log.
func keepsTheRecord(t *testing.T, hub *hubtest.Hub) {
	t.Helper()
	s := screens()[0]
	p := open(t, hub, s)
	p.signIn("auditor")
	p.every(s, "/yearly", "/retention", "/receipts", "/logstatus")
	p.visit("/yearly?year=2026")
	p.fill(`form[action="/yearly"][method="post"]`, map[string]string{"samples": "5"})
	p.click(`form[action="/yearly"][method="post"] button.main`)
	p.looked("pack")
	p.snap(s, "pack")
	sum := regexp.MustCompile(`[0-9a-f]{64}`).FindString(p.html())
	if content := p.saved(`a[href$="/save"]`); sum != fmt.Sprintf("%x", sha256.Sum256(content)) || len(content) == 0 {
		t.Errorf("%d bytes are not those of %s", len(content), sum)
	}
	var kept int
	if err := hub.DB.QueryRow(t.Context(), `SELECT count(*) FROM audit_entry WHERE reason = 'sha256:' || $1`, sum).Scan(&kept); err != nil || kept != 1 {
		t.Errorf("%d entries keep the checksum: %v", kept, err)
	}
	p.visit("/retention")
	p.run(chromedp.Click(`details:has(form[action="/retention"]) > summary`, chromedp.ByQuery))
	hold := map[string]string{"from": "2026-09-01", "to": "2026-09-30", "orderedBy": "新洲区人民法院", "reason": "案件需要保留访问记录"}
	p.fill(`form[action="/retention"]`, hold)
	p.click(`form[action="/retention"] button.main`)
	p.shown([]string{"已办理。", "新洲区人民法院"}, nil)
	p.looked("hold")
	p.snap(s, "hold")
	p.run(chromedp.Click(`details:has(form[action="/retention/release"]) > summary`, chromedp.ByQuery))
	p.fill(`form[action="/retention/release"]`, map[string]string{"reason": "案件已经办结"})
	p.click(`form[action="/retention/release"] button`)
	p.shown([]string{"已解除", "案件已经办结"}, nil)
	p.receipts(hub)
	phone := screens()[3]
	p = open(t, hub, phone)
	p.signIn("auditor")
	p.every(phone, "/yearly", "/retention", "/receipts", "/logstatus")
}

// saved is what a link gives to keep, fetched as the browser would.
func (t *tab) saved(link string) []byte {
	t.Helper()
	var text string
	t.run(chromedp.Evaluate(`fetch(document.querySelector('`+link+`').href).then(r => r.arrayBuffer()).then(b => btoa(Array.from(new Uint8Array(b), c => String.fromCharCode(c)).join("")))`, &text, awaited))
	out, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// receipts hands in a partner's list: one that the log has, one that it has not, one
// twice, and one line that is no receipt.
func (t *tab) receipts(hub *hubtest.Hub) {
	t.Helper()
	var agency, system, entry, day string
	if err := hub.DB.QueryRow(t.Context(), `SELECT agency_code, system, replace(entry_id::text, '-', ''), to_char(at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD')
		FROM audit_entry WHERE system <> '' AND agency_id IS NOT NULL AND disclosed > 0 ORDER BY sequence LIMIT 1`).Scan(&agency, &system, &entry, &day); err != nil {
		t.Fatal(err)
	}
	forged := strings.Repeat("ab", 16)
	t.visit("/receipts")
	t.fill(`form[enctype]`, map[string]string{
		"agency": agency, "system": system, "from": day, "to": day,
		"text": "entry\n" + entry + ",2026\n" + forged + "\n" + entry + "\nno receipt 1",
	})
	t.click(`form[enctype] button.main`)
	t.looked("reconciled")
	t.snap(screens()[0], "reconciled")
	t.shown([]string{"第3行：", forged, "第5行：", "no receipt 1", "含表头一行"}, nil)
	var known string
	t.run(chromedp.Text(`#outcome + dl .fact:nth-child(2) dd`, &known, chromedp.ByQuery))
	if known != "1" {
		t.Errorf("%q of them are known", known)
	}
}
