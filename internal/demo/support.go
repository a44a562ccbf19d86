package demo

import (
	"time"
)

type referral struct {
	id             int64
	child          *child
	level          int
	state          string
	to             string
	opened, seen   time.Time
	informed       time.Time
	closed         time.Time
	advice         string
	consent        bool
	source, view   string
	measures       []string
	escort, result string
	school         int64
	sender, worker *worker
}

// makeReferrals: 60 after the autumn screening, of levels 1, 2, 3 as 44, 13, 3.
// The third-level case of 松岗-06 is open and its guardian out of reach.
func (d *District) makeReferrals() {
	d.screen()
	levels := shares(d.sizes.scaled(60, 6), []float64{44, 13, 3})
	levels[2] = max(levels[2], 1)
	song := d.child(Songgang)
	song.psychLevel = 3
	all := []*referral{{
		id: 1, child: song, level: 3, state: "REFERRED", to: "区心理健康服务中心（演示）", opened: d.day(-6), seen: d.day(-5),
		school: song.school.id, sender: song.class.teacher, worker: song.school.counsellor,
		source: "SCREENING", measures: []string{"CLINIC", "SAFETY_PLAN"}, escort: "KIN",
	}}
	levels[2]--
	pupils := d.sample("referrals", levels[0]+levels[1]+levels[2], func(c *child) bool {
		return c.leftBehind() && c.class != nil && c.psychLevel >= 0
	})
	workers := d.contractWorkers(1)
	for i, c := range pupils {
		s := d.stream("referral", c.id)
		level := 1
		switch {
		case i < levels[2]:
			level = 3
		case i < levels[2]+levels[1]:
			level = 2
		}
		c.psychLevel = level
		r := &referral{
			id: int64(len(all) + 1), child: c, level: level, opened: d.day(-s.between(5, 80)), consent: true,
			school: c.school.id, sender: c.class.teacher, worker: c.school.counsellor, to: c.school.name,
			advice: pick(s, []string{"AT_SCHOOL", "AT_SCHOOL", "ACCOMPANIED", "FOLLOW_UP"}),
		}
		r.informed, r.seen = after(r.opened, s.between(0, 3)), after(r.opened, s.between(2, 5))
		r.state = pick(s, []string{"CONSENT", "SCREENED", "PLAN", "FEEDBACK", "FOLLOW_UP"})
		if level == 2 {
			r.worker, r.to = workers[i%len(workers)], "知新社会工作服务中心（演示）"
		}
		if level < 3 && s.chance(0.6) {
			r.state, r.closed = "CLOSED", d.day(-s.between(0, 4))
		}
		r.detail(s)
		all = append(all, r)
	}
	d.years.referrals = all
	d.years.emergencies = append(d.years.emergencies, emergency{
		child: song, worker: song.school.counsellor, reason: "危机干预，监护人失联，需联系其他亲属",
		opened: clock(d.day(-6), 16, 20), justified: clock(d.day(-6), 19, 0), reviewed: clock(d.day(-4), 10, 0),
	})
}

// detail says how the referral came about and what was arranged.
func (r *referral) detail(s stream) {
	r.source = pick(s, []string{"SCREENING", "SCREENING", "SCHOOL", "VISIT", "FAMILY"})
	r.view = pick(s, []string{"AGREES", "AGREES", "UNDECIDED", "OBJECTS"})
	if r.closed.IsZero() && (r.state == "CONSENT" || r.state == "SCREENED") {
		return
	}
	r.measures = [][]string{{"SCHOOL_GUIDANCE", "MENTOR"}, {"PEER", "FAMILY_TALK"}, {"COUNSELLING", "GROUP"}, {"CLINIC", "SAFETY_PLAN"}}[min(r.level-1, 2)+s.IntN(2)]
	if r.level == 3 {
		r.escort = pick(s, []string{"GUARDIAN", "TEACHER", "DIRECTOR", "SUPERVISOR", "SOCIAL_WORKER"})
	}
	if !r.closed.IsZero() {
		r.result = pick(s, []string{"IMPROVED", "IMPROVED", "NO_CONCERN", "MOVED"})
	}
}

// screen gives every pupil from grade 4 on the level of the autumn screening.
func (d *District) screen() {
	for _, c := range d.children {
		if c.class == nil || c.year < 4 || c.twin != nil {
			continue
		}
		s := d.stream("screening", c.id)
		if s.chance(0.92) {
			c.psychLevel = s.weighted([]float64{93, 7})
		}
	}
}

type emergency struct {
	child               *child
	worker              *worker
	reason              string
	opened              time.Time
	justified, reviewed time.Time
}

type relief struct {
	id                int64
	child             *child
	reason, state     string
	urgent, quiet     bool
	applied           time.Time
	decided, paid     time.Time
	amount            int
	handler           *worker
	applicantRelation string
}

func (r *relief) open() bool { return r.state != "CLOSED" && r.state != "REFUSED" }

