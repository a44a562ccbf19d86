package crowdtest

import (
	"context"
	"encoding/hex"
	"strconv"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// queries is a database that can be asked.
type queries interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// Kept expects every receipt to stand in the log under its number, and none
// twice.
func Kept(tb testing.TB, db queries, receipts []hubtest.Receipt) {
	tb.Helper()
	ids := make([]uuid.UUID, len(receipts))
	seen := map[string]bool{}
	for i, r := range receipts {
		raw, err := hex.DecodeString(r.Entry)
		if err != nil || len(raw) != len(ids[i]) {
			tb.Errorf("receipt %q holds no id of an entry", r.Entry)
			continue
		}
		ids[i] = uuid.UUID(raw)
		if seen[r.Entry] {
			tb.Errorf("receipt %s was given twice", r.Entry)
		}
		seen[r.Entry] = true
	}
	numbers := sequences(tb, db, ids)
	for _, r := range receipts {
		if got, found := numbers[r.Entry]; !found || got != r.Sequence {
			tb.Errorf("answered with receipt %s number %s; the log holds it as %q", r.Entry, r.Sequence, got)
		}
	}
}

// sequences are the numbers of those entries that the log holds.
func sequences(tb testing.TB, db queries, ids []uuid.UUID) map[string]string {
	tb.Helper()
	const find = `-- name: FindEntries
SELECT entry_id, sequence FROM audit_entry WHERE entry_id = ANY ($1)`
	rows, err := db.Query(tb.Context(), find, ids)
	if err != nil {
		tb.Fatal(err)
	}
	numbers := make(map[string]string, len(ids))
	var id uuid.UUID
	var sequence int64
	if _, err := pgx.ForEachRow(rows, []any{&id, &sequence}, func() error {
		numbers[hex.EncodeToString(id[:])] = strconv.FormatInt(sequence, 10)
		return nil
	}); err != nil {
		tb.Fatal(err)
	}
	return numbers
}
