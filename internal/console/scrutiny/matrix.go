package scrutiny

import (
	"slices"
	"strconv"

	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/policy"
)

// heat is one cell of the overview.
type heat struct {
	Role, Purpose string
	Full, Less    int
	// Degree is 0 for a role that does not act for the purpose, else 1 to 5.
	Degree int
}

type heatRow struct {
	Purpose, Statute string
	Cells            []heat
}

type matrixPage struct {
	Roles, Purposes []choice
	Rows            []heatRow
	Of              int
}

// choicesOf are roles and purposes by name.
func choicesOf(v *page.Visit, role, purpose string) (roles, purposes []choice) {
	for _, r := range policy.Roles() {
		roles = append(roles, choice{string(r.Code), page.Pick(v.Lang, r.Name.ZH, r.Name.EN), string(r.Code) == role})
	}
	for _, p := range v.Site.Purposes {
		purposes = append(purposes, choice{string(p.Code), page.Pick(v.Lang, p.Name.ZH, p.Name.EN), string(p.Code) == purpose})
	}
	return roles, purposes
}

// showMatrix is the overview, and the two questions that lead into it.
func showMatrix(v *page.Visit) {
	reviewing(v)
	got, err := operations.ConsolePolicyOverview(v.Context(), v.Hub(nil))
	if !v.OK(err) {
		return
	}
	var body matrixPage
	body.Roles, body.Purposes = choicesOf(v, "", "")
	most := 1
	for _, r := range got.PolicyOverview {
		most, body.Of = max(most, r.Full+r.Less), r.Of
	}
	for _, p := range v.Site.Purposes {
		row := heatRow{Purpose: string(p.Code), Statute: p.Statute, Cells: make([]heat, len(body.Roles))}
		for _, r := range got.PolicyOverview {
			column := slices.IndexFunc(body.Roles, func(c choice) bool { return c.Value == string(r.Role) })
			if string(r.Purpose) != row.Purpose || column < 0 {
				continue
			}
			row.Cells[column] = heat{string(r.Role), row.Purpose, r.Full, r.Less, 1 + 4*(r.Full+r.Less)/most}
		}
		body.Rows = append(body.Rows, row)
	}
	v.Show("matrix", page.View{Body: body})
}

// asked is what a page of the matrix was asked for.
type asked struct {
	Role, Purpose, Type, Class string
	Page                       int
}

func askedFor(v *page.Visit) asked {
	q := v.R.URL.Query()
	number, err := strconv.Atoi(q.Get("page"))
	if err != nil || number < 1 {
		number = 1
	}
	return asked{q.Get("role"), q.Get("purpose"), q.Get("type"), q.Get("class"), number}
}

// pointer is nil for an empty text.
func pointer[T ~string](text string) *T {
	if text == "" {
		return nil
	}
	out := T(text)
	return &out
}
