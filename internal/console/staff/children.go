package staff

import (
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
)

// row is one child of a list, with what a list says of it.
type row struct {
	Name, Link, Stage string
	FoundOn, DueOn    *string
}

type childrenPage struct {
	Rows []row
	Next string
	// Nominate: the post may name a child that is not here.
	Nominate bool
}

// showChildren lists the children in reach of the post, by the names that it may read.
func showChildren(v *page.Visit) {
	got, err := operations.ConsoleChildren(v.Context(), v.Hub(nil), page.Cursor(v.R.URL.Query().Get("after")))
	if !v.OK(err) {
		return
	}
	body := childrenPage{Nominate: mayNominate(v)}
	if got.Children != nil {
		for _, n := range got.Children.Nodes {
			body.Rows = append(body.Rows, row{Name: page.Text(n.Name), Link: v.Link(page.Handle{Child: n.Id, Hat: v.Hat})})
		}
		body.Next = page.Next(got.Children.PageInfo.HasNextPage, got.Children.PageInfo.EndCursor)
	}
	v.Show("children", page.View{Body: body})
}
