package demo

import (
	"fmt"
	"time"
)

// ticket is a work item that a purpose hangs on.
type ticket struct {
	id              int64
	code            string
	kind, purpose   string
	worker          *worker
	child           *child
	reason          string
	opened          time.Time
	expires, closed time.Time
	of              *consultation
}

// prefixes of ticket codes by kind; numbers run within a kind.
var ticketPrefix = map[string]string{
	"VISIT_TASK": "VT", "SURVEY_BATCH": "SB", "CASE": "CA", "DISTRICT_SEARCH": "DS", "RELIEF_APPLICATION": "RA",
	"DROPOUT_CASE": "DC", "PSYCH_REFERRAL": "PR", "ENROLMENT": "FE", "PAIRING_CONSENT": "PC", "RIGHTS_CASE": "RC",
	"REPORT": "RP", "GRANT": "GR", "EMERGENCY": "EM", "RIGHTS_REQUEST": "RR", "AUDIT_PLAN": "AP", "CORRECTION": "CO",
}

// desk opens tickets in order.
type desk struct {
	years   *chronicle
	today   time.Time
	numbers map[string]int
}

// open adds a ticket that has been open since nine on a day; since the day began
// when that is today, so that the district can be asked at any hour.
func (k *desk) open(kind, purpose string, w *worker, c *child, since time.Time) *ticket {
	k.numbers[kind]++
	opened := clock(since, 9, 0)
	if since.Equal(k.today) {
		opened = clock(since, 0, 0)
	}
	t := &ticket{
		id: int64(len(k.years.tickets) + 1), kind: kind, purpose: purpose, worker: w, child: c,
		code: fmt.Sprintf("%s-%05d", ticketPrefix[kind], k.numbers[kind]), opened: opened,
	}
	k.years.tickets = append(k.years.tickets, t)
	return t
}

// makeTickets opens the work items behind everything that is under way. Rounds
// and queues stand for no single child; cases do.
func (d *District) makeTickets() {
	k := &desk{years: d.years, today: d.today, numbers: map[string]int{}}
	round := d.day(-20)
	for _, w := range d.byRole["DIR"] {
		k.open("VISIT_TASK", "VISIT", w, nil, round).reason = "本季度普遍巡访与重点走访"
	}
	for _, w := range d.byRole["SW"] {
		k.open("VISIT_TASK", "VISIT", w, nil, round).reason = "个案入户"
		k.open("CASE", "CASE_MGMT", w, nil, d.day(-190)).reason = "在办个案"
	}
	for _, w := range d.byRole["CM"] {
		k.open("CASE", "CASE_MGMT", w, nil, d.day(-300)).reason = "在办个案"
	}
	for _, w := range d.byRole["FE"] {
		k.open("ENROLMENT", "FAMILY_EDU", w, nil, d.day(-200)).reason = "登记指导家庭"
		k.open("PAIRING_CONSENT", "PAIRING", w, nil, d.day(-200)).reason = "协调结对"
	}
	d.openDropoutTickets(k)
	d.openCaseTickets(k)
	d.openGovernanceTickets(k)
	searched := d.sample("searched", 1, func(c *child) bool { return c.registered() && c.risk == "GREEN" })[0]
	t := k.open("DISTRICT_SEARCH", "CASE_MGMT", d.oneOf("CM", 2), searched, d.day(-1))
	t.reason, t.expires = "来电反映该儿童近期无人接送，核实是否需要立案", clock(d.day(30), 18, 0)
}

// openDropoutTickets: the ledger of each officer, and each open case for the
// officer, the teacher, the director and, in the township's hands, the supervisor.
// A cancelled case leaves a closed ticket.
func (d *District) openDropoutTickets(k *desk) {
	ledger := d.byRole["DPS"]
	cases := d.years.dropouts
	for _, o := range cases[:cancelledCase+1] {
		t := k.open("DROPOUT_CASE", "DROPOUT_PREVENTION", o.officer, o.child, o.found)
		t.reason = "控辍保学预警"
		if !o.open() {
			t.closed = clock(o.cancelled, 17, 0)
			continue
		}
		k.open("DROPOUT_CASE", "DROPOUT_PREVENTION", o.child.class.teacher, o.child, o.found)
		k.open("DROPOUT_CASE", "DROPOUT_PREVENTION", d.director(o.child.village), o.child, o.found)
		if o.stage == "TOWNSHIP_PERSUASION" {
			k.open("DROPOUT_CASE", "DROPOUT_PREVENTION", d.supervisor(o.child.village.town), o.child, o.found)
		}
	}
	for _, w := range ledger {
		k.open("DROPOUT_CASE", "DROPOUT_PREVENTION", w, nil, d.day(-60)).reason = "控辍保学台账"
	}
	for _, o := range cases[cancelledCase+1:] {
		t := k.open("DROPOUT_CASE", "DROPOUT_PREVENTION", o.officer, o.child, o.found)
		t.closed = clock(o.cancelled, 17, 0)
	}
}

