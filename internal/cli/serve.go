package cli

import (
	"context"
	"errors"
	"time"

	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/footprint"
)

// closeTimeout bounds the stop after the last request has been answered.
const closeTimeout = 30 * time.Second

// serveCommand runs the hub.
type serveCommand struct {
	config.Config
}

// Run serves until an interrupt.
func (c *serveCommand) Run(ctx context.Context, e Environment) error {
	return run(ctx, e, c.Config)
}

// demoCommand runs the hub with the demo district.
type demoCommand struct {
	config.Config
}

// Run serves the demo until an interrupt. Its keys are made on the spot: they
// protect made-up children.
func (c *demoCommand) Run(ctx context.Context, e Environment) error {
	c.Demo.Enabled, c.CreateKeys = true, true
	return run(ctx, e, c.Config)
}

func run(ctx context.Context, e Environment, c config.Config) error {
	if err := c.Check(); err != nil {
		return err
	}
	footprint.Govern(ctx)
	hub, err := e.Start(ctx, c)
	if err != nil {
		return err
	}
	runErr := hub.Run(ctx)
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	return errors.Join(runErr, hub.Close(closing))
}
