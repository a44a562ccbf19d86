package console

import (
	"net/http"

	"github.com/tongxin-hub/tongxin/internal/console/auditor"
	"github.com/tongxin-hub/tongxin/internal/console/entrance"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/internal/console/scrutiny"
	"github.com/tongxin-hub/tongxin/internal/console/staff"
	"github.com/tongxin-hub/tongxin/internal/identity"
)

// Deps are what the console is made from.
type Deps struct {
	page.Deps

	// Issuers sign people in who come back to the console's own address.
	Issuers []identity.Issuer
	// People are the demo's; nil outside the demo.
	People []entrance.Person
}

// New is the handler of all pages.
func New(d Deps) (http.Handler, error) {
	site, err := page.New(d.Deps)
	if err != nil {
		return nil, err
	}
	return site.Handler(entrance.Area(site, d.Issuers, d.People), staff.Area(), scrutiny.Area(), auditor.Area())
}
