package page

import (
	"encoding/csv"
	"net/http"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/console/fact"
	"github.com/tongxin-hub/tongxin/internal/fault"
)

// Watermark says who looked when and why; it is printed with every list.
func (v *Visit) Watermark() string {
	at := v.Site.Now().Format("2006-01-02T15:04:05Z07:00")
	view := View{site: v.Site, Lang: v.Lang}
	return v.Session.Agency + " · " + v.Hat.Title + " · " + v.Session.Subject + " · " + view.Purpose(v.Hat.Purpose) + " · " + fact.Moment(v.Lang, at)
}

// Save gives lines to a spreadsheet.
func (v *Visit) Save(name string, lines [][]string) {
	var out strings.Builder
	out.WriteString("\ufeff") // or some programs take it for another encoding
	w := csv.NewWriter(&out)
	for _, line := range lines {
		for i := range line {
			line[i] = harmless(line[i])
		}
		if err := w.Write(line); err != nil {
			v.OK(fault.Wrap(fault.Internal, "无法生成表格。", "The table cannot be made.", err))
			return
		}
	}
	w.Flush()
	v.File(name, "text/csv; charset=utf-8", []byte(out.String()))
}

// File gives a file to keep.
func (v *Visit) File(name, media string, content []byte) {
	v.W.Header().Set("Content-Type", media)
	v.W.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	v.W.WriteHeader(http.StatusOK)
	_, _ = v.W.Write(content) // who has left needs no file
}

// harmless keeps a spreadsheet from taking a cell for a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
