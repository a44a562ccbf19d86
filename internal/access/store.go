package access

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/record"
)

func staffs(column, by string) string {
	return "(SELECT s." + column + " FROM staff s WHERE s.id = {t}." + by + ")"
}

func agencies(column string) string {
	return "(SELECT a." + column + " FROM agency a WHERE a.id = {t}.agency_id)"
}

// standingSQL says why a post opens nothing now, in the order in which it is decided.
const standingSQL = `CASE WHEN {t}.valid_to <= {today} THEN 'ENDED'
    WHEN NOT (SELECT s.active FROM staff s WHERE s.id = {t}.staff_id) THEN 'SUSPENDED'
    WHEN (SELECT s.vetted_until IS NULL OR s.vetted_until < {today} FROM staff s WHERE s.id = {t}.staff_id) THEN 'VETTING_ENDED'
    WHEN {t}.valid_from > {today} THEN 'NOT_STARTED'
    WHEN {t}.authorised_until < {today} THEN 'AUTHORISATION_ENDED'
    WHEN (SELECT c.valid_to < {today} OR c.returned_on < {today} FROM contract c WHERE c.id = {t}.contract_id) THEN 'CONTRACT_ENDED'
    ELSE 'IN_FORCE' END`

func activeSQL() string { return "CASE WHEN {t}.active THEN 'ACTIVE' ELSE 'SUSPENDED' END" }

// Records says where the types of schema/access.graphqls are stored.
func Records() []record.Type {
	newest := func(column string) []record.Order {
		return []record.Order{{SQL: "{t}." + column, Cast: "timestamptz", Desc: true}, {SQL: "{t}.id", Cast: "bigint", Desc: true}}
	}
	return []record.Type{
		{
			Name: "AccessPost", Table: "post", Kind: record.Node, Order: "{t}.authorised_until, {t}.id",
			Keys: []record.Order{{SQL: "{t}.authorised_until", Cast: "date"}, {SQL: "{t}.id", Cast: "bigint"}},
			Columns: record.Columns{
				"staffCode": staffs("code", "staff_id"), "staffName": staffs("display_name", "staff_id"),
				"vettedUntil": staffs("vetted_until", "staff_id"), "agencyCode": agencies("code"), "agencyName": agencies("name"),
				"place": `coalesce((SELECT k.name FROM school k WHERE k.id = {t}.school_id), (SELECT n.name FROM clinic n WHERE n.id = {t}.clinic_id),
                    (SELECT d.name FROM division d WHERE d.id = {t}.division_id))`,
				"contractNumber": "(SELECT c.number FROM contract c WHERE c.id = {t}.contract_id)",
				"state":          "CASE WHEN {t}.valid_to <= {today} THEN 'ENDED' ELSE 'HELD' END",
				"standing":       standingSQL,
			},
		},
		{
			Name: "StaffAccount", Table: "staff", Kind: record.Node, Order: "{t}.id",
			// Never null: a system may be without vetting.
			Keys:    []record.Order{{SQL: "CASE WHEN {t}.vetted_until IS NULL THEN '-infinity'::date ELSE {t}.vetted_until END", Cast: "date"}, {SQL: "{t}.id", Cast: "bigint"}},
			Columns: record.Columns{"agencyCode": agencies("code"), "agencyName": agencies("name"), "name": "{t}.display_name", "state": activeSQL()},
			Links:   record.Links{"posts": record.Many("AccessPost", "{t}.staff_id = {p}.id")},
		},
		{
			Name: "AccessProposal", Table: "access_proposal", Kind: record.Node, Keys: newest("proposed_at"),
			Columns: record.Columns{
				"gains": staffs("code", "gains_id"), "proposedBy": staffs("code", "proposed_by"), "decidedBy": staffs("code", "decided_by"),
				"mine": "{t}.proposed_by = {staff}",
			},
		},
		{
			Name: "AccessChange", Table: "access_change", Kind: record.Node, Keys: newest("at"),
			Columns: record.Columns{"by": staffs("code", "by_id")},
		},
		{
			Name: "ApiClient", Table: "client", Kind: record.Node, Order: "{t}.agency_id, {t}.code, {t}.id", Keys: record.ByID(),
			Columns: record.Columns{"agencyCode": agencies("code"), "agencyName": agencies("name"), "state": activeSQL()},
		},
		{Name: "Setting", Table: "parameter", Kind: record.Node, Key: "name", Order: "{t}.name", Keys: []record.Order{{SQL: "{t}.name", Cast: "text"}}, Columns: record.Columns{
			"changedOn": "(SELECT max(v.effective_on) FROM setting_version v WHERE v.name = {t}.name AND v.applied_at IS NOT NULL)",
			"nextValue": "(SELECT v.value FROM setting_version v WHERE v.name = {t}.name AND v.applied_at IS NULL ORDER BY v.effective_on, v.id LIMIT 1)",
			"nextOn":    "(SELECT v.effective_on FROM setting_version v WHERE v.name = {t}.name AND v.applied_at IS NULL ORDER BY v.effective_on, v.id LIMIT 1)",
		}},
		{Name: "HubJob", Table: "job_progress", Kind: record.Node, Order: "{t}.name, {t}.id"},
		{Name: "CalendarDay", Table: "calendar_exception", Kind: record.Node, Key: "day", Order: "{t}.day", Keys: []record.Order{{SQL: "{t}.day", Cast: "date", Desc: true}}},
		{
			Name: "MyConflict", Table: "conflict_notice", Kind: record.Node, Order: "{t}.id", Keys: record.ByID(),
			Columns: record.Columns{
				"declaredBy": staffs("code", "declared_by"), "staffCode": staffs("code", "staff_id"),
				"state": "CASE WHEN {t}.ended_on IS NULL THEN 'DECLARED' ELSE 'ENDED' END",
			},
		},
	}
}

