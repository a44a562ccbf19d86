package demo

import "time"

func (d *District) federationSheets() []sheet {
	y := d.years
	return []sheet{
		d.counted("family_education_record", "child_id held_on form topic attendee_relation hours author_id author_agency_id recorded_on synthetic",
			d.familyEducationRows),
		newSheet("guidance_order", "id child_id issuer valid_from valid_to completed_on assignee_id author_id author_agency_id recorded_on synthetic",
			d.guidanceRows),
		numbered("volunteer", "code kind township_id vetting_ref vetted_on vetted_until author_id author_agency_id synthetic", d.volunteers(),
			func(v volunteer) []any {
				return []any{v.code, v.kind, v.town.id, v.code + "-审查", d.day(-60), d.day(300), v.worker.id, v.worker.agency, true}
			}),
		listed("resource_offer", "id need resource donor township_id quantity taken available_until keeper_id author_agency_id synthetic",
			d.offers(), func(o resourceOffer) []any {
				return []any{o.id, o.need, o.resource, o.donor, nil, o.quantity, 0, d.day(180), o.keeper.id, o.keeper.agency, true}
			}),
		listed("pairing", `id child_id volunteer started_on ended_on consent_ref frequency coordinator_id author_id author_agency_id
			recorded_on synthetic state contract_from contract_until volunteer_id end_reason`, y.pairings, func(p *pairing) []any {
			w := p.coordinator
			state, reason := "ACTIVE", any(nil)
			if !p.ended.IsZero() {
				state, reason = "ENDED", []string{"CONTRACT", "VOLUNTEER_LEFT", "CONSENT_WITHDRAWN", "MOVED"}[p.id%4]
			}
			return []any{
				p.id, p.child.id, p.volunteer, p.started, orNull(p.ended), p.consent, p.frequency, w.id, w.id, w.agency, p.started, true,
				state, p.started, d.day(200), p.volunteerID(), reason,
			}
		}),
		newSheet("pairing_contact", "id pairing_id contacted_on mode topic need_found recorded_on synthetic", d.contactRows),
		d.counted("wish", "child_id category fulfilled_on author_id author_agency_id recorded_on synthetic", d.wishRows),
		listed("rights_case", `id child_id kind state legal_aid opened_on closed_on assignee_id author_id author_agency_id recorded_on synthetic`,
			y.rights, func(r *rightsCase) []any {
				w := r.officer
				return []any{
					r.id, r.child.id, r.kind, r.state, r.id%2 == 1, r.opened, orNull(r.closed), w.id, w.id, w.agency, r.opened, true,
				}
			}),
		newSheet("protection_order", "id child_id valid_from valid_to author_id author_agency_id recorded_on synthetic", d.protectionOrderRows),
	}
}

func (d *District) familyEducationRows(c *child, s stream, add func(...any)) {
	guide := d.years.guides[c]
	if guide == nil && !(c.registered() && s.chance(0.12)) {
		return
	}
	if guide == nil {
		guide = d.oneOf("FE", c.id)
	}
	for range s.between(1, 3) {
		on := d.pastDay(s)
		add(c.id, on, []string{"LECTURE", "HOME_VISIT", "ONE_TO_ONE", "ONLINE"}[s.weighted([]float64{45, 20, 15, 20})],
			pick(s, []string{"与孩子的视频怎么聊", "隔代照护的作业陪伴", "用好假期安全清单", "读懂青春期的沉默"}),
			c.relation, []float64{1, 1.5, 2}[s.IntN(3)], guide.id, guide.agency, on, true)
	}
}

// guidanceRows are the orders of court, procuratorate and police.
func (d *District) guidanceRows(yield func([]any) bool) {
	for i, c := range d.sample("guidance", d.sizes.scaled(6, 2), (*child).registered) {
		s := d.stream("guidance", c.id)
		w := d.oneOf("FE", int64(i))
		from := d.day(-s.between(20, 150))
		var completed any
		if i%3 == 2 {
			completed = d.day(-4)
		}
		row := []any{
			int64(i + 1), c.id, []string{"COURT", "PROCURATORATE", "POLICE"}[i%3], from, after(from, 180), completed, w.id, w.id, w.agency, from, true,
		}
		if !yield(row) {
			return
		}
	}
}

func (d *District) contactRows(yield func([]any) bool) {
	var id int64
	for _, p := range d.years.pairings {
		s := d.stream("contact", p.id)
		for range s.between(1, 4) {
			id++
			on := d.day(-s.between(2, 39))
			if on.Before(p.started) {
				on = p.started
			}
			row := []any{
				id, p.id, on, []string{"MEET", "PHONE", "VIDEO", "MESSAGE"}[s.weighted([]float64{25, 35, 20, 20})],
				pick(s, []string{"STUDY", "LIFE", "FEELINGS", "SAFETY", "OTHER"}), s.chance(0.1), on, true,
			}
			if !yield(row) {
				return
			}
		}
	}
}

func (d *District) wishRows(c *child, s stream, add func(...any)) {
	if !c.registered() || !s.chance(0.08) {
		return
	}
	w := d.oneOf("FE", c.id)
	var fulfilled any
	on := d.day(-s.between(40, 300))
	if s.chance(0.8) {
		fulfilled = after(on, s.between(5, 30))
	}
	add(c.id, pick(s, []string{"BOOKS", "CLOTHES", "STATIONERY", "SPORTS", "VISIT", "OTHER"}), fulfilled, w.id, w.agency, on, true)
}

// protectionOrderRows: the orders behind the shields.
func (d *District) protectionOrderRows(yield func([]any) bool) {
	var id int64
	for _, c := range d.children {
		if c.shield == "NONE" || c.kind == duplicate {
			continue
		}
		id++
		w := d.oneOf("RP", id-1)
		from := d.day(-43)
		if !yield([]any{id, c.id, from, from.AddDate(0, 6, 0), w.id, w.agency, from, true}) {
			return
		}
	}
}

// consentRows are the consents and notices behind pairing, counselling and care.
func (d *District) consentRows(yield func([]any) bool) {
	var id int64
	give := func(c *child, kind, by string, on time.Time, w *worker) bool {
		id++
		return yield([]any{id, c.id, kind, by, on, nil, w.id, w.agency, on, true})
	}
	for _, p := range d.years.pairings {
		if p.consent != nil && !give(p.child, "PAIRING", "监护人", p.started, p.coordinator) {
			return
		}
	}
	for _, a := range d.years.counselled {
		if !give(a.child, "COUNSELLING", "监护人", after(a.session.day, -3), a.session.worker) {
			return
		}
	}
	for _, c := range d.children {
		s := d.stream("notice", c.id)
		if c.registered() && s.chance(0.85) && !give(c, "NOTICE", "监护人", d.registeredOn(c), d.director(c.village)) {
			return
		}
	}
}
