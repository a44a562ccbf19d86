package accesslog

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/record"
)

// newest is the order of the log from its newest entry on.
func newest() []record.Order {
	return []record.Order{
		{SQL: "{t}.at", Cast: "timestamptz", Desc: true},
		{SQL: "{t}.sequence", Cast: "bigint", Desc: true},
	}
}

// newestOfChild is the order of what one child was shown as. The time is not the column
// itself: the planner would walk the log in its order until the child has filled a page,
// and not ask the index of children.
func newestOfChild() []record.Order {
	return []record.Order{
		{SQL: "({t}.at AT TIME ZONE 'UTC')", Cast: "timestamp", Desc: true},
		{SQL: "{t}.sequence", Cast: "bigint", Desc: true},
		{SQL: "{t}.ordinal", Cast: "integer", Desc: true},
	}
}

// asked: a protection officer reads of a child only what a request now asks for.
const asked = "q.dpo_id = {staff} AND q.state <> 'ANSWERED'"

// ofOwnAgency: the head of an agency reads what its people and systems did, but never
// who reported a child: that is kept from everybody but who handles the report.
const ofOwnAgency = "{t}.agency_id = {agency} AND {t}.purpose <> 'MANDATORY_REPORT'"

// explained is the basis or ticket that explains what was shown.
const explained = "explained_by({t}.bases, (SELECT e.ticket FROM audit_entry e WHERE e.at = {t}.at AND e.sequence = {t}.sequence))"

// labelled lists the coordinates of a set with their labels.
func labelled(set, sign string) string {
	return `(SELECT array_agg(c.name || '` + sign + `' || s.labels[c.n] ORDER BY c.n)
		FROM audit_set s, unnest(s.coordinates) WITH ORDINALITY AS c (name, n) WHERE s.id = ` + set + ")"
}

// Records says where each type of schema/accesslog.graphqls, question.graphqls,
// completeness.graphqls and habit.graphqls is stored.
func Records() []record.Type {
	return append(append(questionRecords(), habitRecords()...),
		record.Type{
			Name: "AuditEntry", Table: "audit_entry", Kind: record.Node,
			Order: "{t}.at DESC, {t}.sequence DESC", Keys: newest(), Key: "sequence",
			Columns: record.Columns{
				"childCount": "{t}.disclosed",
				"outcome":    "nullif({t}.outcome, '')", // of an entry whose details were destroyed nothing is known
				"entryId":    "replace({t}.entry_id::text, '-', '')",
				"requested":  "(SELECT s.coordinates FROM audit_set s WHERE s.id = {t}.requested_id)",
				"withheld":   labelled("{t}.withheld_id", ":"),
			},
			Bases: record.Columns{"own_agency": ofOwnAgency, "rights_request": `EXISTS (SELECT 1 FROM audit_disclosure d JOIN deciding.access_inquiry q ON q.child_id = d.child_id
				WHERE d.at = {t}.at AND d.sequence = {t}.sequence AND ` + asked + ")"},
			Links: record.Links{"disclosures": record.Many("AuditDisclosure", "{t}.at = (SELECT e.at FROM audit_entry e WHERE e.sequence = {p}.id) AND {t}.sequence = {p}.id")},
		},
		record.Type{
			Name: "AuditDisclosure", Table: "audit_disclosure", Kind: record.Node,
			Order: "{t}.at DESC, {t}.sequence DESC, {t}.ordinal",
			Keys:  newestOfChild(),
			Key:   "sequence",
			Columns: record.Columns{
				"child":       "{t}.child_id",
				"explanation": "explanation(" + explained + ")", "explainedBy": explained, "shown": labelled("{t}.set_id", "="),
			},
			Links: record.Links{"entry": record.One("AuditEntry", entryOfShown)},
			Bases: record.Columns{"rights_request": "EXISTS (SELECT 1 FROM deciding.access_inquiry q WHERE q.child_id = {t}.child_id AND " + asked + ")"},
			IDs:   map[string]string{"child": "Child"},
		})
}

