package hubtest

import (
	"context"
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/tongxin-hub/tongxin/internal/app"
	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/keyring"
	"github.com/tongxin-hub/tongxin/internal/keyring/keyringtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/policy"
)

// Seed names the keys of test hubs: the template's join tokens and checkpoints
// were made with them.
const Seed = "demo"

// logEntries is the length of the access log in tests.
const logEntries = 4000

// options are those of the test district.
func options() demo.Options {
	return demo.Options{Scale: demo.Small, Seed: 1, Today: Day(), LogEntries: logEntries}
}

// fill writes the district into the template database.
func fill(tb testing.TB) func(ctx context.Context, url string) error {
	tb.Helper()
	return func(ctx context.Context, url string) error {
		return Fill(ctx, url, keyringtest.New(tb, Seed), options())
	}
}

// Fill writes a district into an empty database, for hubs that hold the keys.
func Fill(ctx context.Context, url string, ring *keyring.Ring, o demo.Options) (err error) {
	if err := postgres.Migrate(ctx, url); err != nil {
		return err
	}
	verifier, err := note.NewVerifier(ring.VerifierKey())
	if err != nil {
		return err
	}
	loaded, err := policy.Load()
	if err != nil {
		return err
	}
	db, err := postgres.Open(ctx, url, postgres.Options{MaxConns: 2, StatementTimeout: -1})
	if err != nil {
		return err
	}
	defer db.Close()
	writer, err := audit.Open(ctx, url, audit.Options{
		Origin: ring.Signer().Name(), Signer: ring.Signer(), Verifier: verifier, Backdated: true,
		Now: func() time.Time { return o.Today },
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, writer.Close(ctx)) }()
	d, err := demo.New(o)
	if err != nil {
		return err
	}
	token := func(agencyCode, kind, number string) []byte {
		raw, _ := hex.DecodeString(ring.JoinToken(agencyCode, kind, number)) // our own hex
		return raw
	}
	if err := d.Fill(ctx, db, demo.Deps{Log: writer, Policy: loaded, JoinToken: token}, func(string, int, int) {}); err != nil {
		return err
	}
	j, err := judge()
	if err != nil {
		return err
	}
	if _, err := j.Settle(ctx, db, app.Settlement{By: "demo"}); err != nil { // which says what is of class L4
		return err
	}
	return app.FollowLog(ctx, db)
}
