package app

import (
	"net/http"

	"github.com/tongxin-hub/tongxin/internal/console"
	"github.com/tongxin-hub/tongxin/internal/console/entrance"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/dropout"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/identity/demoissuer"
	"github.com/tongxin-hub/tongxin/internal/policychange"
	"github.com/tongxin-hub/tongxin/internal/report"
	"github.com/tongxin-hub/tongxin/internal/review"
	"github.com/tongxin-hub/tongxin/internal/rights"
	"github.com/tongxin-hub/tongxin/internal/visiting"
)

// console makes the web pages around the handler of /graphql.
func (p *parts) console(graphql http.Handler) (http.Handler, error) {
	d := console.Deps{Issuers: p.issuers, Deps: page.Deps{
		GraphQL: graphql, DB: p.db, Key: p.ring.SessionKey(), Idle: p.cfg.Console.Idle, Life: p.cfg.Console.Life,
		URL: p.cfg.Console.URL, Tasks: map[string]flow.Text{}, Purposes: p.policy.Purposes(),
		Machines: []flow.Machine{dropout.Machine(), visiting.Machine(), report.Flow(), review.Items(), review.Emergencies(), policychange.Machine(), rights.Flow()},
		LogKey: p.ring.VerifierKey(), Witnesses: p.witnesses, Now: p.now, Log: p.telemetry.Log,
	}}
	for _, k := range kinds() {
		d.Tasks[k.Code] = k.Text
	}
	if p.demo != nil {
		d.Demo, d.URL = true, "http://"+p.cfg.Listen
		d.People = p.demo.offered()
	}
	return console.New(d)
}

// people are whom the demo's issuer offers.
func (d *demoParts) people() []demoissuer.Person {
	var out []demoissuer.Person
	for _, c := range d.persons() {
		out = append(out, demoissuer.Person{AgencyCode: c.AgencyCode, StaffCode: c.StaffCode, ZH: c.ZH, EN: c.EN})
	}
	return out
}

// offered are the same people as the console's sign-in page shows them.
func (d *demoParts) offered() []entrance.Person {
	urls := map[string]string{}
	for _, i := range d.issuers {
		urls[i.AgencyCode] = i.URL
	}
	var out []entrance.Person
	for _, c := range d.persons() {
		out = append(out, entrance.Person{
			Issuer: urls[c.AgencyCode], StaffCode: c.StaffCode, ZH: c.ZH, EN: c.EN, ShowsZH: c.ShowsZH, ShowsEN: c.ShowsEN,
		})
	}
	return out
}

// persons are the ready-made callers that are people, and those whom auditors may ask,
// each once.
func (d *demoParts) persons() []demo.Caller {
	seen := map[string]bool{}
	var out []demo.Caller
	for _, c := range append(d.district.Callers(), d.district.Asked()...) {
		if c.Key == "education-system" || seen[c.StaffCode] {
			continue
		}
		seen[c.StaffCode] = true
		out = append(out, c)
	}
	return out
}

// agencyName is what the district calls an agency.
func (d *demoParts) agencyName(code string) string {
	if name := d.district.AgencyName(code); name != "" {
		return name
	}
	return code
}
