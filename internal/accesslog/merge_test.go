package accesslog_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/bench/biglog"
	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// TestEntries_underManyKeys: what is posted under many keys comes page by page in the
// order of time, each entry once, as if the log had been read from end to end.
func TestEntries_underManyKeys(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	if _, err := biglog.Fill(t.Context(), h.DB, biglog.Options{Entries: 3_000, Months: 6, Until: hubtest.Day(), Say: t.Logf}); err != nil {
		t.Fatal(err)
	}
	auditor := h.Caller(t, "auditor")
	for name, c := range map[string]struct {
		filter map[string]any
		where  string
	}{
		"a wide network":          {map[string]any{"network": "10.0.0.0/8"}, `inet(nullif(e.client_ip, '')) <<= '10.0.0.0/8'`},
		"a network within a time": {map[string]any{"network": "10.0.0.0/8", "since": "2026-07-01T00:00:00Z", "until": "2026-08-01T00:00:00Z"}, `inet(nullif(e.client_ip, '')) <<= '10.0.0.0/8' AND e.at >= '2026-07-01Z' AND e.at < '2026-08-01Z'`},
		"a coordinate": {map[string]any{"coordinate": "Guardian.phone", "until": "2026-11-01T00:00:00Z"}, `e.at < '2026-11-01Z' AND EXISTS (SELECT FROM audit_disclosure d JOIN audit_set s ON s.id = d.set_id
			WHERE d.at = e.at AND d.sequence = e.sequence AND 'Guardian.phone' = ANY (s.coordinates))`},
		"a class and a person's part": {map[string]any{"class": "L2", "role": "HT"}, `e.role = 'HT' AND EXISTS (SELECT FROM audit_disclosure d JOIN audit_set s ON s.id = d.set_id
			CROSS JOIN unnest(s.coordinates) n JOIN coordinate k ON k.name = n WHERE k.class = 'L2' AND d.at = e.at AND d.sequence = e.sequence)`},
		"a class": {map[string]any{"class": "L3", "until": "2026-11-01T00:00:00Z"}, `e.at < '2026-11-01Z' AND EXISTS (SELECT FROM audit_disclosure d JOIN audit_set s ON s.id = d.set_id
			CROSS JOIN unnest(s.coordinates) n JOIN coordinate k ON k.name = n WHERE k.class = 'L3' AND d.at = e.at AND d.sequence = e.sequence)`},
	} {
		rows, err := h.DB.Query(t.Context(), `SELECT e.sequence FROM audit_entry e WHERE e.salt IS NOT NULL AND `+c.where+` ORDER BY e.at DESC, e.sequence DESC LIMIT 700`)
		if err != nil {
			t.Fatal(err)
		}
		want, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			t.Fatal(err)
		}
		got := walk(t, h, auditor, c.filter, len(want))
		if diff := cmp.Diff(want, got[:min(len(got), len(want))]); diff != "" || len(want) < 3 {
			t.Errorf("%s: %d wanted: %.600s", name, len(want), diff)
		}
	}
}

// walk reads pages until there are as many entries.
func walk(t *testing.T, h *hubtest.Hub, auditor demo.Caller, filter map[string]any, most int) (got []int64) {
	t.Helper()
	var after any
	for len(got) < most {
		answer := h.Ask(t, auditor, hubtest.Question{
			Query:     `query Q($filter: AuditEntryFilter, $after: String) { auditEntries(filter: $filter, first: 90, after: $after) { nodes { sequence } pageInfo { hasNextPage endCursor } } }`,
			Variables: map[string]any{"filter": filter, "after": after},
		})
		var body struct {
			Data struct {
				AuditEntries struct {
					Nodes []struct {
						Sequence int64 `json:",string"`
					}
					PageInfo struct {
						HasNextPage bool
						EndCursor   string
					}
				}
			}
		}
		if err := json.Unmarshal(answer.Body, &body); err != nil || len(answer.Errors) > 0 {
			t.Fatalf("%v %.300s", err, answer.Body)
		}
		for _, n := range body.Data.AuditEntries.Nodes {
			got = append(got, n.Sequence)
		}
		if !body.Data.AuditEntries.PageInfo.HasNextPage {
			break
		}
		after = body.Data.AuditEntries.PageInfo.EndCursor
	}
	return got
}