const itsEntry = "{t}.at = {p}.at AND {t}.sequence = {p}.sequence"

// entryOfShown is itsEntry for what was shown to one child: it cannot be hashed, because
// the planner, which does not know how few of all entries these are, would read all.
const entryOfShown = "{t}.at BETWEEN {p}.at AND {p}.at AND {t}.sequence BETWEEN {p}.sequence AND {p}.sequence"

// shownToChild are the disclosures of one child, by the index of children, month by
// month from the newest on: the index knows no time, and a page of a child that was shown
// often ends with the month that fills it. Of a row that holds hundreds only this child is
// taken out. Behind a fence, because the planner takes a child that it does not know for a
// two-hundredth of the log.
var shownToChild = "(SELECT m.month, x.* FROM (" + months + ") m CROSS JOIN LATERAL (" +
	"SELECT t.sequence, t.at, t.ordinals[n] AS ordinal, {arg.child}::bigint AS child_id, t.set_id, t.bases" +
	" FROM audit_packed t CROSS JOIN LATERAL unnest(array_positions(t.child_ids, {arg.child}::bigint)) AS n" +
	" WHERE t.child_ids @> ARRAY[{arg.child}::bigint] AND t.at >= m.month AND t.at < m.month + interval '1 month' AND " +
	strings.ReplaceAll(window, "{t}", "t") + " OFFSET 0) x)"

// months are those in which something was shown, the newest first.
const months = "SELECT s.month AT TIME ZONE 'UTC' AS month FROM (SELECT min(p.at) AS first, max(p.at) AS last FROM audit_packed p) e" +
	" CROSS JOIN LATERAL generate_series(date_trunc('month', e.first AT TIME ZONE 'UTC'), e.last AT TIME ZONE 'UTC', interval '1 month') s (month)" +
	" ORDER BY 1 DESC OFFSET 0"

// window is the time that a question is about.
const window = "{t}.at >= coalesce({arg.since}::timestamptz, '-infinity') AND {t}.at < coalesce({arg.until}::timestamptz, 'infinity')"

// ofClass: a set in which something is of the class.
const ofClass = `EXISTS (SELECT 1 FROM audit_set s CROSS JOIN unnest(s.coordinates) n JOIN coordinate c ON c.name = n
	WHERE s.id = {t}.set_id AND c.class = {arg.class}::text)`

// Roots are the root fields that start from the log.
func Roots() []record.Root {
	return append(append(questionRoots(), habitRoots()...),
		record.Root{Field: "auditEntries", Type: "AuditEntry", Paged: true, Where: "{t}.outcome <> ''", Filters: filters(), Postings: postings()},
		record.Root{Field: "entriesOfMyAgency", Type: "AuditEntry", Paged: true, Where: ofOwnAgency + " AND {t}.outcome <> ''", Filters: ownFilters()},
		record.Root{
			Field: "accessHistory", Type: "AuditDisclosure", Paged: true, From: shownToChild,
			Keys: append([]record.Order{{SQL: "{t}.month", Cast: "timestamptz", Desc: true}}, newestOfChild()...),
			Where: "({arg.class}::text IS NULL OR " + ofClass + `)
				AND ({arg.outcome}::text IS NULL OR EXISTS (SELECT 1 FROM audit_entry e
					WHERE e.at = {t}.at AND e.sequence = {t}.sequence AND e.outcome = {arg.outcome}::text))`,
		},
		record.Root{
			// A child stands in an entry once, so that time and number are the whole key.
			Field: "l4Reads", Type: "AuditDisclosure", Paged: true, Keys: newest(),
			Postings: record.Postings{
				Table: "audit_key", Match: itsPosting + " AND {t}.child_id = {arg.child}::bigint",
				Always: posted("child-l4", "{arg.child}::text") + " AND " + strings.ReplaceAll(window, "{t}", "{k}"),
			},
		})
}

// itsPosting is how what is posted is looked up.
const itsPosting = "{t}.at = {k}.at AND {t}.sequence = {k}.sequence"

