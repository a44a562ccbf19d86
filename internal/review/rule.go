package review

import (
	"context"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Justify finds that the accesses were right, with or without asking the person.
func Justify(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Statement) (disclosure.Changed, error) {
	return rule(ctx, tx, d, justify, in)
}

// Report calls the accesses misuse.
func Report(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Statement) (disclosure.Changed, error) {
	return rule(ctx, tx, d, report, in)
}

func rule(ctx context.Context, tx postgres.Tx, d disclosure.Decided, name string, in Statement) (disclosure.Changed, error) {
	m := move{machine: Items(), name: name, lock: lockItemSQL, sql: ruleSQL, event: itemEventSQL, statement: in.Text, who: d, signed: true}
	return m.run(ctx, tx, in.ID)
}
