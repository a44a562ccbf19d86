package registering

import (
	"context"
	"fmt"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/internal/ticket"
	"github.com/tongxin-hub/tongxin/policy"
)

// Ask gives whoever holds a role for the child a task of this area.
func Ask(ctx context.Context, tx postgres.Tx, d disclosure.Decided, k task.Kind, role policy.Role) error {
	e := &entry{child: d.ChildID}
	return e.ask(ctx, tx, d, k, role, false)
}

// Closed is what was under way about a file that turned out to be a duplicate.
type Closed struct {
	nominator int64
	source    *string
	kinds     []string
}

// CloseDuplicate ends the registration of a file that another file of the same child
// goes on for. Faults: Conflict.
func CloseDuplicate(ctx context.Context, tx postgres.Tx, d disclosure.Decided, child int64) (Closed, error) {
	e, err := load(ctx, tx, child, d.Now)
	if err != nil {
		return Closed{}, fmt.Errorf("load: %w", err)
	}
	if _, err := Machine().Next(e.state, DuplicateMove); err != nil {
		return Closed{}, err
	}
	if err := ticket.Close(ctx, tx, e.ticket, d.Now); err != nil {
		return Closed{}, err
	}
	c := Closed{nominator: e.nominator}
	if c.source, c.kinds, err = closeDuplicate(ctx, tx, child, d); err != nil {
		return c, fmt.Errorf("close: %w", err)
	}
	return c, nil
}

// GoOn takes up for a known child what was under way about its duplicate: it is
// nominated unless it is on the register, and whoever was to help helps it.
func GoOn(ctx context.Context, tx postgres.Tx, d disclosure.Decided, child int64, c Closed) error {
	e, err := load(ctx, tx, child, d.Now)
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	if _, lawful := Machine().Next(e.state, NominateMove); lawful == nil && !e.over {
		err = e.candidate(ctx, tx, d, c.nominator, c.source)
	} else if c.nominator != 0 {
		err = e.give(ctx, tx, told(), task.InPost{Staff: c.nominator}, false, d.Now)
	}
	if err != nil {
		return err
	}
	for _, h := range []struct {
		kind task.Kind
		role policy.Role
	}{{helpEnrol(), "DPS"}, {helpVaccine(), "HD"}, {helpHukou(), "SUP"}, {ToSettle(), "DIR"}} {
		for _, code := range c.kinds {
			if code != h.kind.Code {
				continue
			}
			if err := e.ask(ctx, tx, d, h.kind, h.role, false); err != nil {
				return err
			}
		}
	}
	return nil
}