// holds are the conditions of the filter of posts.
func holds() record.Columns {
	return record.Columns{
		"staffCode":  "EXISTS (SELECT 1 FROM staff s WHERE s.id = {t}.staff_id AND position({v} IN s.code) > 0)",
		"agencyCode": "{t}.agency_id = (SELECT a.id FROM agency a WHERE a.code = {v})",
		"role":       "{t}.role = {v}",
		"state=HELD": "({t}.valid_to IS NULL OR {t}.valid_to > {today})", "state=ENDED": "{t}.valid_to <= {today}",
	}
}

// toConfirm are the posts that a head answers for and has not confirmed this quarter.
const toConfirm = `({t}.valid_to IS NULL OR {t}.valid_to > {today}) AND {t}.valid_from < date_trunc('quarter', {today}::timestamp)::date
    AND ({t}.confirmed_on IS NULL OR {t}.confirmed_on < date_trunc('quarter', {today}::timestamp)::date)
    AND answerable_agency({t}.agency_id, {today}) = {agency} AND {t}.staff_id <> {staff}`

// Roots are the lists of the administrators, and the heads' list of what to confirm.
func Roots() []record.Root {
	return []record.Root{
		{Field: "accessPosts", Type: "AccessPost", Paged: true, Filters: holds()},
		{Field: "postsToConfirm", Type: "AccessPost", Paged: true, Where: toConfirm},
		{Field: "staffAccounts", Type: "StaffAccount", Paged: true, Filters: record.Columns{
			"code": "position({v} IN {t}.code) > 0", "codes": "{t}.code = ANY({v})", "agencyCode": "{t}.agency_id = (SELECT a.id FROM agency a WHERE a.code = {v})",
			"vettedBefore": "{t}.vetted_until < {v}::date",
		}},
		{Field: "accessProposals", Type: "AccessProposal", Paged: true, Filters: record.Columns{"state": "{t}.state = {v}"}},
		{Field: "accessChanges", Type: "AccessChange", Paged: true, Filters: record.Columns{"subject": "position({v} IN {t}.subject) > 0"}},
		{Field: "apiClients", Type: "ApiClient", List: true},
		{Field: "hubJobs", Type: "HubJob", List: true},
		{Field: "settings", Type: "Setting", Paged: true, Filters: record.Columns{"name": "position({v} IN {t}.name) > 0"}},
		{Field: "calendarDays", Type: "CalendarDay", Paged: true},
		{Field: "myConflicts", Type: "MyConflict", List: true, Where: "{t}.staff_id = {staff} OR {t}.declared_by = {staff} OR deciding.answers_for({staff}, {t}.staff_id, {today})"},
	}
}

