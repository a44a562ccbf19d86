package app

import (
	"os"

	"github.com/schollz/progressbar/v3"
)

// progress shows how far the filling of the demo district is.
type progress struct {
	bar   *progressbar.ProgressBar
	stage string
}

func newProgress() *progress { return &progress{} }

// show hears of every table and batch. Tables share one bar, the log has its own.
func (p *progress) show(stage string, done, total int) {
	title := "演示数据 demo district"
	if stage == "access log" {
		title = "访问记录 access log    "
	}
	if p.stage != title {
		p.finish()
		p.stage = title
		p.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(os.Stderr),
			progressbar.OptionSetDescription(title), progressbar.OptionSetWidth(30), progressbar.OptionShowCount())
	}
	_ = p.bar.Set(done)
}

// finish ends the line of the bar.
func (p *progress) finish() {
	if p.bar != nil {
		_ = p.bar.Finish()
		_, _ = os.Stderr.WriteString("\n")
	}
}
