-- answer: one child
-- shape: id name sex birthYearMonth age# ageBand hasHukou# lastVisitedOn hasStudyConcern# residenceVillage{code name} hukouTownship{code name} registration{needsFocus# hasHardship# isHighRisk#} guardianship{kind livingAlone# isAidEligible#} enrolment{stage grade# classNo# status boarding absentRunDays# absentSince homeroomTeacher hasEducationAid# school{code name}} guardians# caregivers# dropoutCases# orders# educationAid#
SELECT c.id, c.name, c.sex, to_char(c.birth_date, 'YYYY-MM'), extract(year FROM age($2::date, c.birth_date))::int,
       age_band(c.birth_date, $2::date), (c.hukou_type <> 'NONE')::text,
       (SELECT max(v.visited_on) FROM visit v WHERE v.child_id = c.id), recent_concern(c.id, 'STUDY', $2::date)::text,
       rv.code, rv.name, ht.code, ht.name,
       COALESCE(r.left_behind OR cardinality(r.hardship_groups) > 0, false)::text,
       COALESCE(cardinality(r.hardship_groups) > 0, false)::text, COALESCE(r.risk_level = 'RED', false)::text,
       g.kind, g.living_alone::text,
       COALESCE(cardinality(g.assistance_status) > 0 AND NOT (g.assistance_status @> ARRAY['NONE']), false)::text,
       e.stage, e.grade, e.class_no, e.status, e.boarding, e.absent_run_days, e.absent_since, hs.display_name,
       EXISTS (SELECT 1 FROM education_aid a WHERE a.child_id = c.id AND a.state = 'APPROVED' AND COALESCE(a.valid_until >= $2::date, true))::text, s.code, s.name,
       COALESCE((SELECT json_agg(json_build_object('name', x.name, 'relation', x.relation, 'workplaceCity', x.workplace_city,
           'workplaceProvince', x.workplace_province) ORDER BY x.id) FROM guardian x WHERE x.child_id = c.id), '[]'),
       COALESCE((SELECT json_agg(json_build_object('name', x.name, 'relation', x.relation, 'isGrandparent',
           x.relation IN ('PATERNAL_GRANDFATHER', 'PATERNAL_GRANDMOTHER', 'MATERNAL_GRANDFATHER', 'MATERNAL_GRANDMOTHER'))
           ORDER BY x.id) FROM caregiver x WHERE x.child_id = c.id), '[]'),
       COALESCE((SELECT json_agg(json_build_object('ledger', d.ledger, 'stage', d.stage, 'foundOn', d.found_on, 'reason', d.reason,
           'absentRunDays', d.absent_run_days, 'dueOn', d.due_on, 'persuasionVisits',
           COALESCE((SELECT json_agg(json_build_object('visitedOn', p.visited_on, 'placeKind', p.place_kind, 'result', p.result,
               'nextStep', p.next_step) ORDER BY p.id) FROM persuasion_visit p WHERE p.dropout_case_id = d.id), '[]'))
           ORDER BY d.found_on DESC NULLS LAST, d.id DESC) FROM dropout_case d WHERE d.child_id = c.id), '[]'),
       COALESCE((SELECT json_agg(json_build_object('kind', o.kind, 'issuedOn', o.issued_on, 'dueOn', o.due_on)
           ORDER BY o.issued_on DESC NULLS LAST, o.id DESC) FROM dropout_order o WHERE o.child_id = c.id), '[]'),
       COALESCE((SELECT json_agg(json_build_object('kind', a.kind, 'termCode', a.term_code) ORDER BY a.id)
           FROM education_aid a WHERE a.child_id = c.id), '[]')
FROM child c
LEFT JOIN division rv ON rv.id = c.residence_village_id
LEFT JOIN division ht ON ht.id = c.hukou_township_id
LEFT JOIN registration r ON r.child_id = c.id
LEFT JOIN guardianship g ON g.child_id = c.id
LEFT JOIN enrolment e ON e.child_id = c.id AND e.current
LEFT JOIN school s ON s.id = e.school_id
LEFT JOIN school_class k ON k.id = e.class_id
LEFT JOIN staff hs ON hs.id = k.homeroom_staff_id
WHERE c.id = $1::bigint
