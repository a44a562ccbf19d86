package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/user"

	"github.com/tongxin-hub/tongxin/internal/app"
	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/pglocal"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// migrateCommand brings the database up to date with this binary.
type migrateCommand struct {
	config.Place
	KeepPolicy bool   `help:"Migrate only; leave the policy in force that is. Nodes that hold another one do not answer."`
	BuiltIn    bool   `name:"activate-built-in" help:"Put the built-in policy in force also over one that two persons approved."`
	By         string `help:"Who puts this policy in force, for the record (default: the account that runs this)." placeholder:"NAME"`
}

// Run migrates, puts the built-in policy in force unless an approved one is, and
// says which.
func (c *migrateCommand) Run(ctx context.Context, e Environment) (err error) {
	address, stop, err := pglocal.Reach(ctx, c.DatabaseURL, c.DatabaseDir())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	if err := postgres.Migrate(ctx, address); err != nil {
		return err
	}
	fmt.Fprintln(e.Out, "The database is at the newest migration.")
	if c.KeepPolicy {
		return nil
	}
	settled, err := c.settle(ctx, address)
	if err != nil {
		return err
	}
	how := "built in"
	if settled.Kept {
		how = "approved, kept"
	}
	fmt.Fprintf(e.Out, "Policy %s is in force (%s).\n", settled.Policy.Version(), how)
	return nil
}

// settle puts a policy in force, with its whole text.
func (c *migrateCommand) settle(ctx context.Context, address string) (app.Settled, error) {
	by := c.By
	if account, err := user.Current(); err == nil {
		by = cmp.Or(by, account.Username)
	}
	pool, err := postgres.Open(ctx, address, postgres.Options{Application: "tongxin-migrate", MaxConns: 1})
	if err != nil {
		return app.Settled{}, err
	}
	defer pool.Close()
	return app.Settle(ctx, pool, app.Settlement{By: cmp.Or(by, "unknown"), BuiltIn: c.BuiltIn})
}
