package visitplan

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
)

// rule is one line of the cadence: how often children of a risk get a kind of visit.
type rule struct {
	parameter, risk, kind, mode string
	// focus: also for children of a lower risk that the supervisor has put on focus.
	focus bool
}

// rules is the cadence table; how often is a setting of the county.
func rules() []rule {
	return []rule{
		{parameter: "visit_general_green", risk: "GREEN", kind: "GENERAL_ROUND"},
		{parameter: "visit_general_yellow", risk: "YELLOW", kind: "GENERAL_ROUND"},
		{parameter: "visit_focus_yellow", risk: "YELLOW", kind: "FOCUS_VISIT", focus: true},
		{parameter: "visit_focus_orange", risk: "ORANGE", kind: "FOCUS_VISIT"},
		{parameter: "visit_contact_orange", risk: "ORANGE", kind: "GENERAL_ROUND", mode: "PHONE"},
		{parameter: "visit_focus_red", risk: "RED", kind: "FOCUS_VISIT"},
		{parameter: "visit_contact_red", risk: "RED", kind: "GENERAL_ROUND", mode: "PHONE"},
	}
}

// slot is a stretch of days in which a child of a risk gets one visit of a kind.
type slot struct {
	rule
	name        string
	first, last time.Time
}

// slots are those that a rule has on a day or within days ahead: "n/m" is n times in
// m months, "n/W" n times a week.
func slots(r rule, setting string, today time.Time, ahead int) ([]slot, error) {
	n, period, found := strings.Cut(setting, "/")
	times, err := strconv.Atoi(n)
	months := 0
	if err == nil && period != "W" {
		months, err = strconv.Atoi(period)
	}
	if err != nil || !found || times < 1 || times > 7 || period != "W" && (months < 1 || months > 12) {
		return nil, fmt.Errorf("parameter %s is %q, not n/m (n times in m months) or n/W (n times a week)", r.parameter, setting)
	}
	begin := weekOf(today)
	if months > 0 {
		begin = time.Date(today.Year(), time.Month((int(today.Month())-1)/months*months+1), 1, 0, 0, 0, 0, chinatime.Zone())
	}
	var out []slot
	for end := today.AddDate(0, 0, ahead); !begin.After(end); {
		next := begin.AddDate(0, 0, 7)
		if months > 0 {
			next = begin.AddDate(0, months, 0)
		}
		for i, s := range split(begin, next, times) {
			if s.last.Before(today) || s.first.After(end) {
				continue
			}
			s.rule, s.name = r, fmt.Sprintf("%s/%s/%d", r.parameter, begin.Format(time.DateOnly), i+1)
			out = append(out, s)
		}
		begin = next
	}
	return out, nil
}

// split cuts the days from begin to before next into even stretches.
func split(begin, next time.Time, times int) []slot {
	days := int(next.Sub(begin).Hours()) / 24
	out := make([]slot, times)
	for i := range out {
		out[i].first = begin.AddDate(0, 0, days*i/times)
		out[i].last = begin.AddDate(0, 0, days*(i+1)/times-1)
	}
	return out
}

// weekOf is the Monday of a day's week.
func weekOf(day time.Time) time.Time {
	return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
}

// dayOf is the day of a moment in the district.
func dayOf(now time.Time) time.Time {
	now = now.In(chinatime.Zone())
	return time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, chinatime.Zone())
}
