package demo

import "time"

type consultation struct {
	id           int64
	child        *child
	topic, state string
	convened     time.Time
	people       []*worker
	partly       bool // one source agency refused a part
}

type grant struct {
	of       *consultation
	child    *child
	field    string
	worker   *worker
	from, to time.Time
	revoked  time.Time
}

// makeConsultations: 11 with grants, 2 of which were refused in part. The one on
// 石桥-03 is under way and its grants are open.
func (d *District) makeConsultations() {
	y := d.years
	shiqiao := d.child(Shiqiao)
	open := &consultation{
		child: shiqiao, topic: "疑似伤害的核实与安置", state: "GRANTED", convened: d.day(-1),
		people: []*worker{d.oneOf("CM", 0), d.supervisor(shiqiao.village.town), d.oneOf("RP", 0), shiqiao.school.counsellor, d.oneOf("DPS", 0)},
	}
	y.consultations = append(y.consultations, open)
	d.grant(open, open.people[2], "D.narrative", "F.level")
	d.grant(open, open.people[3], "D.narrative", "I.narrative")
	d.grant(open, open.people[4], "D.narrative")
	n := d.sizes.scaled(11, 4)
	refused := max(1, n*2/11)
	children := d.sample("consultations", n-1, func(c *child) bool { return c.registered() && c.class != nil && c.school.counsellor != nil })
	for i, c := range children {
		s := d.stream("consultation", c.id)
		k := &consultation{
			child: c, topic: pick(s, []string{"监护缺失的帮扶方案", "多次缺勤与家庭变故", "就医与生活救助衔接"}), state: "CLOSED",
			convened: d.day(-s.between(40, 330)), partly: i < refused,
			people: []*worker{d.oneOf("CM", c.id), d.supervisor(c.village.town), c.school.counsellor},
		}
		y.consultations = append(y.consultations, k)
		d.grant(k, k.people[2], "D.narrative")
		if !k.partly {
			d.grant(k, k.people[2], "B.unattendedReason")
		}
	}
	for i, k := range y.consultations {
		k.id = int64(i + 1)
	}
}

// grant opens fields to one participant for seven days.
func (d *District) grant(k *consultation, w *worker, fields ...string) {
	for _, field := range fields {
		g := grant{of: k, child: k.child, field: field, worker: w, from: k.convened, to: after(k.convened, 7)}
		if k.state == "CLOSED" {
			g.revoked = after(k.convened, 5)
		}
		d.years.grants = append(d.years.grants, g)
	}
}

type correction struct {
	child      *child
	coordinate string
	state      string
	raised     time.Time
	resolved   time.Time
	agency     int64
	author     *worker
}

type inquiry struct {
	child           *child
	relation        string
	received        time.Time
	answered        time.Time
	state, decision string
	withheld        any
}

type transfer struct {
	child     *child
	from, to  string
	state     string
	requested time.Time
	received  time.Time
}

