package e2e

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/app"
	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/resolvers"
)

// everybody may be told.
var everybody = []string{"DIR", "SUP", "CM", "REL", "SW", "DPS", "HT", "PSY", "HD", "FE", "RP", "AUD", "STA", "DPO", "STEWARD", "ADM"}

// choreOf is how a kind of task is done; false where nobody of the district does it.
func choreOf(kind string) (chore, bool) {
	if c, known := chores[kind]; known {
		return c, true
	}
	if slices.Contains(strings.Fields(`CONCERN_STUDY CONCERN_ECONOMIC CONCERN_FAMILY CONCERN_RIGHTS CONCERN_MENTAL CONCERN_MENTAL_URGENT CONCERN_HEALTH
		SAFETY_DROWNING SAFETY_FIRE SAFETY_TRAFFIC SAME_DAY_CALL RED_ALERT`), kind) {
		return chore{everybody, "", answered}, true
	}
	if slices.Contains(strings.Fields("PROTECTION_STEP PROTECTION_FOLLOW_UP PROTECTION_FOLLOW_UP_LATER"), kind) {
		return chore{everybody, "MANDATORY_REPORT", caredFor}, true
	}
	if move, is := reportMoves[kind]; is {
		return chore{move.roles, "MANDATORY_REPORT", protected}, true
	}
	for _, k := range resolvers.Notices() {
		if k.Code == kind {
			return chore{everybody, "", acknowledged}, true
		}
	}
	return chore{}, false
}

// playedElsewhere are the kinds that nobody of the district does here, by the test that
// plays them: what begins them does not happen in the district's weeks.
var playedElsewhere = map[string]string{
	"TestStory_qinghe": `DROPOUT_PHONE_CHECK DROPOUT_START_VISIT DROPOUT_HOME_VISIT DROPOUT_LEDGER DROPOUT_HAND_OVER DROPOUT_PERSUASION DROPOUT_ORDER
		DROPOUT_CONFIRM DROPOUT_CANCEL DROPOUT_REVIEW`,
	"TestStory_openingCheck":             "OPENING_CHECK",
	"TestStory_shiqiao":                  "MEASURE_REVIEW MEASURE_SIGN MEASURE_HANDLER REPORT_SUPPLEMENT",
	"TestStory_Liutang":                  "VISIT_AGAIN VISIT_NOT_AT_HOME VISIT_REFUSED CONFIRM_FOCUS INFORM_GUARDIAN MANDATORY_REPORT_PROMPT",
	"TestStory_wanghu":                   "REGISTER_CLAIM REGISTER_VERIFY REGISTER_CONFIRM REGISTER_SPOT REGISTER_ANSWER REGISTER_SPOT_DIFFERS",
	"TestStory_yunxi":                    "REGISTER_HUKOU REGISTER_RETURNED REGISTER_NO_LONGER REGISTER_FOLLOW_UP",
	"TestStory_newcomer":                 "REGISTER_MERGE",
	"TestStory_jinsui":                   "HAND_OVER MOVE_CLAIM MOVE_SEND MOVE_RETURNED MOVE_INCOMING MOVE_ANSWER MOVE_UNREACHABLE",
	"TestStory_schoolTransfer":           "SCHOOL_RELEASE SCHOOL_ARRIVAL SCHOOL_PROOF SCHOOL_LAPSED",
	"TestStory_careChange":               "CARE_NOTICE_SCHOOL CARE_NOTICE_VILLAGE",
	"TestConsultation_story":             `CONSULTATION_SOURCE CONSULTATION_SOURCE_URGENT CONSULTATION_CONVENE CONSULTATION_PLEDGE CONSULTATION_GRANT CONSULTATION_MEETING CONSULTATION_REVIEW CONSULTATION_TASK`,
	"TestStory_support":                  "SUPPORT_ACCEPT SUPPORT_ASSIGN SUPPORT_STEP SUPPORT_REVIEW",
	"TestStory_pairing":                  "MATCH_ANSWER MATCH_RETRY MATCH_DELIVER PAIRING_START",
	"TestStory_songgang":                 `REFERRAL_INFORM REFERRAL_TELL REFERRAL_TELL_AFTER REFERRAL_CONSENT REFERRAL_SCREEN REFERRAL_PLAN REFERRAL_CLINIC REFERRAL_ADVICE REFERRAL_FOLLOW_UP`,
	"TestCorrection_isAnsweredBySource":  "CORRECTION_TO_ANSWER",
	"TestStory_relief":                   `RELIEF_APPLY RELIEF_URGENT RELIEF_CHECK RELIEF_PUBLISH RELIEF_SIGN RELIEF_OBJECTION RELIEF_DECIDE RELIEF_PAY RELIEF_CLOSE`,
	"TestStory_aPostFromProposalToLapse": "ACCESS_DECIDE POSTS_CONFIRM POST_UNUSED RIGHTS_RENEW CONTRACT_RETURN",
	"TestStory_educationAid":             "AID_CONSENT AID_DECIDE AID_SUPPLEMENT AID_TELL",
	"TestReview_thePersonAnswers":        "ACCESS_QUESTION EMERGENCY_TO_JUSTIFY",
	"TestStory_guardianCorrection":       "RIGHTS_INQUIRY RIGHTS_CORRECTION",
	"TestStory_copyAndComplaint":         "RIGHTS_COPY RIGHTS_COPY_ANSWERED COPY_TO_HAND_OUT COMPLAINT_TO_ANSWER COMPLAINT_TO_DECIDE COMPLAINT_TO_CLOSE",
	"TestStep_untilItIsDone":             "REPORT_RISK",
	"TestWatching":                       "POST_VACANT",
	"TestHandOver_toAnotherCounty":       "MOVE_REQUESTED",
}

