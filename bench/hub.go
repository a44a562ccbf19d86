package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"runtime/pprof"
	"syscall"
	"time"

	"github.com/tongxin-hub/tongxin/internal/app"
	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/footprint"
)

// hubCommand is `tongxin serve` with a profiler that listens to signals: USR1
// begins a CPU profile, USR2 ends it. The hub itself has no such door.
type hubCommand struct {
	config.Config
	CPUProfile string `name:"cpu-profile" help:"File of the profile." required:""`
}

// Run serves until the process is told to end.
func (c *hubCommand) Run(ctx context.Context) error {
	footprint.Govern(ctx) // as the hub's own command does
	hub, err := app.NewWith(ctx, c.Config, app.Options{Now: time.Now, Out: io.Discard, LogTo: os.Stderr})
	if err != nil {
		return err
	}
	stop := c.profile(ctx)
	err = hub.Run(ctx)
	stop()
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	return errors.Join(err, hub.Close(closing))
}

// profile waits for the signals; the returned function waits for the last file.
func (c *hubCommand) profile(ctx context.Context) func() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGUSR1, syscall.SIGUSR2)
	done := make(chan struct{})
	go func() {
		defer close(done)
		var file *os.File
		for {
			select {
			case <-ctx.Done():
				return
			case s := <-signals:
				if s == syscall.SIGUSR1 {
					file, _ = os.Create(c.CPUProfile)
					_ = pprof.StartCPUProfile(file)
					continue
				}
				pprof.StopCPUProfile()
				_ = file.Close()
				heap, err := os.Create(c.CPUProfile + ".allocs")
				if err == nil {
					_ = pprof.Lookup("allocs").WriteTo(heap, 0)
					_ = heap.Close()
				}
				_ = os.WriteFile(c.CPUProfile+".done", nil, 0o600)
			}
		}
	}()
	return func() { <-done }
}
