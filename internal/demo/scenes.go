package demo

import (
	"time"

	"github.com/tongxin-hub/tongxin/internal/audit"
)

// scene is a recurring reason to open the hub, with its share of the log.
type scene struct {
	weight float64
	play   func(s stream, day time.Time) (audit.Entry, bool)
}

// page is how many children a list shows.
const page = 8

// makeScenes are the scenes of ordinary days, in shares of a hundred.
func (y *diary) makeScenes() []scene {
	return append([]scene{
		{4, y.directorList},
		{26, y.onChild("director file", func(c *child) *worker { return y.director(c.village) })},
		{3, y.supervisorList},
		{9, y.onChild("supervisor file", func(c *child) *worker { return y.supervisor(c.village.town) })},
		{4, y.classList},
		{13, y.onPupil("class file", func(k *class) *worker { return k.teacher })},
		{2, y.pupils},
		{9, y.onChild("clinic file", func(c *child) *worker { return y.clinicDoctor(c.village.town) })},
		{4, y.onPupil("school health", func(k *class) *worker { return k.school.doctor })},
	}, y.caseScenes()...)
}

// caseScenes hang on something that was open on the day.
func (y *diary) caseScenes() []scene {
	c := y.years
	return []scene{
		{5, fromList(y, c.dropouts, func(o *dropout, _ stream, day time.Time) (string, *worker, *child) {
			if day.Before(o.found) || !o.open() && day.After(o.cancelled) {
				return "", nil, nil
			}
			return "ledger file", o.officer, o.child
		})},
		{7, fromList(y, c.cases, func(k *careCase, _ stream, day time.Time) (string, *worker, *child) {
			if day.Before(k.opened) || !k.open() && day.After(k.closed) {
				return "", nil, nil
			}
			if k.contract == 0 {
				return "case file", k.worker, k.child
			}
			if x := y.contracts[k.contract-1]; day.Before(y.day(x.from)) || day.After(y.day(x.to)) {
				return "", nil, nil
			}
			return "contractor file", k.worker, k.child
		})},
		{3, fromList(y, c.reliefs, func(r *relief, _ stream, day time.Time) (string, *worker, *child) {
			if day.Before(r.applied) || day.After(after(r.applied, 40)) {
				return "", nil, nil
			}
			return "relief file", r.handler, r.child
		})},
		{3, fromList(y, c.enrolments, func(f *familyEnrolment, _ stream, day time.Time) (string, *worker, *child) {
			if day.Before(f.enrolled) || !f.ended.IsZero() && day.After(f.ended) {
				return "", nil, nil
			}
			return "family file", f.guide, f.child
		})},
		{2, fromList(y, c.pairings, func(p *pairing, _ stream, day time.Time) (string, *worker, *child) {
			if p.consent == nil || day.Before(p.started) || !p.ended.IsZero() && day.After(p.ended) {
				return "", nil, nil
			}
			return "pairing file", p.coordinator, p.child
		})},
		{2, fromList(y, c.referrals, func(r *referral, _ stream, day time.Time) (string, *worker, *child) {
			if r.worker.role != "PSY" || day.Before(r.opened) || !r.closed.IsZero() && day.After(r.closed) {
				return "", nil, nil
			}
			return "referral file", r.worker, r.child
		})},
		{0.6, fromList(y, c.rights, func(r *rightsCase, _ stream, day time.Time) (string, *worker, *child) {
			if day.Before(r.opened) || !r.closed.IsZero() && day.After(r.closed) {
				return "", nil, nil
			}
			return "rights file", r.officer, r.child
		})},
		{1, y.office("figures", "STA", 2)},
		{1, y.office("counts", "STA", 2)},
		{0.6, y.office("audit", "AUD", 2)},
		{0.8, y.reveal},
		{0.7, y.stranger},
		{0.3, y.wrongPurpose},
	}
}

// fromList plays a scene on one element of a list, if it was open on the day.
func fromList[T any](y *diary, list []T, who func(T, stream, time.Time) (string, *worker, *child)) func(stream, time.Time) (audit.Entry, bool) {
	return func(s stream, day time.Time) (audit.Entry, bool) {
		key, w, c := who(pick(s, list), s, day)
		if w == nil || y.quiet[c] || c.shield != "NONE" {
			return audit.Entry{}, false
		}
		return y.asked(s, key, w, []*child{c}, day), true
	}
}

// onChild is one file of a child that was on the register by then.
func (y *diary) onChild(key string, who func(*child) *worker) func(stream, time.Time) (audit.Entry, bool) {
	return func(s stream, day time.Time) (audit.Entry, bool) {
		c := pick(s, y.plain)
		w := who(c)
		if day.Before(y.registeredOn(c)) || day.Before(w.post.from) || w == y.lapsedDirector() {
			return audit.Entry{}, false
		}
		return y.asked(s, key, w, []*child{c}, day), true
	}
}