// posted: the entry is posted under a key, and so found in the order of time.
func posted(kind, value string) string {
	return "{k}.key = log_key('" + kind + "', " + value + ")"
}

// postings say what finds entries, the rarest first. Two values may have one key: the
// filter's own condition holds as well.
func postings() record.Postings {
	return record.Postings{
		Table: "audit_key", Key: "key", Time: "at", Match: itsPosting, Keyed: []string{"since", "until"}, Newest: "until",
		By: []record.Posting{
			{Member: "entryId"},
			{Member: "ticket", Where: posted("ticket", "{v}")},
			{Member: "clientIp", Where: posted("address", "{v}")},
			{Member: "staffCode"},
			{Member: "breakGlass", Where: posted("break-glass", "''")},
			{Member: "network", Among: `ARRAY(SELECT log_key('address', a.address) FROM audit_address a WHERE log_network(a.address) <<= log_network({v}))`},
			{Member: "coordinate@L4", Where: posted("coordinate", "{v}")},
			{Member: "documentHash", Where: posted("document", "{v}")},
			{Member: "operation", Where: posted("operation", "{v}")},
			{Member: "coordinate", Among: sets(holdsCoordinate, setKey)},
			{Member: "class=L4", Where: posted("class", "'L4'")},
			{Member: "outcome=ALLOWED"},
			{Member: "outcome=PARTLY_WITHHELD"},
			{Member: "outcome", Where: posted("outcome", "{v}")},
			{Member: "basis", Where: posted("basis", "{v}")},
			{Member: "role", Where: posted("role", "{v}")},
			{Member: "purpose", Where: posted("purpose", "{v}")},
			{Member: "class", Among: sets(holdsClass, setKey)},
		},
	}
}

// Which sets hold a coordinate, or something of a class, and the key under which the
// entries that showed a set are posted.
const (
	holdsCoordinate = "s.coordinates @> ARRAY[{v}]"
	holdsClass      = "s.coordinates && ARRAY(SELECT c.name FROM coordinate c WHERE c.class = {v})"
	setKey          = "log_key('set', s.id::text)"
)

// sets lists something of all the sets that fit: they are few.
func sets(condition, what string) string {
	return "ARRAY(SELECT " + what + " FROM audit_set s WHERE " + condition + ")"
}

// showed: some child of the entry was shown so. Asked of entry after entry, and not by
// EXISTS, which the planner would turn into a join with everything ever shown.
func showed(condition string) string {
	return `coalesce((SELECT true FROM audit_disclosure d
		WHERE d.at = {t}.at AND d.sequence = {t}.sequence AND ` + condition + " LIMIT 1), false)"
}

// filters are those of auditEntries, each complete in itself.
func filters() record.Columns {
	return record.Columns{
		"agencyCode":    "{t}.agency_code = {v} AND {t}.agency_id = (SELECT a.id FROM agency a WHERE a.code = {v})",
		"staffCode":     "{t}.staff_code = {v} AND {t}.staff_id = (SELECT s.id FROM staff s WHERE s.code = {v})",
		"system":        "{t}.system = {v}",
		"role":          "{t}.role = {v}",
		"purpose":       "{t}.purpose = {v}",
		"ticket":        "{t}.ticket = {v}",
		"operation":     "{t}.operation = {v}",
		"documentHash":  "{t}.document_hash = {v}",
		"policyVersion": "{t}.policy_version = {v}",
		"outcome":       "{t}.outcome = {v}",
		"reason":        "{t}.reason = {v}",
		"breakGlass":    "{t}.break_glass",
		"!breakGlass":   "NOT {t}.break_glass",
		"entryId":       "{t}.entry_id = log_entry({v})",
		"traceId":       "{t}.trace_id = {v}",
		"clientIp":      "{t}.client_ip = {v}",
		"network":       "log_network({t}.client_ip) <<= log_network({v})",
		// What no entry ever showed is answered without looking at entries.
		"coordinate": "(SELECT EXISTS (SELECT FROM audit_set s WHERE " + holdsCoordinate + ")) AND " + showed("d.set_id = ANY ("+sets(holdsCoordinate, "s.id")+")"),
		"class":      showed("d.set_id = ANY (" + sets(holdsClass, "s.id") + ")"),
		"basis":      showed("{v} = ANY (d.bases)"),
		"since":      "{t}.at >= {v}",
		"until":      "{t}.at < {v}",
	}
}

