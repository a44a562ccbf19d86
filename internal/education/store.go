package education

import "github.com/tongxin-hub/tongxin/internal/record"

// ownTask: who is named responsible for a ledger item, or holds its work item,
// has it as an own task.
const ownTask = `({t}.author_id = {staff} OR {t}.responsible_persons @> ARRAY[{staffCode}]
	OR EXISTS (SELECT 1 FROM ticket k WHERE k.child_id = {t}.child_id AND k.staff_id = {staff}
		AND k.kind = 'DROPOUT_CASE' AND k.closed_at IS NULL AND {t}.cancelled_on IS NULL))`

const ownAid = "{staff} IN ({t}.author_id, {t}.decider_id)"

// Records says where each type of schema/education.graphqls is stored. A field that is
// not listed is the column of its own name in snake case.
func Records() []record.Type {
	return []record.Type{
		{
			Name: "Enrolment", Table: "enrolment", Kind: record.Section, Columns: schooling(),
			Links: record.Links{
				"school": record.One("School", "{t}.id = {p}.school_id"),
			},
		},
		{
			Name: "SchoolTransfer", Table: "school_transfer", Kind: record.OfChild,
			Order: "{t}.started_on DESC NULLS LAST, {t}.id DESC",
			Links: record.Links{
				"fromSchool": record.One("School", "{t}.id = {p}.from_school_id"),
				"toSchool":   record.One("School", "{t}.id = {p}.to_school_id"),
			},
		},
		{
			Name: "DropoutCase", Table: "dropout_case", Kind: record.OfChild,
			Keys:  record.Newest("found_on"),
			Order: "{t}.found_on DESC NULLS LAST, {t}.id DESC",
			Links: record.Links{
				"child":            record.One("Child", "{t}.id = {p}.child_id"),
				"persuasionVisits": record.Many("PersuasionVisit", "{t}.dropout_case_id = {p}.id"),
			},
			Bases: record.Columns{"own_hand": ownTask, "own_agency": record.Written["own_agency"]},
		},
		{
			Name: "PersuasionVisit", Table: "persuasion_visit", Kind: record.Part,
		},
		{
			Name: "DropoutOrder", Table: "dropout_order", Kind: record.OfChild,
			Order: "{t}.issued_on DESC NULLS LAST, {t}.id DESC",
			Bases: record.Written,
		},
		{
			Name: "OpeningAbsence", Table: "opening_absence", Kind: record.OfChild, Order: "{t}.id", Keys: []record.Order{{SQL: "{t}.id", Cast: "bigint"}},
			Links: record.Links{"child": record.One("Child", "{t}.id = {p}.child_id")},
		},
		{
			// Whoever proposed it, and whoever it was put before, has it in the own hand.
			Name: "EducationAid", Table: "education_aid", Kind: record.OfChild,
			Keys: record.Newest("recorded_on"), Order: "{t}.recorded_on DESC NULLS LAST, {t}.id DESC",
			Columns: record.Columns{"proposedOn": "{t}.recorded_on"},
			Links:   record.Links{"child": record.One("Child", "{t}.id = {p}.child_id")},
			Bases:   record.Columns{"own_hand": ownAid, "own_agency": record.Written["own_agency"]},
		},
		{
			Name: "Psychology", Table: "psychology", Kind: record.Section,
			Columns: record.Columns{
				"screenedThisYear":   `COALESCE({t}.screened_on > {today}::date - 365,false)`,
				"hasReferral":        `EXISTS(SELECT 1 FROM psych_referral r WHERE r.child_id={t}.child_id AND r.closed_on IS NULL)`,
				"isGuardianInformed": `({t}.guardian_informed_on IS NOT NULL)`,
			},
		},
		{
			Name: "PsychReferral", Table: "psych_referral", Kind: record.OfChild,
			Keys:  record.Newest("opened_on"),
			Order: "{t}.opened_on DESC NULLS LAST, {t}.id DESC",
			Bases: record.Written,
		},
		{
			Name: "CounsellingAttendance", Table: "counselling_attendance", Kind: record.OfChild,
			Order: "{t}.attended_on DESC NULLS LAST, {t}.id DESC",
			Columns: record.Columns{
				"counsellor": `(SELECT s.code FROM staff s WHERE s.id={t}.author_id)`,
			},
			Bases: record.Written,
		},
	}
}

