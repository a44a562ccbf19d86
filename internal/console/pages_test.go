package console_test

import (
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// maxWeight is what the first load of a page may weigh, everything together.
const maxWeight = 100 << 10

// maxPage is what is left for the page itself beside style and scripts.
const maxPage = 75 << 10

// looked holds a page against what holds for every page.
func (t *tab) looked(page string) {
	t.Helper()
	t.accessible(page)
	t.fits(page)
}

// fits holds what every page keeps to: its weight, its width, and that it says what hub
// it is of.
func (t *tab) fits(page string) {
	t.Helper()
	html := t.html()
	if len(html) > maxPage {
		t.Errorf("%s: %d bytes", page, len(html))
	}
	if !strings.Contains(html, "demo-band") {
		t.Errorf("%s: does not say that it is a demo", page)
	}
	var wide bool
	t.run(chromedp.Evaluate(`document.documentElement.scrollWidth > document.documentElement.clientWidth + 1`, &wide))
	if wide {
		t.Errorf("%s: wider than the screen", page)
	}
}

// TestPages_weight adds up what the first load of a page takes, for every role and with
// more under way than anywhere in the district: all visits of the children are due, and
// each is to be written down.
func TestPages_weight(t *testing.T) {
	t.Parallel()
	hub := hubtest.Start(t, hubtest.Options{})
	hub.RunJobs(t)
	if _, err := hub.DB.Exec(t.Context(), `UPDATE visit SET state = 'ASSIGNED'`); err != nil {
		t.Fatal(err)
	}
	p := open(t, hub, screens()[2])
	p.signIn("director")
	var sum atomic.Int64
	chromedp.ListenTarget(p.ctx, func(event any) {
		if e, ok := event.(*network.EventLoadingFinished); ok {
			sum.Add(int64(e.EncodedDataLength))
		}
	})
	p.run(network.Enable(), network.SetCacheDisabled(true))
	heaviest := 0
	for _, path := range []string{"/signin", "/", "/post"} {
		sum.Store(0)
		p.visit(path)
		got := int(sum.Load())
		if got == 0 || got > maxWeight {
			t.Errorf("%s weighs %d bytes", path, got)
		}
		// What is not the page itself is the same for every page.
		heaviest = max(heaviest, got-len(p.html()))
	}
	_, doors, _ := plain(t, hub).send("GET", "/signin", nil)
	roles := map[string]bool{}
	for _, who := range hub.District.Callers() {
		door := strings.Contains(strings.ToLower(doors), "hint="+strings.ToLower(url.QueryEscape(who.StaffCode)))
		if role := strings.TrimRight(who.StaffCode, "0123456789"); door && !roles[role] {
			roles[role] = true
			plain(t, hub).light(who.Key, maxWeight-heaviest)
		}
	}
	if len(roles) < 10 {
		t.Errorf("only %d roles", len(roles))
	}
}

// light opens some pages of each kind that somebody is led to: none weighs too much.
func (c *client) light(key string, limit int) {
	c.Helper()
	c.signIn(key)
	kinds := map[string]int{}
	todo := []string{"/children", "/", "/lists", "/harm", "/emergency", "/ledgers", "/board", "/asked"}
	for seen := 0; len(todo) > 0 && seen < 14; {
		path := todo[0]
		todo = todo[1:]
		kind := sealed.ReplaceAllString(path, "*")
		if kinds[kind]++; kinds[kind] > 4 {
			continue
		}
		seen++
		_, page, _ := c.send("GET", path, nil)
		if len(page) > limit {
			c.Errorf("%s: %s: %d bytes, more than %d", key, kind, len(page), limit)
		}
		for _, link := range links(page) {
			if strings.HasPrefix(link, "/w/") || strings.HasPrefix(link, "/list/") || strings.HasPrefix(link, "/ledgers/") {
				todo = append(todo, link)
			}
		}
	}
}
