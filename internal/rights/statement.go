package rights

import (
	_ "embed"
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/tongxin-hub/tongxin/policy"
)

// statementHTML is the printable page.
//
//go:embed statement.html
var statementHTML string

// Names are the labels of roles and purposes.
type Names struct{ Roles, Purposes map[string]Text }

// page is what the template prints.
type page struct {
	Refused       bool
	Relation      Text
	Received, Day string
	Lines         []printed
	Reason        Text
	Explanation   string
}

// printed is a line as people read it.
type printed struct {
	Day, Agency   string
	Role, Purpose Text
	ZH, EN        string
}

// render prints the page.
func render(p page) (string, error) { return Print("statement", statementHTML, p) }

// sheetHTML is the type of all printed pages.
//
//go:embed sheet.html
var sheetHTML string

// Print prints a page of a template, in the type of all.
func Print(name, text string, p any) (string, error) {
	t, err := template.New(name).Parse(sheetHTML)
	if err == nil {
		t, err = t.Parse(text)
	}
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if err := t.Execute(&b, p); err != nil {
		return "", fmt.Errorf("print %s: %w", name, err)
	}
	return b.String(), nil
}

// answerPage puts the lines into words.
func answerPage(q inquiry, day time.Time, lines []Line, names Names, known map[string]group) page {
	p := page{Relation: Relations()[q.Relation], Received: q.Received.Format(time.DateOnly), Day: day.Format(time.DateOnly)}
	for _, l := range lines {
		var zh, en []string
		for _, f := range l.Fields {
			zh, en = append(zh, known[f].ZH), append(en, known[f].EN)
		}
		p.Lines = append(p.Lines, printed{
			Day: l.Day.Format(time.DateOnly), Agency: l.Agency, Role: named(names.Roles, l.Role), Purpose: named(names.Purposes, l.Purpose),
			ZH: strings.Join(zh, "、"), EN: strings.Join(en, ", "),
		})
	}
	return p
}

// named is a label, the code where there is none.
func named(names map[string]Text, code string) Text {
	if t, ok := names[code]; ok {
		return t
	}
	return Text{code, code}
}

// Relations are the requesters' relations to the child in words.
func Relations() map[string]Text {
	return map[string]Text{
		"FATHER": {"父亲", "father"}, "MOTHER": {"母亲", "mother"},
		"PATERNAL_GRANDFATHER": {"祖父", "paternal grandfather"}, "PATERNAL_GRANDMOTHER": {"祖母", "paternal grandmother"},
		"MATERNAL_GRANDFATHER": {"外祖父", "maternal grandfather"}, "MATERNAL_GRANDMOTHER": {"外祖母", "maternal grandmother"},
		"SIBLING": {"兄弟姐妹", "sibling"}, "OTHER_KIN": {"其他亲属", "other kin"}, "NOT_KIN": {"非亲属", "not kin"},
		"CHILD_SELF": {"儿童本人", "the child in person"},
	}
}

// reasons are the written reasons of refusals.
func reasons() map[string]Text {
	return map[string]Text{
		"NOT_ENTITLED": {
			"申请人不是该儿童的监护人，也没有监护人的书面授权。取得监护人书面授权后可以再次申请。",
			"The applicant is not a guardian of the child and has no written authorisation of one. With a guardian's written authorisation the request can be made again.",
		},
		"IDENTITY_UNPROVEN": {
			"申请人的身份或与儿童的关系未能核实。补充身份证件或关系证明后可以再次申请。",
			"The applicant's identity or relation to the child could not be established. With an identity document or proof of the relation the request can be made again.",
		},
		"COURT_LIMITED": {
			"人民法院的生效文书限制了申请人行使此项权利。",
			"A court decision in force limits the applicant's exercise of this right.",
		},
		"CHILD_UNDER_14": {
			"申请人未满14周岁，须由监护人提出或陪同提出。",
			"The applicant is under 14; a guardian makes the request or comes along.",
		},
		"OTHER": {"见以下说明。", "As explained below."},
	}
}

// NamesOf takes the labels from the policy's vocabulary.
func NamesOf(roles []policy.RoleInfo, purposes []policy.PurposeInfo) Names {
	n := Names{Roles: map[string]Text{}, Purposes: map[string]Text{}}
	for _, r := range roles {
		n.Roles[string(r.Code)] = Text(r.Name)
	}
	for _, p := range purposes {
		n.Purposes[string(p.Code)] = Text(p.Name)
	}
	return n
}
