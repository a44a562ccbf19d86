package identity

import (
	"context"
	"errors"
	"slices"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/jackc/pgx/v5"
)

// The register's answers are kept for registerFor, so a disabled account or a
// left post is out two seconds later at most.
const (
	registerFor   = 2 * time.Second
	maxRegistered = 10_000
)

// findCallerSQL reads one staff member with all posts in one statement, so the
// answer is of one moment. A contract starts with its security assessment and
// ends with the return of the data; a contractor's post without a contract
// gets one that never started.
const findCallerSQL = `-- name: FindCaller
SELECT a.id, a.code, a.name, a.kind,
       s.id, s.code, s.display_name, s.kind, s.vetted_until, NOT s.active,
       p.id, p.role, p.agency_id, p.division_id, p.school_id, p.clinic_id,
       p.valid_from, p.valid_to, p.authorised_until, p.approval_ref, p.title,
       pa.kind = 'CONTRACTOR' OR c.id IS NOT NULL, c.number,
       CASE WHEN c.security_assessed_on IS NOT NULL
            THEN greatest(c.valid_from, c.security_assessed_on) END,
       least(c.valid_to, c.returned_on), c.purposes
FROM agency a
JOIN staff s ON s.agency_id = a.id
LEFT JOIN post p ON p.staff_id = s.id
LEFT JOIN agency pa ON pa.id = p.agency_id
LEFT JOIN contract c ON c.id = p.contract_id
WHERE a.code = $1 AND s.code = $2
ORDER BY p.id`

const findClientSQL = `-- name: FindClientOfAgency
SELECT c.active, c.purposes, coalesce(c.thumbprint, '') FROM client c JOIN agency a ON a.id = c.agency_id
WHERE a.code = $1 AND c.code = $2 ORDER BY c.id`

// Querier is the part of a connection pool that the register needs.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// Register answers who a staff code of an agency is.
type Register struct {
	db    Querier
	clock func() time.Time
	known *lru.Cache[registerKey, registered]
	// systems are clients, by agency and client_id.
	systems *lru.Cache[registerKey, system]
}

type registerKey struct{ agency, staff string }

type registered struct {
	caller Caller
	until  time.Time
}

// NewRegister returns the register over the hub's database.
func NewRegister(db Querier, clock func() time.Time) (*Register, error) {
	known, err := lru.New[registerKey, registered](maxRegistered)
	if err != nil {
		return nil, err
	}
	systems, err := lru.New[registerKey, system](maxRegistered)
	if err != nil {
		return nil, err
	}
	return &Register{db: db, clock: clock, known: known, systems: systems}, nil
}

// Find returns agency, staff and posts of a staff code within one agency. The
// faults are Unauthenticated for an account that is missing there or disabled,
// and Unavailable when the database cannot be asked.
func (r *Register) Find(ctx context.Context, agencyCode, staffCode string) (Caller, error) {
	key := registerKey{agency: agencyCode, staff: staffCode}
	now := r.clock()
	if hit, found := r.known.Get(key); found && remembered(now, hit.until, registerFor) {
		caller := hit.caller
		caller.Posts = slices.Clone(caller.Posts)
		return caller, nil
	}
	caller, err := r.load(ctx, key)
	if err != nil {
		return Caller{}, err
	}
	r.known.Add(key, registered{caller: caller, until: now.Add(registerFor)})
	caller.Posts = slices.Clone(caller.Posts)
	return caller, nil
}

func (r *Register) load(ctx context.Context, key registerKey) (Caller, error) {
	rows, err := r.db.Query(ctx, findCallerSQL, key.agency, key.staff)
	if err != nil {
		return Caller{}, registerUnavailable(err)
	}
	var caller Caller
	_, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (struct{}, error) {
		return struct{}{}, scanCaller(row, &caller)
	})
	switch {
	case err != nil:
		return Caller{}, registerUnavailable(err)
	case caller.Staff.ID == 0:
		return Caller{}, refuseUnknownStaff()
	case caller.Staff.Disabled:
		return Caller{}, refuseDisabled()
	default:
		return caller, nil
	}
}

// scanCaller adds the post of one row to the caller. The nullable half of the
// row is read through pointers.
func scanCaller(row pgx.CollectableRow, c *Caller) error {
	var post struct {
		id, agency, division, school, clinic *int64
		role, approval, title, contract      *string
		from, to, authorised                 *time.Time
		contracted                           *bool
	}
	var vetted, contractFrom, contractTo *time.Time
	var purposes []string
	err := row.Scan(&c.Agency.ID, &c.Agency.Code, &c.Agency.Name, &c.Agency.Kind,
		&c.Staff.ID, &c.Staff.Code, &c.Staff.Name, &c.Staff.Kind, &vetted, &c.Staff.Disabled,
		&post.id, &post.role, &post.agency, &post.division, &post.school, &post.clinic,
		&post.from, &post.to, &post.authorised, &post.approval, &post.title,
		&post.contracted, &post.contract, &contractFrom, &contractTo, &purposes)
	if err != nil {
		return errors.Join(errors.New("scan caller"), err)
	}
	c.Staff.VettedUntil = orZero(vetted)
	if post.id == nil {
		return nil
	}
	p := Post{
		ID: *post.id, Role: orZero(post.role), AgencyID: orZero(post.agency),
		DivisionID: orZero(post.division), SchoolID: orZero(post.school), ClinicID: orZero(post.clinic),
		ValidFrom: orZero(post.from), ValidTo: orZero(post.to), AuthorisedUntil: orZero(post.authorised),
		Approval: orZero(post.approval), Title: orZero(post.title),
	}
	if orZero(post.contracted) {
		p.Contract = &Contract{
			Number: orZero(post.contract), Purposes: purposes,
			From: orZero(contractFrom), To: orZero(contractTo),
		}
	}
	c.Posts = append(c.Posts, p)
	return nil
}

func orZero[T any](value *T) T {
	if value == nil {
		var zero T
		return zero
	}
	return *value
}

// remembered reports whether what was kept for a life, until a time, still
// holds. A clock that was set back prolongs nothing.
func remembered(now, until time.Time, life time.Duration) bool {
	left := until.Sub(now)
	return left > 0 && left <= life
}

// client finds a client of an agency by its client_id.
func (r *Register) client(ctx context.Context, agencyCode, code string) (system, error) {
	key := registerKey{agency: agencyCode, staff: code}
	now := r.clock()
	if hit, found := r.systems.Get(key); found && remembered(now, hit.until, registerFor) {
		return hit, nil
	}
	rows, err := r.db.Query(ctx, findClientSQL, agencyCode, code)
	if err != nil {
		return system{}, registerUnavailable(err)
	}
	found := system{until: now.Add(registerFor)}
	_, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (struct{}, error) {
		found.registered = true
		return struct{}{}, row.Scan(&found.active, &found.purposes, &found.thumbprint)
	})
	if err != nil {
		return system{}, registerUnavailable(err)
	}
	r.systems.Add(key, found)
	return found, nil
}