// makeReliefs: 130 applications with a peak in winter, 9 urgent, 6 kept out of
// the public notice for the child's sake.
func (d *District) makeReliefs() {
	urgent, quiet := d.sizes.scaled(9, 1), d.sizes.scaled(6, 1)
	children := d.sample("reliefs", d.sizes.scaled(130, 13), (*child).registered)
	for i, c := range children {
		s := d.stream("relief", c.id)
		r := &relief{
			id: int64(i + 1), child: c, reason: pick(s, []string{"EMERGENCY", "EXPENDITURE", "EXPENDITURE"}), urgent: i < urgent,
			quiet: i >= urgent && i < urgent+quiet, applied: d.winterDay(s), amount: 100 * s.between(5, 40),
			handler: d.reliefOfficer(c.village.town), applicantRelation: c.relation, state: "CLOSED",
		}
		r.decided = after(r.applied, s.between(2, 20))
		r.paid = after(r.decided, s.between(1, 8))
		switch {
		case s.chance(0.08):
			r.state, r.paid = "REFUSED", time.Time{}
		case i%4 == 0:
			r.state, r.applied = pick(s, []string{"NEED_FOUND", "APPLIED", "CHECKING", "PUBLICITY"}), d.day(-s.between(1, 9))
			r.decided, r.paid = time.Time{}, time.Time{}
		case r.paid.After(d.day(-31)):
			r.state = "PAID"
		}
		if r.paid.After(d.today) {
			r.paid, r.decided, r.state = time.Time{}, time.Time{}, "CHECKING"
		}
		if r.decided.After(d.today) {
			r.decided, r.state = time.Time{}, "CHECKING"
		}
		d.years.reliefs = append(d.years.reliefs, r)
	}
}

func (d *District) winterDay(s stream) time.Time {
	for {
		day := d.day(-1 - s.IntN(360))
		winter := day.Month() == time.December || day.Month() <= time.February
		if winter || s.chance(0.35) {
			return day
		}
	}
}

// reliefOfficer is the relief officer of a township.
func (d *District) reliefOfficer(t *township) *worker {
	for _, w := range d.byRole["REL"] {
		if w.post.division == t.id {
			return w
		}
	}
	return nil
}

type session struct {
	id     int64
	day    time.Time
	worker *worker
}

type attendance struct {
	child   *child
	session *session
}

type groupEvent struct {
	id           int64
	series, kind string
	code         string
	town         *township
	site         string
	day          time.Time
	children     []*child
	worker       *worker
}

// makeCounselling gives the exact figures of the yearly reply: 38 sessions, 95
// attendances of 61 children (34 came twice), 12 group events.
func (d *District) makeCounselling() {
	y := d.years
	s := d.stream("counselling", 0)
	workers := d.contractWorkers(1)
	for i := range counsellingSessions {
		day := after(d.day(-340), i*9)
		y.sessions = append(y.sessions, session{int64(i + 1), day, workers[2+i%3]})
	}
	children := d.sample("counselled", counselledChildren, func(c *child) bool {
		return c.leftBehind() && c.class != nil && c.year >= 1
	})
	twice := counsellingAttendance - counselledChildren
	sequence := append(append([]*child{}, children[:twice]...), children...)
	next := 0
	for i := range y.sessions {
		n := counsellingAttendance / counsellingSessions
		if i < counsellingAttendance%counsellingSessions {
			n++
		}
		for range n {
			y.counselled = append(y.counselled, attendance{sequence[next], &y.sessions[i]})
			next++
		}
	}
	kinds := []string{"压力调节团辅", "同学关系团辅", "亲子活动", "心理健康讲座"}
	codes := []string{"STRESS", "PEERS", "FAMILY", "LECTURE"}
	pupils := d.sample("events", 20*groupEvents, func(c *child) bool { return c.class != nil && c.kind != duplicate })
	for i := range groupEvents {
		from, to := i*len(pupils)/groupEvents, (i+1)*len(pupils)/groupEvents
		town := pick(s, d.townships)
		y.events = append(y.events, groupEvent{
			id: int64(i + 1), series: "润心伴成长，同心护未来", kind: kinds[i%len(kinds)], code: codes[i%len(codes)], town: town, day: after(d.day(-330), i*29),
			site: town.name + "示范一小", children: pupils[from:to], worker: workers[i%2],
		})
	}
}

// trainingDay is a training: of guardians, who are counted only, or of staff.
type trainingDay struct {
	title, audience string
	day             time.Time
	town            any
	attended        int
	worker          *worker
}

// guardianTrainings: one in each township, with the children's events of the year.
func (d *District) guardianTrainings() []trainingDay {
	var out []trainingDay
	for i, town := range d.townships {
		s := d.stream("guardian training", town.id)
		out = append(out, trainingDay{
			title: pick(s, []string{"隔代照护与陪伴", "读懂孩子的情绪", "暑期安全家长课"}), audience: "GUARDIANS", day: d.day(-20 - 15*i), town: town.id,
			attended: s.between(18, 60), worker: d.oneOf("FE", int64(i)),
		})
	}
	return out
}

// trainedOn is when a member of staff was trained, and trainingTitle in what.
func (d *District) trainedOn(w *worker) time.Time { return d.day(-90 - int(w.id%60)) }

func trainingTitle(role string) string {
	if role == "SUP" {
		return "儿童督导员业务培训"
	}
	return "儿童主任能力提升培训"
}

// staffTrainings are the days on which staff were trained.
func (d *District) staffTrainings(trained []*worker) []trainingDay {
	var out []trainingDay
	place := map[string]int{}
	for _, w := range trained {
		key := w.role + d.trainedOn(w).Format(time.DateOnly)
		if _, known := place[key]; !known {
			place[key] = len(out)
			audience := map[string]string{"SUP": "SUPERVISORS", "DIR": "DIRECTORS"}[w.role]
			out = append(out, trainingDay{title: trainingTitle(w.role), audience: audience, day: d.trainedOn(w), worker: d.oneOf("CM", 0)})
		}
		out[place[key]].attended++
	}
	return out
}
