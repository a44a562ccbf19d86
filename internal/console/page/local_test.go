package page

import (
	"net/url"
	"strings"
	"testing"
)

// FuzzLocal: where a form may lead back to is always a page of this hub, also to a
// browser, which drops tabs and line ends and takes a backslash for a slash.
func FuzzLocal(f *testing.F) {
	for _, seed := range []string{
		"/", "/w/x?y=1#z", "", "//elsewhere.example/", "/\\elsewhere.example", "/\t/elsewhere.example", "https://elsewhere.example", "/\r\nSet-Cookie: a=b",
		"javascript:alert(1)", "/%2f/elsewhere.example", "\\\\elsewhere.example", "/./\\elsewhere.example", " //elsewhere.example", "///elsewhere.example",
	} {
		f.Add(seed)
	}
	own := url.URL{Scheme: "https", Host: "hub.example", Path: "/language"}
	f.Fuzz(func(t *testing.T, back string) {
		got := strings.NewReplacer("\t", "", "\n", "", "\r", "", "\\", "/").Replace(strings.TrimSpace(local(back)))
		to, err := own.Parse(got)
		if err != nil || to.Host != own.Host || to.Scheme != own.Scheme || !strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") {
			t.Errorf("%q leads to %q", back, local(back))
		}
	})
}
