package console_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/tongxin-hub/tongxin/internal/aftertest"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/internal/npmtest"
)

// patience is how long one page may take on a busy machine.
const patience = 30 * time.Second

// browser is the one Chromium of this package; each test has a tab with cookies of its
// own. It goes when the test process goes, in whatever way, with all that it wrote.
var browser = sync.OnceValues(func() (context.Context, error) {
	dir, err := os.MkdirTemp("", "tongxin-chromium-")
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox,
		chromedp.Flag("disable-gpu", true), chromedp.Flag("lang", "zh-CN"),
		chromedp.UserDataDir(filepath.Join(dir, "profile")), chromedp.Env("TMPDIR="+dir),
		// The command may be a script that starts the browser: only a group has them all.
		chromedp.ModifyCmdFunc(func(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }))
	// The Chromium that never had a window: it alone gives each tab its own cookies.
	for _, name := range []string{"chromium-headless-shell", "chrome-headless-shell", "headless_shell"} {
		if file, err := exec.LookPath(name); err == nil {
			options = append(options, chromedp.ExecPath(file))
			break
		}
	}
	allocator, _ := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ := chromedp.NewContext(allocator)
	if err := chromedp.Run(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	life, err := aftertest.KillGroup(chromedp.FromContext(ctx).Browser.Process().Pid, dir)
	return context.WithValue(ctx, lifeOfBrowser{}, life), err // which keeps it open
})

// lifeOfBrowser is the key of what closes with our process and not before.
type lifeOfBrowser struct{}

// screen is what a page is looked at with.
type screen struct {
	name          string
	width, height int64
	lang          string
}

func screens() []screen {
	return []screen{
		{"desk-zh", 1280, 900, "zh"},
		{"desk-en", 1280, 900, "en"},
		{"phone-zh", 360, 740, "zh"},
		{"phone-en", 360, 740, "en"},
	}
}

// tab is one tab of the browser, signed in as nobody.
type tab struct {
	testing.TB
	ctx context.Context
	hub *hubtest.Hub
}

func open(tb testing.TB, hub *hubtest.Hub, s screen) *tab {
	tb.Helper()
	parent, err := browser()
	if err != nil {
		tb.Fatalf("no browser: %v; `make browser` installs one", err)
	}
	ctx, cancel := chromedp.NewContext(parent, chromedp.WithNewBrowserContext())
	tb.Cleanup(cancel)
	if err := chromedp.Run(ctx); err != nil { // the tab lives as long as this context
		tb.Fatal(err)
	}
	t := &tab{tb, ctx, hub}
	t.run(emulation.SetDeviceMetricsOverride(s.width, s.height, 1, s.width < 500),
		network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": s.lang}))
	return t
}

// run does something in the tab.
func (t *tab) run(actions ...chromedp.Action) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		var text string
		short, stop := context.WithTimeout(t.ctx, time.Second)
		defer stop()
		_ = chromedp.Run(short, chromedp.Text("main", &text))
		t.Fatalf("%v; the page says: %.600s", err, text)
	}
}

// visit opens a page by its address.
func (t *tab) visit(path string) { t.Helper(); t.run(chromedp.Navigate(t.hub.URL + path)) }

// signIn clicks on one of the demo's people.
func (t *tab) signIn(key string) {
	t.Helper()
	who := t.hub.Caller(t, key)
	t.visit("/signin")
	link := `a[href$="` + strings.ToLower(url.QueryEscape(who.StaffCode)) + `" i]`
	t.run(chromedp.Click(link, chromedp.ByQuery), chromedp.WaitVisible(".hat", chromedp.ByQuery))
}

// click presses what a selector finds and waits for the next page.
func (t *tab) click(selector string) {
	t.Helper()
	t.run(chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := chromedp.RunResponse(ctx, chromedp.Click(selector, chromedp.ByQuery))
		return err
	}))
}

func (t *tab) html() string {
	t.Helper()
	var out string
	t.run(chromedp.Evaluate(`document.documentElement.outerHTML`, &out)) // in one step: a page may renew itself
	return out
}

func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }

// axe is the checker of accessibility, as npm has it.
var axe = sync.OnceValues(func() (string, error) {
	modules, err := npmtest.Install("node")
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(filepath.Join(modules, "axe-core", "axe.min.js"))
	return string(text), err
})

// accessible lets axe look at the page: it finds nothing.
func (t *tab) accessible(page string) {
	t.Helper()
	script, err := axe()
	if err != nil {
		t.Fatal(err)
	}
	var found []struct {
		ID    string `json:"id"`
		Help  string `json:"help"`
		Nodes []struct {
			HTML string `json:"html"`
		} `json:"nodes"`
	}
	t.run(chromedp.Evaluate(script+";0", nil),
		chromedp.Evaluate(`axe.run({resultTypes:["violations"],runOnly:["wcag2a","wcag2aa","wcag21a","wcag21aa","wcag22aa","best-practice"]}).then(r => r.violations)`,
			&found, chromedp.EvalAsValue, awaited))
	for _, f := range found {
		t.Errorf("%s: axe %s: %s: %v", page, f.ID, f.Help, f.Nodes)
	}
}

// client is a browser without a screen, for what needs no rendering.
type client struct {
	testing.TB
	http *http.Client
	hub  *hubtest.Hub
}

func plain(tb testing.TB, hub *hubtest.Hub) *client {
	tb.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		tb.Fatal(err)
	}
	return &client{tb, &http.Client{Jar: jar, CheckRedirect: func(_ *http.Request, via []*http.Request) error {
		if len(via) > 8 {
			return errors.New("goes in circles")
		}
		return nil
	}}, hub}
}

func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }
