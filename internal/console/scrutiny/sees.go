package scrutiny

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
)

// The generated names are long.
type (
	matrixCell = operations.ConsolePolicyMatrixPolicyMatrixCellsPolicyCell
	matrixLine = operations.ConsolePolicyMatrixPolicyMatrixLinesPolicyMatrixLine
)

// mark is one cell as it is shown: a letter, and the note with its grounds.
type mark struct {
	Code, Letter string
	Partly       bool
	Note         int
	Grounds      string
}

type seenRow struct {
	coordinate

	Marks []mark
}

// seenGroup are the rows of one type.
type seenGroup struct {
	Kind string
	Rows []seenRow
}

// note is what stands behind cells with the same grounds.
type note struct {
	Number int
	Lines  []matrixLine
}

type seesPage struct {
	asked

	Version             string
	Roles, Purposes     []choice
	Types               []choice
	Columns             []choice
	Groups              []seenGroup
	Notes               []note
	Never               []matrixLine
	Codes               []legend
	Rows, Pages         int
	Before, After, Mark string
	Many, English       bool
}

// legend is one letter in words.
type legend struct{ Code, Letter string }

// letters are those of the minimisation matrix.
func letters() []legend {
	return []legend{
		{"FULL", "F"},
		{"REVEALABLE", "R"},
		{"MASKED", "M"},
		{"GENERALISED", "G"},
		{"EXISTS", "E"},
		{"ACTION_CARD", "A"},
		{"COUNTS", "C"},
		{"BY_GRANT", "T"},
		{"MAY_DO", "✓"},
		{"WITHHELD", "–"},
	}
}

func letterOf(code string) string {
	for _, l := range letters() {
		if l.Code == code {
			return l.Letter
		}
	}
	return "–"
}

// cellsOfPage is about how many cells a page may have and stay light.
const cellsOfPage = 180

// wideColumns is from how many columns on their heads are turned.
const wideColumns = 4

// showSees is what a role sees for a purpose, or for each of its purposes, or who sees
// what for one purpose.
func showSees(v *page.Visit) {
	reviewing(v)
	q := askedFor(v)
	if q.Role == "" && q.Purpose == "" {
		showMatrix(v)
		return
	}
	got, err := operations.ConsolePolicyMatrix(v.Context(), v.Hub(nil), pointer[operations.Role](q.Role), pointer[operations.Purpose](q.Purpose), nil)
	if !v.OK(err) {
		return
	}
	all := coordinates(v)
	body := seesPage{asked: q, Types: kinds(all, q.Type), Codes: letters(), Mark: v.Watermark(), English: v.Lang == "en"}
	body.Roles, body.Purposes = choicesOf(v, q.Role, q.Purpose)
	if got.PolicyMatrix == nil {
		v.Show("matrix-see", page.View{Body: body})
		return
	}
	body.Version = got.PolicyMatrix.Version
	body.Columns = columns(v, q, got.PolicyMatrix.Cells)
	body.Many = len(body.Columns) > wideColumns
	rows := seenRows(all, q, got.PolicyMatrix.Cells, body.Columns)
	per := max(20, cellsOfPage/max(1, len(body.Columns)))
	body.Rows, body.Pages = len(rows), max(1, (len(rows)+per-1)/per)
	body.Page = min(body.Page, body.Pages)
	rows = rows[min(len(rows), (body.Page-1)*per):min(len(rows), body.Page*per)]
	n := noter{lines: got.PolicyMatrix.Lines, at: map[string]int{}, never: map[int]bool{}}
	for _, r := range rows {
		n.number(&r)
		if len(body.Groups) == 0 || body.Groups[len(body.Groups)-1].Kind != r.Kind {
			body.Groups = append(body.Groups, seenGroup{Kind: r.Kind})
		}
		g := &body.Groups[len(body.Groups)-1]
		g.Rows = append(g.Rows, r.seenRow)
	}
	body.Notes, body.Never = n.notes, n.withholding()
	body.Before, body.After = q.at(body.Page-1, body.Pages), q.at(body.Page+1, body.Pages)
	v.Show("matrix-see", page.View{Body: body})
}

