package console_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// thumb works on a phone and counts: taps, keys pressed, and each time that somebody has
// to think what comes next.
type thumb struct {
	*tab

	taps, keys, thoughts, pages int
}

// tap is one touch on something that has to be found first.
func (p *thumb) tap(selector string) {
	p.Helper()
	p.taps++
	p.thoughts++
	p.run(chromedp.Click(selector, chromedp.ByQuery))
}

// turn is a touch that brings another page.
func (p *thumb) turn(selector string) {
	p.Helper()
	p.taps++
	p.thoughts++
	p.pages++
	p.click(selector)
}

// choose opens a list and takes one of it.
func (p *thumb) choose(form, name, value string) {
	p.Helper()
	p.taps += 2
	p.thoughts++
	p.run(chromedp.SetValue(fmt.Sprintf(`%s select[name="%s"]`, form, name), value, chromedp.ByQuery))
}

// pinyin is how many keys a Chinese character takes, the choice of it included.
const pinyin = 4

// write goes into a control and types.
func (p *thumb) write(form, name, text string) {
	p.Helper()
	p.taps++
	p.thoughts++
	for _, c := range text {
		if p.keys++; unicode.Is(unicode.Han, c) {
			p.keys += pinyin - 1
		}
	}
	p.run(chromedp.SendKeys(fmt.Sprintf(`%s [name="%s"]`, form, name), text, chromedp.ByQuery))
}

// seconds is how long the same takes somebody who knows the page: the keystroke-level
// model of Card, Moran and Newell (1980) with its own times, 1.35 s to think and 1.1 s to
// point, 0.2 s to touch; 0.28 s for a key of an average typist; to each page 4 s on a weak
// signal. It says how much there is to do, and is the same on every machine.
func (p *thumb) seconds() float64 {
	return 1.35*float64(p.thoughts) + 1.3*float64(p.taps) + 0.28*float64(p.keys) + 4*float64(p.pages)
}

// twoMinutes is what a visit may take on a phone.
const twoMinutes = 120

// TestStory_visitOnAPhone: a director writes a visit down in less than two minutes, and
// loses the network in the middle of it. What was written is kept, unreadable to anybody
// else, and goes once when the network is back; whoever looks at the inbox meanwhile is
// told of what has changed.
func TestStory_visitOnAPhone(t *testing.T) {
	t.Parallel()
	hub := hubtest.Start(t, hubtest.Options{})
	hub.RunJobs(t)
	watcher := plain(t, hub)
	watcher.signIn("director")
	id := watcher.caughtUp()
	p := &thumb{tab: open(t, hub, screens()[2])}
	p.signIn("director")
	p.looked("inbox with tasks")
	p.run(chromedp.WaitVisible(`ol.todos a`, chromedp.ByQuery))
	p.turn(`ol.todos a`)
	p.looked("visit")
	record := form("recordVisit")
	p.choose(record, "mode", "HOME")
	p.choose(record, "placeKind", "HOME")
	p.tap(record + ` [name="childSeen"][value="true"]`)
	p.tap(record + ` [name="childSpokenAlone"][value="true"]`)
	p.choose(record, "informantRelation", "PATERNAL_GRANDMOTHER")
	p.offline(true)
	for _, rating := range []string{"livingRating", "familyRating", "guardianshipRating", "mentalRating", "healthRating"} {
		p.choose(record, rating, "GOOD")
	}
	p.write(record, "livingText", "饮食起居有人照看")
	p.write(record, "childView", "想多视频")
	p.tap(record + " button.main")
	p.run(chromedp.WaitVisible(record+" [data-offline]", chromedp.ByQuery))
	if kept := p.kept(); !strings.Contains(kept, "sealed") || strings.Contains(kept, "饮食") {
		t.Errorf("what the phone keeps: %.300s", kept)
	}
	p.pages++
	p.run(chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := chromedp.RunResponse(ctx, network.EmulateNetworkConditions(false, 0, -1, -1))
		return err
	}))
	p.looked("draft")
	if strings.Contains(p.html(), `role="alert"`) || !strings.Contains(p.html(), "已办理。") {
		t.Fatalf("the draft was not taken: %s", p.text())
	}
	if n := p.number(`SELECT count(*) FROM audit_entry WHERE operation = 'ConsoleRecordVisit'`); n != 1 {
		t.Errorf("the visit was sent %d times", n)
	}
	if kept := p.kept(); kept != "{}" {
		t.Errorf("the phone keeps %.300s", kept)
	}
	p.run(chromedp.Evaluate(`{const f = document.querySelector('[name="familyText"]'); f.value = "家务由亲属帮忙"; f.dispatchEvent(new Event("input", {bubbles: true}))}`, nil),
		chromedp.Evaluate(`new Promise((done) => { const look = () => localStorage.length ? done(1) : setTimeout(look, 10); look(); })`, nil, awaited))
	p.turn(form("submitVisit") + " button.main")
	if n := p.number(`SELECT count(*) FROM visit WHERE state = 'SUBMITTED' AND living_text = '饮食起居有人照看' AND visited_on = '2026-11-23'`); n != 1 {
		t.Errorf("%d visits were handed in: %s", n, p.text())
	}
	if took := p.seconds(); took > twoMinutes || p.taps > 32 {
		t.Errorf("a visit takes %.0f s: %d taps, %d keys, %d thoughts, %d pages", took, p.taps, p.keys, p.thoughts, p.pages)
	} else {
		t.Logf("%.0f s: %d taps, %d keys, %d thoughts, %d pages", took, p.taps, p.keys, p.thoughts, p.pages)
	}
	if text := watcher.ticks(id); !strings.Contains(text, "event: change") {
		t.Errorf("the inbox is not told of the change: %q", text)
	}
	p.click(`form[action="/signout"] button`)
	if kept := p.kept(); kept != "{}" {
		t.Errorf("after the sign-out the phone keeps %.300s", kept)
	}
	watcher.send("POST", "/signout", nil)
	if _, _, h := watcher.send("GET", "/live", nil); strings.Contains(h.Get("Content-Type"), "event-stream") {
		t.Error("the stream goes on without a session")
	}
}
