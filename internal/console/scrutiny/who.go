package scrutiny

import (
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
)

// seer is one role for one purpose that sees a coordinate.
type seer struct {
	Role, Purpose string
	mark

	Lines []matrixLine
}

type whoPage struct {
	Of      string
	Found   *coordinate
	Like    []coordinate
	Version string
	Seers   []seer
	Never   []matrixLine
	Codes   []legend
	Mark    string
	English bool
}

// showWho says who sees one coordinate, for what, and on which ground.
func showWho(v *page.Visit) {
	reviewing(v)
	all := coordinates(v)
	body := whoPage{Of: v.R.URL.Query().Get("of"), Codes: letters(), Mark: v.Watermark(), English: v.Lang == "en"}
	c, known := all[body.Of]
	if !known {
		if body.Like = like(all, body.Of); len(body.Like) == 1 {
			c, known = body.Like[0], true
		}
	}
	if !known {
		v.Show("matrix-who", page.View{Body: body})
		return
	}
	body.Found = &c
	got, err := operations.ConsolePolicyMatrix(v.Context(), v.Hub(nil), nil, nil, &c.Code)
	if !v.OK(err) {
		return
	}
	if m := got.PolicyMatrix; m != nil {
		body.Version = m.Version
		never := map[int]bool{}
		for _, cell := range m.Cells {
			s := seer{Role: string(cell.Role), Purpose: string(cell.Purpose), mark: mark{Code: string(cell.Code), Letter: letterOf(string(cell.Code)), Partly: cell.Partly}}
			for _, p := range cell.Lines {
				if m.Lines[p].Allows {
					s.Lines = append(s.Lines, m.Lines[p])
				} else {
					never[p] = true
				}
			}
			body.Seers = append(body.Seers, s)
		}
		for i, l := range m.Lines {
			if never[i] {
				body.Never = append(body.Never, l)
			}
		}
	}
	v.Show("matrix-who", page.View{Body: body})
}