// ownFilters are those of entriesOfMyAgency, which the index of the agency serves: no
// postings, so that nothing of other agencies is walked, nor open to the role.
func ownFilters() record.Columns {
	all, out := filters(), record.Columns{"staffCode": "{t}.staff_code = {v}"}
	for _, member := range []string{"role", "purpose", "outcome", "since", "until"} {
		out[member] = all[member]
	}
	return out
}

const followSQL = `-- name: FollowLog
SELECT audit_follow($1, $2)`

// Follow works out, for the entries from <= sequence < to, by what they are found.
func Follow(ctx context.Context, tx postgres.Tx, from, to int64) error {
	_, err := tx.Exec(ctx, followSQL, from, to)
	return err
}

const settleSQL = `-- name: SettleLog
SELECT audit_settle()`

// Settle files the children of the newest entries in the index by which a child's
// entries are found. Until then they are found beside it, more slowly the more wait.
func Settle(ctx context.Context, db postgres.Beginner) error {
	return postgres.InTx(ctx, db, func(tx postgres.Tx) error {
		_, err := tx.Exec(ctx, settleSQL)
		return err
	})
}

const translateSQL = `-- name: TranslateToken
SELECT j.child_id FROM join_token j JOIN agency a ON a.id = j.agency_id
WHERE a.code = $1 AND j.kind = $2 AND j.token = $3 ORDER BY j.child_id LIMIT 20`

// translate finds the children behind a token of an agency.
func translate(ctx context.Context, tx postgres.Tx, t Token) ([]int64, error) {
	rows, err := tx.Query(ctx, translateSQL, t.Agency, t.Kind, t.raw())
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// Database is what holding receipts against the log needs of PostgreSQL; a pool is one.
type Database interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// Entries of a system in a window: all of them are walked, by the index of the agency.
const reconcileSQL = `-- name: ReconcileReceipts
WITH own AS (
    SELECT e.entry_id, e.sequence, e.entry_id = ANY ($5::uuid[]) AS handed FROM audit_entry e
    WHERE e.agency_id = $1 AND e.system = $2 AND e.at >= $3 AND e.at < $4
)
SELECT count(*) FILTER (WHERE handed), count(*) FILTER (WHERE NOT handed),
       coalesce(array_agg(replace(entry_id::text, '-', '')) FILTER (WHERE handed), '{}'),
       ARRAY(SELECT replace(x.entry_id::text, '-', '') FROM own x WHERE NOT x.handed ORDER BY x.sequence LIMIT $6)
FROM own ORDER BY 1`

const agencySQL = `-- name: AgencyOfReceipts
SELECT id FROM agency WHERE code = $1`

// systemOf is the system of an agency that is named by its code; an agency that there
// is not has no entries.
func systemOf(ctx context.Context, db Database, agency, name string) (System, error) {
	rows, err := db.Query(ctx, agencySQL, agency)
	if err != nil {
		return System{}, err
	}
	id, err := pgx.CollectOneRow(rows, pgx.RowTo[int64])
	if errors.Is(err, pgx.ErrNoRows) {
		err = fault.New(fault.BadRequest, "没有这个机构代码。", "There is no agency of this code.")
	}
	return System{AgencyID: id, Name: name}, err
}

// reconcile compares receipts with the entries of one system.
func reconcile(ctx context.Context, db Database, own System, since, until time.Time, entries []string) (found reconciled, err error) {
	rows, err := db.Query(ctx, reconcileSQL, own.AgencyID, own.Name, since, until, entries, maxExtra)
	if err != nil {
		return found, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[reconciled])
}

// reconciled is what the log has of the receipts of a system.
type reconciled struct {
	Known, ExtraTotal int
	Found, Extra      []string
}
