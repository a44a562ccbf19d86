package demo

import (
	"time"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/policy"
)

// Keys of the planted misuses.
const (
	NeighbourVillage = "neighbour-village"
	UnreviewedBreak  = "break-glass-unreviewed"
	ExpiredContract  = "contract-ended"
	PurposeShopping  = "purpose-shopping"
	FormerClass      = "last-term-class"
	NightBatch       = "night-batch"
)

// Planted is one misuse hidden in the access log for auditors to find.
type Planted struct {
	// Key is one of the constants above.
	Key string
	// StaffCode did it, between From and To, in this many Entries.
	StaffCode string
	From, To  time.Time
	Entries   int
	// Outcome is that of each entry, empty when the policy decides it; Reason, if any, too.
	Outcome, Reason string
	// ChildID is the child it was about; 0: several or none.
	ChildID int64
	// ZH and EN say what is wrong.
	ZH, EN string
}

// Days of the misuses, counted from the district's day.
const (
	neighbourFrom, neighbourTo = -24, -11
	breakDay                   = -12
	contractDay                = -18
	shoppingDay                = -6
	classDay                   = -3
	nightDay                   = -9
	nightReads                 = 32
)

// neighbour is the director who tries the next village, that of 松岗-06.
func (d *District) neighbour() *worker { return d.director(d.child(Songgang).village.town.villages[1]) }

// formerTeacher is a teacher who has another class than last term, and the class.
func (d *District) formerTeacher() (*worker, *class) {
	for _, c := range d.children {
		if c.class != nil && c.lastClass != nil && c.class.teacher != c.lastClass.teacher {
			return c.lastClass.teacher, c.lastClass
		}
	}
	return d.byRole["HT"][0], d.classes[0]
}

// breakChild is the child of the emergency that nobody justified or reviewed.
func (d *District) breakChild() *child {
	return d.sample("break", 1, func(c *child) bool { return c.leftBehind() && c.shield == "NONE" && c.risk == "YELLOW" })[0]
}

// openBreak adds the emergency that stays unreviewed.
func (d *District) openBreak() {
	c := d.breakChild()
	d.years.emergencies = append(d.years.emergencies, emergency{
		child: c, worker: d.director(c.village), reason: "联系不上照护人", opened: clock(d.day(breakDay), 20, 10),
	})
}

// Planted lists the six misuses.
func (d *District) Planted() []Planted {
	teacher, class := d.formerTeacher()
	c := d.breakChild()
	shopped := d.years.dropouts[persuasionCase].child
	ended := d.contractWorkers(2)[1]
	on := func(day, hour, minute int) time.Time { return clock(d.day(day), hour, minute) }
	return []Planted{
		{
			Key: NeighbourVillage, StaffCode: d.neighbour().code, From: on(neighbourFrom, 19, 0), To: on(neighbourTo, 20, 0), Entries: 14,
			Outcome: audit.NotFound, ZH: "儿童主任14次尝试打开邻村儿童档案", EN: "a director tries a neighbour village's children 14 times",
		},
		{
			Key: UnreviewedBreak, StaffCode: d.director(c.village).code, From: on(breakDay, 20, 0), To: on(breakDay, 21, 0), Entries: 2,
			ChildID: c.id, ZH: "紧急救护打开档案后既未说明也未复核", EN: "a break-glass access, neither justified nor reviewed",
		},
		{
			Key: ExpiredContract, StaffCode: ended.code, From: on(contractDay, 10, 0), To: on(contractDay, 11, 0), Entries: 3,
			Outcome: audit.NotFound, Reason: "CONTRACT_EXPIRED", ZH: "合同到期的社工继续查阅", EN: "a contractor reads on after the contract ended",
		},
		{
			Key: PurposeShopping, StaffCode: d.supervisor(shopped.village.town).code, From: on(shoppingDay, 15, 0), To: on(shoppingDay, 16, 0), Entries: 3,
			ChildID: shopped.id, ZH: "一小时内同一人以三种用途查看同一儿童", EN: "one person, one child, three purposes within an hour",
		},
		{
			Key: FormerClass, StaffCode: teacher.code, From: on(classDay, 12, 0), To: on(classDay, 13, 0), Entries: min(6, len(class.pupils)),
			Outcome: audit.NotFound, ZH: "班主任查看上学期班级的学生", EN: "a teacher reads last term's class",
		},
		{
			Key: NightBatch, StaffCode: d.supervisor(d.townships[7]).code, From: on(nightDay, 2, 0), To: on(nightDay, 3, 0), Entries: nightReads,
			ZH: "凌晨批量查看儿童档案", EN: "a batch of files in the night",
		},
	}
}

// Asked are log-ins of the people of the misuses: whoever is asked has to be able to
// answer. What they are asked about is for the auditor to find.
func (d *District) Asked() []Caller {
	byCode := map[string]*worker{}
	for _, workers := range d.byRole {
		for _, w := range workers {
			byCode[w.code] = w
		}
	}
	english := map[string]string{}
	for _, r := range policy.Roles() {
		english[string(r.Code)] = r.Name.EN
	}
	var out []Caller
	for _, p := range d.Planted() {
		w := byCode[p.StaffCode]
		c := d.caller("asked-"+p.Key, w, "", nil)
		c.ZH, c.ShowsZH = w.post.title+"（"+w.code+"）", "日常待办；审计员可能就访问记录询问本人"
		c.EN, c.ShowsEN = english[w.role]+" ("+w.code+")", "daily work; an auditor may ask about accesses"
		out = append(out, c)
	}
	return out
}

// plantedEntries are the misuses of one day.
func (y *diary) plantedEntries(s stream, day time.Time) []audit.Entry {
	var out []audit.Entry
	at := func(e audit.Entry, hour, minute int) { e.At = clock(day, hour, minute); out = append(out, e) }
	n := int(day.Sub(y.today) / oneDay)
	teacher, class := y.formerTeacher()
	if n >= neighbourFrom && n <= neighbourTo {
		at(y.missed(s, "director file", y.neighbour(), day, ""), 19, 5+s.IntN(40))
	}
	switch n {
	case breakDay:
		c := y.breakChild()
		for i := range 2 {
			e := y.asked(s, "emergency file", y.director(c.village), []*child{c}, day)
			e.BreakGlass, e.Reason, e.Ticket = true, "联系不上照护人", y.ticketOf(y.director(c.village), "EMERGENCY", c)
			at(e, 20, 12+i*9)
		}
	case contractDay:
		for i := range 3 {
			at(y.missed(s, "contractor file", y.contractWorkers(2)[1], day, "CONTRACT_EXPIRED"), 10, 7+i*11)
		}
	case shoppingDay:
		c := y.years.dropouts[persuasionCase].child
		for i, key := range []string{"supervisor file", "supervisor report", "supervisor ledger"} {
			at(y.asked(s, key, y.supervisor(c.village.town), []*child{c}, day), 15, 4+i*17)
		}
	case classDay:
		for i := range min(6, len(class.pupils)) {
			at(y.missed(s, "class file", teacher, day, ""), 12, 10+i*4)
		}
	case nightDay:
		children := y.townships[7].children
		for i, read := 0, 0; read < nightReads; i++ {
			c := children[i%len(children)]
			if c.registered() && c.shield == "NONE" && !y.quiet[c] {
				at(y.asked(s, "supervisor file", y.supervisor(y.townships[7]), []*child{c}, day), 2, 5+read)
				read++
			}
		}
	}
	return out
}