const insertChangeSQL = `-- name: NoteAccessChange
INSERT INTO access_change (what, subject, before, after, reason, by_id, proposal_id, at)
VALUES ($1, $2, $3, $4, $5, nullif($6::bigint, 0), nullif($7::bigint, 0), $8)`

func insertChange(ctx context.Context, tx postgres.Tx, n Noted) error {
	_, err := tx.Exec(ctx, insertChangeSQL, n.What, n.Subject, n.Before, n.After, n.Reason, n.By, n.Proposal, n.At)
	return err
}

const takePostSQL = `-- name: TakePost
SELECT p.id, p.staff_id, p.agency_id, coalesce(p.division_id, 0), s.code, p.role,
    coalesce((SELECT k.name FROM school k WHERE k.id = p.school_id), (SELECT n.name FROM clinic n WHERE n.id = p.clinic_id), d.name, '–'),
    coalesce(d.code, ''), p.valid_from::text, coalesce(p.valid_to::text, ''), p.authorised_until::text, a.code, p.version,
    coalesce(p.valid_to <= $2::date, false)
FROM post p JOIN staff s ON s.id = p.staff_id JOIN agency a ON a.id = p.agency_id LEFT JOIN division d ON d.id = p.division_id
WHERE p.id = $1 ORDER BY p.id FOR UPDATE OF p`

func takePost(ctx context.Context, tx postgres.Tx, id int64, today string) (p Post, err error) {
	err = tx.QueryRow(ctx, takePostSQL, id, today).Scan(&p.ID, &p.Staff, &p.Agency, &p.Division, &p.Code, &p.Role, &p.Place, &p.DivisionCode,
		&p.From, &p.To, &p.Authorised, &p.AgencyCode, &p.Version, &p.Over)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, Gone("id")
	}
	return p, err
}

const endPostSQL = `-- name: EndPost
UPDATE post SET valid_to = greatest(valid_from, $2::date), end_reason = 'LEFT', version = version + 1 WHERE id = $1 RETURNING version`

func endPost(ctx context.Context, tx postgres.Tx, id int64, today string) (version int, err error) {
	err = tx.QueryRow(ctx, endPostSQL, id, today).Scan(&version)
	return version, err
}

const answerableSQL = `-- name: AnswerableAgency
SELECT coalesce(answerable_agency($1, $2::date), 0)`

func answerable(ctx context.Context, tx postgres.Tx, agency int64, today string) (head int64, err error) {
	err = tx.QueryRow(ctx, answerableSQL, agency, today).Scan(&head)
	return head, err
}

// Division is a reach.
type Division struct {
	ID          int64
	Name, Level string
}

const divisionSQL = `-- name: FindDivisionOfReach
SELECT id, name, level FROM division WHERE code = $1`

// FindDivision finds a reach by its code. Fault: BadRequest.
func FindDivision(ctx context.Context, tx postgres.Tx, code string) (d Division, err error) {
	err = tx.QueryRow(ctx, divisionSQL, code).Scan(&d.ID, &d.Name, &d.Level)
	if errors.Is(err, pgx.ErrNoRows) {
		return d, fault.At("divisionCode", fault.New(fault.BadRequest, "没有这个区划代码。", "There is no division of that code."))
	}
	return d, err
}

const withinSQL = `-- name: DivisionWithin
WITH RECURSIVE above AS (SELECT parent_id FROM division WHERE id = $1
    UNION ALL SELECT d.parent_id FROM division d JOIN above a ON d.id = a.parent_id)
SELECT EXISTS (SELECT FROM above WHERE parent_id = $2)`

// within: the first lies inside the second and is not the same.
func within(ctx context.Context, tx postgres.Tx, inner, outer int64) (yes bool, err error) {
	err = tx.QueryRow(ctx, withinSQL, inner, outer).Scan(&yes)
	return yes, err
}

const reachSQL = `-- name: SetReachOfPost
UPDATE post SET division_id = $2, version = version + 1 WHERE id = $1 RETURNING version`

// SetReach gives a post another division.
func SetReach(ctx context.Context, tx postgres.Tx, id, division int64) (version int, err error) {
	err = tx.QueryRow(ctx, reachSQL, id, division).Scan(&version)
	return version, err
}

const accountSQL = `-- name: TakeAccount
SELECT s.id, a.code, s.code, s.kind, coalesce(s.vetted_until::text, ''), s.active, s.version
FROM staff s JOIN agency a ON a.id = s.agency_id WHERE s.id = $1 ORDER BY s.id FOR UPDATE OF s`

