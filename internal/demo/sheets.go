package demo

import "slices"

// sheets are all tables in an order in which references hold.
func (d *District) sheets(token TokenFunc) []sheet {
	groups := [][]sheet{
		d.registerSheets(), d.fileSheets(), d.familySheets(), d.visitSheets(), d.educationSheets(), d.psychologySheets(),
		d.federationSheets(), d.healthSheets(), d.protectionSheets(), d.reliefSheets(), d.governanceSheets(), d.rightsSheets(), d.openingSheets(), d.basisSheets(),
		d.reachSheets(), d.statisticsSheets(),
		{d.tokenSheet(token)},
	}
	var all []sheet
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}

// registerSheets are the tables the hub itself stands on.
func (d *District) registerSheets() []sheet {
	id := func(n int64) any {
		if n == 0 {
			return nil
		}
		return n
	}
	terms := []term{d.last, d.current}
	return []sheet{
		listed("division", "id code name level parent_id tile_column tile_row", d.divisions, func(x division) []any {
			return []any{x.id, x.code, x.name, x.level, id(x.parent), id(int64(x.column)), id(int64(x.row))}
		}),
		listed("agency", "id code name kind division_id", d.agencies, func(x agency) []any {
			return []any{x.id, x.code, x.name, x.kind, x.division}
		}),
		listed("client", "id agency_id code name purposes registered_on", []*worker{d.systemOf(Education)}, func(x *worker) []any {
			return []any{int64(1), x.agency, x.code, x.name, []string{"DROPOUT_PREVENTION", "MANDATORY_REPORT"}, d.day(-300)}
		}),
		listed("term", "id code starts_on ends_on", terms, func(x term) []any {
			return []any{x.id, x.code, x.from, x.to}
		}),
		listed("school", "id code name agency_id division_id stages", d.schools, func(x *school) []any {
			return []any{x.id, x.code, x.name, x.agency, x.town.id, []string{x.stage}}
		}),
		listed("clinic", "id code name agency_id division_id", d.clinics, func(x clinic) []any {
			return []any{x.id, x.code, x.name, x.agency, x.division}
		}),
		listed("contract", "id number agency_id project valid_from valid_to purposes security_assessed_on returned_on",
			d.contracts, func(x contract) []any {
				var returned any
				if x.returned != 0 {
					returned = d.day(x.returned)
				}
				return []any{x.id, x.number, x.agency, x.project, d.day(x.from), d.day(x.to), x.purposes, d.day(x.assessed), returned}
			}),
		listed("staff", "id code agency_id display_name work_phone kind vetted_until active synthetic", d.staff, func(x *worker) []any {
			return []any{x.id, x.code, x.agency, x.name, x.phone, x.kind, x.vetted, x.active, true}
		}),
		listed("school_class", "id school_id term_id grade class_no homeroom_staff_id", d.classes, func(x *class) []any {
			return []any{x.id, x.school.id, x.term, x.year, x.no, x.teacher.id}
		}),
		listed("post", "id staff_id role agency_id division_id school_id clinic_id contract_id title valid_from valid_to authorised_until approval_ref confirmed_on",
			d.posts, func(x *post) []any {
				return []any{
					x.id, x.worker.id, x.role, x.agency, id(x.division), id(x.school), id(x.clinic), id(x.contract), x.title,
					x.from, orNull(x.to), x.authorised, x.approval, d.confirmed(x),
				}
			}),
	}
}