// reportMoves is what the tasks of a report of harm ask for: the move at the state that
// it is made in, with its facts. Whoever changes an input of internal/report changes
// its line here.
var reportMoves = map[string]struct {
	roles           []string
	state, mutation string
	facts           map[string]any
}{
	"REPORT_ACCEPT":          {[]string{"CM"}, "SUBMITTED", "acceptReport", map[string]any{"guardianSuspected": false}},
	"REPORT_POLICE":          {[]string{"CM"}, "ACCEPTED", "notifyPolice", map[string]any{"noticeNo": "演示警情-9100", "unit": "示范派出所（演示）"}},
	"REPORT_SAFETY_CHECK":    {[]string{"SUP", "CM"}, "POLICE_NOTIFIED", "checkSafety", map[string]any{"childSeen": true, "note": "已见到孩子，孩子安全，由祖母照看。"}},
	"REPORT_ASSESSMENT":      {[]string{"SUP", "CM"}, "SAFETY_CHECK", "assessReport", map[string]any{"safety": "CONCERN", "guardianship": "SERIOUS", "body": "SAFE", "mind": "CONCERN", "note": "监护能力不足，需要持续支持。"}},
	"REPORT_PLAN":            {[]string{"CM"}, "ASSESSMENT", "planProtection", map[string]any{"note": "由祖母照料，每周探望，心理支持。", "steps": ownersOfSteps}},
	"REPORT_FOLLOW_UP":       {[]string{"SUP", "CM"}, "PLAN FOLLOW_UP FEEDBACK", "followUpReport", map[string]any{"quiet": true, "note": "孩子情绪稳定，没有新的情况。"}},
	"REPORT_FOLLOW_UP_LATER": {[]string{"SUP", "CM"}, "PLAN FOLLOW_UP FEEDBACK", "followUpReport", map[string]any{"quiet": true, "note": "孩子情绪稳定，没有新的情况。"}},
	"REPORT_FEEDBACK":        {[]string{"CM"}, "FOLLOW_UP", "giveFeedback", map[string]any{"outcome": "PROTECTED", "feedback": "孩子现在安全，有关部门在持续跟进，感谢报告。"}},
	"REPORT_CLOSE":           {[]string{"CM"}, "FEEDBACK", "proposeClosing", map[string]any{"note": "三个月无新风险，各步骤已落实，提请办结。"}},
	"REPORT_SIGN":            {[]string{"SUP", "CM", "RP"}, "FEEDBACK", "signClosing", map[string]any{"note": "三个月无新风险，同意办结。"}},
}

// protected makes the move that the task asks for, of every report that is there for it.
func protected(l *life, c demo.Caller, task todo) string {
	move := reportMoves[task.Kind]
	c.Purpose = "MANDATORY_REPORT"
	c.TicketCode = ""
	got := ""
	for _, r := range l.reports(c) {
		if !slices.Contains(strings.Fields(move.state), r.State) {
			continue
		}
		facts := map[string]any{"id": r.ID, "version": r.Version}
		for k, v := range move.facts {
			if named, is := v.(func(*life, demo.Caller, reportCase) any); is {
				v = named(l, c, r)
			}
			facts[k] = v
		}
		if got = l.make(c, move.mutation, facts); got == "" {
			l.moves++
			l.moved[r.ID] = l.moves
			return ""
		}
	}
	return got
}

