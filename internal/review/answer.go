package review

import (
	"context"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Answer takes the word of the person who was asked, and of nobody else.
func Answer(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Statement) (disclosure.Changed, error) {
	m := move{machine: Items(), name: answer, lock: lockItemSQL, sql: answerSQL, event: itemEventSQL, statement: in.Text, who: d, own: true}
	return m.run(ctx, tx, in.ID)
}
