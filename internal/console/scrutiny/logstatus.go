package scrutiny

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
)

// agencyChoices are the agencies by name.
func agencyChoices(names map[string]string, chosen string) []choice {
	var out []choice
	for code, name := range names {
		out = append(out, choice{code, name, code == chosen})
	}
	slices.SortFunc(out, func(a, b choice) int { return cmp.Compare(a.Value, b.Value) })
	return out
}

// witness is one that vouches for the log.
type witness struct {
	operations.ConsoleLogStatusLogStatusWitnessesLogWitness

	Age, Refusal string
}

type logPage struct {
	Tabs                  []tab
	Size, Signed, KeyName string
	Unsigned              int64
	SignedAt              *string
	Witnesses             []witness
	Mark                  string
}

// showLogStatus says how far the record is signed, and who vouches for it.
func showLogStatus(v *page.Visit) {
	body := logPage{Tabs: tabs(v)}
	if !v.OK(auditing(v)) {
		return
	}
	body.Mark = v.Watermark()
	got, err := operations.ConsoleLogStatus(v.Context(), v.Hub(nil))
	if !v.OK(err) {
		return
	}
	if s := got.LogStatus; s != nil {
		body.Size, body.Signed, body.KeyName, body.SignedAt = page.Text(s.Size), page.Text(s.SignedSize), page.Text(s.KeyName), s.SignedAt
		size, _ := strconv.ParseInt(body.Size, 10, 64) // both are numbers of the hub
		signed, _ := strconv.ParseInt(body.Signed, 10, 64)
		body.Unsigned = size - signed
		for _, w := range s.Witnesses {
			one := witness{ConsoleLogStatusLogStatusWitnessesLogWitness: w, Refusal: code(w.Refusal)}
			if w.AgeSeconds != nil {
				one.Age = strconv.Itoa(*w.AgeSeconds)
			}
			body.Witnesses = append(body.Witnesses, one)
		}
	}
	v.Show("logstatus", page.View{Body: body})
}
