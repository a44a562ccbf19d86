package audit

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/cosignature"
)

// readCosignatures checks what witnesses signed, each with its stored key.
func (r *reader) readCosignatures(ctx context.Context) error {
	rows, err := r.tx.Query(ctx, readCosignatures)
	if err != nil {
		return err
	}
	var size int64
	var at time.Time
	var signature, name, key, signed string
	_, err = pgx.ForEachRow(rows, []any{&size, &signature, &at, &name, &key, &signed}, func() error {
		r.report.Cosignatures++
		w, err := cosignature.NewWitness(key)
		if err != nil || w.Name != name || w.Key != key {
			r.report.add(CosignatureWrong, size, "no key of a witness")
			return nil
		}
		text, _, _ := cosignature.Split(signed)
		c, err := cosignature.Find(text, signature, w.Verifier)
		switch {
		case err != nil, c.Line != signature:
			r.report.add(CosignatureWrong, size, "not signed by %s", w.Name)
		case !c.At.Equal(at):
			r.report.add(CosignatureWrong, size, "its time is not the one that %s signed", w.Name)
		}
		return nil
	})
	return err
}
