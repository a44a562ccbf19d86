package biglog

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Question is one question of an auditor, as GraphQL.
type Question struct {
	Name, Query string
	Variables   map[string]any
}

const (
	entries = `nodes { sequence at agencyCode staffCode role purpose ticket outcome reason clientIp childCount } pageInfo { hasNextPage endCursor }`
	found   = `nodes { at agencyCode staffCode role purpose ticket child rule } pageInfo { hasNextPage endCursor }`
	sums    = `agencyCode operations childViews reveals denied notFound l4 night breakGlass`
)

const (
	busiestSQL = `SELECT staff_code, agency_code FROM audit_day GROUP BY 1, 2 ORDER BY sum(operations) DESC, 1 LIMIT 1`
	sampleSQL  = `SELECT e.ticket, e.client_ip, e.document_hash, e.trace_id, replace(e.entry_id::text, '-', ''), d.child_id
FROM audit_entry e JOIN audit_disclosure d ON d.at = e.at AND d.sequence = e.sequence WHERE e.sequence < 0 AND e.ticket <> '' ORDER BY e.at, e.sequence LIMIT 1`
	rareSQL = `SELECT c.name FROM coordinate c WHERE c.class = 'L4' AND EXISTS (SELECT FROM audit_key k WHERE k.key = log_key('coordinate', c.name)) ORDER BY c.name LIMIT 1`
)

// Questions are all of them, about people and things that the log has: the oldest
// entry, which a walk from the newest on would find last.
func Questions(ctx context.Context, db *pgxpool.Pool, until time.Time, childID func(int64) string) ([]Question, error) {
	var staff, agency, ticket, address, document, trace, entry, coordinate string
	var child int64
	if err := db.QueryRow(ctx, busiestSQL).Scan(&staff, &agency); err != nil {
		return nil, err
	}
	if err := db.QueryRow(ctx, sampleSQL).Scan(&ticket, &address, &document, &trace, &entry, &child); err != nil {
		return nil, err
	}
	if err := db.QueryRow(ctx, rareSQL).Scan(&coordinate); err != nil {
		return nil, err
	}
	month := map[string]any{"since": until.AddDate(0, -1, 0).Format(time.RFC3339), "until": until.Format(time.RFC3339)}
	days := map[string]any{"since": until.AddDate(0, -1, 0).Format(time.DateOnly), "until": until.Format(time.DateOnly)}
	history := map[string]any{"child": childID(child)}
	var out []Question
	for _, q := range []string{"readsOutsideArea", "accessesWithoutStanding", "readsForSeveralPurposes", "readsOfColleaguesChildren", "readsAfterClosure", "readsOfNeverOpenedTasks"} {
		out = append(out, Question{q, "query Q { " + q + "(first: 50) { " + found + " } }", nil})
	}
	out = append(
		out,
		Question{"l4Reads", `query Q($child: ID!) { l4Reads(child: $child, first: 50) { nodes { child bases shown entry { at staffCode role purpose } } } }`, history},
		Question{"accessHistory", `query Q($child: ID!) { accessHistory(child: $child, first: 50) { nodes { child bases shown entry { at staffCode role purpose } } } }`, history},
		Question{"breakGlassWithoutReview", "query Q { breakGlassWithoutReview(first: 50) { " + entries + " } }", nil},
		Question{"revealsPerDay, a month", `query Q($since: LocalDate, $until: LocalDate) { revealsPerDay(since: $since, until: $until, first: 50) { nodes { day staffCode reveals } } }`, days},
		Question{"personActivity, a month", `query Q($staff: String!, $since: LocalDate, $until: LocalDate) { personActivity(staffCode: $staff, since: $since, until: $until, first: 31) { nodes { day operations childViews children reveals l4 night } } }`, with(days, "staff", staff)},
		Question{"accessHours, a month", `query Q($since: LocalDate!, $until: LocalDate!) { accessHours(since: $since, until: $until) { hour purpose operations childViews withheld } }`, days},
		Question{"personPurposes, a month", `query Q($staff: String!, $since: LocalDate!, $until: LocalDate!) { personPurposes(staffCode: $staff, since: $since, until: $until) { purpose operations childViews withheld reveals denied } }`, with(days, "staff", staff)},
		Question{"personCoordinates, a month", `query Q($staff: String!, $since: LocalDate!, $until: LocalDate!) { personCoordinates(staffCode: $staff, since: $since, until: $until) { coordinate class shown full } }`, with(days, "staff", staff)},
		Question{"topActivity, a month", `query Q($since: LocalDate, $until: LocalDate) { topActivity(by: NOT_FOUND, since: $since, until: $until) { staffCode value ` + sums + ` } }`, days},
		Question{"contractorReads, a month", `query Q($since: LocalDate, $until: LocalDate) { contractorReads(since: $since, until: $until) { staffCode childViews sessions visits perService } }`, days},
		Question{"accessStatistics, a week", `query Q($since: LocalDate, $until: LocalDate) { accessStatistics(since: $since, until: $until) { day ` + sums + ` } }`, with(days, "since", until.AddDate(0, 0, -7).Format(time.DateOnly))},
	)
	for name, filter := range map[string]map[string]any{
		"staffCode": {"staffCode": staff}, "agencyCode": {"agencyCode": agency}, "ticket": {"ticket": ticket}, "clientIp": {"clientIp": address},
		"network": {"network": address + "/24"}, "documentHash": {"documentHash": document}, "class L4": {"class": "L4"}, "L4 coordinate": {"coordinate": coordinate},
		"coordinate": {"coordinate": "Child.name"}, "basis": {"basis": "own_village"}, "outcome": {"outcome": "DENIED"}, "breakGlass": {"breakGlass": true},
		"role and purpose": {"role": "CM", "purpose": "CASE_MGMT"}, "system": {"system": "tongxin-mobile"}, "operation": {"operation": "Operation7"},
		"entryId": {"entryId": entry}, "time": month, "person, class and time": with(month, "staffCode", staff, "class", "L4"),
		"operation never used, a month": with(month, "operation", "none"), "coordinate never shown, a month": with(month, "coordinate", "Child.none"),
	} {
		out = append(out, Question{"auditEntries " + name, "query Q($filter: AuditEntryFilter) { auditEntries(filter: $filter, first: 50) { " + entries + " } }", map[string]any{"filter": filter}})
	}
	return out, nil
}

func with(base map[string]any, more ...any) map[string]any {
	out := map[string]any{}
	for k, v := range base {
		out[k] = v
	}
	for i := 0; i+1 < len(more); i += 2 {
		if name, ok := more[i].(string); ok {
			out[name] = more[i+1]
		}
	}
	return out
}
