package outreach

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/plaintext"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// By is who notes something, in which post, and when.
type By struct {
	Staff, Agency int64
	Role          string
	// Division is where the post is, 0 for the whole district.
	Division   int64
	Now, Today time.Time
}

// Session is a group session: how many came, and never who.
type Session struct {
	Series       string  `json:"series"`
	Kind         string  `json:"kind"`
	HeldOn       string  `json:"heldOn"`
	Site         string  `json:"site"`
	TownshipCode *string `json:"townshipCode"`
	Attendance   int     `json:"attendance"`
	// InCare is how many of them the register knows, for the check of the mixture.
	InCare *int `json:"inCare"`
}

// most is the largest number of people who can have come.
const most = 2000

// NoteSession notes a group session. Faults: BadRequest.
func NoteSession(ctx context.Context, tx postgres.Tx, by By, in Session) (int64, error) {
	if err := plaintext.Need("series", in.Series, 40); err != nil {
		return 0, err
	}
	if err := plaintext.Need("site", in.Site, 40); err != nil {
		return 0, err
	}
	if err := by.past("heldOn", in.HeldOn); err != nil {
		return 0, err
	}
	if err := between("attendance", in.Attendance, 1); err != nil {
		return 0, err
	}
	var share *float64
	if in.InCare != nil {
		if *in.InCare < 0 || *in.InCare > in.Attendance {
			return 0, fault.At("inCare", fault.New(fault.BadRequest, "不能多于到场人数。", "It cannot be more than came."))
		}
		ratio := float64(*in.InCare*100/in.Attendance) / 100
		share = &ratio
	}
	return insertSession(ctx, tx, by, in, share)
}

// between refuses a number of people that cannot be.
func between(member string, n, least int) error {
	if n < least || n > most {
		return fault.At(member, fault.New(fault.BadRequest,
			fmt.Sprintf("请填写%d到%d。", least, most), fmt.Sprintf("Give %d to %d.", least, most)))
	}
	return nil
}

// past demands a day of the last year that is not in the future.
func (by By) past(member, text string) error {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil || t.After(by.Today) || t.Before(by.Today.AddDate(-1, 0, 0)) {
		return fault.At(member, fault.New(fault.BadRequest,
			"请填写近一年内且不晚于今天的日期（YYYY-MM-DD）。", "Give a day (YYYY-MM-DD) of the last year, not after today."))
	}
	return nil
}

// Training is a training: of staff, who are named by code, or of guardians, who are
// counted.
type Training struct {
	Title        string   `json:"title"`
	HeldOn       string   `json:"heldOn"`
	Audience     string   `json:"audience"`
	TownshipCode *string  `json:"townshipCode"`
	Attendance   *int     `json:"attendance"`
	Staff        []string `json:"staff"`
}

// guardians is the audience that is never named.
const guardians = "GUARDIANS"

// NoteTraining notes a training. Guides of families train guardians; a supervisor
// trains the own township. Faults: BadRequest, Forbidden.
func NoteTraining(ctx context.Context, tx postgres.Tx, by By, in Training) (int64, error) {
	if err := plaintext.Need("title", in.Title, 40); err != nil {
		return 0, err
	}
	if err := by.past("heldOn", in.HeldOn); err != nil {
		return 0, err
	}
	if by.Role == "FE" && in.Audience != guardians {
		return 0, fault.At("audience", fault.New(fault.Forbidden,
			"家庭教育指导员只登记监护人培训。", "A guide of families notes trainings of guardians."))
	}
	if in.Audience == guardians {
		return noteGuardians(ctx, tx, by, in)
	}
	if in.Attendance != nil || len(in.Staff) == 0 || len(in.Staff) > 700 {
		return 0, fault.At("staff", fault.New(fault.BadRequest, "请列出参训工作人员的工号。", "Name the staff by their codes."))
	}
	n := len(in.Staff)
	in.Attendance = &n
	id, err := insertTraining(ctx, tx, by, in)
	if err != nil {
		return 0, err
	}
	written, err := insertTrained(ctx, tx, by, id, in)
	if err != nil {
		return 0, err
	}
	if written != n {
		return 0, fault.At("staff", fault.New(fault.BadRequest,
			"有不存在、重复、不在岗，或不在您范围内的工号。", "There is a code that is unknown, doubled, not in post, or out of your reach."))
	}
	return id, nil
}

// noteGuardians notes how many guardians came.
func noteGuardians(ctx context.Context, tx postgres.Tx, by By, in Training) (int64, error) {
	if len(in.Staff) > 0 || in.Attendance == nil {
		return 0, fault.At("attendance", fault.New(fault.BadRequest, "监护人培训只填到场人数，不列名。", "Guardians are counted, never named."))
	}
	if err := between("attendance", *in.Attendance, 1); err != nil {
		return 0, err
	}
	return insertTraining(ctx, tx, by, in)
}