// schooling are the bands and marks derived from an enrolment.
func schooling() record.Columns {
	return record.Columns{
		"isEnrolled":          `({t}.status NOT IN ('NO_ENROLMENT','LEFT','GRADUATED'))`,
		"statusBand":          `enrolment_band({t}.status)`,
		"isAttending":         `({t}.status IN ('ENROLLED','RESUMED'))`,
		"academicStatus":      `academic_status({t}.status,{t}.stage)`,
		"notInSchoolBand":     `not_in_school_band({t}.not_in_school_category)`,
		"absentBand":          `absent_band({t}.absent_run_days)`,
		"isAbsentIll":         `COALESCE({t}.absent_run_days>0 AND {t}.absence_category='ILLNESS',false)`,
		"absenceBand":         `absence_band({t}.absence_category)`,
		"isAbsenceMental":     `COALESCE({t}.absence_category='MENTAL',false)`,
		"isAbsenceIllness":    `COALESCE({t}.absence_category='ILLNESS',false)`,
		"hasSpecialPlacement": `COALESCE({t}.special_placement<>'NONE',false)`,
		"registersDiffer":     `COALESCE({t}.edu_left_behind_flag,false) IS DISTINCT FROM EXISTS(SELECT 1 FROM registration r WHERE r.child_id={t}.child_id AND r.left_behind AND r.status='REGISTERED')`,
		"homeroomTeacher":     `(SELECT s.display_name FROM school_class k JOIN staff s ON s.id=k.homeroom_staff_id WHERE k.id={t}.class_id)`,
		"homeroomPhone":       `(SELECT s.work_phone FROM school_class k JOIN staff s ON s.id=k.homeroom_staff_id WHERE k.id={t}.class_id)`,
		"hasOrder":            `EXISTS(SELECT 1 FROM dropout_order o WHERE o.child_id={t}.child_id)`,
		"hasEducationAid":     `EXISTS(SELECT 1 FROM education_aid a WHERE a.child_id={t}.child_id AND a.state='APPROVED' AND COALESCE(a.valid_until>={today}::date,true))`,
		"hasDropoutCase":      `EXISTS(SELECT 1 FROM dropout_case d WHERE d.child_id={t}.child_id AND d.cancelled_on IS NULL)`,
		"dropoutHistoryCount": `(SELECT count(*) FROM dropout_case d WHERE d.child_id={t}.child_id)`,
	}
}

// Roots are the root fields that start from the dropout ledger, from opening checks, from
// education aid and from referrals.
func Roots() []record.Root {
	return []record.Root{{
		Field: "dropoutLedger", Type: "DropoutCase", Paged: true,
		Where: "{t}.ledger = {arg.ledger}::text AND {t}.cancelled_on IS NULL",
	}, {
		Field: "dropoutCases", Type: "DropoutCase", Paged: true,
		Filters: record.Columns{
			"ledger":    "{t}.ledger = {v}",
			"stage":     "{t}.stage = {v}",
			"open":      "{t}.cancelled_on IS NULL",
			"!open":     "{t}.cancelled_on IS NOT NULL",
			"dueBefore": "{t}.due_on < {v}",
		},
	}, {
		Field: "openingAbsences", Type: "OpeningAbsence", Paged: true, Where: "{t}.state = 'NOT_SEEN'",
	}, {
		Field: "educationAids", Type: "EducationAid", Paged: true, Where: ownAid,
	}, {
		Field: "psychReferrals", Type: "PsychReferral", Paged: true,
		Filters: record.Columns{"open": "{t}.closed_on IS NULL", "!open": "{t}.closed_on IS NOT NULL"},
	}}
}