// at is the address of another page of the same table, empty where there is none.
func (q asked) at(number, pages int) string {
	if number < 1 || number > pages {
		return ""
	}
	values := url.Values{}
	for name, value := range map[string]string{"role": q.Role, "purpose": q.Purpose, "type": q.Type, "class": q.Class, "page": strconv.Itoa(number)} {
		if value != "" {
			values.Set(name, value)
		}
	}
	return "/matrix/see?" + values.Encode()
}

// columns are the purposes of the role, or the roles of the purpose.
func columns(v *page.Visit, q asked, cells []matrixCell) []choice {
	roles, purposes := choicesOf(v, "", "")
	list, of := purposes, func(c matrixCell) string { return string(c.Purpose) }
	if q.Role == "" {
		list, of = roles, func(c matrixCell) string { return string(c.Role) }
	}
	return slices.DeleteFunc(list, func(c choice) bool {
		return !slices.ContainsFunc(cells, func(cell matrixCell) bool { return of(cell) == c.Value })
	})
}

// numbered is a row whose cells still name their lines.
type numbered struct {
	seenRow

	lines [][]int
}

// seenRows are the coordinates that anybody sees, by type.
func seenRows(all map[string]coordinate, q asked, cells []matrixCell, columns []choice) []numbered {
	at := map[string]*numbered{}
	for _, cell := range cells {
		c, known := all[cell.Coordinate]
		column := slices.IndexFunc(columns, func(o choice) bool {
			return o.Value == string(cell.Purpose) && q.Role != "" || o.Value == string(cell.Role) && q.Role == ""
		})
		if !known || column < 0 || q.Type != "" && c.Type != q.Type || q.Class != "" && c.Class != q.Class {
			continue
		}
		r := at[c.Code]
		if r == nil {
			r = &numbered{seenRow{c, make([]mark, len(columns))}, make([][]int, len(columns))}
			for i := range r.Marks {
				r.Marks[i] = mark{Code: "WITHHELD", Letter: "–"}
			}
			at[c.Code] = r
		}
		r.Marks[column] = mark{Code: string(cell.Code), Letter: letterOf(string(cell.Code)), Partly: cell.Partly}
		r.lines[column] = cell.Lines
	}
	out := make([]numbered, 0, len(at))
	for _, r := range at {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b numbered) int {
		return cmp.Or(place(a.Type)-place(b.Type), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Owner, b.Owner), cmp.Compare(b.Class, a.Class), cmp.Compare(a.Code, b.Code))
	})
	return out
}

// place: the child stands before its records, and those before what is asked and done.
func place(typename string) int {
	switch {
	case typename == "Child":
		return 0
	case roots(typename):
		return 2
	}
	return 1
}

// noter numbers the grounds of the cells of one page.
type noter struct {
	lines []matrixLine
	at    map[string]int
	notes []note
	never map[int]bool
}

func (n *noter) number(r *numbered) {
	for i, positions := range r.lines {
		var behind []matrixLine
		var grounds []string
		var key strings.Builder
		for _, p := range positions {
			if !n.lines[p].Allows {
				n.never[p] = true
				continue
			}
			fmt.Fprint(&key, p, " ")
			behind = append(behind, n.lines[p])
			if !slices.Contains(grounds, n.lines[p].Ground) {
				grounds = append(grounds, n.lines[p].Ground)
			}
		}
		if len(behind) == 0 {
			continue
		}
		if n.at[key.String()] == 0 {
			n.notes = append(n.notes, note{len(n.notes) + 1, behind})
			n.at[key.String()] = len(n.notes)
		}
		r.Marks[i].Note, r.Marks[i].Grounds = n.at[key.String()], strings.Join(grounds, "；")
	}
}

// withholding are the lines that withhold whatever else holds.
func (n *noter) withholding() []matrixLine {
	var out []matrixLine
	for i, l := range n.lines {
		if n.never[i] {
			out = append(out, l)
		}
	}
	return out
}
