package granting

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tongxin-hub/tongxin/internal/access"
	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

const insertSQL = `-- name: InsertAccessProposal
INSERT INTO access_proposal (kind, subject, subject_id, gains_id, facts, before, after, reason, proposed_by, proposed_at)
VALUES ($1, $2, $3, nullif($4::bigint, 0), $5, $6, $7, $8, $9, $10) RETURNING id`

func insert(ctx context.Context, tx postgres.Tx, d disclosure.Decided, p draft, facts []byte) (id int64, err error) {
	err = tx.QueryRow(ctx, insertSQL, string(p.kind), p.subject, p.about, p.gains, facts, p.before, p.after, p.reason, d.Caller.Staff.ID, d.Now).Scan(&id)
	if clashes(err, "access_proposal_open") {
		return 0, fault.New(fault.Conflict, "同样的申请正在等待决定。", "The same is proposed already and waits for a decision.")
	}
	return id, err
}

func clashes(err error, constraint string) bool {
	var clash *pgconn.PgError
	return errors.As(err, &clash) && clash.ConstraintName == constraint
}

const decidersSQL = `-- name: WhoMayDecideAccess
SELECT DISTINCT p.staff_id FROM post p JOIN staff s ON s.id = p.staff_id AND s.active AND s.kind = 'PERSON'
WHERE p.role IN ('ADM', 'DPO') AND p.valid_from <= $1::date AND (p.valid_to IS NULL OR p.valid_to > $1::date) AND p.authorised_until >= $1::date
  AND p.staff_id <> $2 AND p.staff_id <> $3
ORDER BY p.staff_id`

// deciders are all who may approve: neither who proposes nor who gains.
func deciders(ctx context.Context, tx postgres.Tx, d disclosure.Decided, gains int64) ([]int64, error) {
	rows, err := tx.Query(ctx, decidersSQL, chinatime.Day(d.Now), d.Caller.Staff.ID, gains)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

const findSQL = `-- name: FindAccessProposal
SELECT id, proposed_by, coalesce(gains_id, 0), subject_id, kind, subject, before, after, reason, state, facts, version
FROM access_proposal WHERE id = $1 ORDER BY id FOR UPDATE`

func find(ctx context.Context, tx postgres.Tx, id int64) (p proposal, err error) {
	err = tx.QueryRow(ctx, findSQL, id).Scan(&p.id, &p.by, &p.gains, &p.about, &p.kind, &p.subject, &p.before, &p.after, &p.reason, &p.state, &p.facts, &p.version)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, access.Gone("id")
	}
	return p, err
}

const settleSQL = `-- name: SettleAccessProposal
UPDATE access_proposal SET state = $2, decided_by = $3, decided_at = $4, note = nullif($5, ''), version = version + 1 WHERE id = $1 RETURNING version`

func settle(ctx context.Context, tx postgres.Tx, d disclosure.Decided, id int64, state, note string) (version int, err error) {
	err = tx.QueryRow(ctx, settleSQL, id, state, d.Caller.Staff.ID, d.Now, note).Scan(&version)
	return version, err
}

const locateSQL = `-- name: LocatePost
SELECT s.id, s.agency_id, coalesce(d.id, 0), coalesce(k.id, 0), coalesce(n.id, 0), coalesce(c.id, 0)
FROM staff s
LEFT JOIN division d ON d.code = $2 LEFT JOIN school k ON k.code = $3 LEFT JOIN clinic n ON n.code = $4
LEFT JOIN contract c ON c.number = $5 AND c.agency_id = s.agency_id
WHERE s.code = $1 ORDER BY s.id`

