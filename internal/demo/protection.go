package demo

import (
	"strings"
	"time"
)

type report struct {
	id                       int64
	child                    *child
	category, channel, state string
	outcome                  string
	found, feedback, closed  time.Time
	danger, suspected        bool
	planned                  time.Time
	alone                    bool // the desk works on it without the supervisor
	narrative, injury        string
	reporter                 *worker
	handler                  *worker
}

// makeReports: 14 in a full district, 4 of them unfounded, 2 with a guardian
// suspected, 1 from a hospital. Three belong to stories.
func (d *District) makeReports() {
	cm := d.oneOf("CM", 0)
	shiqiao, taoyuan, liutang := d.child(Shiqiao), d.child(Taoyuan), d.child(Liutang)
	d.years.reports = []*report{
		{
			child: shiqiao, category: "SUSPECTED_VIOLENCE", channel: "SCHOOL", state: "SAFETY_CHECK", outcome: "OPEN",
			found: d.day(-2), danger: false, reporter: shiqiao.class.teacher, handler: cm,
			narrative: "班主任晨检时看到孩子手臂有瘀青，孩子不愿说明原因。", injury: "左前臂瘀青，无开放性伤口",
		},
		{
			child: taoyuan, category: "SUSPECTED_VIOLENCE", channel: "HOTLINE_12338", state: "FOLLOW_UP", outcome: "PROTECTED",
			found: d.day(-45), planned: d.day(-36), danger: true, suspected: true, reporter: d.oneOf("RP", 0), handler: cm,
			narrative: "家庭成员来电反映孩子受到父亲伤害，已申请人身安全保护令。", injury: "已就医，恢复良好",
		},
		{
			child: liutang, category: "LIVING_ALONE_OR_MISSING", channel: "VILLAGE", state: "ACCEPTED", outcome: "OPEN",
			found: d.day(-1), reporter: d.director(liutang.village), handler: d.oneOf("CM", 1),
			narrative: "祖母住院，孩子连续两晚独自在家，邻居送饭。", injury: "无",
		},
	}
	n, unfounded := d.sizes.scaled(14, 6), d.sizes.scaled(4, 1)
	others := d.sample("reports", n-3, func(c *child) bool { return c.registered() && c.class != nil })
	for i, c := range others {
		s := d.stream("report", c.id)
		r := &report{
			child: c, category: pick(s, []string{"SUSPECTED_HARM", "GUARDIAN_INCAPABLE", "INJURY_MALNUTRITION", "OTHER"}),
			channel: pick(s, []string{"SCHOOL", "VILLAGE", "POLICE_110", "HOTLINE_12345", "ONLINE"}),
			state:   "CLOSED", outcome: pick(s, []string{"PROTECTED", "GUIDED"}), found: d.day(-s.between(100, 340)),
			reporter: c.class.teacher, handler: d.oneOf("CM", c.id), narrative: "发现情况已按程序核实。", injury: "无",
		}
		switch {
		case i == 0:
			r.channel, r.reporter = "CLINIC", d.clinicDoctor(c.village.town)
			r.state, r.outcome, r.alone = "FEEDBACK", "PROTECTED", true
			r.found, r.planned, r.feedback = d.day(-150), d.day(-135), d.day(-125)
		case i == 1:
			r.suspected, r.state, r.found = true, "ASSESSMENT", d.day(-9)
			r.outcome = "OPEN"
		case i < 2+unfounded:
			r.state, r.outcome = "CLOSED_UNFOUNDED", "UNFOUNDED"
		}
		if strings.HasPrefix(r.state, "CLOSED") {
			r.closed = after(r.found, s.between(20, 95))
			r.feedback = after(r.found, s.between(10, 19))
		}
		d.years.reports = append(d.years.reports, r)
	}
	for i, r := range d.years.reports {
		r.id = int64(i + 1)
	}
}

// clinicDoctor is the doctor of a township's clinic.
func (d *District) clinicDoctor(t *township) *worker {
	for _, w := range d.byRole["HD"] {
		if w.post.clinic == t.clinicID {
			return w
		}
	}
	return nil
}

type careCase struct {
	child          *child
	worker         *worker
	contract       int64
	opened, closed time.Time
}

func (k *careCase) open() bool { return k.closed.IsZero() }

type conflict struct {
	worker *worker
	child  *child
	kind   string
}

type handler struct {
	child  *child
	worker *worker
}

type batch struct {
	division    int64
	opens, ends time.Time
}

// makeCases gives children at risk a case manager and half of them a contracted
// social worker. The ended contract left cases behind that nobody closed.
func (d *District) makeCases() {
	y := d.years
	open := func(c *child, w *worker, contract int64, days int) {
		y.cases = append(y.cases, &careCase{child: c, worker: w, contract: contract, opened: d.day(-days)})
	}
	for _, id := range []int64{Liutang, Shiqiao, Songgang, Taoyuan} {
		open(d.child(id), d.oneOf("CM", 0), 0, 30)
	}
	running, ended := d.contractWorkers(1), d.contractWorkers(2)
	open(d.child(Liutang), running[0], 1, 20)
	open(d.child(Songgang), running[1], 1, 20)
	atRisk := d.sample("cases", d.sizes.scaled(180, 18), func(c *child) bool {
		return c.registered() && (c.risk == "RED" || c.risk == "ORANGE")
	})
	left := d.sizes.scaled(12, 4)
	for i, c := range atRisk {
		s := d.stream("case", c.id)
		open(c, d.oneOf("CM", int64(i)), 0, s.between(30, 300))
		switch {
		case i < left:
			open(c, ended[i%len(ended)], 2, s.between(60, 300))
		case i%2 == 0:
			open(c, running[i/2%len(running)], 1, s.between(20, 190))
		}
		if i%9 == 8 {
			y.cases[len(y.cases)-1].closed = d.day(-s.between(9, 15))
		}
	}
	y.cases[len(y.cases)-1].closed = d.day(-3) // read only for seven days
	for _, k := range y.cases {
		if k.contract == 1 && k.open() {
			y.social[k.child] = k.worker
		}
	}
	y.handlers = []handler{{d.child(Taoyuan), d.oneOf("CM", 0)}, {d.child(Taoyuan), d.oneOf("RP", 0)}}
	for _, c := range d.sample("shields", d.sizes.scaled(2, 1), func(c *child) bool { return c.risk == "RED" }) {
		c.shield = "ADDRESS"
		y.handlers = append(y.handlers, handler{c, d.oneOf("CM", 1)}, handler{c, d.oneOf("RP", 1)})
	}
	y.conflicts = []conflict{{d.director(d.child(Shiqiao).village), d.child(Shiqiao), "KIN"}}
	for _, c := range d.sample("conflicts", d.sizes.scaled(40, 4), (*child).registered) {
		s := d.stream("conflict", c.id)
		y.conflicts = append(y.conflicts, conflict{d.director(c.village), c, pick(s, []string{"KIN", "NEIGHBOUR", "NEIGHBOUR", "CREDITOR"})})
	}
	y.batches = []batch{
		{d.child(Wanghu).village.id, d.day(-10), d.day(20)},
		{d.child(Jinsui).village.id, d.day(-5), d.day(25)},
		{d.townships[7].id, d.day(-15), d.day(30)},
		{d.townships[0].villages[1].id, d.day(-120), d.day(-90)},
	}
}

// contractWorkers are the social workers of one contract.
func (d *District) contractWorkers(contract int64) []*worker {
	var out []*worker
	for _, w := range d.byRole["SW"] {
		if w.post.contract == contract {
			out = append(out, w)
		}
	}
	return out
}
