package identity

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// system is a client as it is registered; the zero value is one that is not.
type system struct {
	registered bool
	active     bool
	purposes   []string
	thumbprint string
	until      time.Time
}

// admits refuses a suspended client, and one that does not come with its certificate.
func (s system) admits(thumbprint string) error {
	switch {
	case !s.registered:
		return nil
	case !s.active:
		return refuseSuspended()
	case s.thumbprint != "" && s.thumbprint != thumbprint:
		return refuseCertificate("the client is registered with another certificate")
	}
	return nil
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