// ownersOfSteps are the steps of a plan: the village's director looks in for some weeks,
// or the case manager where the child is of another village.
func ownersOfSteps(l *life, c demo.Caller, r reportCase) any {
	owner := c.StaffCode
	if r.Child == l.h.ID(l.t, c, "Child", demo.Qinghe) {
		owner = l.h.Caller(l.t, "director").StaffCode
	}
	return []map[string]any{{"kind": "HOME_SAFETY", "words": "每周上门看望一次", "owner": owner, "dueOn": l.now().AddDate(0, 0, 40).Format(time.DateOnly)}}
}

// caredFor follows up on each step that the caller owns, and does those that are due.
func caredFor(l *life, c demo.Caller, task todo) string {
	l.t.Helper()
	c.Purpose, c.TicketCode = "MANDATORY_REPORT", ""
	got := l.h.Ask(l.t, c, hubtest.Question{Query: "query Steps { myProtectionSteps { id mine dueOn version } }"})
	var data struct {
		MyProtectionSteps []struct {
			ID, DueOn string
			Mine      bool
			Version   int
		}
	}
	if err := json.Unmarshal(got.Data, &data); err != nil {
		l.t.Fatalf("%s: %s", c.Role, got.Body)
	}
	for _, s := range data.MyProtectionSteps {
		facts := map[string]any{"id": s.ID, "version": s.Version, "note": "已看望，祖母照料妥当。"}
		switch due := s.DueOn <= l.now().AddDate(0, 0, 7).Format(time.DateOnly); {
		case !s.Mine, due != (task.Kind == "PROTECTION_STEP"):
			continue
		case due:
			return l.make(c, "doProtectionStep", facts)
		}
		facts["quiet"] = true
		return l.make(c, "followProtectionStep", facts)
	}
	return ""
}

type reportCase struct {
	ID, State, Child string
	Version          int
}

// reports are those that somebody works on.
func (l *life) reports(c demo.Caller) []reportCase {
	l.t.Helper()
	got := l.h.Ask(l.t, c, hubtest.Question{Query: "query Cases { reportCases { id state version child } }"})
	var data struct{ ReportCases []reportCase }
	if err := json.Unmarshal(got.Data, &data); err != nil {
		l.t.Fatalf("%s: %s", c.Role, got.Body)
	}
	slices.SortStableFunc(data.ReportCases, func(a, b reportCase) int { return l.moved[a.ID] - l.moved[b.ID] }) // none is forgotten
	return data.ReportCases
}

// happens is what the district does not plan: every fourth week a director reports harm
// to a child of the village.
func (l *life) happens(week int) {
	if week%4 != 1 {
		return
	}
	c := as(l.h.Caller(l.t, "director"), "MANDATORY_REPORT", "")
	if got := l.make(c, "submitReport", map[string]any{
		"child": l.h.ID(l.t, c, "Child", demo.Qinghe), "category": "SUSPECTED_VIOLENCE", "channel": "VILLAGE", "foundOn": l.today(),
		"immediateDanger": false, "guardianSuspected": false, "narrative": "走访时见到手臂有瘀青，孩子不愿说明原因。",
	}); got == "" {
		l.did["(report of harm)"]++
	} else {
		l.refused[got]++
	}
}

// TestYear_everyKind demands of every kind of task a chore, or a test that plays it.
func TestYear_everyKind(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	areas, err := filepath.Glob("../internal/*/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Concat(files, areas) {
		text.Write(file(t, ".", name))
	}
	played := map[string]bool{}
	for story, kinds := range playedElsewhere {
		if !strings.Contains(text.String(), "\nfunc "+story+"(") {
			t.Errorf("playedElsewhere names %s, which is not there: name the test that plays its kinds", story)
		}
		for _, kind := range strings.Fields(kinds) {
			if _, done := choreOf(kind); done {
				t.Errorf("%s has a chore: take it from the line of %s", kind, story)
			}
			played[kind] = true
		}
	}
	for _, k := range app.Kinds() {
		if _, done := choreOf(k.Code); !done && !played[k.Code] {
			t.Errorf("nobody does %s (%s) in TestYear: give it a chore in e2e/year_chores_test.go, or name in playedElsewhere the test that plays it", k.Code, k.EN)
		}
		delete(played, k.Code)
	}
	for kind := range played {
		t.Errorf("playedElsewhere names %s, which is no kind of task: take it out", kind)
	}
}
