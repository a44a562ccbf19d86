// Command tongxin is the hub and its tools in one binary.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/tongxin-hub/tongxin/internal/app"
	"github.com/tongxin-hub/tongxin/internal/cli"
	"github.com/tongxin-hub/tongxin/internal/config"
)

func main() { os.Exit(run()) }

// run ends with an interrupt: the hub stops in order.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return cli.Run(ctx, os.Args[1:], cli.Environment{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Start: start})
}

func start(ctx context.Context, c config.Config) (cli.Hub, error) { return app.New(ctx, c) }