// locate finds what the codes of a post name. Fault: BadRequest.
func locate(ctx context.Context, tx postgres.Tx, in Post) (appointment, error) {
	a := appointment{Post: in}
	err := tx.QueryRow(ctx, locateSQL, in.StaffCode, in.DivisionCode, in.SchoolCode, in.ClinicCode, in.ContractNumber).
		Scan(&a.Staff, &a.Agency, &a.Division, &a.School, &a.Clinic, &a.Contract)
	if errors.Is(err, pgx.ErrNoRows) {
		return a, fault.At("staffCode", fault.New(fault.BadRequest, "没有这个工号，请先登记人员。", "There is no such staff code; enter the person first."))
	}
	if err != nil {
		return a, err
	}
	for _, c := range []struct {
		member, code string
		id           int64
	}{{"divisionCode", in.DivisionCode, a.Division}, {"schoolCode", in.SchoolCode, a.School}, {"clinicCode", in.ClinicCode, a.Clinic}, {"contractNumber", in.ContractNumber, a.Contract}} {
		if c.code != "" && c.id == 0 {
			return a, fault.At(c.member, fault.New(fault.BadRequest, "没有这个代码，或不属于此人的单位。", "There is nothing of that code, or it is not of the person's agency."))
		}
	}
	return a, nil
}

const insertPostSQL = `-- name: GivePost
INSERT INTO post (staff_id, role, agency_id, division_id, school_id, clinic_id, contract_id, title, valid_from, valid_to, authorised_until, approval_ref)
VALUES ($1, $2, $3, nullif($4::bigint, 0), nullif($5::bigint, 0), nullif($6::bigint, 0), nullif($7::bigint, 0), $8, $9::date, nullif($10, '')::date, $11::date, 'AP-' || $12::bigint)`

func insertPost(ctx context.Context, tx postgres.Tx, proposal int64, a appointment) error {
	_, err := tx.Exec(ctx, insertPostSQL, a.Staff, a.Role, a.Agency, a.Division, a.School, a.Clinic, a.Contract, a.Title, a.ValidFrom, a.ValidTo, a.AuthorisedUntil, proposal)
	return err
}

const authoriseSQL = `-- name: AuthorisePost
UPDATE post SET authorised_until = $2::date, handed_over_at = NULL, approval_ref = 'AP-' || $3::bigint, version = version + 1 WHERE id = $1`

func authorise(ctx context.Context, tx postgres.Tx, p proposal, until string) error {
	_, err := tx.Exec(ctx, authoriseSQL, p.about, until, p.id)
	return err
}

const vettedSQL = `-- name: SetVetted
UPDATE staff SET vetted_until = $2::date, version = version + 1 WHERE id = $1`

func setVetted(ctx context.Context, tx postgres.Tx, id int64, until string) error {
	_, err := tx.Exec(ctx, vettedSQL, id, until)
	return err
}

const contractorSQL = `-- name: FindContractor
SELECT EXISTS (SELECT FROM agency a WHERE a.code = $1 AND a.kind = 'CONTRACTOR'), EXISTS (SELECT FROM contract c WHERE c.number = $2)`

// contractor refuses an agency that is none, and a number that is taken.
func contractor(ctx context.Context, tx postgres.Tx, agency, number string) error {
	var known, taken bool
	if err := tx.QueryRow(ctx, contractorSQL, agency, number).Scan(&known, &taken); err != nil {
		return err
	}
	switch {
	case !known:
		return fault.At("agencyCode", fault.New(fault.BadRequest, "没有这个代码的社工机构。", "There is no contractor of that code."))
	case taken:
		return fault.At("number", fault.New(fault.Conflict, "这个合同编号已登记。", "A contract of that number is entered already."))
	}
	return nil
}

const insertContractSQL = `-- name: InsertContract
INSERT INTO contract (number, agency_id, project, valid_from, valid_to, purposes, security_assessed_on)
SELECT $2, a.id, $3, $4::date, $5::date, $6, $7::date FROM agency a WHERE a.code = $1`

func insertContract(ctx context.Context, tx postgres.Tx, c Contract) error {
	_, err := tx.Exec(ctx, insertContractSQL, c.AgencyCode, c.Number, c.Project, c.ValidFrom, c.ValidTo, c.Purposes, c.SecurityAssessedOn)
	if clashes(err, "contract_number_key") {
		return overtaken()
	}
	return err
}

const termsSQL = `-- name: SetTermsOfContract
UPDATE contract SET valid_to = $2::date, purposes = $3, version = version + 1 WHERE id = $1`

func setTerms(ctx context.Context, tx postgres.Tx, id int64, to terms) error {
	_, err := tx.Exec(ctx, termsSQL, id, to.ValidTo, to.Purposes)
	return err
}

