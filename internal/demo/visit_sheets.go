package demo

import (
	"fmt"
	"time"
)

// Short neutral texts; nothing in them belongs to anybody.
var (
	livingTexts   = []string{"住房整洁，三餐规律。", "房屋较旧，用电线路需整理。", "三餐正常，衣物当季。"}
	familyTexts   = []string{"父母每周视频联系。", "家中以种菜和务工收入为主。", "照护人身体一般，家务由亲属帮忙。"}
	careTexts     = []string{"照护人按时接送。", "作业辅导有困难，建议课后服务。", "已提醒用火用电和防溺水。"}
	mentalTexts   = []string{"愿意交流，情绪平稳。", "话不多，愿意谈学校里的事。", "想念父母，已约定周末视频。"}
	childViews    = []string{"希望爸爸妈妈过年回家。", "想参加篮球活动。", "喜欢现在的老师。", "想有一个安静写作业的地方。"}
	guardianViews = []string{"没有困难。", "希望有人辅导作业。", "希望了解资助政策。"}
	concernDeck   = []string{"STUDY", "STUDY", "ECONOMIC", "FAMILY_CHANGE", "MENTAL", "HEALTH", "SAFETY_FIRE", "SAFETY_TRAFFIC"}
	ratings       = []string{"GOOD", "FAIR", "POOR"}
)

// visitsAYear is how often each level is visited, 4.7 visits a child on average.
var visitsAYear = map[string]int{"GREEN": 4, "YELLOW": 6, "ORANGE": 9, "RED": 13}

const visitColumns = `child_id kind mode state planned_on visited_on place_kind informant_relation informant_name child_seen
	child_spoken_alone last_parent_contact_on living_rating family_rating guardianship_rating mental_rating health_rating
	living_text family_text guardianship_text mental_text concerns child_view guardian_view recommendations add_to_focus
	visitor_id second_visitor_id author_id author_agency_id recorded_on synthetic`

func (d *District) visitSheets() []sheet {
	visits := d.counted("visit", visitColumns, d.visitRows)
	var last int64 // visits are copied before their attachments
	rows := visits.rows
	visits.rows = func(yield func([]any) bool) {
		last = 0
		for row := range rows {
			last++
			if !yield(row) {
				return
			}
		}
	}
	return []sheet{
		visits,
		newSheet("attachment", "id visit_id kind reference recorded_on synthetic", func(yield func([]any) bool) {
			for id := int64(1); id*20 <= last; id++ {
				kind := []string{"CARE_AGREEMENT", "NOTICE", "OTHER"}[id%3]
				if !yield([]any{id, id * 20, kind, fmt.Sprintf("附件-%06d", id), d.day(-int(id % 300)), true}) {
					return
				}
			}
		}),
	}
}

// visitRows are the year's visits and the next one planned.
func (d *District) visitRows(c *child, s stream, add func(...any)) {
	if !c.registered() {
		return
	}
	n := visitsAYear[c.risk]
	if c.kind == hardshipOnly {
		n = int(c.id % 2)
	}
	for i := range n {
		visited := d.pastDay(s)
		if i == 0 && c.story != nil {
			visited = d.day(-s.between(6, 20))
		}
		d.addVisit(c, s, visited, i == 0, add)
	}
	d.planVisits(c, s, add)
}

// planVisits adds what is still to do: the director's next visit and that of a
// social worker with an open case.
func (d *District) planVisits(c *child, s stream, add func(...any)) {
	w := d.director(c.village)
	empty := func(kind, state string, planned time.Time, visitor *worker) {
		row := make([]any, 32)
		row[0], row[1], row[3], row[4] = c.id, kind, state, planned
		row[26], row[28], row[29], row[30], row[31] = visitor.id, visitor.id, visitor.agency, d.day(-7), true
		add(row...)
	}
	if c.story != nil || s.chance(0.5) {
		kind, state := "GENERAL_ROUND", "PLANNED"
		if c.risk == "ORANGE" || c.risk == "RED" {
			kind, state = "FOCUS_VISIT", "ASSIGNED"
		}
		empty(kind, state, d.day(s.between(-3, 45)), w)
	}
	if social := d.years.social[c]; social != nil {
		empty("FOCUS_VISIT", "ASSIGNED", d.day(s.between(1, 10)), social)
	}
}