// makeGovernance makes corrections (38 of 45 accepted), the guardians' inquiries
// (one by a caregiver, one under embargo) and moves.
func (d *District) makeGovernance() {
	y := d.years
	n := d.sizes.scaled(45, 9)
	accepted := n * 38 / 45
	coordinates := []struct{ name, agency string }{
		{"Child.birthDate", CivilAffairs},
		{"Caregiver.phone", CivilAffairs},
		{"Enrolment.grade", Education},
		{"Enrolment.status", Education},
		{"Health.immunisation", Health},
		{"Pairing.frequency", WomensFederation},
	}
	for i, c := range d.sample("corrections", n, (*child).registered) {
		s := d.stream("correction", c.id)
		at := coordinates[i%len(coordinates)]
		k := &correction{
			child: c, coordinate: at.name, agency: d.bureaux[at.agency], state: "ACCEPTED", raised: d.day(-s.between(30, 340)),
			author: d.director(c.village),
		}
		k.resolved = after(k.raised, s.between(2, 14))
		switch {
		case i < accepted && i%2 == 0:
			k.state = "PROPAGATED"
		case i < accepted:
		case i < accepted+max(1, (n-accepted)/3):
			k.state = "REFUSED"
		default:
			k.state, k.raised, k.resolved = pick(s, []string{"RAISED", "ROUTED"}), d.day(-s.between(1, 9)), time.Time{}
		}
		y.corrections = append(y.corrections, k)
	}
	y.inquiries = []*inquiry{
		{child: d.child(Taoyuan), relation: "FATHER", received: d.day(-8), state: "DPO_REVIEW", decision: "PENDING", withheld: "未保法11；个保法18、35：案件在办，暂缓告知"},
	}
	for i, c := range d.sample("inquiries", d.sizes.scaled(12, 4)-1, (*child).registered) {
		s := d.stream("inquiry", c.id)
		q := &inquiry{child: c, relation: pick(s, []string{"FATHER", "MOTHER"}), received: d.day(-s.between(40, 300)), state: "ANSWERED", decision: "ANSWERED"}
		q.answered = after(q.received, s.between(4, 15))
		switch i {
		case 0:
			q.relation, q.decision = "PATERNAL_GRANDMOTHER", "REFUSED"
		case 1:
			q.received, q.answered, q.state, q.decision = d.day(-3), time.Time{}, "COMPILE", "PENDING"
		}
		y.inquiries = append(y.inquiries, q)
	}
	jinsui := d.child(Jinsui)
	y.transfers = []transfer{{child: jinsui, from: jinsui.hukou.code, to: jinsui.village.code, state: "SENT", requested: d.day(-12)}}
	for i, c := range d.sample("transfers", d.sizes.scaled(15, 3), func(c *child) bool { return c.leftBehind() && c.hukou != c.village && !c.moved }) {
		s := d.stream("transfer", c.id)
		t := transfer{child: c, from: c.hukou.code, to: c.village.code, state: "RECEIVED", requested: d.day(-s.between(60, 320))}
		t.received = after(t.requested, s.between(2, 20))
		switch {
		case i == 1:
			t.state, t.received = "RETURNED", time.Time{}
		case i == 2:
			t.state, t.received = "REQUESTED", time.Time{}
		case s.chance(0.15):
			t.state, t.received = pick(s, []string{"REQUESTED", "RETURNED"}), time.Time{}
		}
		y.transfers = append(y.transfers, t)
	}
}

// asked is an inquiry that is being compiled and hides nothing.
func (y *chronicle) asked() *inquiry {
	for _, q := range y.inquiries {
		if q.state == "COMPILE" {
			return q
		}
	}
	return y.inquiries[0]
}

type card struct {
	child          *child
	role           string
	text, issuedBy string
	issued, due    time.Time
	done           time.Time
	author         *worker
}

// makeCards makes the tasks that tell a worker what to do and not why.
func (d *District) makeCards() {
	y := d.years
	for _, o := range y.dropouts {
		k := card{
			child: o.child, role: "DIR", text: "学校反映多日未到校，请核实", issuedBy: d.agencies[d.bureaux[Education]-1].name,
			issued: o.found, due: after(o.found, 2), author: o.officer,
		}
		if !o.open() {
			k.done = after(o.found, 2)
		}
		y.cards = append(y.cards, k)
	}
	health := d.agencies[d.bureaux[Health]-1].name
	for _, c := range d.sample("vaccine cards", d.sizes.scaled(60, 6), func(c *child) bool { return c.registered() && c.year < 1 }) {
		s := d.stream("card", c.id)
		y.cards = append(y.cards, card{
			child: c, role: "DIR", text: "请提醒照护人带孩子到卫生院", issuedBy: health, issued: d.day(-s.between(1, 40)), due: d.day(14),
			author: d.clinicDoctor(c.village.town),
		})
	}
	liutang, songgang := d.child(Liutang), d.child(Songgang)
	y.cards = append(
		y.cards,
		card{
			child: liutang, role: "HT", text: "请每日放学前确认今晚由谁照护", issuedBy: d.agencies[d.bureaux[CivilAffairs]-1].name,
			issued: d.day(-1), due: d.today, author: d.oneOf("CM", 1),
		},
		card{
			child: songgang, role: "HT", text: "请陪同，不让孩子独处，联系心理教师", issuedBy: songgang.school.name,
			issued: d.day(-6), due: d.day(-6), author: songgang.school.counsellor,
		},
		card{
			child: songgang, role: "DIR", text: "请尽快联系到监护人", issuedBy: songgang.school.name,
			issued: d.day(-6), due: d.day(-5), author: songgang.school.counsellor,
		},
	)
	for _, v := range []*village{d.child(Jinsui).village, d.child(Jinsui).hukou} {
		y.cards = append(y.cards, card{
			child: d.child(Jinsui), role: "DIR", text: "请与" + v.town.name + "核对现居住地", issuedBy: v.town.name, issued: d.day(-12), due: d.day(2),
			author: d.supervisor(v.town),
		})
	}
}
