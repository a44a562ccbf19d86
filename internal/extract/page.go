package extract

import (
	"context"
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/rights"
	"github.com/tongxin-hub/tongxin/policy"
)

// The printable pages.
var (
	//go:embed summary.html
	summaryHTML string
	//go:embed copy.html
	copyHTML string
)

// summary is a compiled one.
type summary struct {
	waiting   int
	statement string
}

// row is a group as people read it.
type row struct {
	rights.Text

	Records int64
	Sources string
	// Purposes are the numbers of the purposes in the list below the table.
	Purposes     string
	OnlyByTheHub bool
}

// summaryPage is what the template prints.
type summaryPage struct {
	Relation      rights.Text
	Received, Day string
	Rows          []row
	Purposes      []numbered
	Years         int
}

// numbered is a purpose as people read it.
type numbered struct {
	rights.Text

	No int
}

// number gives each purpose that a row has its number, in the order of the policy's list.
func (b Book) number(list []held) (of map[string][]string, legend []numbered, err error) {
	used := map[policy.Purpose][]string{}
	for _, h := range list {
		purposes, err := b.purposes(h.code)
		if err != nil {
			return nil, nil, err
		}
		for _, p := range purposes {
			used[p] = append(used[p], h.code)
		}
	}
	of = map[string][]string{}
	for _, p := range b.Policy.Purposes() {
		if len(used[p.Code]) == 0 {
			continue
		}
		n := numbered{rights.Text(p.Name), len(legend) + 1}
		legend = append(legend, n)
		for _, code := range used[p.Code] {
			of[code] = append(of[code], strconv.Itoa(n.No))
		}
	}
	return of, legend, nil
}

// summary compiles what is held on a day.
func (b Book) summary(ctx context.Context, tx postgres.Tx, q request, day time.Time) (s summary, err error) {
	f, err := b.find(ctx, tx, q, day)
	if err != nil {
		return s, err
	}
	agencies, err := sourcesOf(ctx, tx, f.told)
	if err != nil {
		return s, err
	}
	p := summaryPage{Relation: rights.Relations()[q.Relation], Received: q.Received.Format(time.DateOnly), Day: day.Format(time.DateOnly)}
	if p.Years, err = keptYears(ctx, tx); err != nil {
		return s, err
	}
	of, legend, err := b.number(f.told)
	if err != nil {
		return s, err
	}
	p.Purposes = legend
	for _, h := range f.told {
		p.Rows = append(p.Rows, rowOf(h, agencies, of[h.code]))
	}
	s.waiting = f.waiting
	s.statement, err = rights.Print("summary", summaryHTML, p)
	return s, err
}

func rowOf(h held, agencies map[string]agency, purposes []string) row {
	r := row{Text: h.Text, Records: h.records, Purposes: strings.Join(purposes, ", ")}
	var names []string
	for _, owner := range h.owners {
		if a, known := agencies[owner]; known && !slices.Contains(names, a.name) {
			names = append(names, a.name)
		}
	}
	r.Sources, r.OnlyByTheHub = strings.Join(names, "、"), len(names) == 0
	return r
}

// given is what one source agency answered.
type given struct {
	Agency, State, Reason string
	Groups                []string
}

// copyPage is what the template prints.
type copyPage struct {
	Relation      rights.Text
	Summary       bool
	Received, Day string
	Refusal       string
	// HandedOut and Refused are agencies with what they answered for.
	HandedOut, Refused []told
}

// told is what one agency has handed out or refused, in words.
type told struct {
	Agency, ZH, EN, Reason string
}

// page is the answer in writing: the summary that was compiled, or what each source
// agency answered, or why nothing is provided.
func (b Book) page(ctx context.Context, tx postgres.Tx, q request, day time.Time) (string, error) {
	switch {
	case q.Refusal != "":
	case q.Kind == Copy && q.Waits:
		return "", rights.Waiting()
	case q.Kind == Summary:
		s, err := b.summary(ctx, tx, q, *q.CompiledOn)
		if err == nil && s.statement != q.Statement {
			err = fault.New(fault.Conflict, "汇总之后情况有变化，请重新汇总。", "Something changed since the summary was compiled; compile it again.")
		}
		return s.statement, err
	}
	p := copyPage{
		Relation: rights.Relations()[q.Relation], Summary: q.Kind == Summary, Received: q.Received.Format(time.DateOnly), Day: day.Format(time.DateOnly), Refusal: q.Refusal,
	}
	list, err := givenBy(ctx, tx, q.ID)
	if err != nil {
		return "", err
	}
	scene := rights.Scene{Relief: true} // what was asked of a source may be named
	known, err := scene.Groups()
	if err != nil {
		return "", err
	}
	for _, g := range list {
		var zh, en []string
		for _, group := range g.Groups {
			zh, en = append(zh, known[group].ZH), append(en, known[group].EN)
		}
		t := told{g.Agency, strings.Join(zh, "、"), strings.Join(en, ", "), g.Reason}
		switch g.State {
		case HandedOut:
			p.HandedOut = append(p.HandedOut, t)
		case Refused:
			p.Refused = append(p.Refused, t)
		}
	}
	return rights.Print("copy", copyHTML, p)
}
