package disclosure

import (
	"time"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
)

// china is an instant on the clocks of China.
func china(t time.Time) time.Time { return t.In(chinatime.Zone()) }

// day is what the calendar day in China decides: the day, and for some ages the
// birth date of the youngest who have completed them. They are parameters of
// statements, boxed once a day.
type day struct {
	begins                                       time.Time
	today, turned6, turned14, turned16, turned18 any
}

// dayOf is the day of an instant.
func dayOf(now time.Time) day {
	t := china(now)
	begins := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
	return day{
		begins: begins, today: begins.Format(time.DateOnly),
		turned6: turned(begins, 6), turned14: turned(begins, 14), turned16: turned(begins, 16), turned18: turned(begins, 18),
	}
}

// has reports whether an instant falls on the day.
func (d *day) has(now time.Time) bool {
	since := now.Sub(d.begins)
	return since >= 0 && since < 24*time.Hour
}

// Today is the calendar day in China on which the operation is decided.
func (a *Access) Today() string { return a.day.begins.Format(time.DateOnly) }

// today is the day of an operation, from the last one if it is the same.
func (g *Gate) today(now time.Time) day {
	if d := g.day.Load(); d != nil && d.has(now) {
		return *d
	}
	d := dayOf(now)
	g.day.Store(&d)
	return d
}

// turned is the birth date of the youngest who have completed so many years of
// age. Who was born on 29 February completes a year on the 28th where the month
// has no 29th, as the database reckons.
func turned(today time.Time, years int) string {
	born := time.Date(today.Year()-years, today.Month(), today.Day(), 0, 0, 0, 0, time.UTC)
	if born.Month() != today.Month() { // today is 29 February, that year had none
		born = born.AddDate(0, 0, -1)
	}
	if next := born.AddDate(0, 0, 1); next.Day() == 29 && next.Month() == time.February && today.AddDate(0, 0, 1).Month() == time.March {
		born = next
	}
	return born.Format(time.DateOnly)
}
