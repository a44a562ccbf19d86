package demo

import (
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
)

// midnight is the calendar day of t in China, as PostgreSQL dates are sent.
func midnight(t time.Time) time.Time {
	year, month, day := t.In(chinatime.Zone()).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// clock is a moment of a day.
func clock(day time.Time, hour, minute int) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, chinatime.Zone())
}

// term is one half of a school year. Terms follow each other without a gap, so
// that holidays belong to the term before them and one is always current.
type term struct {
	id       int64
	code     string
	from, to time.Time
	// schoolYear is the year in which the school year began.
	schoolYear int
}

func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// termOf is the term that contains a day.
func termOf(day time.Time) term {
	year := day.Year()
	switch {
	case day.Month() >= time.September:
		return autumn(year)
	case day.Month() == time.January:
		return autumn(year - 1)
	default:
		return term{
			code: fmt.Sprintf("%d-%d-2", year-1, year), schoolYear: year - 1,
			from: date(year, time.February, 1), to: date(year, time.August, 31),
		}
	}
}

func autumn(year int) term {
	return term{
		code: fmt.Sprintf("%d-%d-1", year, year+1), schoolYear: year,
		from: date(year, time.September, 1), to: date(year+1, time.January, 31),
	}
}

// makeTerms keeps the last term and the current one, so that a teacher's class
// of last term can be seen to be out of reach.
func (d *District) makeTerms() {
	d.current = termOf(d.today)
	d.last = termOf(after(d.current.from, -1))
	d.last.id, d.current.id = 1, 2
}

// fullYears is the age in completed years on a day.
func fullYears(birth, day time.Time) int {
	years := day.Year() - birth.Year()
	if day.Month() < birth.Month() || day.Month() == birth.Month() && day.Day() < birth.Day() {
		years--
	}
	return years
}

// schoolDaysBack is the day on which a run of n school days up to today began.
func (d *District) schoolDaysBack(n int) time.Time {
	day := d.today
	for left := n; ; day = after(day, -1) {
		if weekday := day.Weekday(); weekday != time.Saturday && weekday != time.Sunday {
			if left--; left <= 0 {
				return day
			}
		}
	}
}

// seasonal is how much of the field work falls on a day: little around Spring
// Festival, some more in the summer.
func seasonal(day time.Time) float64 {
	switch day.Month() {
	case time.January:
		return 0.8
	case time.February:
		return 0.4
	case time.July, time.August:
		return 1.2
	default:
		return 1
	}
}

// summer is when many children join their parents and visits go by video.
func summer(day time.Time) bool { return day.Month() == time.July || day.Month() == time.August }

// pastDay is a day of the past year, drawn by season.
func (d *District) pastDay(s stream) time.Time {
	for {
		day := d.day(-1 - s.IntN(364))
		if s.Float64()*1.2 < seasonal(day) {
			return day
		}
	}
}
