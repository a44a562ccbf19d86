package scrutiny

import (
	"encoding/json"
	"html/template"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
)

type statementPage struct {
	Text          template.HTML
	Back          string
	Contact, Mark string
}

// showStatement is the statement for a guardian, to be read and printed: the very text
// that the officer reviewed.
func showStatement(v *page.Visit) {
	h, err := v.Open()
	if !v.OK(err) {
		return
	}
	atDesk(v)
	text, err := statement(v, h)
	if err == nil && text == "" {
		err = page.NotFound()
	}
	if !v.OK(err) {
		return
	}
	body := statementPage{Back: strings.TrimSuffix(v.R.URL.Path, "/statement"), Contact: v.Site.Contact, Mark: v.Watermark()}
	if body.Contact == "" {
		body.Contact = v.Session.Agency
	}
	body.Text = inner(text)
	v.Show("rights-statement", page.View{Body: body})
}

// statement is the page as the hub keeps it: what the last move came to, or what stands
// in an inquiry that is open.
func statement(v *page.Visit, h page.Handle) (string, error) {
	if h.Of["move"] != "" {
		var input map[string]any
		if err := json.Unmarshal([]byte(h.Of["input"]), &input); err != nil {
			return "", err
		}
		got, err := v.Make(operations.Move(h.Of["move"]), input)
		return page.Text(got.Statement), err
	}
	got, err := operations.ConsoleInquiryStatement(v.Context(), v.Hub(nil), h.Of["inquiry"])
	if err != nil || got.Node == nil {
		return "", err
	}
	if q, known := (*got.Node).(*operations.ConsoleInquiryStatementNodeAccessInquiry); known {
		return page.Text(q.Statement), nil
	}
	return "", nil
}

// inner is what stands between the tags of the body: the console's own style prints it.
func inner(text string) template.HTML {
	_, text, _ = strings.Cut(text, "<body>")
	text, _, _ = strings.Cut(text, "</body>")
	return template.HTML(text) //nolint:gosec // the hub made it, every value in it is escaped there
}