const unregisteredSQL = `-- name: FindClient
SELECT EXISTS (SELECT FROM agency a WHERE a.code = $1), EXISTS (SELECT FROM client c JOIN agency a ON a.id = c.agency_id WHERE a.code = $1 AND c.code = $2)`

// unregistered refuses an agency that is none, and a client that is registered.
func unregistered(ctx context.Context, tx postgres.Tx, agency, code string) error {
	var known, taken bool
	if err := tx.QueryRow(ctx, unregisteredSQL, agency, code).Scan(&known, &taken); err != nil {
		return err
	}
	switch {
	case !known:
		return fault.At("agencyCode", fault.New(fault.BadRequest, "没有这个机构代码。", "There is no agency of that code."))
	case taken:
		return fault.At("code", fault.New(fault.Conflict, "这个系统已登记。", "That system is registered already."))
	}
	return nil
}

const insertClientSQL = `-- name: InsertClient
INSERT INTO client (agency_id, code, name, purposes, thumbprint, registered_on)
SELECT a.id, $2, $3, $4, nullif($5, ''), $6::date FROM agency a WHERE a.code = $1`

func insertClient(ctx context.Context, tx postgres.Tx, c Client, today string) error {
	_, err := tx.Exec(ctx, insertClientSQL, c.AgencyCode, c.Code, c.Name, c.Purposes, c.Thumbprint, today)
	if clashes(err, "client_agency_id_code_key") {
		return overtaken()
	}
	return err
}

const thumbprintSQL = `-- name: RotateClient
UPDATE client SET thumbprint = $2, rotated_on = $3::date, version = version + 1 WHERE id = $1`

func setThumbprint(ctx context.Context, tx postgres.Tx, id int64, text, today string) error {
	_, err := tx.Exec(ctx, thumbprintSQL, id, text, today)
	return err
}

const parameterSQL = `-- name: FindParameter
SELECT value, basis FROM parameter WHERE name = $1`

func parameter(ctx context.Context, tx postgres.Tx, name string) (value, basis string, err error) {
	err = tx.QueryRow(ctx, parameterSQL, name).Scan(&value, &basis)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", "", fault.At("name", fault.New(fault.BadRequest, "没有这项设定。", "There is no such setting."))
	}
	return value, basis, err
}

const insertSettingSQL = `-- name: InsertSettingVersion
INSERT INTO setting_version (name, value, basis, effective_on, proposal_id) VALUES ($1, $2, $3, $4::date, $5)`

func insertSetting(ctx context.Context, tx postgres.Tx, proposal int64, s Setting) error {
	_, err := tx.Exec(ctx, insertSettingSQL, s.Name, s.Value, s.Basis, s.EffectiveOn, proposal)
	return err
}

const applySQL = `-- name: ApplySettings
WITH due AS (
    UPDATE setting_version SET applied_at = $1 WHERE applied_at IS NULL AND effective_on <= $2::date RETURNING name, value, basis, effective_on, id
), last AS (
    SELECT DISTINCT ON (name) name, value, basis FROM due ORDER BY name, effective_on DESC, id DESC
), put AS (
    UPDATE parameter p SET value = l.value, basis = l.basis FROM last l WHERE p.name = l.name RETURNING p.name, p.value
)
SELECT name || '=' || value FROM put ORDER BY name`

// applySettings puts in force what is due, and names it.
func applySettings(ctx context.Context, tx postgres.Tx, now time.Time, today string) ([]string, error) {
	rows, err := tx.Query(ctx, applySQL, now, today)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

const calendarSQL = `-- name: FindCalendarDay
SELECT working FROM calendar_exception WHERE day = $1::date`

// calendarDay says in words what a day is now, "" where the calendar says nothing.
func calendarDay(ctx context.Context, tx postgres.Tx, day string) (string, error) {
	var working bool
	err := tx.QueryRow(ctx, calendarSQL, day).Scan(&working)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return kindOfDay(working), err
}

const dayRowSQL = `-- name: SetCalendarDay
INSERT INTO calendar_exception (day, working, note) VALUES ($1::date, $2, $3)
ON CONFLICT (day) DO UPDATE SET working = excluded.working, note = excluded.note`

func setDay(ctx context.Context, tx postgres.Tx, d Day) error {
	_, err := tx.Exec(ctx, dayRowSQL, d.Day, d.Working, d.Note)
	return err
}