func takeAccount(ctx context.Context, tx postgres.Tx, id int64) (a Account, err error) {
	err = tx.QueryRow(ctx, accountSQL, id).Scan(&a.ID, &a.AgencyCode, &a.Code, &a.Kind, &a.Vetted, &a.Active, &a.Version)
	if errors.Is(err, pgx.ErrNoRows) {
		return a, Gone("id")
	}
	return a, err
}

const insertAccountSQL = `-- name: InsertAccount
INSERT INTO staff (code, agency_id, display_name, work_phone, kind, synthetic)
SELECT $2, a.id, $3, $4, 'PERSON', EXISTS (SELECT FROM staff o WHERE o.synthetic) FROM agency a WHERE a.code = $1 RETURNING id`

func insertAccount(ctx context.Context, tx postgres.Tx, in Newcomer) (id int64, err error) {
	err = tx.QueryRow(ctx, insertAccountSQL, in.AgencyCode, in.StaffCode, in.Name, in.WorkPhone).Scan(&id)
	var clash *pgconn.PgError
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return 0, fault.At("agencyCode", fault.New(fault.BadRequest, "没有这个机构代码。", "There is no agency of that code."))
	case errors.As(err, &clash) && clash.ConstraintName == "staff_code_key":
		return 0, fault.At("staffCode", fault.New(fault.Conflict, "这个工号已经登记。", "That staff code is entered already."))
	}
	return id, err
}

const activeAccountSQL = `-- name: SetAccountActive
UPDATE staff SET active = $2, version = version + 1 WHERE id = $1 RETURNING version`

// SetActive opens or shuts an account.
func SetActive(ctx context.Context, tx postgres.Tx, id int64, active bool) (version int, err error) {
	err = tx.QueryRow(ctx, activeAccountSQL, id, active).Scan(&version)
	return version, err
}

const takeContractSQL = `-- name: TakeContract
SELECT id, number, valid_from::text, valid_to::text, coalesce(returned_on::text, ''), purposes, version, valid_to < $2::date
FROM contract WHERE id = $1 ORDER BY id FOR UPDATE`

func takeContract(ctx context.Context, tx postgres.Tx, id int64, today string) (c Contract, err error) {
	err = tx.QueryRow(ctx, takeContractSQL, id, today).Scan(&c.ID, &c.Number, &c.From, &c.To, &c.Returned, &c.Purposes, &c.Version, &c.Over)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, Gone("id")
	}
	return c, err
}

const endContractSQL = `-- name: EndContract
UPDATE contract SET valid_to = $2::date, version = version + 1 WHERE id = $1 RETURNING version`

func endContract(ctx context.Context, tx postgres.Tx, id int64, day string) (version int, err error) {
	err = tx.QueryRow(ctx, endContractSQL, id, day).Scan(&version)
	return version, err
}

const returnedSQL = `-- name: SetContractReturned
UPDATE contract SET returned_on = $2::date, version = version + 1 WHERE id = $1 RETURNING version`

func setReturned(ctx context.Context, tx postgres.Tx, id int64, day string) (version int, err error) {
	err = tx.QueryRow(ctx, returnedSQL, id, day).Scan(&version)
	return version, err
}

const takeClientSQL = `-- name: TakeClient
SELECT c.id, a.code, c.code, coalesce(c.thumbprint, ''), c.active, c.version
FROM client c JOIN agency a ON a.id = c.agency_id WHERE c.id = $1 ORDER BY c.id FOR UPDATE OF c`

func takeClient(ctx context.Context, tx postgres.Tx, id int64) (c Client, err error) {
	err = tx.QueryRow(ctx, takeClientSQL, id).Scan(&c.ID, &c.AgencyCode, &c.Code, &c.Thumbprint, &c.Active, &c.Version)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, Gone("id")
	}
	return c, err
}

const activeClientSQL = `-- name: SetClientActive
UPDATE client SET active = $2, version = version + 1 WHERE id = $1 RETURNING version`

// SetClientActive opens or shuts a client.
func SetClientActive(ctx context.Context, tx postgres.Tx, id int64, active bool) (version int, err error) {
	err = tx.QueryRow(ctx, activeClientSQL, id, active).Scan(&version)
	return version, err
}
