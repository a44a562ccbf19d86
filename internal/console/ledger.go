package console

import (
	"net/http"
	"slices"

	"github.com/tongxin-hub/tongxin/internal/console/fact"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
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
func (c *Console) ledgers() []string {
	var out []string
	for _, value := range c.lexicon.Schema().Types["DropoutLedger"].EnumValues {
		out = append(out, value.Name)
	}
	return out
}

func showLedgers(v *visit) {
	http.Redirect(v.w, v.r, "/ledgers/"+v.c.ledgers()[1], http.StatusSeeOther)
}

// showLedger is one book: what is under way, and how far it has come.
func showLedger(v *visit) {
	page := ledgerPage{Ledgers: v.c.ledgers(), Ledger: v.r.PathValue("ledger"), Mark: v.watermark()}
	if !slices.Contains(page.Ledgers, page.Ledger) {
		v.ok(notFound())
		return
	}
	if v.hat.Purpose != "DROPOUT_PREVENTION" {
		v.hat.Purpose, v.hat.Ticket = "DROPOUT_PREVENTION", ""
	}
	got, err := operations.ConsoleLedger(v.ctx(), v.c.ask.For(v.as(), nil),
		operations.DropoutLedger(page.Ledger), cursor(v.r.URL.Query().Get("after")))
	if !v.ok(err) {
		return
	}
	if got.DropoutLedger != nil {
		for _, n := range got.DropoutLedger.Nodes {
			r := row{FoundOn: n.FoundOn, DueOn: n.DueOn}
			if n.Stage != nil {
				r.Stage = string(*n.Stage)
			}
			if n.Child != nil {
				r.Name, r.Link = text(n.Child.Name), v.link(handle{Child: n.Child.Id, Hat: v.hat})
			}
			page.Rows = append(page.Rows, r)
		}
		page.Next = next(got.DropoutLedger.PageInfo.HasNextPage, got.DropoutLedger.PageInfo.EndCursor)
	}
	v.show("ledger", view{Body: page})
}

// watermark says who looked when and why.
func (v *visit) watermark() string {
	at := v.c.deps.Now().Format("2006-01-02T15:04:05Z07:00")
	return v.session.Agency + " · " + v.hat.Title + " · " + v.session.Subject + " · " + v.purposeName() + " · " + fact.Moment(v.lang, at)
}

func (v *visit) purposeName() string {
	p := view{c: v.c, Lang: v.lang}
	return p.Purpose(v.hat.Purpose)
}
