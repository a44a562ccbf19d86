package demo

// Helper is somebody who works with one of the story children, offered at sign-in so
// that every story can be played through.
type Helper struct {
	Caller

	// Story is the alias of the child.
	Story string
}

// part is what somebody does in a story.
type part struct {
	worker  *worker
	purpose string
	zh, en  string
}

// Helpers are the people around the story children, in the order of the children; those
// for whom the whole district is one come last.
func (d *District) Helpers() []Helper {
	var out []Helper
	for _, s := range stories {
		c := d.child(s.id)
		for _, p := range d.around(c) {
			if p.worker == nil {
				continue
			}
			h := Helper{d.caller("", p.worker, p.purpose, c), s.alias}
			h.Caller = h.says(s.alias+" · "+p.zh, s.alias+" · "+p.en, "", "")
			out = append(out, h)
		}
	}
	for _, p := range []part{
		{d.oneOf("DPS", 1), "DROPOUT_PREVENTION", "控辍保学专干（复核）", "dropout officer, for the second signature"},
		{d.oneOf("CM", 1), "CASE_MGMT", "另一名个案管理员（会签）", "another case manager, for the second signature"},
		{d.oneOf("REL", 0), "TEMP_RELIEF", "区级救助经办", "relief officer of the district"},
		{d.oneOf("STEWARD", 0), "DATA_QUALITY", "民政数源专员", "data steward of civil affairs"},
		{d.oneOf("STEWARD", 1), "DATA_QUALITY", "教育数源专员", "data steward of education"},
		{d.oneOf("STEWARD", 2), "DATA_QUALITY", "妇联数源专员", "data steward of the women's federation"},
		{d.oneOf("STEWARD", 3), "DATA_QUALITY", "卫健数源专员", "data steward of health"},
	} {
		h := Helper{Caller: d.caller("", p.worker, p.purpose, nil)}
		h.Caller = h.says(p.zh, p.en, "", "")
		out = append(out, h)
	}
	return out
}

// around are those whose work a child's story is.
func (d *District) around(c *child) []part {
	out := []part{
		{d.director(c.village), "VISIT", "本村儿童主任", "child director of the village"},
		{d.director(nextVillage(c.village)), "VISIT", "邻村儿童主任", "child director of the next village"},
		{d.supervisor(c.village.town), "VISIT_SUPERVISION", "儿童督导员", "child supervisor"},
		{d.reliefOfficer(c.village.town), "TEMP_RELIEF", "救助经办", "relief officer"},
		{d.clinicDoctor(c.village.town), "CHILD_HEALTH", "卫生院医生", "clinic doctor"},
	}
	if c.class != nil {
		out = append(out, part{c.class.teacher, "CLASS_CARE", "班主任", "homeroom teacher"})
	}
	if c.school != nil {
		out = append(out, part{c.school.counsellor, "PSYCH_SUPPORT", "心理教师", "school psychologist"})
	}
	return out
}

// nextVillage is another village of the same township.
func nextVillage(v *village) *village {
	if v.town.villages[0] == v {
		return v.town.villages[1]
	}
	return v.town.villages[0]
}
