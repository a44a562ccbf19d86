package demo_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/demo"
)

// finders are the questions an auditor asks; each must find its misuse and, in
// the ordinary traffic, nothing else.
var finders = map[string]string{
	demo.NeighbourVillage: `SELECT staff_code FROM audit_entry WHERE role = 'DIR' AND outcome = 'NOT_FOUND' AND at > $1::timestamptz - interval '30 days'
		GROUP BY staff_code HAVING count(*) >= 10`,
	demo.UnreviewedBreak: `SELECT s.code FROM emergency_access e JOIN staff s ON s.id = e.staff_id
		WHERE e.reviewed_at IS NULL AND e.opened_at < $1::timestamptz - interval '7 days'
		AND EXISTS (SELECT 1 FROM audit_entry a WHERE a.staff_id = s.id AND a.break_glass AND a.at BETWEEN e.opened_at AND e.expires_at)`,
	demo.ExpiredContract: `SELECT DISTINCT a.staff_code FROM audit_entry a JOIN post p ON p.staff_id = a.staff_id JOIN contract c ON c.id = p.contract_id
		WHERE a.at >= c.valid_to + 1 AND a.at < $1::timestamptz`,
	demo.PurposeShopping: `SELECT DISTINCT a.staff_code FROM audit_entry a JOIN audit_disclosure x ON x.sequence = a.sequence
		JOIN audit_entry b ON b.staff_id = a.staff_id AND b.at BETWEEN a.at AND a.at + interval '1 hour' AND b.purpose <> a.purpose
		JOIN audit_disclosure y ON y.sequence = b.sequence AND y.child_id = x.child_id
		JOIN audit_entry c ON c.staff_id = a.staff_id AND c.at BETWEEN a.at AND a.at + interval '1 hour' AND c.purpose NOT IN (a.purpose, b.purpose)
		JOIN audit_disclosure z ON z.sequence = c.sequence AND z.child_id = x.child_id WHERE a.at < $1::timestamptz`,
	demo.FormerClass: `SELECT staff_code FROM audit_entry WHERE role = 'HT' AND outcome = 'NOT_FOUND' AND at < $1::timestamptz GROUP BY staff_code HAVING count(*) >= 3`,
	demo.NightBatch: `SELECT staff_code FROM audit_entry WHERE extract(hour FROM at AT TIME ZONE 'Asia/Shanghai') NOT BETWEEN 6 AND 21 AND at < $1::timestamptz
		GROUP BY staff_code HAVING count(*) > 20`,
}

func TestPlanted(t *testing.T) {
	t.Parallel()
	pool, d := filled(t)
	planted := d.Planted()
	if len(planted) != len(finders) {
		t.Errorf("%d misuses, %d questions", len(planted), len(finders))
	}
	for _, p := range planted {
		t.Run(p.Key, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff([]string{p.StaffCode}, all[string](t, pool, finders[p.Key], today)); diff != "" {
				t.Errorf("an auditor's question: %s", diff)
			}
			n := one[int64](t, pool, `SELECT count(*) FROM audit_entry e WHERE staff_code = $1 AND at BETWEEN $2 AND $3 AND ($4 = '' OR outcome = $4)
				AND ($5 = '' OR reason = $5) AND ($6 = 0 OR EXISTS (SELECT 1 FROM audit_disclosure x WHERE x.sequence = e.sequence AND x.child_id = $6))`,
				p.StaffCode, p.From, p.To, p.Outcome, p.Reason, p.ChildID)
			if n < int64(p.Entries) {
				t.Errorf("%d entries, want %d", n, p.Entries)
			}
		})
	}
}

// TestLog_verifies: made-up history stands in the same tree as everything else.
func TestLog_verifies(t *testing.T) {
	t.Parallel()
	pool, _ := filled(t)
	_, verifier, err := keys(rand.NewChaCha8([32]byte{1}))
	if err != nil {
		t.Fatal(err)
	}
	report, err := audit.Verify(t.Context(), pool, verifier)
	if err != nil {
		t.Fatal(err)
	}
	if !report.OK() || report.Entries != int64(small.LogEntries) {
		t.Error(report.String())
	}
}

// TestLog: the ordinary year looks like one.
func TestLog(t *testing.T) {
	t.Parallel()
	pool, _ := filled(t)
	if n := one[int64](t, pool, `SELECT count(*) FROM audit_entry`); n != int64(small.LogEntries) {
		t.Errorf("%d entries, want %d", n, small.LogEntries)
	}
	for name, statement := range map[string]string{
		"a shown child was in reach": `SELECT count(*) FROM audit_disclosure d JOIN audit_set s ON s.id = d.set_id JOIN audit_entry e ON e.sequence = d.sequence
			WHERE e.outcome <> 'REVEALED' AND NOT 'Child.id' = ANY (s.coordinates)`,
		"forms are forms":        `SELECT count(*) FROM audit_disclosure d JOIN audit_set s ON s.id = d.set_id, unnest(s.labels) l WHERE l NOT IN ('FULL', 'MASKED', 'REVEALABLE')`,
		"nobody denied saw":      `SELECT count(*) FROM audit_entry WHERE outcome IN ('DENIED', 'NOT_FOUND') AND disclosed > 0`,
		"the shielded stay so":   `SELECT count(*) FROM audit_disclosure WHERE child_id = 7`,
		"times run on":           `SELECT count(*) FROM (SELECT at < lag(at) OVER (ORDER BY sequence) AS back FROM audit_entry) x WHERE back`,
		"nothing is of tomorrow": `SELECT count(*) FROM audit_entry WHERE at >= '2026-11-23T00:00:00+08:00'`,
		"everybody has a post":   `SELECT count(*) FROM audit_entry e LEFT JOIN post p ON p.id = e.post_id AND p.staff_id = e.staff_id WHERE p.id IS NULL`,
	} {
		if n := one[int64](t, pool, statement); n != 0 {
			t.Errorf("%s: %d rows", name, n)
		}
	}
	weekdays := one[float64](t, pool, `SELECT 100.0 * count(*) FILTER (WHERE extract(isodow FROM at AT TIME ZONE 'Asia/Shanghai') < 6) / count(*) FROM audit_entry`)
	if weekdays < 90 {
		t.Errorf("%.1f %% on weekdays", weekdays)
	}
	for _, role := range []string{"DIR", "SUP", "CM", "REL", "SW", "DPS", "HT", "PSY", "HD", "FE", "RP", "AUD", "STA"} {
		if n := one[int64](t, pool, `SELECT count(*) FROM audit_entry WHERE role = $1`, role); n == 0 {
			t.Errorf("nobody asked as %s", role)
		}
	}
}
