package accesslog

import "github.com/tongxin-hub/tongxin/internal/record"

// habitRecords says where the types of schema/habit.graphqls stand: in what Follow keeps,
// and in the entries of one person, found by the index of the person.
func habitRecords() []record.Type {
	return []record.Type{
		{Name: "AccessHour", Table: "audit_clock", Kind: record.Node, Key: "hour", Order: "{t}.hour, {t}.purpose"},
		{Name: "PersonPurpose", Table: "audit_entry", Kind: record.Node, Key: "purpose", Order: "{t}.operations DESC, {t}.purpose"},
		{Name: "PersonCoordinate", Table: "audit_set", Kind: record.Node, Key: "coordinate", Order: "{t}.shown DESC, {t}.coordinate"},
	}
}

func habitRoots() []record.Root {
	return []record.Root{
		{Field: "accessHours", Type: "AccessHour", List: true, From: hoursQuery},
		{Field: "personPurposes", Type: "PersonPurpose", List: true, From: purposesQuery},
		{Field: "personCoordinates", Type: "PersonCoordinate", List: true, From: coordinatesQuery},
	}
}

// fromDay and toDay are the days of a question by the clock of China, both inclusive.
const (
	fromDay = "{arg.since}::date::timestamp AT TIME ZONE 'Asia/Shanghai'"
	toDay   = "({arg.until}::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'"
)

const hoursQuery = `(SELECT a.hour::integer AS hour, a.purpose, sum(a.operations)::bigint AS operations, sum(a.child_views)::bigint AS child_views, sum(a.withheld)::bigint AS withheld
	FROM audit_clock a WHERE a.day >= {arg.since}::date AND a.day <= {arg.until}::date GROUP BY a.hour, a.purpose)`

// theirs are the entries of one person: walked by the index of the person.
const theirs = `e.staff_id = (SELECT s.id FROM staff s WHERE s.code = {arg.staffCode}::text) AND e.at >= ` + fromDay + " AND e.at < " + toDay

const purposesQuery = `(SELECT e.purpose, count(*) AS operations, sum(e.disclosed)::bigint AS child_views,
	count(*) FILTER (WHERE e.outcome = 'PARTLY_WITHHELD') AS withheld, count(*) FILTER (WHERE e.outcome = 'REVEALED') AS reveals,
	count(*) FILTER (WHERE e.outcome = 'DENIED') AS denied
	FROM audit_entry e WHERE ` + theirs + " AND e.outcome <> '' GROUP BY e.purpose)"

// coordinatesQuery counts by set first: a person is shown few sets, many times.
const coordinatesQuery = `(SELECT c.name AS coordinate, max(k.class) AS class, sum(x.times)::bigint AS shown,
		coalesce(sum(x.times) FILTER (WHERE s.labels[c.n] = 'FULL'), 0)::bigint AS "full"
	FROM (SELECT d.set_id, count(*) AS times FROM audit_entry e CROSS JOIN LATERAL (SELECT o.set_id FROM audit_disclosure o
			WHERE o.at = e.at AND o.sequence = e.sequence OFFSET 0) d WHERE ` + theirs + ` GROUP BY d.set_id) x
	JOIN audit_set s ON s.id = x.set_id CROSS JOIN LATERAL unnest(s.coordinates) WITH ORDINALITY AS c (name, n)
	LEFT JOIN coordinate k ON k.name = c.name GROUP BY c.name)`
