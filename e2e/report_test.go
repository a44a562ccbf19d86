package e2e

import (
	"encoding/hex"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// traces is everything that stands about a child anywhere but the log and the inbox:
// how many rows of each table, and the child's own row.
func (r *reporting) traces(child int64) map[string]string {
	r.t.Helper()
	tables := single[[]string](r.t, r.h, `SELECT array_agg(c.table_name::text ORDER BY 1) FROM information_schema.columns c
		JOIN information_schema.tables t USING (table_schema, table_name)
		WHERE c.table_schema = 'public' AND c.column_name = 'child_id' AND t.table_type = 'BASE TABLE'
		  AND c.table_name NOT LIKE 'audit%' AND c.table_name NOT IN ('task', 'ticket')`)
	out := map[string]string{"child": single[string](r.t, r.h, `SELECT c::text FROM child c WHERE id = $1`, child)}
	for _, table := range tables {
		out[table] = single[string](r.t, r.h, `SELECT count(*) || coalesce(md5(string_agg(x::text, '|' ORDER BY x::text)), '') FROM `+table+` x WHERE child_id = $1`, child)
	}
	out["ticket"] = single[string](r.t, r.h, `SELECT count(*)::text FROM ticket WHERE child_id = $1 AND closed_at IS NULL`, child)
	return out
}

// unwatched is a child of the demo district of whom there is nothing special.
const unwatched = demo.Bailu

// TestReport_unfoundedLeavesNothing: a hospital's system reports by a join token and
// learns nothing of the register; the desk shields the child, looks, and finds nothing.
// Then the file, its marks, and every view of the child are as they were.
func TestReport_unfoundedLeavesNothing(t *testing.T) {
	t.Parallel()
	r := newReporting(t)
	h := r.h
	hospital := hire(t, h, post{agency: r.clinic(), role: "HD", purpose: "MANDATORY_REPORT", system: true})
	desk := as(h.Caller(t, "case-manager"), "MANDATORY_REPORT", "")
	views := func() map[string]string {
		out := map[string]string{}
		for name, c := range map[string]demo.Caller{
			"teacher": h.Caller(t, "class-teacher"), "supervisor": h.Caller(t, "supervisor"), "director": director(t, h, unwatched), "manager": manager(t, h, unwatched),
		} {
			out[name] = string(look(t, h, c, unwatched, `name residenceAddress shieldedAddress guardians { name } caregivers { name } reports { category } rightsCases { kind } custody { startedOn } actionCards { text } discreetWorkers { role }`).Data)
		}
		change(t, h, `DELETE FROM care_case WHERE child_id = $1 AND synthetic IS NOT TRUE`, unwatched)
		return out
	}
	seen, before := views(), r.traces(unwatched)

	report := func(key string, token members) members {
		return members{
			"key": key, "token": token, "category": "INJURY_MALNUTRITION", "channel": "CLINIC", "foundOn": "2026-11-22",
			"immediateDanger": false, "guardianSuspected": true, "narrative": "急诊接诊时发现多处瘀伤，陪同人员说法前后不一。", "forUnit": true,
		}
	}
	known := r.must(hospital, "submitReport", report("known", r.token(unwatched)))
	unknown := r.must(hospital, "submitReport", report("unknown", r.token(0)))
	blank := regexp.MustCompile(`"(id|entry)":"[^"]*"`)
	if diff := cmp.Diff(blank.ReplaceAllString(unknown.raw, ""), blank.ReplaceAllString(known.raw, "")); diff != "" {
		t.Errorf("the answer tells whether the child is on the register (-unknown +known):\n%s", diff)
	}
	const named = `SELECT count(*) FROM audit_disclosure d JOIN audit_entry e USING (at, sequence) WHERE e.staff_code = $1`
	if n := single[int](t, h, named, hospital.StaffCode); n != 0 {
		t.Errorf("the log says that %d children were shown to the hospital", n)
	}
	change(t, h, `UPDATE mandatory_report SET closed_on = '2026-11-23', state = 'CLOSED' WHERE child_id IS NULL AND closed_on IS NULL`)
	change(t, h, `UPDATE task SET done_at = opened_at, next_rung_at = NULL WHERE child_id IS NULL AND done_at IS NULL`)

	id, version := r.onlyCase(desk)
	step := r.must(desk, "acceptReport", members{"id": id, "version": version, "guardianSuspected": true, "shield": "FULL"})
	if got := string(look(t, h, h.Caller(t, "supervisor"), unwatched, `name`).Data); got != `{"child":null}` {
		t.Errorf("the shielded child is found: %s", got)
	}
	step = r.must(desk, "notifyPolice", members{"id": id, "version": step.Version, "noticeNo": "演示警情-9002", "unit": "示范派出所（演示）"})
	step = r.must(desk, "checkSafety", members{"id": id, "version": step.Version, "childSeen": true, "note": "医生复诊确认系骑车摔伤，孩子陈述一致。"})
	step = r.must(desk, "closeUnfounded", members{"id": id, "version": step.Version, "note": "系骑车摔伤，无伤害情形，查无实据。"})
	if step.State != "CLOSED_UNFOUNDED" {
		t.Errorf("closed: %s", step.raw)
	}

	if diff := cmp.Diff(before, r.traces(unwatched)); diff != "" {
		t.Errorf("the unfounded report left a trace (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(seen, views()); diff != "" {
		t.Errorf("somebody sees a trace (-before +after):\n%s", diff)
	}
	got := h.Ask(t, hospital, hubtest.Question{Query: `query Mine { myReports { state outcome feedback } }`})
	if first := elements(t, member(t, got.Data, "myReports"))[1]; r.text(first, "outcome") != "UNFOUNDED" || r.text(first, "feedback") == "" {
		t.Errorf("the hospital is told: %s", got.Body)
	}
	if n := single[int](t, h, `SELECT count(*) FROM mandatory_report WHERE reporter_unit IS NOT NULL AND reporter_person IS NULL AND state = 'CLOSED_UNFOUNDED' AND author_id = $1`, staffID(t, h, hospital)); n != 1 {
		t.Errorf("%d sealed rows of the hospital's report", n)
	}
}

// TestReport_deskIsLate: a report of a child that nobody knows goes to another case
// manager within the hour, and to the protection officer after the next; the desk
// learns which child it is and works on.
func TestReport_deskIsLate(t *testing.T) {
	t.Parallel()
	r := newReporting(t)
	h := r.h
	reporter := as(h.Caller(t, "leader"), "MANDATORY_REPORT", "")
	duty := as(h.Caller(t, "case-manager"), "MANDATORY_REPORT", "")
	r.must(reporter, "submitReport", members{
		"described": "穿红色外套的女孩，约七岁，独自在车站过夜", "place": "示范车站", "category": "ABANDONED", "channel": "ONLINE", "foundOn": "2026-11-23",
		"immediateDanger": true, "narrative": "下班路过，孩子说家里没有人，已报警。", "policeNoticeNo": "演示警情-9003",
	})
	r.tasks("the desk", duty, "REPORT_ACCEPT")
	r.pass(61 * time.Minute)
	h.RunJobs(t)
	other := r.person("CM", "MANDATORY_REPORT", `SELECT staff_id FROM task WHERE kind = 'REPORT_ACCEPT' AND raised_by IS NOT NULL`)
	if other.StaffCode == duty.StaffCode {
		t.Error("the late task went to the person who is late")
	}
	r.pass(61 * time.Minute)
	h.RunJobs(t)
	r.tasks("the protection officer", h.Caller(t, "dpo"), "REPORT_ACCEPT", "EMERGENCY_TO_JUSTIFY") // of the demo, late too

	got := h.Ask(t, other, hubtest.Question{Query: `query Cases { reportCases { described narrative child reporterPerson } }`})
	answers(t, "the second desk before it accepts", got, `{"reportCases":[{"described":"穿红色外套的女孩，约七岁，独自在车站过夜","narrative":"下班路过，孩子说家里没有人，已报警。","child":null,"reporterPerson":null}]}`)
	id, version := r.onlyCase(other)
	step := r.must(other, "acceptReport", members{"id": id, "version": version, "guardianSuspected": true})
	r.tasks("the protection officer, afterwards", h.Caller(t, "dpo"), "EMERGENCY_TO_JUSTIFY")
	r.refused(duty, "notifyPolice", members{"id": id, "version": step.Version, "noticeNo": "演示警情-9003", "unit": "示范派出所"}, "NOT_FOUND")
	token := hex.EncodeToString(single[[]byte](t, h, `SELECT token FROM join_token j JOIN agency a ON a.id = j.agency_id WHERE a.code = 'MZ' AND j.child_id = $1 AND j.kind = 'CITIZEN_ID'`, unwatched))
	r.refused(other, "linkReport", members{"id": id, "version": step.Version, "token": members{"kind": "CITIZEN_ID", "token": hex.EncodeToString(make([]byte, 32))}}, "NOT_FOUND")
	step = r.must(other, "linkReport", members{"id": id, "version": step.Version, "token": members{"kind": "CITIZEN_ID", "token": token}})
	if shield := single[string](t, h, `SELECT shield FROM child WHERE id = $1`, unwatched); shield != "ADDRESS" {
		t.Errorf("the child that the report is about is shielded %s", shield)
	}
	r.must(other, "notifyPolice", members{"id": id, "version": step.Version, "noticeNo": "演示警情-9003", "unit": "示范派出所"})
	r.sees("the desk, on the file", other, unwatched, `reports { narrative reporterPerson }`, `{"child":{"reports":[{"narrative":"下班路过，孩子说家里没有人，已报警。","reporterPerson":`+person(t, h, reporter)+`}]}}`)
}

// TestReport_roster: whoever stands on the roster gets the next report.
func TestReport_roster(t *testing.T) {
	t.Parallel()
	r := newReporting(t)
	duty := as(r.h.Caller(t, "case-manager"), "MANDATORY_REPORT", "")
	change(t, r.h, `DELETE FROM report_duty`)
	next := r.person("CM", "MANDATORY_REPORT", `SELECT id FROM staff WHERE code = '测试CM0003'`)
	shift := members{"staff": next.StaffCode, "startsAt": "2026-11-23T00:00:00+08:00", "endsAt": "2026-11-24T00:00:00+08:00"}
	r.refused(as(r.h.Caller(t, "supervisor"), "MANDATORY_REPORT", ""), "planReportDuty", shift, "FORBIDDEN")
	r.refused(duty, "planReportDuty", members{"staff": "测试DIR0001", "startsAt": shift["startsAt"], "endsAt": shift["endsAt"]}, "NOT_FOUND")
	r.refused(duty, "planReportDuty", members{"staff": next.StaffCode, "startsAt": shift["endsAt"], "endsAt": shift["startsAt"]}, "BAD_REQUEST")
	r.must(duty, "planReportDuty", shift)
	r.must(as(r.h.Caller(t, "director"), "MANDATORY_REPORT", ""), "submitReport", members{
		"described": "村口小店旁的男孩", "category": "OTHER", "channel": "VILLAGE", "foundOn": "2026-11-23", "immediateDanger": false, "narrative": "连续三天在店外过夜，没有大人照看。",
	})
	r.tasks("who is on duty", next, "REPORT_ACCEPT")
}

// TestReport_refuses what the reporter can mend, each at its member.
func TestReport_refuses(t *testing.T) {
	t.Parallel()
	r := newReporting(t)
	c := as(r.h.Caller(t, "director"), "MANDATORY_REPORT", "")
	good := members{"described": "村口的男孩", "category": "OTHER", "channel": "VILLAGE", "foundOn": "2026-11-23", "immediateDanger": false, "narrative": "连续三天在店外过夜，没有大人照看。"}
	for member, change := range map[string]members{
		"described": {"described": nil}, "narrative": {"narrative": "太短"}, "foundOn": {"foundOn": "2026-12-01"},
		"token": {"token": members{"kind": "CITIZEN_ID", "token": "42"}}, "child": {"child": r.h.ID(t, r.h.Caller(t, "supervisor"), "Child", unwatched)},
	} {
		in := members{}
		for k, v := range good {
			in[k] = v
		}
		for k, v := range change {
			in[k] = v
		}
		out := r.try(c, "submitReport", in)
		if len(out.UserErrors) != 1 || out.UserErrors[0].Path[1] != member {
			t.Errorf("%s: %s", member, out.raw)
		}
	}
	if n := single[int](t, r.h, `SELECT count(*) FROM mandatory_report WHERE author_id = $1 AND submitted_at > '2026-11-23T09:00:00+08:00'`, staffID(t, r.h, c)); n != 0 {
		t.Errorf("%d reports were made", n)
	}
	mine := r.must(c, "submitReport", good)
	r.refused(as(r.h.Caller(t, "supervisor"), "MANDATORY_REPORT", ""), "supplementReport", members{"id": mine.ID, "narrative": "想看看这是谁的报告，什么内容。"}, "NOT_FOUND")
}
