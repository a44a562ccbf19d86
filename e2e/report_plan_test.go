package e2e

import (
	"maps"
	"slices"

	"github.com/tongxin-hub/tongxin/internal/demo"
)

// planned plans with three owners, and not with whoever is in conflict.
func (r *reporting) planned(version int, teacher, supervisor, rights, desk, director demo.Caller) payload {
	r.t.Helper()
	id, _ := r.onlyCase(desk)
	in := members{
		"id": id, "version": version, "note": "由外婆照料，心理支持每周一次，民警回访。", "steps": []members{
			{"kind": "SCHOOL", "words": "每天放学前看一眼孩子", "owner": teacher.StaffCode, "dueOn": "2026-11-30"},
			{"kind": "HOME_SAFETY", "words": "每周上门看望一次", "owner": director.StaffCode, "dueOn": "2026-12-20"},
			{"kind": "LEGAL", "words": "协助申请变更监护人", "owner": rights.StaffCode, "dueOn": "2026-12-10"},
		},
	}
	out := r.try(desk, "planProtection", in)
	if out.code() != "BAD_REQUEST" || !slices.Equal(out.UserErrors[0].Path, []string{"input", "steps", "1", "owner"}) {
		r.t.Errorf("the director, who is in conflict, owns a step: %s", out.raw)
	}
	in["steps"].([]members)[1]["owner"] = supervisor.StaffCode
	return r.must(desk, "planProtection", in)
}

// worked plays the plan: the teacher, who hears of no other step, follows up and is done;
// the desk gives the supervisor more time; what the rights officer has stays open.
func (r *reporting) worked(child int64, teacher, supervisor, desk demo.Caller) {
	r.t.Helper()
	r.tasks("the teacher, who owns a step", teacher, "OPENING_CHECK", "PROTECTION_STEP")
	r.tasks("the supervisor, who owns one", supervisor, "PROTECTION_FOLLOW_UP", "REPORT_FOLLOW_UP", "PROTECTION_STEP")
	school := r.steps(teacher)["每天放学前看一眼孩子"]
	if got := slices.Sorted(maps.Keys(r.steps(teacher))); len(got) != 1 || r.text(school, "child") != r.h.ID(r.t, teacher, "Child", child) {
		r.t.Errorf("the teacher sees %v, of child %s", got, r.text(school, "child"))
	}
	for _, words := range []string{"每天放学前看一眼孩子", "每周上门看望一次", "协助申请变更监护人"} {
		r.step(desk, words)
	}
	id := r.text(school, "id")
	note := members{"id": id, "version": 1, "note": "每天都见到，孩子状态平稳。"}
	r.refused(as(r.h.Caller(r.t, "director"), "MANDATORY_REPORT", ""), "doProtectionStep", note, "NOT_FOUND")
	r.refused(teacher, "dropProtectionStep", note, "FORBIDDEN")
	r.refused(desk, "doProtectionStep", members{"id": r.step(desk, "每天放学前看一眼孩子"), "version": 1, "note": "学校说已经办了。"}, "FORBIDDEN")
	followed := r.must(teacher, "followProtectionStep", members{"id": id, "version": 1, "quiet": true, "note": "每天都见到，孩子状态平稳。"})
	r.refused(teacher, "doProtectionStep", note, "CONFLICT")
	note["version"] = followed.Version
	r.must(teacher, "doProtectionStep", note)
	r.tasks("the teacher, having done it", teacher, "OPENING_CHECK")
	if got := r.steps(teacher); len(got) != 0 {
		r.t.Errorf("the teacher, having done it, sees %v", got)
	}
	home := r.must(desk, "reassignProtectionStep", members{
		"id": r.step(desk, "每周上门看望一次"), "version": 1, "owner": supervisor.StaffCode, "dueOn": "2027-01-10", "note": "外婆家搬迁，延长看望。",
	})
	r.must(supervisor, "doProtectionStep", members{"id": r.step(supervisor, "每周上门看望一次"), "version": home.Version, "note": "已看望四次，外婆照料妥当。"})
}
