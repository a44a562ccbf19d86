package scrutiny

import (
	"strings"

	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/policy"
)

// auditing puts on the purpose under which the log is read: an auditor's with the plan
// that it hangs on, the officer's at the rights desk.
func auditing(v *page.Visit) error {
	if !page.Of(policy.AUD)(v.Hat) {
		atDesk(v)
		return nil
	}
	if v.Hat.Purpose == string(policy.AccessAudit) && v.Hat.Ticket != "" {
		return nil
	}
	v.Hat.Purpose, v.Hat.Ticket = string(policy.AccessAudit), ""
	tickets, err := v.Site.Tickets(v.AsOf(string(policy.PolicyReview)))
	if err != nil {
		return err
	}
	for _, t := range tickets {
		if t.Purpose == v.Hat.Purpose {
			v.Hat.Ticket = t.Code
			break
		}
	}
	return nil
}

// agencies are the names of agencies by their codes.
func agencies(v *page.Visit) (map[string]string, error) {
	all, err := v.Agencies()
	out := map[string]string{}
	for _, a := range all {
		out[a.Value] = a.Label
	}
	return out, err
}

// named is the name of an agency, its code where the directory has none.
func named(names map[string]string, code string) string {
	if name := names[code]; name != "" {
		return name
	}
	return code
}

// half takes the language of the page out of a text that the hub gives in both.
func half(v *page.Visit, text string) string {
	zh, en, found := strings.Cut(text, "·")
	if !found {
		return text
	}
	return strings.TrimSpace(page.Pick(v.Lang, zh, en))
}

// tab is one of the pages about how the record is kept.
type tab struct {
	Path, Key string
	Current   bool
}

// tabs are those that the post may open.
func tabs(v *page.Visit) []tab {
	list := []tab{{Path: "/yearly", Key: "yearly.title"}, {Path: "/retention", Key: "retention.title"}, {Path: "/receipts", Key: "receipts.title"}, {Path: "/logstatus", Key: "logs.title"}}
	if !page.Of(policy.AUD)(v.Hat) {
		list = []tab{list[1], list[3]}
	}
	for i := range list {
		list[i].Current = list[i].Path == v.R.URL.Path
	}
	return list
}