// basisSheets are the rows that make an access legitimate, or forbid it.
func (d *District) basisSheets() []sheet {
	y := d.years
	rowOf := func(c *child) any {
		if c == nil {
			return nil
		}
		return c.id
	}
	return []sheet{
		numbered("care_case", "child_id assignee_id contract_id opened_on closed_on synthetic", y.cases, func(k *careCase) []any {
			var contract any
			if k.contract != 0 {
				contract = k.contract
			}
			return []any{k.child.id, k.worker.id, contract, k.opened, orNull(k.closed), true}
		}),
		numbered("family_enrolment", "child_id guide_id kind home_session_on enrolled_on ended_on synthetic", y.enrolments,
			func(f *familyEnrolment) []any {
				return []any{f.child.id, f.guide.id, f.kind, orNull(f.session), f.enrolled, orNull(f.ended), true}
			}),
		listed("shield_handler", "child_id staff_id named_on", y.handlers, func(h handler) []any {
			return []any{h.child.id, h.worker.id, d.day(-44)}
		}),
		numbered("conflict_declaration", "staff_id child_id kind declared_on", y.conflicts, func(c conflict) []any {
			return []any{c.worker.id, c.child.id, c.kind, d.day(-200)}
		}),
		numbered("conflict_notice", "staff_id declared_by kind agency_id declared_on met_on", y.conflicts, func(c conflict) []any {
			return []any{c.worker.id, c.worker.id, c.kind, c.worker.agency, d.day(-200), d.day(-200)}
		}),
		listed("conflict_met", "notice_id declaration_id", y.conflicts, func(c conflict) []any {
			n := int64(slices.Index(y.conflicts, c) + 1)
			return []any{n, n}
		}),
		numbered("survey_batch", "division_id opens_on closes_on", y.batches, func(b batch) []any {
			return []any{b.division, b.opens, b.ends}
		}),
		numbered("emergency_access", "child_id staff_id reason opened_at expires_at justified_at reviewed_at", y.emergencies,
			func(e emergency) []any {
				return []any{
					e.child.id, e.worker.id, e.reason, e.opened, e.opened.Add(oneDay), orNull(e.justified), orNull(e.reviewed),
				}
			}),
		listed("ticket", "id code kind purpose staff_id agency_id child_id reason opened_at expires_at closed_at consultation_id", slices.Concat(y.tickets, d.pastTickets()),
			func(t *ticket) []any {
				return []any{
					t.id, t.code, t.kind, t.purpose, t.worker.id, t.worker.agency, rowOf(t.child), t.reason, t.opened,
					orNull(t.expires), orNull(t.closed), consultationOf(t),
				}
			}),
		numbered("volume_approval", "staff_id approved_by day max_children", d.byRole["SUP"][:2], func(w *worker) []any {
			return []any{w.id, d.oneOf("CM", 0).id, d.day(-30), 200}
		}),
	}
}

// numbered is listed with ids from 1 in the order of the list.
func numbered[T any](table, columns string, list []T, row func(T) []any) sheet {
	return newSheet(table, "id "+columns, func(yield func([]any) bool) {
		for i := range list {
			if !yield(append([]any{int64(i + 1)}, row(list[i])...)) {
				return
			}
		}
	})
}

// reachSheets are lists of children that a post may reach.
func (d *District) reachSheets() []sheet {
	return []sheet{
		d.perChild("screening_list", "child_id school_id term_id", func(c *child, _ stream, add func(...any)) {
			if c.psychLevel >= 0 && c.school != nil {
				add(c.id, c.school.id, d.current.id)
			}
		}),
	}
}

// tokenSheet lets agencies ask by join token for a child whose number they hold.
func (d *District) tokenSheet(token TokenFunc) sheet {
	return d.perChild("join_token", "agency_id kind token child_id", func(c *child, _ stream, add func(...any)) {
		if token == nil {
			return
		}
		for _, agency := range []string{CivilAffairs, Education, Health} {
			if c.citizenID != "" {
				add(d.bureaux[agency], "CITIZEN_ID", token(agency, "CITIZEN_ID", c.citizenID), c.id)
			}
			if c.studentNo != "" {
				add(d.bureaux[agency], "STUDENT_NO", token(agency, "STUDENT_NO", c.studentNo), c.id)
			}
		}
		if c.citizenID != "" { // the rights desk finds a child by what its guardian knows
			add(d.bureaux[DistrictOffice], "CITIZEN_ID", token(DistrictOffice, "CITIZEN_ID", c.citizenID), c.id)
		}
	})
}
