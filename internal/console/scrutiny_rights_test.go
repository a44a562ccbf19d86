package console_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// guardianAsks: a mother asks who looked at the file; the officer checks, compiles,
// reviews and hands out the statement, and refuses somebody else.
func guardianAsks(t *testing.T, hub *hubtest.Hub) {
	t.Helper()
	tokens := tokensOfAskable(t, hub)
	s := screens()[0]
	p := open(t, hub, s)
	p.signIn("dpo")
	p.every(s, "/rights")
	p.fill(`form[action="/rights"]`, map[string]string{"token": strings.Repeat("0", 64), "relation": "MOTHER"})
	p.click(`form[action="/rights"] button.main`)
	p.shown([]string{"NOT_FOUND"}, nil)
	receives := func(token, relation string) {
		p.visit("/rights")
		p.fill(`form[action="/rights"]`, map[string]string{"token": token, "relation": relation})
		p.click(`form[action="/rights"] button.main`)
		p.shown([]string{"已登记", "已收到，待核身份与关系"}, []string{token})
	}
	receives(tokens[0], "MOTHER")
	p.looked("request")
	p.snap(s, "request")
	moves := func(mutation string, values map[string]string) {
		p.fill(form(mutation), values)
		p.click(form(mutation) + " button.main")
	}
	moves("checkIdentity", map[string]string{"proof": "HOUSEHOLD_BOOK", "standing": "GUARDIAN"})
	moves("checkConflict", map[string]string{"courtLimited": "false"})
	moves("compileInquiry", nil)
	moves("reviewInquiry", nil)
	moves("answerInquiry", nil)
	p.shown([]string{"已答复"}, nil)
	p.clickText("答复书")
	p.looked("statement")
	p.snap(s, "statement")
	p.shown([]string{"儿童档案查阅情况答复书", "Statement of accesses", "走访", "如果您有不同意见", "新洲区人民政府办公室"}, []string{tokens[0], "style="})
	p.paper(s, "statement")

	phone := screens()[3]
	p = open(t, hub, phone)
	p.signIn("dpo")
	p.every(phone, "/rights")
	p.fill(`form[action="/rights"]`, map[string]string{"token": tokens[1], "relation": "OTHER_KIN"})
	p.click(`form[action="/rights"] button.main`)
	moves("checkIdentity", map[string]string{"proof": "IDENTITY_CARD", "standing": "GUARDIAN"})
	p.shown([]string{"Refuse in writing"}, nil)
	p.run(chromedp.Click(`details:has(`+form("refuseInquiry")+`) > summary`, chromedp.ByQuery))
	moves("refuseInquiry", map[string]string{"reason": "NOT_ENTITLED"})
	p.looked("refused")
	p.clickText("Statement")
	p.shown([]string{"Notice of refusal", "written authorisation"}, nil)
	p.looked("refusal")
	p.snap(phone, "refusal")
}

// guardianCorrects: a mother asks for correction and the officer hands it to the source
// agency; somebody without a right is refused and answered in writing. Every move is made
// by clicking.
func guardianCorrects(t *testing.T, hub *hubtest.Hub) {
	t.Helper()
	tokens := tokensOfAskable(t, hub)
	for i, s := range []screen{screens()[0], screens()[3]} {
		p := open(t, hub, s)
		p.signIn("dpo")
		p.every(s, "/corrections")
		receive := form("receiveGuardianCorrection")
		p.fill(receive, map[string]string{
			"token.kind": "CITIZEN_ID", "token.token": tokens[i], "relation": []string{"MOTHER", "OTHER_KIN"}[i],
			"reason": "与户口簿不一致", "find.coordinate.part": "Child",
		})
		p.click(receive + ` button[name="look"]`)
		p.run(chromedp.Click(receive+` input[name="coordinate"][value="Child.hukouType"]`, chromedp.ByQuery))
		p.click(receive + " button.main")
		p.looked("request for correction")
		p.snap(s, "correction")
		moves := func(mutation string, values map[string]string) {
			p.run(chromedp.Evaluate(`document.querySelectorAll("details").forEach(d => d.open = true)`, nil))
			p.fill(form(mutation), values)
			p.click(form(mutation) + " button.main")
		}
		if i == 0 {
			moves("checkGuardianCorrection", map[string]string{"proof": "HOUSEHOLD_BOOK", "standing": "GUARDIAN"})
			moves("routeGuardianCorrection", nil)
			p.shown([]string{"数源单位核查中", "户口性质"}, []string{tokens[i], "Child.hukouType"})
			continue
		}
		moves("refuseGuardianCorrection", map[string]string{"reason": "NOT_ENTITLED"})
		moves("answerGuardianCorrection", nil)
		p.clickText("Statement")
		p.looked("answer to a request for correction")
		p.snap(s, "correction-answer")
		p.shown([]string{"written authorisation", "Household registration kind"}, []string{tokens[i], "Child.hukouType"})
	}
}

