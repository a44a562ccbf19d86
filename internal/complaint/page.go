package complaint

import (
	_ "embed"
	"time"

	"github.com/tongxin-hub/tongxin/internal/rights"
)

// complaintHTML is the printable answer.
//
//go:embed complaint.html
var complaintHTML string

// Abouts are what a complaint may be about, in words.
func Abouts() map[string]rights.Text {
	return map[string]rights.Text{
		"ACCESS":             {ZH: "查阅档案", EN: "access to the file"},
		"CORRECTION_REFUSED": {ZH: "不予更正或删除", EN: "a correction or erasure that was refused"},
		"DISCLOSURE":         {ZH: "向他人提供信息", EN: "disclosure to others"},
		"PUBLICATION":        {ZH: "公开信息", EN: "publication"},
		"DELAY":              {ZH: "办理拖延", EN: "delay"},
		"OTHER":              {ZH: "其他事项", EN: "something else"},
	}
}

// page is the answer to the complainant, with the head's decision where there is one.
func (c row) page(day time.Time) (string, error) {
	return rights.Print("complaint", complaintHTML, struct {
		About                         rights.Text
		Received, Day, Answer, Reason string
		Decided, Upheld               bool
	}{
		Abouts()[c.About], c.Received.Format(time.DateOnly), day.Format(time.DateOnly), c.Answer, c.Reason, c.Upheld != nil, c.Upheld != nil && *c.Upheld,
	})
}
