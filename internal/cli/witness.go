package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/tongxin-hub/tongxin/internal/witness"
)

// witnessCommand runs a witness on the machine of an agency.
type witnessCommand struct {
	LogKey   string `required:"" env:"TONGXIN_WITNESS_LOG_KEY" help:"File with the log's public key (the hub's checkpoint.pub)." type:"existingfile" placeholder:"FILE"`
	Origin   string `env:"TONGXIN_WITNESS_ORIGIN" help:"Origin of the log (default: the name in its key)."`
	KeyDir   string `env:"TONGXIN_WITNESS_KEY_DIR" default:"witness/keys" help:"Directory of the witness's own key." type:"path"`
	StateDir string `env:"TONGXIN_WITNESS_STATE_DIR" default:"witness/state" help:"Directory of the last cosigned checkpoint; never put an older copy back." type:"path"`
	Listen   string `env:"TONGXIN_WITNESS_LISTEN" default:"127.0.0.1:8090" help:"Address to listen on (host:port)."`
	Create   string `env:"-" help:"Make key and state of a new witness with this name first, such as witness.jiaoyu.example." placeholder:"NAME"`
}

// Run cosigns until an interrupt. The first line it prints is the key that hub
// and auditors need.
func (c *witnessCommand) Run(ctx context.Context, e Environment) (err error) {
	text, err := os.ReadFile(c.LogKey)
	if err != nil {
		return fmt.Errorf("read the log's public key: %w", err)
	}
	log, err := parseKey(c.LogKey, text)
	if err != nil {
		return err
	}
	if c.Origin == "" {
		c.Origin = log.Name()
	}
	if c.Create != "" {
		if err := errors.Join(witness.CreateKey(rand.Reader, c.KeyDir, c.Create), witness.CreateState(c.StateDir)); err != nil {
			return err
		}
	}
	own, err := witness.OpenKey(c.KeyDir, time.Now)
	if err != nil {
		return err
	}
	w, err := witness.Open(c.StateDir, c.Origin, log, own)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return err
	}
	fmt.Fprintln(e.Out, own.VerifierKey())
	_, size := w.Last()
	fmt.Fprintf(e.Out, "见证 %s，已联署至 %d，地址 · witnessing %s, cosigned up to %d, at http://%s/\n", c.Origin, size, c.Origin, size, l.Addr())
	return w.Serve(ctx, l, slog.New(slog.NewJSONHandler(e.Err, nil)))
}
