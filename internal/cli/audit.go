package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/keyring"
	"github.com/tongxin-hub/tongxin/internal/pglocal"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// publicKey is the one secretless thing that an auditor needs.
type publicKey struct {
	PublicKey string `help:"File with the hub's public key (default: checkpoint.pub in the key directory)." type:"path" placeholder:"FILE"`
}

func (p publicKey) verifier(keys string) (note.Verifier, error) {
	path := p.PublicKey
	if path == "" {
		path = keyring.PublicKeyFile(keys)
	}
	text, err := os.ReadFile(path) //nolint:gosec // the operator's own choice
	if err != nil {
		return nil, fmt.Errorf("read the hub's public key: %w; name its file with --public-key", err)
	}
	return parseKey(path, text)
}

// parseKey reads the text of a log's public key.
func parseKey(path string, text []byte) (note.Verifier, error) {
	verifier, err := note.NewVerifier(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, fmt.Errorf("%s holds no public key of a signed note: %w", path, err)
	}
	return verifier, nil
}

// verifyCommand verifies the log, in its database or in a bundle.
type verifyCommand struct {
	config.Place
	publicKey
	Bundle     string   `arg:"" optional:"" help:"File that audit export wrote; - for standard input. Without it the database is read." placeholder:"BUNDLE"`
	Trusted    []string `help:"Signed checkpoints from outside the database (a witness, another agency, the kept file)." type:"existingfile" placeholder:"FILE"`
	WitnessKey []string `help:"Files with the keys of the witnesses that a bundle must be cosigned by (witness.pub)." type:"existingfile" placeholder:"FILE"`
	Quorum     int      `help:"How many of the witnesses must have cosigned (default: all of them)." placeholder:"N"`
	Print      bool     `help:"Print the entries of a bundle too, one JSON object a line, before the report."`
	JSON       bool     `name:"json" help:"Print the report as JSON."`
}

// Run prints the report and fails when anything is wrong.
func (c *verifyCommand) Run(ctx context.Context, e Environment) error {
	verifier, err := c.verifier(c.Keys())
	if err != nil {
		return err
	}
	if c.Bundle != "" {
		return c.verifyBundle(e, verifier)
	}
	if len(c.WitnessKey) > 0 || c.Quorum > 0 || c.Print {
		return errors.New("--witness-key, --quorum and --print go with a bundle; of the database, `tongxin audit export` makes one")
	}
	trusted, err := c.checkpoints()
	if err != nil {
		return err
	}
	if kept, err := os.ReadFile(c.CheckpointFile()); err == nil {
		trusted = append(trusted, kept)
	} else if !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("read the kept checkpoint: %w", err)
	}
	var report audit.Report
	err = withLog(ctx, c.Place, func(db audit.Beginner) error {
		report, err = audit.Verify(ctx, db, verifier, trusted...)
		return err
	})
	if err != nil {
		return err
	}
	return c.print(e, &report, report.OK())
}

// print writes a report and fails when it has findings.
func (c *verifyCommand) print(e Environment, report fmt.Stringer, ok bool) error {
	var err error
	if c.JSON {
		err = writeJSON(e.Out, report)
	} else {
		_, err = io.WriteString(e.Out, report.String())
	}
	if err == nil && !ok {
		return errSilent
	}
	return err
}

// checkpoints reads the trusted ones.
func (c *verifyCommand) checkpoints() ([][]byte, error) {
	var trusted [][]byte
	for _, path := range c.Trusted {
		signed, err := os.ReadFile(path) //nolint:gosec // the operator's own choice
		if err != nil {
			return nil, fmt.Errorf("read trusted checkpoint: %w", err)
		}
		trusted = append(trusted, signed)
	}
	return trusted, nil
}

// proveCommand proves one entry.
type proveCommand struct {
	config.Place
	Entry string `arg:"" help:"Id of the entry, as in the receipt."`
}

