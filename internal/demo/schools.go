package demo

import (
	"fmt"
	"math"
)

type school struct {
	id         int64
	code, name string
	agency     int64
	town       *township
	stage      string
	pupils     map[int][]*child // by grade
	classes    []*class
	doctor     *worker
	counsellor *worker
}

type class struct {
	id       int64
	school   *school
	term     int64
	year, no int
	teacher  *worker
	pupils   []*child
}

// pupilsPerClass is how many children of the hub sit in one class at most.
const pupilsPerClass = 12

var stageNames = map[string]string{kindergarten: "幼", primary: "小", junior: "中", senior: "高中"}

// stageCode is the fourth digit group of a school code.
var stageCode = map[string]int{kindergarten: 1, primary: 2, junior: 3, senior: 4}

// makeSchools gives every township kindergartens, primary and junior schools by
// its children, the two largest a senior school, and every pupil a school.
func (d *District) makeSchools() {
	byStage := map[*township]map[string][]*child{}
	for _, c := range d.children {
		if c.stage == noSchool {
			continue
		}
		t := c.schoolTown()
		if byStage[t] == nil {
			byStage[t] = map[string][]*child{}
		}
		byStage[t][c.stage] = append(byStage[t][c.stage], c)
	}
	for i, t := range d.townships {
		for _, stage := range []string{kindergarten, primary, junior, senior} {
			if stage == senior && i > 1 {
				continue
			}
			n := int(math.Ceil(float64(len(byStage[t][stage])) / 80))
			most := len(t.villages)/12 + 1
			for k := range min(max(n, 1), most) {
				d.addSchool(t, stage, k)
			}
		}
	}
	for _, t := range d.townships {
		for _, stage := range []string{kindergarten, primary, junior, senior} {
			for _, c := range byStage[t][stage] {
				d.seat(c)
			}
		}
	}
}

func (d *District) addSchool(t *township, stage string, k int) {
	digits := [...]string{"一", "二", "三", "四", "五", "六", "七", "八", "九"}
	name := t.name + "示范" + digits[k] + stageNames[stage]
	if stage == senior {
		name = t.name + "示范高中"
	}
	code := fmt.Sprintf("%s%s%d%04d", schoolPrefix, t.code[len(districtCode):], stageCode[stage], k+1)
	id := d.addAgency("XX"+code, name, "SCHOOL", t.id)
	s := &school{
		id: int64(len(d.schools) + 1), code: code, name: name, agency: id, town: t, stage: stage, pupils: map[int][]*child{},
	}
	d.schools = append(d.schools, s)
	t.byStage[stage] = append(t.byStage[stage], s)
}

// schoolTown is where the child goes to school: who moved without telling anybody
// still goes where the old home is.
func (c *child) schoolTown() *township {
	if c.moved {
		return c.hukou.town
	}
	return c.village.town
}

// seat chooses the child's school: one of its township, or the nearer of the two
// senior schools.
func (d *District) seat(c *child) {
	schools := c.schoolTown().byStage[c.stage]
	if len(schools) == 0 {
		schools = d.townships[c.id%2].byStage[senior]
	}
	c.school = schools[int(c.id)%len(schools)]
	c.school.pupils[c.year] = append(c.school.pupils[c.year], c)
}

// makeClasses seats the pupils in the classes of the current term and, one grade
// lower after a summer, of the last one. In every tenth school teachers changed
// classes between the terms.
func (d *District) makeClasses() {
	step := 0
	if d.current.schoolYear != d.last.schoolYear {
		step = 1
	}
	rotated := false
	for i, s := range d.schools {
		low, high := yearsOf(s.stage)
		for year := low; year <= high; year++ {
			d.classesOf(s, year)
		}
		now := s.classes
		rotate := len(now) > 1 && (i%10 == 0 || !rotated && s.stage == primary)
		rotated = rotated || rotate
		for n, k := range now {
			if k.year-step < low {
				continue
			}
			teacher := k.teacher
			if rotate {
				teacher = now[(n+1)%len(now)].teacher
			}
			before := &class{
				id: int64(len(d.classes) + 1), school: s, term: d.last.id, year: k.year - step, no: k.no,
				teacher: teacher, pupils: k.pupils,
			}
			d.classes = append(d.classes, before)
			for _, c := range k.pupils {
				c.lastClass = before
			}
		}
	}
}

func (d *District) classesOf(s *school, year int) {
	pupils := s.pupils[year]
	for no := 0; no*pupilsPerClass < len(pupils); no++ {
		k := &class{
			id: int64(len(d.classes) + 1), school: s, term: d.current.id, year: year, no: no + 1,
			pupils: pupils[no*pupilsPerClass : min((no+1)*pupilsPerClass, len(pupils))],
		}
		k.teacher = d.hire("HT", hiring{agency: s.agency, division: s.town.id, school: s.id, title: "班主任"})
		d.classes = append(d.classes, k)
		s.classes = append(s.classes, k)
		for _, c := range k.pupils {
			c.class = k
		}
	}
}