func (d *District) addVisit(c *child, s stream, visited time.Time, first bool, add func(...any)) {
	w, second := d.director(c.village), any(nil)
	shares := []float64{66, 24.5, 9.5}
	if summer(visited) {
		shares = []float64{44, 22, 34}
	}
	mode := []string{"HOME", "PHONE", "VIDEO"}[s.weighted(shares)]
	planned := after(visited, s.between(0, 6))
	if !s.chance(0.86) {
		planned = after(visited, -s.between(1, 12))
	}
	kind, place := "GENERAL_ROUND", any(nil)
	if c.risk == "RED" && s.chance(0.15) {
		kind = "URGENT"
	}
	if kind != "URGENT" && (c.risk == "RED" || c.risk == "ORANGE") && s.chance(0.7) {
		kind = "FOCUS_VISIT"
	}
	if mode == "HOME" {
		place = "HOME"
		if c.risk == "RED" {
			second = d.supervisor(c.village.town).id
		}
	}
	state := d.visitState(s, mode, visited)
	seen := mode != "PHONE" && state != "NOT_AT_HOME" && state != "CHILD_NOT_SEEN" && state != "REFUSED"
	rate := func(poor float64) any {
		return s.known(ratings[s.weighted([]float64{80 - poor, 18, 2 + poor})], c.gap(0.03))
	}
	text := func(pool []string) any {
		if s.chance(0.35) {
			return pick(s, pool)
		}
		return nil
	}
	poor := map[string]float64{"RED": 25, "ORANGE": 10}[c.risk]
	living := text(livingTexts)
	if first && d.noted[c] != "" {
		living = d.noted[c]
	}
	concerns, advice := d.concerns(c, s, visited)
	var view any
	if seen && fullYears(c.birth, visited) >= 8 {
		view = text(childViews)
	}
	add(c.id, kind, mode, state, planned, visited, place, s.known(c.relation, c.gap(0.04)), c.caregiver, seen, seen && s.chance(0.6),
		s.known(after(visited, -s.between(0, 20)), 0.03), rate(0), rate(0), rate(poor), rate(poor/2), rate(1),
		living, text(familyTexts), text(careTexts), text(mentalTexts), concerns, view, text(guardianViews), advice,
		c.risk == "RED" && s.chance(0.3), w.id, second, w.id, w.agency, after(visited, 1), true)
}

// visitState: most visits are closed three weeks later; a few at the door end
// otherwise.
func (d *District) visitState(s stream, mode string, visited time.Time) string {
	switch {
	case mode == "HOME" && s.chance(0.02):
		return pick(s, []string{"NOT_AT_HOME", "NOT_AT_HOME", "CHILD_NOT_SEEN", "REFUSED", "MOVED"})
	case visited.After(d.day(-21)):
		return pick(s, []string{"SUBMITTED", "CHECKED", "DONE"})
	}
	return "CLOSED"
}

// concerns are the flags of a visit; drowning is asked about all summer.
func (d *District) concerns(c *child, s stream, visited time.Time) (concerns, advice []string) {
	if m := visited.Month(); m >= time.June && m <= time.August {
		concerns = append(concerns, "SAFETY_DROWNING")
	}
	often := map[string]float64{"GREEN": 0.05, "YELLOW": 0.25, "ORANGE": 0.5, "RED": 0.8}[c.risk]
	if s.chance(often) {
		flag := pick(s, concernDeck)
		concerns = append(concerns, flag)
		advice = append(advice, map[string]string{
			"STUDY": "EDUCATION", "ECONOMIC": "ECONOMIC", "FAMILY_CHANGE": "GUARDIANSHIP", "MENTAL": "MENTAL", "HEALTH": "MEDICAL",
			"SAFETY_FIRE": "OTHER", "SAFETY_TRAFFIC": "OTHER",
		}[flag])
	}
	return concerns, advice
}
