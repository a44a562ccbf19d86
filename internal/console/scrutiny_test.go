package console_test

import (
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// snap writes a picture where LOOK names a directory: whoever builds a page looks at it.
func (t *tab) snap(s screen, name string) {
	t.Helper()
	if dir := os.Getenv("LOOK"); dir != "" {
		t.picture(dir, s.name+"-"+name)
	}
}

// TestStory_narrowerPolicy: an auditor proposes from the meter, sees difference and
// replay, may not approve; the officer does, and the next answer is narrower.
func TestStory_narrowerPolicy(t *testing.T) {
	t.Parallel()
	hub := hubtest.Start(t, hubtest.Options{})
	hub.RunJobs(t)
	for _, s := range screens() {
		p := open(t, hub, s)
		p.signIn("auditor")
		for _, page := range [][2]string{
			{"matrix", "/matrix"}, {"sees", "/matrix/see?role=HT&purpose=CLASS_CARE"}, {"roles", "/matrix/see?purpose=MANDATORY_REPORT"},
			{"who", "/matrix/who?of=Child.citizenId"}, {"search", "/matrix/who?of=a"},
			{"policy", "/policy"}, {"propose", "/policy/propose"}, {"meter", "/policy/meter?role=HT&unused=30"}, {"explain", "/policy/explain"},
		} {
			p.visit(page[1])
			p.looked(page[0])
			p.snap(s, page[0])
		}
	}
	s := screens()[0]
	p := open(t, hub, s)
	p.signIn("auditor")
	p.visit("/policy/meter?role=DIR&purpose=VISIT")
	p.run(chromedp.Click(`input[name="remove"][value^="p, DIR, VISIT"]`, chromedp.ByQuery))
	p.click(`form[action="/policy/propose"] button.main`)
	p.snap(s, "draft")
	p.click(`form[action="/policy/propose"] button.main`)
	p.looked("proposal")
	p.snap(s, "proposal")
	if strings.Contains(p.html(), `value="approvePolicy"`) {
		t.Error("who proposed may approve")
	}
	p.click(`form[action^="/policy/replay/"] button`)
	p.looked("replay")
	p.snap(s, "replay")
}
