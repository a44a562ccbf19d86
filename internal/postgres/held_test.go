package postgres_test

import (
	"testing"

	"github.com/tongxin-hub/tongxin/internal/pgtest"
)

// TestHeld_oneRule: who is in post on a day is said by one function of the database, which
// every other one asks; nobody is on the day on which the post was left, nor beyond the
// authorisation.
func TestHeld_oneRule(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	var copies []string
	if err := db.QueryRow(t.Context(), `SELECT coalesce(array_agg(proname::text ORDER BY proname), '{}') FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE n.nspname IN ('public', 'deciding') AND p.prosrc ~ 'p\.valid_to (IS NULL|>)' AND p.proname <> 'held'`).Scan(&copies); err != nil || len(copies) > 0 {
		t.Errorf("%v say it for themselves, %v", copies, err)
	}
	var left, lapsed bool
	if err := db.QueryRow(t.Context(), `SELECT
		held(jsonb_populate_record(NULL::post, '{"valid_from": "2026-01-01", "valid_to": "2026-11-23", "authorised_until": "2027-01-01"}'), '2026-11-23'),
		held(jsonb_populate_record(NULL::post, '{"valid_from": "2026-01-01", "authorised_until": "2026-11-23"}'), '2026-11-24')`).Scan(&left, &lapsed); err != nil || left || lapsed {
		t.Errorf("held on the day on which it was left: %t, after its authorisation: %t, %v", left, lapsed, err)
	}
}
