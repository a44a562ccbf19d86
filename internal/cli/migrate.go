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
	By         string `help:"Who puts this policy in force, for the record (default: the account that runs this)." placeholder:"NAME"`
}

// Run migrates, puts the built-in policy in force and says so.
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
	version, err := c.activate(ctx, address)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.Out, "Policy %s is in force.\n", version)
	return nil
}

// activate puts the built-in policy in force, with its whole text.
func (c *migrateCommand) activate(ctx context.Context, address string) (string, error) {
	by := c.By
	if account, err := user.Current(); err == nil {
		by = cmp.Or(by, account.Username)
	}
	pool, err := postgres.Open(ctx, address, postgres.Options{Application: "tongxin-migrate", MaxConns: 1})
	if err != nil {
		return "", err
	}
	defer pool.Close()
	return app.Activate(ctx, pool, cmp.Or(by, "unknown"))
}
