package demo

import (
	"fmt"
	"strings"
	"time"
)

// worker is a member of staff, a person or a system.
type worker struct {
	id     int64
	code   string
	agency int64
	name   string
	phone  string
	kind   string
	vetted time.Time
	active bool
	role   string
	post   *post
}

type post struct {
	id                                          int64
	worker                                      *worker
	role                                        string
	agency, division, school, clinic, contract  int64
	title                                       string
	from, to /* zero: still held */, authorised time.Time
	approval                                    string
}

// hiring is where a new post belongs; zero ids are none.
type hiring struct {
	agency, division, school, clinic, contract int64
	title                                      string
	system                                     bool
}

// hire makes a member of staff with one post. Log-ins begin with 测试, so that
// nobody takes them for people.
func (d *District) hire(role string, h hiring) *worker {
	return d.employ(role, role, h)
}

// employ is hire for staff whose log-in names something else than the role.
func (d *District) employ(login, role string, h hiring) *worker {
	id := int64(len(d.staff) + 1)
	s := d.stream("staff", id)
	w := &worker{
		id: id, agency: h.agency, kind: "PERSON", active: true, role: role, phone: s.phone(),
		vetted: d.day(s.between(40, 330)),
	}
	if h.system {
		w.kind = "SYSTEM"
	}
	d.byRole[login] = append(d.byRole[login], w)
	w.code = fmt.Sprintf("测试%s%04d", login, len(d.byRole[login]))
	w.name = s.adult(s.surname(surnameWeights()), s.chance(0.55))
	if h.system {
		w.name = h.title
	}
	d.staff = append(d.staff, w)
	w.post = d.appoint(w, role, h, s)
	return w
}

// appoint adds a post under a signed standing authorisation.
func (d *District) appoint(w *worker, role string, h hiring, s stream) *post {
	p := &post{
		id: int64(len(d.posts) + 1), worker: w, role: role, agency: h.agency, division: h.division,
		school: h.school, clinic: h.clinic, contract: h.contract, title: h.title,
		from: d.day(-s.between(400, 1800)), authorised: d.day(s.between(30, 330)),
	}
	p.approval = fmt.Sprintf("授权-%d-%s-%05d", d.today.Year(), role, p.id)
	d.posts = append(d.posts, p)
	return p
}

// makeStaff fills every post but the teachers', who come with their classes.
func (d *District) makeStaff() {
	for _, t := range d.townships {
		d.hire("SUP", hiring{agency: t.agencyID, division: t.id, title: t.name + "儿童督导员"})
	}
	for _, t := range d.townships {
		for _, v := range t.villages {
			d.hire("DIR", hiring{agency: t.agencyID, division: v.id, title: v.name + "儿童主任（儿童福利主任）"})
		}
	}
	d.makeOfficers()
	d.makeContractors()
	for _, t := range d.townships {
		d.hire("REL", hiring{agency: t.agencyID, division: t.id, title: t.name + "救助经办"})
		d.hire("HD", hiring{agency: d.clinics[t.clinicID-1].agency, division: t.id, clinic: t.clinicID, title: "儿保医生"})
	}
	for _, s := range d.schools {
		if s.stage != kindergarten {
			s.counsellor = d.hire("PSY", hiring{agency: s.agency, division: s.town.id, school: s.id, title: "心理教师"})
		}
		s.doctor = d.hire("HD", hiring{agency: s.agency, division: s.town.id, school: s.id, title: "校医"})
	}
	d.makeExceptions()
}

