package console_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/tongxin-hub/tongxin/graph"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/resolvers"
)

// groups are somebody of each group that works with the console.
func groups() []string {
	return []string{
		"dps-phone-check", "class-teacher", "director", "supervisor", "case-manager", "school-counsellor", "clinic-doctor", "family-guide", "rights-officer", "contractor",
		"leader", "auditor", "dpo", "administrator",
	}
}

// TestPages_everyScreen walks the console as its groups do, in both languages: each kind
// of page that they are led to is looked at once, at a desk and on a phone, and each
// group's own first pages besides. Links are followed; no address is typed in but those
// of the sign-in and of a page that is not.
func TestPages_everyScreen(t *testing.T) {
	t.Parallel()
	hub := hubtest.Start(t, hubtest.Options{})
	hub.Follow(t)
	hub.RunJobs(t)
	codes := codesOf()
	for _, s := range []screen{screens()[0], screens()[3]} {
		t.Run(s.lang, func(t *testing.T) {
			t.Parallel()
			w := &walk{tab: open(t, hub, s), screen: s, codes: codes, kinds: map[string]bool{}}
			w.visit("/signin")
			w.looked("sign-in")
			for _, who := range groups() {
				w.who = who
				w.signIn(who)
				w.goes()
			}
			w.visit("/no-such-page")
			w.accessible(nowhere)
			w.whole(nowhere)
			for _, kind := range []string{"/w/*", "/board", "/overview", "/log/entry/*", "/people/year/*", "/access/settings", "/access/posts/*", "/conflicts/declared/*", "/matrix/see", "/retention", "/ledgers/*", "/reports/month", "/list/needs/*", "/harm", "/nominate", "/log/child/*", "/people/year/*", "/reviews/item/*", "/corrections/*", "/rights/*"} {
				if !w.kinds[kind] {
					t.Errorf("nobody was led to %s, only to %v", kind, w.sorted())
				}
			}
		})
	}
}

// nowhere is the page that is not.
const nowhere = "no such page"

// walk is somebody who follows links.
type walk struct {
	*tab

	screen screen
	who    string
	codes  *regexp.Regexp
	// kinds are the kinds of pages that were seen, of whatever group.
	kinds map[string]bool
}

func (w *walk) sorted() []string {
	var out []string
	for kind := range w.kinds {
		out = append(out, kind)
	}
	slices.Sort(out)
	return out
}

// kindOf is an address without what is sealed, chosen or a code in it.
func kindOf(path string) string {
	path, _, _ = strings.Cut(path, "?")
	path, _, _ = strings.Cut(path, "#")
	path = sealed.ReplaceAllString(path, "*")
	return regexp.MustCompile(`/[A-Z_]{3,}`).ReplaceAllString(path, "/*")
}

// goes follows what the inbox leads to, and so on, to each kind once.
func (w *walk) goes() {
	w.Helper()
	own := map[string]int{}
	todo := []string{"/", "/post"}
	for first := true; len(todo) > 0; first = false {
		path := todo[0]
		todo = todo[1:]
		kind := kindOf(path)
		// Not every item of a review showed a child whose history can be followed.
		more := kind == "/reviews/item/*" && !w.kinds["/log/child/*"]
		if !more && own[kind] > 0 || !more && !first && kind != "/post" && w.kinds[kind] && strings.Count(kind, "/") > 1 {
			continue
		}
		own[kind]++
		known := w.kinds[kind]
		w.kinds[kind] = true
		if !w.sees(path) {
			continue // a file to keep
		}
		if kind == "/log/entry/*" {
			w.run(chromedp.WaitVisible(`section[aria-labelledby="proof"] p.done`, chromedp.ByQuery))
		}
		if own[kind] == 1 {
			if !known {
				w.accessible(w.who + " " + kind)
			}
			w.whole(w.who + " " + kind)
		}
		var found []string
		w.run(chromedp.Evaluate(`[...document.querySelectorAll("nav a[href], .hat a[href], main a[href]")].map(a => a.getAttribute("href"))`, &found))
		for _, link := range found {
			if strings.HasPrefix(link, "/") && !strings.HasPrefix(link, "//") {
				todo = append(todo, link)
			}
		}
	}
}