func (d *District) openCaseTickets(k *desk) {
	y := d.years
	for _, c := range y.cases {
		t := k.open("CASE", "CASE_MGMT", c.worker, c.child, c.opened)
		if !c.open() {
			t.closed = clock(c.closed, 17, 0)
		}
	}
	for _, r := range y.reports {
		t := k.open("REPORT", "MANDATORY_REPORT", r.handler, r.child, r.found)
		if !r.closed.IsZero() {
			t.closed = clock(r.closed, 17, 0)
		}
	}
	for _, r := range y.referrals {
		t := k.open("PSYCH_REFERRAL", "PSYCH_SUPPORT", r.worker, r.child, r.opened)
		if !r.closed.IsZero() {
			t.closed = clock(r.closed, 17, 0)
		}
	}
	for _, r := range y.reliefs {
		t := k.open("RELIEF_APPLICATION", "TEMP_RELIEF", r.handler, r.child, r.applied)
		if !r.open() {
			t.closed = clock(after(r.applied, 30), 17, 0)
		}
	}
	for _, r := range y.rights {
		t := k.open("RIGHTS_CASE", "RIGHTS_CASE", r.officer, r.child, r.opened)
		if !r.closed.IsZero() {
			t.closed = clock(r.closed, 17, 0)
		}
	}
}

func (d *District) openGovernanceTickets(k *desk) {
	y := d.years
	for _, g := range y.grants {
		if last := y.tickets[len(y.tickets)-1]; last.kind == "GRANT" && last.worker == g.worker && last.child == g.child {
			continue
		}
		t := k.open("GRANT", "CONSULTATION", g.worker, g.child, g.from)
		t.of, t.expires = g.of, clock(after(g.to, 1), 0, 0)
	}
	for _, q := range y.inquiries {
		t := k.open("RIGHTS_REQUEST", "RIGHTS_REQUEST", d.oneOf("DPO", 0), q.child, q.received)
		if !q.answered.IsZero() {
			t.closed = clock(q.answered, 17, 0)
		}
	}
	for i, w := range d.byRole["AUD"] {
		t := k.open("AUDIT_PLAN", "ACCESS_AUDIT", w, nil, d.day(-10))
		t.reason, t.expires = fmt.Sprintf("年度未成年人个人信息审计第%d组", i+1), clock(d.day(80), 18, 0)
	}
	for _, w := range d.byRole["STEWARD"] {
		k.open("CORRECTION", "DATA_QUALITY", w, nil, d.day(-30)).reason = "本机构校核任务"
	}
	for _, b := range y.batches {
		if b.ends.Before(d.today) {
			continue
		}
		for _, w := range d.surveyors(b) {
			t := k.open("SURVEY_BATCH", "REGISTER_VERIFY", w, nil, b.opens)
			t.reason, t.expires = "摸排核实", clock(b.ends, 23, 59)
		}
	}
	for _, e := range y.emergencies {
		t := k.open("EMERGENCY", "EMERGENCY", e.worker, e.child, e.opened)
		t.opened, t.expires, t.reason = e.opened, e.opened.Add(24*time.Hour), e.reason
	}
	for i, c := range d.notSeen() {
		if t := k.open("OPENING_CHECK", "DROPOUT_PREVENTION", d.child(Bailu).class.teacher, c, d.openingDay()); i < 2 {
			t.closed = clock(after(d.openingDay(), 9), 17, 0)
		}
	}
}

// surveyors are the director and the supervisor of a batch's area.
func (d *District) surveyors(b batch) []*worker {
	for _, t := range d.townships {
		if t.id == b.division {
			out := []*worker{d.supervisor(t)}
			for _, v := range t.villages {
				out = append(out, d.director(v))
			}
			return out
		}
		for _, v := range t.villages {
			if v.id == b.division {
				return []*worker{d.supervisor(t), d.director(v)}
			}
		}
	}
	return nil
}

// ticketOf is the code of a worker's ticket for a purpose: the one on the child,
// else the round or queue; "" when there is none.
func (d *District) ticketOf(w *worker, purpose string, c *child) string {
	code := ""
	for _, t := range d.years.tickets {
		if t.worker != w || t.purpose != purpose || !t.closed.IsZero() || t.kind == "DISTRICT_SEARCH" {
			continue
		}
		if c != nil && t.child == c {
			return t.code
		}
		if t.child == nil {
			code = t.code
		}
	}
	return code
}

// pastCode names a closed ticket of a month, like one that is open now.
func pastCode(like *ticket, day time.Time) string {
	return fmt.Sprintf("%s-%s-%05d", ticketPrefix[like.kind], day.Format("200601"), like.worker.id)
}

// pastTickets are the closed ones of the months that the log reaches back: one for
// each worker, kind and month, for no single child.
func (d *District) pastTickets() []*ticket {
	var out []*ticket
	known := map[string]bool{}
	for _, t := range d.years.tickets {
		for month := monthOf(d.day(-logDays)); month.Before(d.today); month = month.AddDate(0, 1, 0) {
			code := pastCode(t, month)
			if known[code] {
				continue
			}
			known[code] = true
			past := &ticket{
				id: int64(len(d.years.tickets) + len(out) + 1), kind: t.kind, purpose: t.purpose, worker: t.worker, code: code,
				reason: t.reason, opened: clock(month, 0, 0), closed: clock(month.AddDate(0, 1, 0), 0, 0),
			}
			if past.closed.After(d.today) {
				past.closed = d.today
			}
			out = append(out, past)
		}
	}
	return out
}

// monthOf is the first of a day's month.
func monthOf(day time.Time) time.Time {
	return time.Date(day.Year(), day.Month(), 1, 0, 0, 0, 0, day.Location())
}

// consultationOf is the consultation that a work item is of, null for none.
func consultationOf(t *ticket) any {
	if t.of == nil {
		return nil
	}
	return t.of.id
}
