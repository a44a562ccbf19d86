package dataset

import (
	"context"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/mod/sumdb/note"

	"github.com/tongxin-hub/tongxin/internal/app"
	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/keyring"
	"github.com/tongxin-hub/tongxin/internal/pglocal"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/policy"
)

// Options say which district the benchmark runs on.
type Options struct {
	// Dir holds database, keys and tokens of the benchmark.
	Dir string
	// Children is the number of left-behind children, Log the length of the
	// access log that stands in the database before the first question.
	Children, Log int
	// Out hears of the fill's progress.
	Out io.Writer
}

// staleAfter is how old a district may be: later its tickets and terms have
// run out, and the same questions would find other things.
const staleAfter = 45 * 24 * time.Hour

// seed of the district; the same one on every machine.
const seed = 1

// Set is the running database with its district.
type Set struct {
	URL  string
	DB   *pgxpool.Pool
	Ring *keyring.Ring
	// Today is the day the district is told of.
	Today time.Time
	// PostgresPID is the server's process.
	PostgresPID int

	options Options
	server  *pglocal.Server
}

// settings of the private server; the same for every contestant.
var settings = []string{"shared_buffers=512MB", "max_wal_size=4GB", "random_page_cost=1.1"}

// Open starts the private server in o.Dir, brings it to the newest migration
// and policy and fills it unless that was done before.
func Open(ctx context.Context, o Options) (_ *Set, err error) {
	server, err := pglocal.Start(ctx, filepath.Join(o.Dir, "postgres"), pglocal.Options{Settings: settings})
	if err != nil {
		return nil, err
	}
	s := &Set{URL: server.URL("tongxin"), PostgresPID: server.PID(), options: o, server: server}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if err := postgres.Migrate(ctx, s.URL); err != nil {
		return nil, err
	}
	s.DB, err = postgres.Open(ctx, s.URL, postgres.Options{Application: "bench", MaxConns: 4, StatementTimeout: -1})
	if err != nil {
		return nil, err
	}
	if err := postgres.CheckDurability(ctx, s.DB); err != nil {
		return nil, err
	}
	if s.Ring, err = keyring.Open(s.Keys(), true); err != nil {
		return nil, err
	}
	return s, s.fill(ctx)
}

// Copy makes a fresh copy of the database for a contestant that needs objects of
// its own in it. Nobody else may be connected; our own pool steps aside.
func (s *Set) Copy(ctx context.Context, name string) (url string, err error) {
	s.DB.Reset()
	conn, err := pgx.Connect(ctx, s.server.URL("postgres"))
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	target := pgx.Identifier{name}.Sanitize()
	for _, statement := range []string{
		"DROP DATABASE IF EXISTS " + target + " WITH (FORCE)",
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'tongxin'",
		"CREATE DATABASE " + target + " TEMPLATE tongxin STRATEGY file_copy",
		"CHECKPOINT",
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return "", fmt.Errorf("copy the database: %w", err)
		}
	}
	return s.server.URL(name), nil
}

// Socket is the directory of the server's socket.
func (s *Set) Socket() string {
	config, err := pgx.ParseConfig(s.URL)
	if err != nil {
		return ""
	}
	return config.Host
}

// Keys is the hub's key directory.
func (s *Set) Keys() string { return filepath.Join(s.options.Dir, "keys") }

// Close stops the server.
func (s *Set) Close() error {
	if s.DB != nil {
		s.DB.Close()
	}
	return s.server.Stop()
}

func (s *Set) fill(ctx context.Context) error {
	loaded, err := policy.Load()
	if err != nil {
		return err
	}
	if _, err := app.Settle(ctx, s.DB, app.Settlement{By: "bench"}); err != nil {
		return err
	}
	o := demo.Options{Scale: demo.Load, LeftBehind: s.options.Children, Seed: seed, Today: time.Now(), LogEntries: s.options.Log}
	before, complete, found, err := demo.Filled(ctx, s.DB)
	if err != nil {
		return err
	}
	if found {
		if before.LeftBehind != s.options.Children || time.Since(before.Today) > staleAfter {
			return fmt.Errorf("%s holds %d children of %s: remove it, or choose another directory",
				s.options.Dir, before.LeftBehind, before.Today.Format(time.DateOnly))
		}
		o = before
	}
	s.Today = o.Today
	if !complete {
		if err := s.fillDistrict(ctx, o, loaded); err != nil {
			return err
		}
	}
	if err := s.addCases(ctx); err != nil {
		return err
	}
	if _, err := s.DB.Exec(ctx, ticketSQL); err != nil {
		return err
	}
	_, err = s.DB.Exec(ctx, keepSQL, chinatime.Day(time.Now()))
	return err
}

