package scrutiny

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/internal/console/words"
	"github.com/tongxin-hub/tongxin/policy"
)

// draft is a proposal being written.
type draft struct {
	Base, Reason, Key string
	// Remove and Add are lines as they stand in the files of the policy, one a line.
	Remove, Add string
	Problems    []string
	Sample      string
}

// showPropose is the form; lines that were chosen elsewhere are in it already.
func showPropose(v *page.Visit) {
	reviewing(v)
	writeDraft(v, draft{Key: page.NewKey(), Remove: strings.Join(v.R.Form["remove"], "\n"), Reason: v.R.FormValue("reason")}, http.StatusOK)
}

func writeDraft(v *page.Visit, d draft, status int) {
	got, err := operations.ConsolePolicyVersions(v.Context(), v.Hub(nil), nil)
	if !v.OK(err) {
		return
	}
	if got.PolicyVersions != nil {
		for _, n := range got.PolicyVersions.Nodes {
			if page.Yes(n.InForce) {
				d.Base = page.Text(n.Version)
			}
		}
	}
	d.Sample = "p, HT, CLASS_CARE, own_class, A.name, FULL, allow, 未保法29"
	v.ShowAs(status, "policy-propose", page.View{Body: d})
}

// proposed is what came of a proposal.
type proposed struct {
	page.Made

	Proposal    string
	FailedCases []string
}

// propose checks the lines one by one, and hands the whole to the hub.
func propose(v *page.Visit) {
	if v.R.PostForm.Get("draft") != "" {
		showPropose(v) // lines that were chosen elsewhere
		return
	}
	reviewing(v)
	sent := v.R.PostForm
	d := draft{Base: sent.Get("base"), Reason: sent.Get("reason"), Key: sent.Get("key"), Remove: sent.Get("remove"), Add: sent.Get("add")}
	remove, add := linesIn(d.Remove), linesIn(d.Add)
	for _, part := range []struct {
		key   string
		lines []string
	}{{"policy.remove", remove}, {"policy.add", add}} {
		for i, line := range part.lines {
			if key := lineProblem(v.Site, line); key != "" {
				d.Problems = append(d.Problems, say(v, part.key)+" "+say(v, "policy.lineNumber", "number", strconv.Itoa(i+1))+" "+say(v, key))
			}
		}
	}
	if len(d.Problems) > 0 {
		writeDraft(v, d, http.StatusUnprocessableEntity)
		return
	}
	_, answer, err := v.Ask("ConsoleProposePolicy", map[string]any{"input": map[string]any{
		"key": d.Key, "base": d.Base, "reason": d.Reason, "remove": remove, "add": add,
	}})
	if !v.OK(err) {
		return
	}
	var got struct{ Made proposed }
	if !v.OK(json.Unmarshal(answer.Data, &got)) {
		return
	}
	if len(got.Made.UserErrors) > 0 {
		for _, e := range got.Made.UserErrors {
			d.Problems = append(d.Problems, words.Of(v.Lang, e.Message)+" ("+e.Code+")")
		}
		d.Key = page.NewKey()
		writeDraft(v, d, http.StatusUnprocessableEntity)
		return
	}
	h := page.Handle{Hat: v.Hat, Done: "policy.proposed", Entry: got.Made.Entry, Of: map[string]string{"proposal": got.Made.Proposal}}
	if len(got.Made.FailedCases) > 0 {
		h.Of["failed"] = strings.Join(got.Made.FailedCases, "\n")
	}
	http.Redirect(v.W, v.R, "/policy/proposal/"+v.Link(h), http.StatusSeeOther)
}

// linesIn are the lines of a text, without empty ones and remarks.
func linesIn(text string) []string {
	out := []string{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return out
}

// ruleLine is a line of the policy with what it says.
type ruleLine struct{ Text, Said string }

// ruleLines put lines into words; what is no line stands as it is.
func ruleLines(v *page.Visit, lines []string) []ruleLine {
	out := make([]ruleLine, 0, len(lines))
	p := v.Speaker()
	for _, text := range lines {
		l, err := policy.ParseLine(text)
		one := ruleLine{Text: text}
		if err == nil {
			basis := l.Basis.Text()
			said := []string{p.Role(string(l.Role)), p.Purpose(string(l.Purpose)), page.Pick(v.Lang, basis.ZH, basis.EN)}
			if l.Allows() {
				said = append(said, p.Value("Form", l.Form))
			} else {
				said = append(said, say(v, "policy.withholds"))
			}
			one.Said = strings.Join(said, " · ")
		}
		out = append(out, one)
	}
	return out
}

// lineProblem says what is wrong with a line before the hub sees it: the key of a
// sentence, empty for nothing. Groups and what belongs together only the hub knows.
func lineProblem(c *page.Site, line string) string {
	r := csv.NewReader(strings.NewReader(line))
	r.TrimLeadingSpace, r.FieldsPerRecord = true, -1
	f, err := r.Read()
	if err != nil || len(f) != 8 || f[0] != "p" {
		return "policy.wrongShape"
	}
	role := slices.ContainsFunc(policy.Roles(), func(r policy.RoleInfo) bool { return string(r.Code) == f[1] }) || f[1] == "everyone" || f[1] == "operational"
	purpose := slices.ContainsFunc(c.Purposes, func(p policy.PurposeInfo) bool { return string(p.Code) == f[2] }) || f[2] == "any"
	basis := slices.Contains(policy.AllBases(), policy.Basis(f[3])) || policy.Basis(f[3]) == policy.AnyGrant
	_, form := policy.ParseForm(f[5])
	switch {
	case !role:
		return "policy.wrongRole"
	case !purpose:
		return "policy.wrongPurpose"
	case !basis:
		return "policy.wrongBasis"
	case f[6] != "allow" && f[6] != "deny":
		return "policy.wrongEffect"
	case f[6] == "allow" && !form, f[6] == "deny" && f[5] != "ANY":
		return "policy.wrongForm"
	case strings.TrimSpace(f[7]) == "":
		return "policy.wrongGround"
	}
	return ""
}
