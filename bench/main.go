// Command bench measures the hub beside hand-written handlers and PostGraphile;
// README.md says how to read what it prints.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/tongxin-hub/tongxin/bench/raw"
)

// commands is the grammar. raw and hub are what the benchmark starts itself.
type commands struct {
	Run     runCommand     `cmd:"" help:"Measure all contestants and print the table."`
	Log     logCommand     `cmd:"" help:"Ask the auditors' questions of a log of millions of entries."`
	Console consoleCommand `cmd:"" help:"Measure pages of the console with several people at once."`
	Profile profileCommand `cmd:"" help:"Write a CPU profile of the hub under one workload."`
	Raw     rawCommand     `cmd:"" hidden:"" help:"Contestants A and B."`
	Hub     hubCommand     `cmd:"" hidden:"" help:"The hub in this program, for profiles."`
}

func main() { os.Exit(run()) }

// run ends with an interrupt: every process it started ends with it.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	parser, err := kong.New(&commands{}, kong.Name("bench"), kong.BindTo(ctx, (*context.Context)(nil)))
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	parsed, err := parser.Parse(os.Args[1:])
	if err == nil {
		err = parsed.Run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	return 0
}

// rawCommand is contestant A, or B with --audit.
type rawCommand struct {
	Listen      string `required:""`
	DatabaseURL string `name:"database-url" required:""`
	MaxConns    int32  `default:"16"`
	Audit       bool
}

// Run serves until the process is told to end.
func (c *rawCommand) Run(ctx context.Context) error {
	return raw.Serve(ctx, raw.Options{Listen: c.Listen, DatabaseURL: c.DatabaseURL, MaxConns: c.MaxConns, Audit: c.Audit})
}
