package audit

import (
	"context"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/note"
)

// SeenStatement is the statement of Seen, for a look at its plan.
const SeenStatement = selectSeen

// joined lets Verify run inside a transaction that a test will take back.
type joined struct{ tx pgx.Tx }

// BeginTx opens a savepoint instead of a snapshot.
func (j joined) BeginTx(ctx context.Context, _ pgx.TxOptions) (pgx.Tx, error) {
	return j.tx.Begin(ctx)
}

// VerifyIn is Verify inside tx.
func VerifyIn(ctx context.Context, tx pgx.Tx, v note.Verifier) (Report, error) {
	return Verify(ctx, joined{tx}, v)
}
