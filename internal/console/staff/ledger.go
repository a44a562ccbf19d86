package staff

import (
	"net/http"
	"slices"

	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
)

type ledgerPage struct {
	Ledgers []string
	Ledger  string
	Rows    []row
	Next    string
	// Mark says who looked when and why: it is printed with the list.
	Mark string
}

// ledgers are the books of dropout prevention, as the schema has them.
func ledgers(c *page.Site) []string {
	var out []string
	for _, value := range c.Lexicon.Schema().Types["DropoutLedger"].EnumValues {
		out = append(out, value.Name)
	}
	return out
}

func showLedgers(v *page.Visit) {
	http.Redirect(v.W, v.R, "/ledgers/"+ledgers(v.Site)[1], http.StatusSeeOther)
}

// showLedger is one book: what is under way, and how far it has come.
func showLedger(v *page.Visit) {
	body := ledgerPage{Ledgers: ledgers(v.Site), Ledger: v.R.PathValue("ledger"), Mark: v.Watermark()}
	if !slices.Contains(body.Ledgers, body.Ledger) {
		v.OK(page.NotFound())
		return
	}
	if v.Hat.Purpose != "DROPOUT_PREVENTION" {
		v.Hat.Purpose, v.Hat.Ticket = "DROPOUT_PREVENTION", ""
	}
	got, err := operations.ConsoleLedger(v.Context(), v.Hub(nil),
		operations.DropoutLedger(body.Ledger), page.Cursor(v.R.URL.Query().Get("after")))
	if !v.OK(err) {
		return
	}
	if got.DropoutLedger != nil {
		for _, n := range got.DropoutLedger.Nodes {
			r := row{FoundOn: n.FoundOn, DueOn: n.DueOn}
			if n.Stage != nil {
				r.Stage = string(*n.Stage)
			}
			if n.Child != nil {
				r.Name, r.Link = page.Text(n.Child.Name), v.Link(page.Handle{Child: n.Child.Id, Hat: v.Hat})
			}
			body.Rows = append(body.Rows, r)
		}
		body.Next = page.Next(got.DropoutLedger.PageInfo.HasNextPage, got.DropoutLedger.PageInfo.EndCursor)
	}
	v.Show("ledger", page.View{Body: body})
}
