package app

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// refresh is how often the bar is drawn anew.
const refresh = 200 * time.Millisecond

// progress shows how far the filling of the demo district is.
type progress struct {
	out   io.Writer
	bar   *progressbar.ProgressBar
	stage string
}

func newProgress(out io.Writer) *progress {
	if out == nil {
		out = io.Discard
	}
	return &progress{out: out}
}

// show hears of every table and batch. Tables share one bar, the log has its own.
func (p *progress) show(stage string, done, total int) {
	title := "演示数据 demo district"
	if stage == "access log" {
		title = "访问记录 access log    "
	}
	if p.stage != title {
		p.finish()
		p.stage = title
		p.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(p.out),
			progressbar.OptionSetDescription(title), progressbar.OptionSetWidth(30), progressbar.OptionShowCount(),
			progressbar.OptionThrottle(refresh))
	}
	_ = p.bar.Set(done)
}

// finish ends the line of the bar.
func (p *progress) finish() {
	if p.bar != nil {
		_ = p.bar.Finish()
		_, _ = io.WriteString(p.out, "\n")
	}
}
