package demo

// rightsSheets are what guardians ask for and complain of at the rights desk, besides who
// looked and what is wrong.
func (d *District) rightsSheets() []sheet {
	asked, w := d.years.inquiries, d.oneOf("DPO", 0)
	sources := []string{CivilAffairs, Education}
	if len(asked) < 3 {
		sources = nil // there is no request for copies
	}
	return []sheet{
		numbered("file_copy", `child_id kind requester_relation received_on state standing identity_proof refusal answered_on dpo_id author_id author_agency_id recorded_on synthetic`,
			asked[1:min(5, len(asked))], d.fileCopy),
		numbered("file_copy_part", "copy_id agency_id groups state steward_id asked_on due_on identity_proof answered_on", sources, d.copyPart),
		numbered("complaint", `about about_officer words received_on due_on state answer answered_on upheld decision decided_on dpo_id head_id author_id author_agency_id recorded_on synthetic`,
			[]string{"RECEIVED", "WITH_HEAD", "NOT_UPHELD"}, func(state string) []any {
				day := d.day(-6)
				var answer, answered, upheld, decision, decided, head any
				if state != "RECEIVED" {
					answer, answered, head = "经查，系按规定查阅，已说明用途。", d.day(-4), d.oneOf("STA", 0).id
				}
				if state == "NOT_UPHELD" {
					upheld, decision, decided = false, "查阅有走访任务为依据，答复在期限内。", d.day(-2)
				}
				return []any{"ACCESS", false, "不清楚为什么有人看过孩子的档案。", day, after(day, 21), state, answer, answered, upheld, decision, decided, w.id, head, w.id, w.agency, day, true}
			}),
	}
}

// fileCopy is a request of somebody who has asked who looked: a summary just in, copies that
// are with their sources, one refused for want of a right and one answered so.
func (d *District) fileCopy(q *inquiry) []any {
	w, day, asked := d.oneOf("DPO", 0), d.day(-5), d.years.inquiries
	kind, state := "COPY", "ROUTED"
	standing, proof := any("GUARDIAN"), any("HOUSEHOLD_BOOK")
	var refusal, answered any
	switch q {
	case asked[1]:
		kind, state, standing, proof = "SUMMARY", "RECEIVED", nil, nil
	case asked[min(3, len(asked)-1)]:
		kind, state, standing, proof, refusal = "SUMMARY", "DECIDED", nil, nil, "申请人不是该儿童的监护人，也没有监护人的书面授权。"
	case asked[min(4, len(asked)-1)]:
		state, standing, proof, refusal, answered = "DONE", nil, nil, "法院文书限制了申请人行使此项权利。", d.day(-1)
	}
	return []any{q.child.id, kind, q.relation, day, state, standing, proof, refusal, answered, w.id, w.id, w.agency, day, true}
}

// copyPart is what a source agency answers for in the second of these requests.
func (d *District) copyPart(agency string) []any {
	state, groups, day := "ASKED", []string{"A.birthDate", "A.name", "A.sex", "D.plan"}, d.day(-3)
	var proof, answered any
	if agency == Education {
		state, groups, proof, answered = "HANDED_OUT", []string{"E.enrolment", "E.school"}, "HOUSEHOLD_BOOK", d.day(-1)
	}
	var steward any
	for _, w := range d.byRole["STEWARD"] {
		if w.agency == d.bureaux[agency] {
			steward = w.id
		}
	}
	return []any{int64(2), d.bureaux[agency], groups, state, steward, day, after(day, 7), proof, answered}
}
