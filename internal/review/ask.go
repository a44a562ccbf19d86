package review

import (
	"context"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Ask asks the person for a reason; the answer is due in working days. A person who
// has answered may be asked again.
func Ask(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Statement) (disclosure.Changed, error) {
	m := move{machine: Items(), name: ask, lock: lockItemSQL, sql: askSQL, event: itemEventSQL, statement: in.Text, who: d}
	return m.run(ctx, tx, in.ID)
}
