package accesslog

import "github.com/tongxin-hub/tongxin/internal/record"

// questionRecords says where the answers to the auditors' questions stand: in what
// Follow keeps, which holds facts of the log and the rule, and nothing of a record.
func questionRecords() []record.Type {
	return []record.Type{
		{
			Name: "AuditFinding", Table: "audit_finding", Kind: record.Node, Key: "sequence",
			Order:   "{t}.at DESC, {t}.sequence DESC, {t}.child_id DESC",
			Keys:    append(newest(), record.Order{SQL: "{t}.child_id", Cast: "bigint", Desc: true}),
			Columns: record.Columns{"child": "nullif({t}.child_id, 0)"},
			Links:   record.Links{"entry": record.One("AuditEntry", itsEntry)},
			IDs:     map[string]string{"child": "Child"},
		},
		{
			Name: "PersonDay", Table: "audit_day", Kind: record.Node, Key: "staff_code",
			Order: "{t}.day DESC, {t}.staff_code DESC, {t}.agency_code DESC",
			Keys: []record.Order{
				{SQL: "{t}.day", Cast: "date", Desc: true},
				{SQL: "{t}.staff_code", Cast: "text", Desc: true},
				{SQL: "{t}.agency_code", Cast: "text", Desc: true},
			},
			Columns: record.Columns{"children": `(SELECT count(DISTINCT d.child_id) FROM audit_entry e JOIN audit_disclosure d ON d.at = e.at AND d.sequence = e.sequence
				WHERE e.staff_id = {t}.staff_id AND e.at >= {t}.day::timestamp AT TIME ZONE 'Asia/Shanghai' AND e.at < ({t}.day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai')`},
		},
		{Name: "PersonTotal", Table: "audit_day", Kind: record.Node, Key: "staff_code", Order: "{t}.value DESC, {t}.staff_code, {t}.agency_code"},
		{Name: "ContractorRead", Table: "audit_day", Kind: record.Node, Key: "staff_code", Order: "{t}.child_views DESC, {t}.staff_code"},
		{
			Name: "AccessStatistic", Table: "audit_day", Kind: record.Node, Key: "agency_code", Order: "{t}.day DESC, {t}.agency_code",
			Bases: record.Columns{"own_agency": "{t}.agency_id = {agency}"},
		},
		{Name: "CompletenessHour", Table: "audit_hour", Kind: record.Node, Key: "hour", Order: "{t}.hour DESC, {t}.agency_code, {t}.system"},
	}
}

// days are those of a question, both inclusive.
func days(column string) string {
	return column + " >= coalesce({arg.since}::date, '-infinity') AND " + column + " <= coalesce({arg.until}::date, 'infinity')"
}

// ofPerson narrows to one person, where one is named.
const ofPerson = "({arg.staffCode}::text IS NULL OR {t}.staff_code = {arg.staffCode}::text)"

// finding is the root field of one standing question.
func finding(field, question string) record.Root {
	return record.Root{
		Field: field, Type: "AuditFinding", Paged: true,
		Where: "{t}.question = '" + question + "' AND " + window + " AND " + ofPerson,
	}
}

func questionRoots() []record.Root {
	return []record.Root{
		finding("readsOutsideArea", "OUTSIDE_AREA"),
		finding("accessesWithoutStanding", "WITHOUT_STANDING"),
		finding("readsForSeveralPurposes", "SEVERAL_PURPOSES"),
		finding("readsOfColleaguesChildren", "OF_COLLEAGUES"),
		finding("readsAfterClosure", "AFTER_CLOSURE"),
		finding("readsOfNeverOpenedTasks", "NEVER_OPENED"),
		{
			Field: "breakGlassWithoutReview", Type: "AuditEntry", Paged: true,
			Postings: record.Postings{Table: "audit_key", Match: itsPosting, Always: posted("break-glass", "''")},
			Where: "{t}.break_glass AND {t}.disclosed > 0 AND " + window + ` AND NOT EXISTS (SELECT 1 FROM deciding.emergency_review m
				WHERE m.staff_id = {t}.staff_id AND {t}.at >= m.opened_at AND {t}.at < m.expires_at AND m.reviewed)`,
		},
		{
			Field: "revealsPerDay", Type: "PersonDay", Paged: true,
			Where: "{t}.reveals > 0 AND " + days("{t}.day") + " AND " + ofPerson,
		},
		{
			Field: "personActivity", Type: "PersonDay", Paged: true,
			Where: "{t}.staff_code = {arg.staffCode}::text AND " + days("{t}.day"),
		},
		{Field: "topActivity", Type: "PersonTotal", List: true, From: topQuery},
		{Field: "contractorReads", Type: "ContractorRead", List: true, From: contractorQuery},
		{
			Field: "accessStatistics", Type: "AccessStatistic", List: true,
			From: `(SELECT a.day, a.agency_id, a.agency_code, a.operations, a.child_views, a.reveals, a.denied, a.not_found, a.l4, a.night, a.break_glass, a.people
				FROM deciding.agency_day a WHERE ` + days("a.day") + ")",
		},
		{Field: "completeness", Type: "CompletenessHour", List: true, From: completenessQuery},
	}
}

