package review

import (
	"context"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// JustifyEmergency takes the word of the person who broke the glass. It is taken
// after its time too: late is better than never, and the record shows both times.
func JustifyEmergency(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Statement) (disclosure.Changed, error) {
	m := move{
		machine: Emergencies(), name: vindicate, lock: lockEmergencySQL, sql: justifyEmergencySQL, event: emergencyEventSQL,
		statement: in.Text, who: d, own: true,
	}
	return m.run(ctx, tx, in.ID)
}

// ReviewEmergency rules on a break-glass access: right, or misuse. The person is
// heard first; who stays silent until the time is over is ruled on all the same.
func ReviewEmergency(ctx context.Context, tx postgres.Tx, d disclosure.Decided, right bool, in Statement) (disclosure.Changed, error) {
	m := move{
		machine: Emergencies(), name: reviewBad, lock: lockEmergencySQL, sql: reviewEmergencySQL, event: emergencyEventSQL,
		statement: in.Text, who: d, signed: true,
		early: func(r reviewed) error {
			if r.state == Notified && d.Now.Before(r.due) {
				return fault.New(fault.Conflict, "本人说明的期限未到，请待其说明后再复核。", "The person still has time to justify; review it afterwards.")
			}
			return nil
		},
	}
	if right {
		m.name = reviewOK
	}
	return m.run(ctx, tx, in.ID)
}
