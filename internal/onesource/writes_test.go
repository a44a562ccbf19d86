package onesource

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWrites(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string][]write{
		"SELECT a FROM t WHERE b = 'UPDATE u SET c' FOR UPDATE OF t": nil,
		"-- UPDATE t SET a\nSELECT 1 FROM t FOR NO KEY UPDATE":       nil,
		"INSERT INTO t (a, key) VALUES (1, f(2)) ON CONFLICT (a) DO UPDATE SET b = excluded.b, c = t.c": {
			{"t", "a", insert}, {"t", "key", insert}, {"t", "b", update}, {"t", "c", update},
		},
		"INSERT INTO t SELECT 1":                            {{"t", "*", insert}},
		"WITH x AS (UPDATE t SET a = 1) DELETE FROM u":      {{"t", "a", update}, {"u", "*", remove}},
		"UPDATE t AS x SET (a, b) = (SELECT c, d), e = x.f": {{"t", "a", update}, {"t", "b", update}, {"t", "e", update}},
		`UPDATE t x SET a = CASE WHEN x.b = 'y' THEN g(x.c, 1) END, "d" = f.d FROM u f WHERE f.e = 1`: {
			{"t", "a", update}, {"t", "d", update},
		},
		"BEGIN UPDATE t SET a = 1; PERFORM g(b = 2); RETURN NULL; END": {{"t", "a", update}},
		"TRUNCATE t": {{"*", "*", update}},
	} {
		if diff := cmp.Diff(want, writes(sql)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", sql, diff)
		}
	}
}