var topQuery = `(SELECT x.agency_code, x.staff_code, x.operations, x.child_views, x.reveals, x.denied, x.not_found, x.l4, x.night, x.break_glass,
	CASE {arg.by}::text WHEN 'OPERATIONS' THEN x.operations WHEN 'CHILD_VIEWS' THEN x.child_views WHEN 'REVEALS' THEN x.reveals WHEN 'DENIED' THEN x.denied
		WHEN 'NOT_FOUND' THEN x.not_found WHEN 'L4' THEN x.l4 WHEN 'NIGHT' THEN x.night WHEN 'BREAK_GLASS' THEN x.break_glass END AS value
	FROM (SELECT a.agency_code, a.staff_code, sum(a.operations) AS operations, sum(a.child_views) AS child_views, sum(a.reveals) AS reveals, sum(a.denied) AS denied,
			sum(a.not_found) AS not_found, sum(a.l4) AS l4, sum(a.night) AS night, sum(a.break_glass) AS break_glass
		FROM audit_day a WHERE ` + days("a.day") + ` AND ({arg.agencyCode}::text IS NULL OR a.agency_code = {arg.agencyCode}::text)
		GROUP BY a.agency_code, a.staff_code) x
	WHERE CASE {arg.by}::text WHEN 'OPERATIONS' THEN x.operations WHEN 'CHILD_VIEWS' THEN x.child_views WHEN 'REVEALS' THEN x.reveals WHEN 'DENIED' THEN x.denied
		WHEN 'NOT_FOUND' THEN x.not_found WHEN 'L4' THEN x.l4 WHEN 'NIGHT' THEN x.night WHEN 'BREAK_GLASS' THEN x.break_glass END > 0)`

// contractorQuery: what people with a contract behind their post were shown, and what
// they did. Services are counted, nothing of them is read.
var contractorQuery = `(SELECT x.agency_code, x.staff_code, x.child_views, x.reveals, x.sessions, x.visits,
	round(x.child_views::numeric / nullif(x.sessions + x.visits, 0), 2) AS per_service
	FROM (SELECT a.agency_code, a.staff_code, sum(a.child_views) AS child_views, sum(a.reveals) AS reveals,
			(SELECT count(*) FROM deciding.session_delivered v WHERE v.staff_id = a.staff_id AND ` + days("v.held_on") + `) AS sessions,
			(SELECT count(*) FROM deciding.visit_delivered v WHERE v.staff_id = a.staff_id AND ` + days("v.held_on") + `) AS visits
		FROM audit_day a
		WHERE ` + days("a.day") + ` AND a.staff_id IN (SELECT p.staff_id FROM post p WHERE p.contract_id IS NOT NULL)
		GROUP BY a.agency_code, a.staff_code, a.staff_id) x)`

// completenessQuery: an hour is over when it has passed on the hub's clock, the log
// is followed to its end, and every living process has written since. A process that
// has not written for a minute and never said good-bye was killed.
var completenessQuery = `(SELECT h.hour, h.agency_code, h.system, h.edge, h.log, h.log - h.edge AS difference, k.n AS killed_processes,
	CASE WHEN h.log = h.edge THEN 'EQUAL'
		WHEN h.hour + interval '1 hour' > {now}
			OR EXISTS (SELECT 1 FROM follower f CROSS JOIN audit_head t WHERE f.name = '` + Follower + `' AND f.sequence < t.size)
			OR EXISTS (SELECT 1 FROM edge_process p WHERE p.ended_at IS NULL AND p.written_at >= {now} - interval '1 minute'
				AND p.started_at < h.hour + interval '1 hour' AND p.written_at < h.hour + interval '1 hour') THEN 'OPEN'
		WHEN h.log < h.edge THEN 'WITHOUT_ENTRY'
		WHEN k.n > 0 THEN 'PROCESS_KILLED'
		ELSE 'UNANSWERED' END AS state
	FROM (SELECT coalesce(l.hour, e.hour) AS hour, coalesce(l.agency_code, e.agency_code) AS agency_code, coalesce(l.system, e.system) AS system,
			coalesce(e.answered, 0) AS edge, coalesce(l.entries, 0) AS log
		FROM (SELECT a.hour, a.agency_code, a.system, a.entries FROM audit_hour a
			WHERE a.hour >= {arg.since}::timestamptz AND a.hour < {arg.until}::timestamptz) l
		FULL JOIN (SELECT c.hour, c.agency_code, c.system, sum(c.answered) AS answered FROM edge_count c
			WHERE c.hour >= {arg.since}::timestamptz AND c.hour < {arg.until}::timestamptz GROUP BY c.hour, c.agency_code, c.system) e
			ON e.hour = l.hour AND e.agency_code = l.agency_code AND e.system = l.system) h
	CROSS JOIN LATERAL (SELECT count(*) AS n FROM edge_process p WHERE p.ended_at IS NULL AND p.written_at < {now} - interval '1 minute'
		AND h.hour BETWEEN date_trunc('hour', p.written_at) AND date_trunc('hour', p.written_at + interval '1 minute')) k)`
