package protection

import "github.com/tongxin-hub/tongxin/internal/record"

// Records says where each type of schema/protection.graphqls is stored. A field that is
// not listed is the column of its own name in snake case.
func Records() []record.Type { return append(services(), governance()...) }

// services are what is done for a child.
func services() []record.Type {
	return []record.Type{
		{
			Name: "Protection", Table: "child", Kind: record.Section,
			Columns: record.Columns{
				"isInCustody":    `EXISTS(SELECT 1 FROM temporary_custody x WHERE x.child_id={t}.id AND x.ended_on IS NULL)`,
				"hasRelief":      `EXISTS(SELECT 1 FROM relief_application x WHERE x.child_id={t}.id)`,
				"hasNeedMatch":   `EXISTS(SELECT 1 FROM need_match x WHERE x.child_id={t}.id)`,
				"hasSupportPlan": `EXISTS(SELECT 1 FROM support_plan x WHERE x.child_id={t}.id)`,
			},
		},
		{
			Name: "MandatoryReport", Table: "mandatory_report", Kind: record.OfChild,
			Order:   "{t}.found_on DESC NULLS LAST, {t}.id DESC",
			Columns: record.Columns{"planConsultation": "{t}.plan_consultation_id"},
			IDs:     map[string]string{"planConsultation": "Consultation"},
			Links: record.Links{
				"steps": record.Many("ReportStep", "{t}.report_id = {p}.id"),
				"plan":  record.Many("ProtectionStep", "{t}.report_id = {p}.id"),
			},
			Bases: sealed(),
		},
		{
			Name: "TemporaryCustody", Table: "temporary_custody", Kind: record.OfChild,
			Order: "{t}.started_on DESC NULLS LAST, {t}.id DESC",
			Bases: record.Written,
		},
		{
			Name: "ReliefApplication", Table: "relief_application", Kind: record.OfChild,
			Keys:  record.Newest("applied_on"),
			Order: "{t}.applied_on DESC NULLS LAST, {t}.id DESC",
			Bases: record.Written,
		},
		{
			Name: "SupportPlan", Table: "support_plan", Kind: record.OfChild,
			Keys: record.Newest("due_on"), Order: "{t}.due_on DESC NULLS LAST, {t}.id DESC",
			Columns: record.Columns{"responsible": `(SELECT s.code FROM staff s WHERE s.id={t}.responsible_id)`},
			Links: record.Links{
				"child": record.One("Child", "{t}.id = {p}.child_id"),
				"steps": record.Many("SupportStep", "{t}.plan_id = {p}.id"),
			},
			Bases: doer(),
		},
		{Name: "SupportStep", Table: "support_step", Kind: record.Part, Order: "{t}.no, {t}.id"},
		{
			Name: "ServiceReferral", Table: "service_referral", Kind: record.OfChild,
			Bases: record.Written,
		},
		{
			Name: "NeedMatch", Table: "need_match", Kind: record.OfChild,
			Order: "{t}.matched_on DESC NULLS LAST, {t}.id DESC",
			Bases: record.Written,
		},
		{
			Name: "ActivityAttendance", Table: "activity_attendance", Kind: record.OfChild,
			Order: "{t}.held_on DESC NULLS LAST, {t}.id DESC",
			Bases: record.Written,
		},
		{
			Name: "TransferRequest", Table: "transfer_request", Kind: record.OfChild,
			Order:   "{t}.requested_on DESC NULLS LAST, {t}.id DESC",
			Columns: record.Columns{"mode": "{t}.kind"},
			Bases:   record.Written,
		},
	}
}

// Roots are the root fields that start from applications for relief and from plans.
func Roots() []record.Root {
	return []record.Root{{
		Field: "reliefApplications", Type: "ReliefApplication", Paged: true,
		Where:   "{staff} IN ({t}.handler_id, {t}.decider_id, {t}.signer_id)",
		Filters: record.Columns{"state": "{t}.state = {v}"},
	}, {
		Field: "supportPlans", Type: "SupportPlan", Paged: true, Where: "{t}.state IN ('PROPOSED', 'RETURNED', 'OPEN')",
	}}
}

// governance are the types that say who was told what, and who asked.
func governance() []record.Type {
	return []record.Type{
		{
			Name: "Consultation", Table: "consultation", Kind: record.OfChild,
			Order: "{t}.convened_on DESC NULLS LAST, {t}.id DESC",
			Bases: record.Written,
		},
		{
			Name: "DisclosureGrant", Table: "disclosure_grant", Kind: record.OfChild,
			Order: "{t}.granted_from DESC NULLS LAST, {t}.id DESC",
			Columns: record.Columns{
				"grantee": `(SELECT s.code FROM staff s WHERE s.id={t}.grantee_id)`,
			},
			Bases: record.Written,
		},
		{
			Name: "AccessInquiry", Table: "access_inquiry", Kind: record.OfChild,
			Order: "{t}.received_on DESC NULLS LAST, {t}.id DESC",
			Columns: record.Columns{
				"state":     "CASE WHEN {t}.decision = 'REFUSED' THEN 'REFUSED' ELSE {t}.state END",
				"withholds": "{t}.embargoed > 0",
			},
			Bases: record.Written,
		},
	}
}

// doer are the bases of a plan, which is also the work of whoever is responsible.
func doer() record.Columns {
	return record.Columns{"own_hand": "({t}.author_id = {staff} OR {t}.responsible_id = {staff})", "own_agency": record.Written["own_agency"]}
}

// sealed are the bases of a report, whose reporter only the handler named on the
// seal may know.
func sealed() record.Columns {
	return record.Columns{
		"own_hand": record.Written["own_hand"], "own_agency": record.Written["own_agency"],
		"sealed_handler": "{t}.sealed_handler_id = {staff}",
	}
}
