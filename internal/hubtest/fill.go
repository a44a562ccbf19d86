package hubtest

import (
	"context"
	"encoding/hex"
	"errors"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/keyring/keyringtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/policy"
)

// seed names the keys of test hubs: the template's join tokens and checkpoints
// were made with them.
const seed = "demo"

// logEntries is the length of the access log in tests.
const logEntries = 4000

// district is the test district.
func district() (*demo.District, error) {
	return demo.New(demo.Options{Scale: demo.Small, Seed: 1, Today: Day(), LogEntries: logEntries})
}

// fill writes the district into the template database.
func fill(tb testing.TB) func(ctx context.Context, url string) error {
	tb.Helper()
	return func(ctx context.Context, url string) (err error) {
		ring := keyringtest.New(tb, seed)
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
			Origin: ring.Signer().Name(), Signer: ring.Signer(), Verifier: verifier, Backdated: true, Now: Day,
		})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, writer.Close(ctx)) }()
		d, err := district()
		if err != nil {
			return err
		}
		token := func(agencyCode, kind, number string) []byte {
			raw, _ := hex.DecodeString(ring.JoinToken(agencyCode, kind, number)) // our own hex
			return raw
		}
		return d.Fill(ctx, db, demo.Deps{Log: writer, Policy: loaded, JoinToken: token}, func(string, int, int) {})
	}
}