// keepSQL makes the counts of W6, as a hub that works behind its answers has made them.
const keepSQL = `SELECT keep_counts($1::date, 'LEFT_BEHIND_3', 'AGE_BAND')`

func (s *Set) fillDistrict(ctx context.Context, o demo.Options, loaded *policy.Policy) (err error) {
	began := time.Now()
	_, _ = fmt.Fprintf(s.options.Out, "filling the district with %d left-behind children (once) …\n", o.LeftBehind)
	verifier, err := note.NewVerifier(s.Ring.VerifierKey())
	if err != nil {
		return err
	}
	writer, err := audit.Open(ctx, s.URL, audit.Options{
		Origin: s.Ring.Signer().Name(), Signer: s.Ring.Signer(), Verifier: verifier, Backdated: true,
		CheckpointFile: filepath.Join(s.options.Dir, "checkpoint"), Deadline: time.Minute,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, writer.Close(context.WithoutCancel(ctx))) }()
	district, err := demo.New(o)
	if err != nil {
		return err
	}
	token := func(agencyCode, kind, number string) []byte {
		raw, _ := hex.DecodeString(s.Ring.JoinToken(agencyCode, kind, number)) // our own hex
		return raw
	}
	stage := ""
	err = district.Fill(ctx, s.DB, demo.Deps{Log: writer, Policy: loaded, JoinToken: token}, func(now string, _, _ int) {
		if now != stage {
			stage = now
			_, _ = fmt.Fprintf(s.options.Out, "  %6.1f s  %s\n", time.Since(began).Seconds(), now)
		}
	})
	return err
}

//go:embed cases.sql
var casesSQL string

//go:embed persuasion.sql
var persuasionSQL string

const (
	// ticketSQL is the work item that the education bureau's system reads the
	// ledger for: the whole ledger, no child in particular.
	ticketSQL = `INSERT INTO ticket (code, kind, purpose, staff_id, agency_id, reason, opened_at)
SELECT 'DC-BENCH', 'DROPOUT_CASE', 'DROPOUT_PREVENTION', s.id, s.agency_id, '台账比对', now() - interval '1 day'
FROM staff s JOIN post p ON p.staff_id = s.id AND p.role = 'DPS'
WHERE s.kind = 'SYSTEM' ORDER BY s.id LIMIT 1
ON CONFLICT (code) DO NOTHING`

	markSQL = `CREATE SCHEMA bench`

	markedSQL = `SELECT to_regnamespace('bench') IS NOT NULL`

	sequencesSQL = `SELECT setval(pg_get_serial_sequence('dropout_case', 'id'), (SELECT max(id) FROM dropout_case)),
       setval(pg_get_serial_sequence('persuasion_visit', 'id'), (SELECT max(id) FROM persuasion_visit))`
)

// addCases adds the ledger that the worklist reads, once.
func (s *Set) addCases(ctx context.Context) error {
	var done bool
	if err := s.DB.QueryRow(ctx, markedSQL).Scan(&done); err != nil || done {
		return err
	}
	err := postgres.InTx(ctx, s.DB, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, markSQL); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, casesSQL, s.Today); err != nil {
			return fmt.Errorf("add cases: %w", err)
		}
		if _, err := tx.Exec(ctx, persuasionSQL); err != nil {
			return fmt.Errorf("add persuasion visits: %w", err)
		}
		_, err := tx.Exec(ctx, sequencesSQL)
		return err
	})
	if err != nil {
		return err
	}
	_, err = s.DB.Exec(ctx, "VACUUM ANALYZE")
	return err
}
