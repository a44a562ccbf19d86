package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/pglocal"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// migrateCommand brings the database up to date.
type migrateCommand struct {
	config.Place
}

// Run migrates and says so.
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
	return nil
}