// guardianCopies: a mother has a summary of what is held, printed, and asks for copies, which
// go to their sources. Every move is made by clicking.
func guardianCopies(t *testing.T, hub *hubtest.Hub) {
	t.Helper()
	token := tokensOfAskable(t, hub)[0]
	s := screens()[0]
	p := open(t, hub, s)
	p.signIn("dpo")
	p.every(s, "/copies")
	moves := func(mutation string, values map[string]string) {
		p.run(chromedp.Evaluate(`document.querySelectorAll("details").forEach(d => d.open = true)`, nil))
		p.fill(form(mutation), values)
		p.click(form(mutation) + " button.main")
	}
	receives := func(kind string) {
		p.visit("/copies")
		moves("receiveCopyRequest", map[string]string{"kind": kind, "token.kind": "CITIZEN_ID", "token.token": token, "relation": "MOTHER"})
		moves("checkCopyRequest", map[string]string{"proof": "HOUSEHOLD_BOOK", "standing": "GUARDIAN", "courtLimited": "false"})
	}
	receives("SUMMARY")
	p.looked("request for a summary")
	p.snap(s, "copy-request")
	moves("compileSummary", nil)
	moves("answerCopyRequest", nil)
	p.clickText("答复书")
	p.looked("summary")
	p.snap(s, "summary")
	p.shown([]string{"儿童档案内容汇总", "姓名", "新洲区教育局", "满18周岁后3年"}, []string{token, "style="})
	p.paper(s, "summary")
	receives("COPY")
	moves("routeCopyRequest", nil)
	p.shown([]string{"数源单位提供复制件中", "新洲区教育局"}, []string{token})
	p.snap(s, "copies-routed")
}

// guardianComplains: on a phone, in English, the officer enters a complaint, answers it and
// hands it on; the head decides.
func guardianComplains(t *testing.T, hub *hubtest.Hub) {
	t.Helper()
	s := screens()[3]
	p := open(t, hub, s)
	moves := func(mutation string, values map[string]string) {
		p.run(chromedp.Evaluate(`document.querySelectorAll("details").forEach(d => d.open = true)`, nil))
		p.fill(form(mutation), values)
		p.click(form(mutation) + " button.main")
	}
	p.signIn("dpo")
	p.every(s, "/copies", "/complaints")
	moves("receiveComplaint", map[string]string{"about": "DELAY", "words": "两个月没有答复。"})
	moves("answerComplaint", map[string]string{"answer": "因系统升级延误，现已办理。"})
	p.looked("complaint")
	p.snap(s, "complaint")
	p.clickText("Statement")
	p.shown([]string{"投诉答复书", "因系统升级延误"}, nil)
	p.looked("answer to a complaint")
	p.snap(s, "complaint-answer")
	p.visit("/complaints")
	p.clickText("delay")
	moves("passComplaint", nil)
	p.shown([]string{"with the head of the agency"}, nil)

	p = open(t, hub, s)
	p.signIn("leader")
	p.every(s, "/complaints")
	p.clickText("delay")
	p.shown([]string{"两个月没有答复。", "因系统升级延误"}, []string{"Mother"})
	moves("upholdComplaint", map[string]string{"reason": "超过期限，应当致歉。"})
	p.looked("complaint of the head")
	p.snap(s, "complaint-decided")
	p.shown([]string{"upheld; to be told"}, nil)
}

// tokensOfAskable are join tokens of two children with a mother on file, accesses and no
// protected matter.
func tokensOfAskable(t *testing.T, hub *hubtest.Hub) []string {
	t.Helper()
	rows, err := hub.DB.Query(t.Context(), `SELECT min(encode(j.token, 'hex')) FROM child c
		JOIN guardian g ON g.child_id = c.id AND g.relation = 'MOTHER' JOIN audit_disclosure d ON d.child_id = c.id
		JOIN audit_entry e ON e.at = d.at AND e.sequence = d.sequence AND e.purpose = 'VISIT'
		JOIN join_token j ON j.child_id = c.id AND j.kind = 'CITIZEN_ID' JOIN agency a ON a.id = j.agency_id AND a.code = $1
		WHERE NOT deciding.protected_matter(c.id, '2026-11-23') AND NOT EXISTS (SELECT FROM access_inquiry q WHERE q.child_id = c.id)
		GROUP BY c.id ORDER BY count(*) DESC, c.id LIMIT 2`, hub.Caller(t, "dpo").AgencyCode)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tokens) != 2 {
		t.Fatal(tokens, err)
	}
	return tokens
}