// makeOfficers fills the posts of the district's own agencies.
func (d *District) makeOfficers() {
	several := func(n int, role, agency, title string) {
		for range n {
			d.hire(role, hiring{agency: d.bureaux[agency], division: districtID, title: title})
		}
	}
	grow := max(1, d.sizes.leftBehind/6000)
	several(6*grow, "CM", CivilAffairs, "个案管理员")
	several(2*grow, "REL", CivilAffairs, "救助经办")
	several(3*grow, "DPS", Education, "控辍保学专干")
	several(8*grow, "FE", WomensFederation, "家庭教育指导员（结对协调）")
	several(3*grow, "RP", WomensFederation, "维权干部")
	several(2, "AUD", AuditOffice, "隐私审计员")
	several(2, "STA", DistrictOffice, "分管领导（统计）")
	several(1, "STA", CivilAffairs, "统计员")
	several(1, "DPO", DistrictOffice, "个人信息保护负责人")
	for _, agency := range []string{CivilAffairs, Education, WomensFederation, Health} {
		several(1, "STEWARD", agency, "数源专员")
		role := map[string]string{CivilAffairs: "STEWARD", Education: "DPS", WomensFederation: "STEWARD", Health: "STEWARD"}[agency]
		d.employ("SYS", role, hiring{
			agency: d.bureaux[agency], division: districtID, system: true,
			title: strings.TrimSuffix(d.agencies[d.bureaux[agency]-1].name, "（演示）") + "业务系统（演示）",
		})
	}
}

// makeAdministrators fills the posts of those who administer access. They come last, so
// that nobody else is numbered anew.
func (d *District) makeAdministrators() {
	for range 2 {
		d.hire("ADM", hiring{agency: d.bureaux[DistrictOffice], division: districtID, title: "权限管理员"})
	}
}

// confirmed is the day on which the head of the agency last confirmed a post: in this
// quarter, but for two agencies whose heads still have to.
func (d *District) confirmed(p *post) time.Time {
	quarter := time.Date(d.today.Year(), d.today.Month()-(d.today.Month()-1)%3, 1, 0, 0, 0, 0, d.today.Location())
	if p.agency == d.bureaux[CivilAffairs] || p.agency == d.bureaux[AuditOffice] {
		return quarter.AddDate(0, 0, -1)
	}
	return quarter
}

// makeContractors fills the posts of the two social-work agencies.
func (d *District) makeContractors() {
	grow := max(1, d.sizes.leftBehind/6000)
	for range 8 * grow {
		d.hire("SW", hiring{agency: d.bureaux[RunningContractor], division: districtID, contract: 1, title: "社会工作者"})
	}
	for range 3 {
		d.hire("SW", hiring{agency: d.bureaux[EndedContractor], division: districtID, contract: 2, title: "社会工作者"})
	}
}

// makeExceptions are the cases a register must hold: expired vetting, two posts,
// a disabled account, directors who left.
func (d *District) makeExceptions() {
	d.lapsedDirector().vetted = d.day(-20)
	small := d.townships[13]
	double := d.byRole["SUP"][13]
	d.appoint(double, "REL", hiring{agency: small.agencyID, division: small.id, title: small.name + "救助经办（兼）"}, d.stream("double", 0))
	d.byRole["STA"][2].active = false
	for i := range 3 {
		v := d.townships[i].villages[4]
		w := d.employ("DIRX", "DIR", hiring{agency: d.townships[i].agencyID, division: v.id, title: v.name + "原儿童主任"})
		w.post.from, w.post.to = d.day(-2500), d.day(-500+i*40)
		d.director(v).post.from = after(w.post.to, 1)
		d.former = append(d.former, w)
	}
}

// lapsedDirector is the director whose vetting has expired.
func (d *District) lapsedDirector() *worker { return d.director(d.townships[0].villages[2]) }

// director is the director of a village; directors are numbered as villages are.
func (d *District) director(v *village) *worker {
	return d.byRole["DIR"][v.id-int64(len(d.townships))-2]
}

// supervisor is the supervisor of a township.
func (d *District) supervisor(t *township) *worker { return d.byRole["SUP"][t.id-2] }

// oneOf is the n-th holder of a role, counting round.
func (d *District) oneOf(role string, n int64) *worker {
	list := d.byRole[role]
	return list[int(n%int64(len(list)))]
}