// onPupil is one file of a pupil, in the class of the term of that day.
func (y *diary) onPupil(key string, who func(*class) *worker) func(stream, time.Time) (audit.Entry, bool) {
	return func(s stream, day time.Time) (audit.Entry, bool) {
		c := pick(s, y.plain)
		k := y.classAt(c, day)
		if k == nil || day.Before(y.last.from) {
			return audit.Entry{}, false
		}
		return y.asked(s, key, who(k), []*child{c}, day), true
	}
}

func (y *diary) classAt(c *child, day time.Time) *class {
	if day.Before(y.current.from) {
		return c.lastClass
	}
	return c.class
}

// readable are the children of a list that a caller finds.
func (y *diary) readable(all []*child, day time.Time) []*child {
	out := make([]*child, 0, page)
	for _, c := range all {
		if len(out) == page {
			break
		}
		if c.registered() && c.shield == "NONE" && !y.quiet[c] && !day.Before(y.registeredOn(c)) {
			out = append(out, c)
		}
	}
	return out
}

func (y *diary) directorList(s stream, day time.Time) (audit.Entry, bool) {
	v := pick(s, y.plain).village
	w := y.director(v)
	children := y.readable(v.children, day)
	if len(children) == 0 || day.Before(w.post.from) || w == y.lapsedDirector() {
		return audit.Entry{}, false
	}
	return y.asked(s, "director list", w, children, day), true
}

func (y *diary) supervisorList(s stream, day time.Time) (audit.Entry, bool) {
	t := pick(s, y.plain).village.town
	from := s.IntN(len(t.children))
	children := y.readable(t.children[from:], day)
	return y.asked(s, "supervisor list", y.supervisor(t), children, day), len(children) > 0
}

func (y *diary) classList(s stream, day time.Time) (audit.Entry, bool) {
	k := y.classAt(pick(s, y.plain), day)
	if k == nil || day.Before(y.last.from) {
		return audit.Entry{}, false
	}
	children := y.readable(k.pupils, day)
	return y.asked(s, "class list", k.teacher, children, day), len(children) > 0
}

func (y *diary) pupils(s stream, day time.Time) (audit.Entry, bool) {
	school := pick(s, y.schools)
	if school.stage != primary && school.stage != junior || len(school.classes) == 0 {
		return audit.Entry{}, false
	}
	children := y.readable(pick(s, school.classes).pupils, day)
	return y.asked(s, "pupils", y.oneOf("DPS", school.id), children, day), len(children) > 0
}

// office is a question that touches no child.
func (y *diary) office(key, role string, n int) func(stream, time.Time) (audit.Entry, bool) {
	return func(s stream, day time.Time) (audit.Entry, bool) {
		return y.asked(s, key, pick(s, y.byRole[role][:n]), nil, day), true
	}
}

// reveal opens one masked telephone number with a typed reason.
func (y *diary) reveal(s stream, day time.Time) (audit.Entry, bool) {
	o := pick(s, y.years.dropouts)
	if day.Before(o.found) || !o.open() && day.After(o.cancelled) || y.quiet[o.child] {
		return audit.Entry{}, false
	}
	e := y.request(s, y.decided["ledger file"], o.officer, day)
	e.Operation, e.Outcome, e.Reason = "RevealField", audit.Revealed, "CONTACT"
	e.Requested = []string{"Mutation.revealField", "Caregiver.phone"}
	e.Disclosures = []audit.Disclosure{{
		ChildID: o.child.id, Bases: y.decided["ledger file"].bases,
		Shown: audit.NewSet([]audit.Shown{{Coordinate: "Caregiver.phone", Form: "FULL"}}),
	}}
	return e, true
}

// stranger is a mistyped or outdated reference: not found.
func (y *diary) stranger(s stream, day time.Time) (audit.Entry, bool) {
	w := pick(s, y.byRole["DIR"])
	return y.missed(s, "director file", w, day, ""), w != y.neighbour() && !day.Before(w.post.from)
}

// wrongPurpose is a post that may not act for what it asked.
func (y *diary) wrongPurpose(s stream, day time.Time) (audit.Entry, bool) {
	e := y.request(s, y.decided["class file"], pick(s, y.byRole["HT"]), day)
	e.Purpose, e.LegalBasis, e.Outcome, e.Reason = "CASE_MGMT", "", audit.Denied, "PURPOSE_NOT_PERMITTED"
	return e, true
}
