package console_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// maxWeight is what the first load of a page may weigh, everything together.
const maxWeight = 100 << 10

// looked holds a page against what holds for every page.
func (t *tab) looked(page string) {
	t.Helper()
	t.accessible(page)
	html := t.html()
	if len(html) > maxWeight {
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

// TestPages_weight adds up what the first load of a page takes.
func TestPages_weight(t *testing.T) {
	t.Parallel()
	hub := hubtest.Start(t, hubtest.Options{})
	p := open(t, hub, screens()[2])
	p.signIn("director")
	var sum atomic.Int64
	chromedp.ListenTarget(p.ctx, func(event any) {
		if e, ok := event.(*network.EventLoadingFinished); ok {
			sum.Add(int64(e.EncodedDataLength))
		}
	})
	p.run(network.Enable(), network.SetCacheDisabled(true))
	for _, path := range []string{"/signin", "/", "/post"} {
		sum.Store(0)
		p.visit(path)
		if got := sum.Load(); got == 0 || got > maxWeight {
			t.Errorf("%s weighs %d bytes", path, got)
		}
	}
}
