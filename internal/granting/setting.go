package granting

import (
	"context"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Setting is another value of a parameter, from a day on.
type Setting struct {
	Name, Value, Basis, EffectiveOn, Reason string
}

// ChangeSetting proposes another value. It must be of the kind that the present one is.
func ChangeSetting(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Setting) (disclosure.Changed, error) {
	in.Value = strings.TrimSpace(in.Value)
	now, basis, err := parameter(ctx, tx, in.Name)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if in.Basis = strings.TrimSpace(in.Basis); in.Basis == "" {
		in.Basis = basis
	}
	switch {
	case !alike(now, in.Value):
		return disclosure.Changed{}, fault.At("value", fault.New(fault.BadRequest,
			"新值须与现值同类：0至100000的整数，或 true/false。", "The value is of the kind of the present one: a whole number of 0 to 100000, or true or false."))
	case now == in.Value && basis == in.Basis:
		return disclosure.Changed{}, fault.At("value", fault.New(fault.BadRequest, "没有改变。", "Nothing is changed."))
	case in.EffectiveOn < chinatime.Day(d.Now):
		return disclosure.Changed{}, fault.At("effectiveOn", fault.New(fault.BadRequest, "生效日期不早于今日。", "It takes effect today or later."))
	case utf8.RuneCountInString(in.Basis) > 300:
		return disclosure.Changed{}, fault.At("basis", fault.New(fault.BadRequest, "依据不超过300字。", "The basis has at most 300 characters."))
	}
	return draft{
		kind: changeSetting, subject: in.Name, before: now, after: in.Value + "，" + in.EffectiveOn + " 起 from that day；" + in.Basis, reason: in.Reason, facts: in,
	}.propose(ctx, tx, d)
}

// alike are two whole numbers, or two truth values.
func alike(a, b string) bool {
	truth := func(s string) bool { return s == "true" || s == "false" }
	if truth(a) {
		return truth(b)
	}
	if _, err := strconv.Atoi(a); err != nil {
		return b != "" && len(b) <= 100
	}
	n, err := strconv.Atoi(b)
	return err == nil && n >= 0 && n <= 100_000
}

// schedule keeps the value until its day; today's comes at once.
func schedule(ctx context.Context, tx postgres.Tx, d disclosure.Decided, p proposal) error {
	s, err := facts[Setting](p)
	if err != nil {
		return err
	}
	if err := insertSetting(ctx, tx, p.id, s); err != nil {
		return err
	}
	_, err = applySettings(ctx, tx, d.Now, chinatime.Day(d.Now))
	return err
}

// Settings puts values in force on their day.
func Settings() jobs.Job {
	return jobs.Job{
		Name: "access.settings", Every: time.Hour,
		Step: func(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
			names, err := applySettings(ctx, tx, now, chinatime.Day(now))
			if err != nil || len(names) == 0 {
				return jobs.Done{}, err
			}
			return jobs.Done{Reason: strings.Join(names, " ")}, nil
		},
	}
}

// Day is a day on which the published calendar differs from Monday to Friday.
type Day struct {
	Day     string
	Working bool
	Note    string
	Reason  string
}

// ChangeCalendar proposes a holiday, or a working day that makes up for one: deadlines
// move with it.
func ChangeCalendar(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Day) (disclosure.Changed, error) {
	day, err := time.Parse(time.DateOnly, in.Day)
	if err != nil || in.Day < chinatime.Day(d.Now) || day.After(d.Now.AddDate(3, 0, 0)) {
		return disclosure.Changed{}, fault.At("day", fault.New(fault.BadRequest, "日期须为今日至三年内。", "The day lies between today and three years from now."))
	}
	if in.Note = strings.TrimSpace(in.Note); in.Note == "" {
		return disclosure.Changed{}, fault.At("note", fault.New(fault.BadRequest, "请注明公布的依据，如“国务院办公厅放假通知”。", "Name the notice that it rests on."))
	}
	before, err := calendarDay(ctx, tx, in.Day)
	if err != nil {
		return disclosure.Changed{}, err
	}
	return draft{
		kind: changeCalendar, subject: in.Day, before: before, after: kindOfDay(in.Working) + " " + in.Note, reason: in.Reason, facts: in,
	}.propose(ctx, tx, d)
}

func kindOfDay(working bool) string {
	if working {
		return "工作日 working day"
	}
	return "非工作日 no working day"
}

func mark(ctx context.Context, tx postgres.Tx, _ disclosure.Decided, p proposal) error {
	day, err := facts[Day](p)
	if err != nil {
		return err
	}
	return setDay(ctx, tx, day)
}
