package entrance

import (
	"embed"
	"net/http"

	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/internal/console/signin"
	"github.com/tongxin-hub/tongxin/internal/identity"
)

//go:embed templates/*.html
var templates embed.FS

// Person is somebody of the demo, offered at one click; Story is the child whose story
// they have a part in.
type Person struct{ Issuer, StaffCode, Story, ZH, EN, ShowsZH, ShowsEN string }

type entrance struct {
	site   *page.Site
	desk   *signin.Desk
	people []Person
}

// Area is the sign-in by these issuers, and the choice of a post.
func Area(site *page.Site, issuers []identity.Issuer, people []Person) page.Area {
	e := &entrance{site, signin.New(issuers, site.URL+backPath, site.Now), people}
	return page.Area{
		Templates: templates,
		Open: map[string]http.HandlerFunc{
			"GET /signin":        e.showSignIn,
			"GET /signin/{door}": e.startSignIn,
			"GET " + backPath:    e.finishSignIn,
		},
		Pages: map[string]func(*page.Visit){
			"POST /signout":            signOut,
			"POST /signout/everywhere": signOutEverywhere,
			"GET /post":                showPosts,
			"POST /post":               choosePost,
		},
	}
}
