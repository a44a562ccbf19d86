package bundle

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/cosignature"
)

// maxFindings ends the list; a bundle with more is wrong as a whole.
const maxFindings = 100

// Report is what Verify saw.
type Report struct {
	// From and To are the range of entries, Entries how many of them were read.
	From    int64 `json:"from"`
	To      int64 `json:"to"`
	Entries int64 `json:"entries"`
	// First and Last are the times of the first and the last entry.
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
	// Details counts those that were checked, Destroyed those that no longer exist.
	Details   int64 `json:"details"`
	Destroyed int64 `json:"destroyed"`
	// Checkpoints counts those that are signed by the log and met.
	Checkpoints int64 `json:"checkpoints"`
	// Before is the size of the checkpoint in front of the range that is held too.
	Before int64 `json:"before"`
	// Size and Root are the tree that all rests on, CosignedBy who vouches for it.
	Size       int64             `json:"size"`
	Root       tlog.Hash         `json:"root"`
	CosignedBy []cosignature.Met `json:"cosignedBy"`
	// Untested are sizes of trusted checkpoints that the bundle does not reach.
	Untested []int64 `json:"untested,omitempty"`
	// Findings is empty for a sound bundle. Cut means that there were more.
	Findings []audit.Finding `json:"findings"`
	Cut      bool            `json:"cut,omitempty"`
}

// OK says that nothing is wrong.
func (r *Report) OK() bool { return len(r.Findings) == 0 }

// String is the report for people.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "条目 entries %d–%d (%d) · 详情 details %d · 已依规销毁 destroyed %d\n",
		r.From, r.To-1, r.Entries, r.Details, r.Destroyed)
	if r.Entries > 0 {
		fmt.Fprintf(&b, "时间 time %s – %s\n", r.First.Format(time.RFC3339), r.Last.Format(time.RFC3339))
	}
	fmt.Fprintf(&b, "检查点 checkpoints %d · 承接 holds %d · 依据 rests on %d, root %s\n", r.Checkpoints, r.Before, r.Size, r.Root)
	for _, m := range r.CosignedBy {
		fmt.Fprintf(&b, "联署 cosigned by %s at %s\n", m.Name, m.At.Format(time.RFC3339))
	}
	for _, size := range r.Untested {
		fmt.Fprintf(&b, "可信检查点不在本包范围 trusted checkpoint %d is not reached by this bundle\n", size)
	}
	for _, f := range r.Findings {
		fmt.Fprintln(&b, f)
	}
	if r.Cut {
		b.WriteString("…… 其余从略 more left out\n")
	}
	if r.OK() {
		b.WriteString("审计包完整 the bundle is sound\n")
	}
	return b.String()
}

func (r *Report) add(p audit.Problem, sequence int64, format string, args ...any) {
	if len(r.Findings) >= maxFindings {
		r.Cut = true
		return
	}
	r.Findings = append(r.Findings, audit.Finding{Problem: p, Sequence: sequence, Detail: fmt.Sprintf(format, args...)})
}