// Run prints the proof as JSON, for `tongxin audit check` anywhere.
func (c *proveCommand) Run(ctx context.Context, e Environment) error {
	return withLog(ctx, c.Place, func(db audit.Beginner) error {
		proof, err := audit.Prove(ctx, db, c.Entry)
		if err != nil {
			return err
		}
		return writeJSON(e.Out, proof)
	})
}

// consistencyCommand proves that the log only grew.
type consistencyCommand struct {
	config.Place
	Old int64 `arg:"" help:"Size of the older checkpoint, its second line."`
	New int64 `arg:"" optional:"" help:"Size of the newer one (default: the newest)."`
}

// Run prints the proof as JSON, for `tongxin audit check` anywhere.
func (c *consistencyCommand) Run(ctx context.Context, e Environment) error {
	return withLog(ctx, c.Place, func(db audit.Beginner) error {
		proof, err := audit.ProveConsistency(ctx, db, c.Old, c.New)
		if err != nil {
			return err
		}
		return writeJSON(e.Out, proof)
	})
}

// checkCommand checks a proof offline.
type checkCommand struct {
	publicKey
	Trusted string `help:"Checkpoint that you kept yourself: the proof must be about it." type:"existingfile" placeholder:"FILE"`
	KeyDir  string `default:"data/keys" help:"Directory that holds checkpoint.pub." type:"path"`
}

// maxProof bounds what is read: a proof has at most 63 hashes.
const maxProof = 64 << 10

// Run fails unless the proof holds.
func (c *checkCommand) Run(e Environment) error {
	verifier, err := c.verifier(c.KeyDir)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(e.In, maxProof))
	if err != nil {
		return fmt.Errorf("read the proof: %w", err)
	}
	if audit.IsConsistency(text) {
		return c.consistency(e, text, verifier)
	}
	proof, err := audit.ParseProof(text)
	if err != nil {
		return err
	}
	checkpoint, err := proof.Check(verifier)
	if err != nil {
		return err
	}
	if err := c.about(verifier, checkpoint); err != nil {
		return err
	}
	fmt.Fprint(e.Out, proof.String())
	fmt.Fprintf(e.Out, "证明成立 the proof holds: entry %d of the %d signed by %s\n", proof.Sequence, checkpoint.Size, verifier.Name())
	return nil
}

// consistency checks that one checkpoint goes on in another.
func (c *checkCommand) consistency(e Environment, text []byte, verifier note.Verifier) error {
	proof, err := audit.ParseConsistency(text)
	if err != nil {
		return err
	}
	older, newer, err := proof.Check(verifier)
	if err != nil {
		return err
	}
	if err := c.about(verifier, older, newer); err != nil {
		return err
	}
	fmt.Fprint(e.Out, proof.String())
	fmt.Fprintf(e.Out, "证明成立 the proof holds: the log of %d goes on in that of %d, signed by %s\n", older.Size, newer.Size, verifier.Name())
	return nil
}

// about demands that one of the checkpoints is the one that was kept: who holds
// the signing key can sign another of the same size.
func (c *checkCommand) about(verifier note.Verifier, proven ...audit.Checkpoint) error {
	if c.Trusted == "" {
		return nil
	}
	text, err := os.ReadFile(c.Trusted)
	if err != nil {
		return fmt.Errorf("read trusted checkpoint: %w", err)
	}
	kept, err := audit.OpenCheckpoint(text, verifier)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Trusted, err)
	}
	if !slices.Contains(proven, kept) {
		return fmt.Errorf("the proof is not about the checkpoint in %s", c.Trusted)
	}
	return nil
}

// withLog opens the database of the log for reading, also beside a running hub.
func withLog(ctx context.Context, place config.Place, use func(db audit.Beginner) error) (err error) {
	address, stop, err := pglocal.Reach(ctx, place.DatabaseURL, place.DatabaseDir())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	pool, err := postgres.Open(ctx, address, postgres.Options{Application: "tongxin-audit-reader", MaxConns: 2, StatementTimeout: -1})
	if err != nil {
		return err
	}
	defer pool.Close()
	return use(pool)
}

func writeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
