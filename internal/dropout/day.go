package dropout

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/plaintext"
)

// noon is the middle of a day, from which a deadline may begin; now without a day.
func noon(day string, d disclosure.Decided) (time.Time, error) {
	if day == "" {
		return d.Now, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, day, chinatime.Zone())
	return t.Add(12 * time.Hour), err
}

// within refuses a day that is none, or lies outside of two others; "" is no bound.
func within(member, day, from, to string) error {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil || t.Format(time.DateOnly) != day {
		return fault.At(member, fault.New(fault.BadRequest, "日期须写作YYYY-MM-DD。", "Write the day as YYYY-MM-DD."))
	}
	if day < from || to != "" && day > to {
		return fault.At(member, fault.New(fault.BadRequest, "日期不在可填写的范围内。", "The day lies outside of what can be entered."))
	}
	return nil
}

// worded refuses a text that is missing, too long, or holds a number of a person.
func worded(member, text string, most int) error {
	if n := utf8.RuneCountInString(strings.TrimSpace(text)); n == 0 || n > most || plaintext.Numbered(text) {
		return fault.At(member, fault.New(fault.BadRequest,
			"请填写，不超过规定字数，不写号码。", "Write something within the limit, without long numbers."))
	}
	return nil
}

// unready is the fault of a move that something else must come before.
func unready(member, zh, en string) error { return fault.At(member, fault.New(fault.Conflict, zh, en)) }
