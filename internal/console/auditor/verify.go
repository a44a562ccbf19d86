package auditor

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/bundle"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/internal/fault"
)

const (
	// maxBundle is the largest bundle that is verified here; larger ones offline.
	maxBundle = 64 << 20
	// maxKey is the longest text that is read as a public key.
	maxKey = 4 << 10
	// slack is what stands around the file in a form.
	slack = 16 << 10
	// maxRecord is far more than any record of a hub takes.
	maxRecord = 1 << 20
	// verifyTime is how long one bundle may take.
	verifyTime = 2 * time.Minute
)

// Whatever ends a bundle early says why.
var (
	errTooLarge = errors.New("larger than is taken here")
	errTooLong  = errors.New("takes longer than is given here")
)

// verifyPath takes a file.
const verifyPath = "/verify"

type verifyPage struct {
	// Done says that a bundle was read; Problem is the key of a sentence.
	Done, Sound       bool
	Problem           string
	Report            bundle.Report
	Last              int64
	First, Until      *string
	Findings          []foundWrong
	Cosigners         []cosigner
	Key, OwnKey, Mark string
	MiB               int
}

// foundWrong is one thing that is wrong with a bundle.
type foundWrong struct {
	What, Detail string
	Sequence     int64
	Entry        bool
}

func showVerify(v *page.Visit) {
	v.Show("verify", page.View{Body: verifyPage{Key: v.Site.LogKey, MiB: maxBundle >> 20}})
}

// verifier verifies one bundle at a time: it takes a processor for as long.
func verifier() func(*page.Visit) {
	turn := make(chan struct{}, 1)
	return func(v *page.Visit) {
		select {
		case turn <- struct{}{}:
			defer func() { <-turn }()
			verify(v)
		default:
			v.OK(fault.New(fault.RateLimited, "正在核对另一个审计包，请稍后再试。", "Another bundle is being verified; try again later."))
		}
	}
}

// verify streams the file through the verifier of `tongxin audit verify`: nothing of it
// is kept.
func verify(v *page.Visit) {
	control := http.NewResponseController(v.W)
	until := time.Now().Add(verifyTime)
	// A connection that knows no deadlines keeps those of the server.
	_ = control.SetReadDeadline(until)
	_ = control.SetWriteDeadline(until.Add(verifyTime))
	body := verifyPage{Key: v.Site.LogKey, MiB: maxBundle >> 20, Mark: v.Watermark()}
	parts, err := v.R.MultipartReader()
	if err != nil {
		body.Problem = "verify.nofile"
		v.ShowAs(http.StatusUnprocessableEntity, "verify", page.View{Body: body})
		return
	}
	for body.Problem == "" && !body.Done {
		part, err := parts.NextPart()
		switch {
		case err != nil:
			body.Problem = "verify.nofile"
		case part.FormName() == "key":
			text, err := io.ReadAll(io.LimitReader(part, maxKey))
			if err != nil {
				body.Problem = "verify.nofile"
			}
			body.OwnKey = strings.TrimSpace(string(text))
		case part.FormName() == "bundle":
			body.read(v, &bounded{in: part, left: maxBundle, until: until})
		}
	}
	status := http.StatusOK
	if body.Problem != "" {
		status = http.StatusUnprocessableEntity
	}
	v.ShowAs(status, "verify", page.View{Body: body})
}

// read verifies a bundle with the key that somebody brought, else with the hub's.
func (p *verifyPage) read(v *page.Visit, in *bounded) {
	keys := bundle.Keys{Witnesses: v.Site.Witnesses, Record: maxRecord}
	text := p.Key
	if p.OwnKey != "" {
		text = p.OwnKey
	}
	var err error
	if keys.Log, err = note.NewVerifier(text); err != nil {
		p.Problem = "verify.badkey"
		return
	}
	report, err := bundle.Verify(in, keys)
	switch {
	case errors.Is(in.ended, errTooLarge):
		p.Problem = "verify.toolarge"
		return
	case errors.Is(in.ended, errTooLong):
		p.Problem = "verify.toolong"
		return
	case err != nil, in.read == 0:
		p.Problem = "verify.nofile"
		return
	case report.Entries == 0 && len(report.Findings) > 0 && report.Findings[0].Problem == audit.BundleBroken:
		p.Problem = "verify.garbage"
		return
	}
	p.Done, p.Sound, p.Report, p.Last = true, report.OK(), report, report.To-1
	first, last := report.First.Format(time.RFC3339), report.Last.Format(time.RFC3339)
	p.First, p.Until = &first, &last
	for _, m := range report.CosignedBy {
		at := m.At.Format(time.RFC3339)
		p.Cosigners = append(p.Cosigners, cosigner{m.Name, &at})
	}
	for _, f := range report.Findings {
		p.Findings = append(p.Findings, foundWrong{"wrong." + key(string(f.Problem)), f.Detail, f.Sequence, f.Sequence >= 0})
	}
}

// bounded is a file that ends after so many bytes or so long.
type bounded struct {
	in         io.Reader
	left, read int64
	until      time.Time
	ended      error
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	switch {
	case b.ended != nil:
		return 0, b.ended
	case time.Now().After(b.until):
		b.ended = errTooLong
		return 0, b.ended
	}
	n, err := b.in.Read(p[:min(int64(len(p)), b.left+1)])
	b.left -= int64(n)
	b.read += int64(n)
	var large *http.MaxBytesError
	if b.left < 0 || errors.As(err, &large) {
		b.ended = errTooLarge
		return 0, b.ended
	}
	return n, err
}
