package console

import (
	"github.com/tongxin-hub/tongxin/internal/console/operations"
)

// row is one child of a list, with what a list says of it.
type row struct {
	Name, Link, Stage string
	FoundOn, DueOn    *string
}

type childrenPage struct {
	Rows []row
	Next string
}

// showChildren lists the children in reach of the post, by the names that it may read.
func showChildren(v *visit) {
	got, err := operations.ConsoleChildren(v.ctx(), v.c.ask.For(v.as(), nil), cursor(v.r.URL.Query().Get("after")))
	if !v.ok(err) {
		return
	}
	var page childrenPage
	if got.Children != nil {
		for _, n := range got.Children.Nodes {
			page.Rows = append(page.Rows, row{Name: text(n.Name), Link: v.link(handle{Child: n.Id, Hat: v.hat})})
		}
		page.Next = next(got.Children.PageInfo.HasNextPage, got.Children.PageInfo.EndCursor)
	}
	v.show("children", view{Body: page})
}
