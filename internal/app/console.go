package app

import (
	"net/http"
	"slices"

	"github.com/tongxin-hub/tongxin/internal/concern"
	"github.com/tongxin-hub/tongxin/internal/console"
	"github.com/tongxin-hub/tongxin/internal/console/entrance"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/internal/consultation"
	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/docs"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/identity/demoissuer"
	"github.com/tongxin-hub/tongxin/internal/moving"
	"github.com/tongxin-hub/tongxin/internal/registering"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/internal/visiting"
	"github.com/tongxin-hub/tongxin/resolvers"
)

// console makes the web pages around the handler of /graphql.
func (p *parts) console(graphql http.Handler) (http.Handler, error) {
	d := console.Deps{Issuers: p.issuers, Deps: page.Deps{
		GraphQL: graphql, DB: p.db, Key: p.ring.SessionKey(), Idle: p.cfg.Console.Idle, Life: p.cfg.Console.Life,
		URL: p.cfg.Console.URL, Contact: p.cfg.Console.Contact, Tasks: map[string]flow.Text{}, Purposes: p.policy.Purposes(),
		Machines: docs.Machines(), TaskMoves: taskMoves(), Rules: p.watch,
		LogKey: p.ring.VerifierKey(), Witnesses: p.witnesses, Now: p.now, Log: p.telemetry.Log,
	}}
	for _, k := range Kinds() {
		d.Tasks[k.Code] = k.Text
	}
	if p.demo != nil {
		d.Demo, d.URL = true, "http://"+p.cfg.Listen
		d.People = p.demo.offered()
	}
	return console.New(d)
}

// taskMoves say by which mutation a task ends that is about no record of its own.
func taskMoves() map[string][]string {
	out := map[string][]string{}
	answered := slices.DeleteFunc(concern.Kinds(), func(k task.Kind) bool { return k.Code == concern.ToInform().Code })
	for mutation, some := range map[string][]task.Kind{
		"answerConcern":          slices.Concat(answered, visiting.Answered(), registering.Answered(), moving.Answered()),
		"acknowledgeNotice":      resolvers.Notices(),
		"finishConsultationTask": {consultation.ToDo()},
		"claimMove":              {moving.ToClaim()},
		"declineMove":            {moving.ToClaim()},
	} {
		for _, k := range some {
			out[k.Code] = append(out[k.Code], mutation)
		}
	}
	for _, moves := range out {
		slices.Sort(moves)
	}
	return out
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
	for _, h := range d.persons() {
		out = append(out, entrance.Person{
			Issuer: urls[h.AgencyCode], StaffCode: h.StaffCode, Story: h.Story, ZH: h.ZH, EN: h.EN, ShowsZH: h.ShowsZH, ShowsEN: h.ShowsEN,
		})
	}
	return out
}

// persons are the ready-made callers that are people, those whom auditors may ask, and
// the story children's helpers, each once.
func (d *demoParts) persons() []demo.Helper {
	var all []demo.Helper
	for _, c := range append(d.district.Callers(), d.district.Asked()...) {
		if c.Key != "education-system" {
			all = append(all, demo.Helper{Caller: c})
		}
	}
	seen := map[string]bool{}
	var out []demo.Helper
	for _, h := range append(all, d.district.Helpers()...) {
		if !seen[h.StaffCode] {
			seen[h.StaffCode] = true
			out = append(out, h)
		}
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
