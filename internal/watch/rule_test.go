package watch

import (
	"testing"

	"github.com/tongxin-hub/tongxin/internal/pgtest"
)

// TestRules_areGoodSQL prepares every rule on an empty database.
func TestRules_areGoodSQL(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	conn, err := db.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	seen := map[string]bool{}
	for _, r := range Rules() {
		if seen[r.Code] || r.ZH == "" || r.EN == "" || r.Ground == "" || r.Gap <= 0 {
			t.Errorf("%s is named twice or says too little", r.Code)
		}
		seen[r.Code] = true
		if _, err := conn.Conn().Prepare(t.Context(), r.Code, r.sql); err != nil {
			t.Errorf("%s: %v", r.Code, err)
		}
	}
}
