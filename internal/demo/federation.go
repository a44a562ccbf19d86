package demo

import (
	"fmt"
	"time"
)

type pairing struct {
	id             int64
	child          *child
	volunteer      string
	started, ended time.Time
	consent        any
	frequency      string
	coordinator    *worker
}

// volunteer is a volunteer by reference; volunteerID is the one of a pairing.
type volunteer struct {
	code, kind string
	town       *township
	worker     *worker
}

func (p *pairing) volunteerID() int64 { return (p.id-1)/2 + 1 }

// volunteers are those of the pairings.
func (d *District) volunteers() []volunteer {
	var out []volunteer
	for _, p := range d.years.pairings {
		if id := p.volunteerID(); id > int64(len(out)) {
			kind := "CARING_MOTHER"
			if id%5 == 0 {
				kind = "MENTOR"
			}
			out = append(out, volunteer{code: p.volunteer, kind: kind, town: p.child.village.town, worker: p.coordinator})
		}
	}
	return out
}

// resourceOffer is what organisations offer.
type resourceOffer struct {
	id                    int64
	need, resource, donor string
	quantity              int
	keeper                *worker
}

func (d *District) offers() []resourceOffer {
	social := d.contractWorkers(1)[0]
	return []resourceOffer{
		{1, "STUDY_AID", "GOODS", "区青年志愿服务协会（演示）", 40, d.oneOf("FE", 0)},
		{2, "LIVING_AID", "FUNDS", "同心慈善基金（演示）", 25, social},
		{3, "MEDICAL_AID", "FUNDS", "同心慈善基金（演示）", 10, social},
	}
}

type familyEnrolment struct {
	child    *child
	guide    *worker
	kind     string
	session  time.Time
	enrolled time.Time
	ended    time.Time
}

type rightsCase struct {
	id             int64
	child          *child
	kind, state    string
	opened, closed time.Time
	officer        *worker
}

// plain: nothing keeps anybody from the child's file.
func (d *District) plain(c *child) bool {
	if !c.registered() || c.shield != "NONE" {
		return false
	}
	for _, r := range d.years.reports {
		if r.child == c {
			return false
		}
	}
	for _, k := range d.years.conflicts {
		if k.child == c {
			return false
		}
	}
	return true
}

// makeFederation makes 420 pairings, the families in guidance and the rights
// cases of a full district.
func (d *District) makeFederation() {
	y := d.years
	for i, c := range d.sample("pairings", d.sizes.scaled(420, 20), func(c *child) bool { return c.registered() && c.birth.Before(d.day(-365*4)) }) {
		s := d.stream("pairing", c.id)
		p := &pairing{
			id: int64(i + 1), child: c, volunteer: fmt.Sprintf("爱心妈妈%04d", i/2+1), started: d.day(-s.between(40, 700)),
			consent: fmt.Sprintf("结对同意-%05d", i+1), frequency: pick(s, []string{"WEEKLY", "MONTHLY", "MONTHLY", "QUARTERLY"}),
			coordinator: d.oneOf("FE", int64(i)),
		}
		if s.chance(0.03) {
			p.consent = nil
		}
		if s.chance(0.06) {
			p.ended = d.day(-s.between(5, 35))
		}
		y.pairings = append(y.pairings, p)
	}
	for i, c := range d.sample("families", d.sizes.scaled(240, 24), d.plain) {
		s := d.stream("family", c.id)
		f := &familyEnrolment{child: c, guide: d.oneOf("FE", int64(i)), kind: "ENROLLED", enrolled: d.day(-s.between(20, 300))}
		if s.chance(0.2) {
			f.kind = "REFERRED"
		}
		if s.chance(0.2) || i < 2 {
			f.session = d.day(s.between(1, 14))
		}
		if i > 7 && s.chance(0.1) {
			f.ended = d.day(-s.between(1, 15))
		}
		y.enrolments = append(y.enrolments, f)
		y.guides[c] = f.guide
	}
	y.rights = []*rightsCase{{
		id: 1, child: d.child(Taoyuan), kind: "DOMESTIC_VIOLENCE", state: "HANDLING", opened: d.day(-44), officer: d.oneOf("RP", 0),
	}}
	for i, c := range d.sample("rights", d.sizes.scaled(12, 4), (*child).registered) {
		s := d.stream("rights case", c.id)
		r := &rightsCase{
			id: int64(len(y.rights) + 1), child: c, kind: pick(s, []string{"SUPPORT", "GUARDIANSHIP", "DOMESTIC_VIOLENCE", "OTHER"}),
			state: "OPEN", opened: d.day(-s.between(10, 300)), officer: d.oneOf("RP", int64(i)),
		}
		if i%3 == 0 {
			r.state, r.closed = "CLOSED", after(r.opened, 9)
		}
		y.rights = append(y.rights, r)
	}
}