// sees opens a page; false where the address gives a file to keep and no page.
func (w *walk) sees(path string) bool {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	switch err := chromedp.Run(ctx, chromedp.Navigate(w.hub.URL+path)); {
	case err == nil:
		return true
	case strings.Contains(err.Error(), "ERR_ABORTED"):
		return false
	default:
		w.Fatalf("%s: %v", kindOf(path), err)
		return false
	}
}

// seen is what a page shows.
type seen struct {
	Text, Hat string
	Top       float64
	Wide      bool
	// Problem is the refusal that it is in place of a page.
	Problem string
}

// whole holds a page against what holds for every page: at the width of the screen all of
// it, at the other one that it fits.
func (w *walk) whole(page string) {
	w.Helper()
	w.fits(page)
	w.snap(w.screen, page)
	other := screens()[0]
	if w.screen.width == other.width {
		other = screens()[2]
	}
	const look = `(() => {
		const words = document.querySelector("main").cloneNode(true);
		words.querySelectorAll("code, pre, textarea, .code, .syntax").forEach(e => e.remove());
		const hat = document.querySelector(".hat");
		return {Text: words.textContent, Hat: hat ? hat.innerText : "", Top: hat ? hat.getBoundingClientRect().top : 999,
			Problem: document.querySelector(".problem-page") ? document.querySelector(".problem-page").innerText : "",
			Wide: document.documentElement.scrollWidth > document.documentElement.clientWidth + 1};
	})()`
	var got seen
	w.run(emulation.SetDeviceMetricsOverride(other.width, other.height, 1, other.width < 500), chromedp.Evaluate(look, &got),
		emulation.SetDeviceMetricsOverride(w.screen.width, w.screen.height, 1, w.screen.width < 500))
	// Who opens everything that there is comes to the limit of a day.
	if got.Problem != "" && page != nowhere && !strings.Contains(got.Problem, "VOLUME_LIMIT") {
		w.Errorf("%s: a link leads to a refusal: %s", page, got.Problem)
	}
	if got.Wide {
		w.Errorf("%s: wider than a screen of %d", page, other.width)
	}
	if code := w.codes.FindString(got.Text); code != "" {
		w.Errorf("%s: the code %s is shown as it is: %s", page, strings.TrimSpace(code), around(got.Text, code))
	}
	purpose := map[string]string{"zh": "用途：", "en": "Purpose:"}[w.screen.lang]
	if !strings.Contains(got.Hat, purpose) || !strings.Contains(got.Hat, " · ") || got.Top > 250 {
		w.Errorf("%s: post and purpose do not stand at the top: %q at %.0f", page, got.Hat, got.Top)
	}
}

func around(text, code string) string {
	i := strings.Index(text, code)
	return strings.Join(strings.Fields(text[max(0, i-60):min(len(text), i+60)]), " ")
}

// codesOf finds values of the schema's enums that are shown as they are: those of several
// words, and of one that is no abbreviation people use.
func codesOf() *regexp.Regexp {
	schema := graph.NewExecutableSchema(graph.Config{Resolvers: &resolvers.Resolver{}}).Schema()
	var codes []string
	for _, def := range schema.Types {
		for _, v := range def.EnumValues {
			if len(v.Name) > 4 && !strings.HasPrefix(def.Name, "__") {
				codes = append(codes, v.Name)
			}
		}
	}
	slices.SortFunc(codes, func(a, b string) int { return len(b) - len(a) })
	return regexp.MustCompile(`(?:^|[^A-Za-z0-9_.])(?:` + strings.Join(slices.Compact(codes), "|") + `)(?:$|[^A-Za-z0-9_])`)
}
