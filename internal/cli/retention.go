package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/user"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/keyring"
	"github.com/tongxin-hub/tongxin/internal/pairwise"
	"github.com/tongxin-hub/tongxin/internal/pglocal"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/retention"
)

// destroyCommand does by hand what a hub does by night.
type destroyCommand struct {
	config.Place
	DryRun bool `help:"Count what is due and destroy nothing." xor:"what" required:""`
	Go     bool `name:"run" help:"Destroy what is due, with a record of it." xor:"what" required:""`
	Batch  int  `default:"1000" help:"Entries looked at in one transaction."`
}

// Run prints the schedules and what came of the walk.
func (c *destroyCommand) Run(ctx context.Context, e Environment) error {
	if c.Batch < 1 {
		return errors.New("--batch must be positive")
	}
	return withWriter(ctx, c.Place, func(db retention.Database, w *audit.Writer, _ *keyring.Ring) error {
		walker := &retention.Walker{
			DB: db, Log: w, Now: time.Now, Batch: c.Batch, Progress: slog.New(slog.NewTextHandler(e.Err, nil)),
		}
		if err := printSchedules(ctx, e.Out, db); err != nil {
			return err
		}
		name := "cli " + time.Now().UTC().Format(time.RFC3339Nano)
		tally, err := walker.Walk(ctx, retention.Walk{Name: name, Destroys: c.Go, By: "tongxin audit destroy by " + account()})
		if err != nil {
			return err
		}
		fmt.Fprintf(e.Out, "已检查 examined: %d\n已销毁 destroyed: %d\n到期 due: %s\n30天内到期 due within 30 days: %s\n保全 held: %s\n",
			tally.Examined, tally.Destroyed, counts(tally.Due), counts(tally.Soon), counts(tally.Held))
		return nil
	})
}

func printSchedules(ctx context.Context, out io.Writer, db retention.Database) error {
	list, err := retention.InForce(ctx, db)
	if err != nil {
		return err
	}
	for _, s := range list {
		fmt.Fprintf(out, "%s: %d 个月 months (法定至少 at least %d)", s.Class, s.KeptMonths, s.LeastMonths)
		if s.MajorityMonths != nil {
			fmt.Fprintf(out, "；至满18周岁后 until 18 plus %d", *s.MajorityMonths)
		}
		fmt.Fprintf(out, "；%s · %s\n", s.BasisZH, s.BasisEN)
	}
	return nil
}

// counts prints numbers by class, "-" for none.
func counts(c retention.Counts) string {
	var parts []string
	for class, n := range c {
		parts = append(parts, fmt.Sprintf("%s %d", class, n))
	}
	slices.Sort(parts)
	return cmp.Or(strings.Join(parts, ", "), "-")
}

// placeCommand places a legal hold.
type placeCommand struct {
	config.Place
	ChildOf   string `help:"Hold entries of one child: its identifier for this agency (code) comes on standard input." placeholder:"AGENCY"`
	Agency    string `help:"Hold entries of this agency (code)." placeholder:"CODE"`
	Staff     string `help:"Hold entries of one person of --agency (staff code)." placeholder:"CODE"`
	Since     string `help:"Hold entries from this instant on (RFC 3339)." placeholder:"TIME"`
	Until     string `help:"Hold entries before this instant (RFC 3339)." placeholder:"TIME"`
	OrderedBy string `required:"" help:"Who ordered it."`
	Reason    string `required:"" help:"Why, without names or numbers of a child."`
}

// Run places the hold and prints its number.
func (c *placeCommand) Run(ctx context.Context, e Environment) error {
	return withWriter(ctx, c.Place, func(db retention.Database, w *audit.Writer, ring *keyring.Ring) error {
		order := retention.Order{
			AgencyCode: c.Agency, StaffCode: c.Staff, Since: c.Since, Until: c.Until, OrderedBy: c.OrderedBy, Reason: c.Reason,
		}
		entry := byHand("audit.hold", c.Reason)
		if c.ChildOf != "" {
			text, err := io.ReadAll(io.LimitReader(e.In, 1024))
			if err != nil {
				return fmt.Errorf("read the child's identifier: %w", err)
			}
			typename, id, err := pairwise.New(ring.Pairwise()).Decode(c.ChildOf, strings.TrimSpace(string(text)))
			if err != nil || typename != "Child" {
				return fmt.Errorf("standard input holds no identifier of a child for %s", c.ChildOf)
			}
			order.ChildID, entry.Disclosures = &id, []audit.Disclosure{{ChildID: id}}
		}
		var id int64
		err := postgres.InTx(ctx, db, func(tx postgres.Tx) (err error) {
			if id, err = order.Place(ctx, tx, time.Now()); err == nil {
				_, err = w.AppendTx(ctx, tx, entry)
			}
			return err
		})
		if err == nil {
			fmt.Fprintf(e.Out, "保全已设置 hold %d is placed.\n", id)
		}
		return err
	})
}

// releaseCommand releases a legal hold.
type releaseCommand struct {
	config.Place
	Hold   int64  `arg:"" help:"Number of the hold, as listed."`
	Reason string `required:"" help:"Why, without names or numbers of a child."`
}

// Run releases the hold.
func (c *releaseCommand) Run(ctx context.Context, e Environment) error {
	return withWriter(ctx, c.Place, func(db retention.Database, w *audit.Writer, _ *keyring.Ring) error {
		err := postgres.InTx(ctx, db, func(tx postgres.Tx) error {
			err := retention.Free(ctx, tx, retention.Release{ID: c.Hold, Reason: c.Reason}, time.Now())
			if err == nil {
				_, err = w.AppendTx(ctx, tx, byHand("audit.release", c.Reason))
			}
			return err
		})
		if err == nil {
			fmt.Fprintf(e.Out, "保全已解除 hold %d is released.\n", c.Hold)
		}
		return err
	})
}

// holdsCommand lists legal holds.
type holdsCommand struct{ config.Place }

// Run prints one line a hold; a child is not named.
func (c *holdsCommand) Run(ctx context.Context, e Environment) error {
	return withWriter(ctx, c.Place, func(db retention.Database, _ *audit.Writer, _ *keyring.Ring) error {
		var list []retention.Listed
		err := postgres.InTx(ctx, db, func(tx postgres.Tx) (err error) {
			list, err = retention.Holds(ctx, tx)
			return err
		})
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(e.Out, 0, 8, 2, ' ', 0)
		fmt.Fprintln(table, "hold\tscope\tordered by\treason\tplaced\treleased")
		for _, h := range list {
			fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\n", h.ID, h.Scope(), h.OrderedBy, h.Reason, when(&h.PlacedAt), when(h.ReleasedAt))
		}
		return table.Flush()
	})
}

func when(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

// byHand begins the entry of what the operator did at the command line.
func byHand(operation, reason string) audit.Entry {
	return audit.Entry{
		At: time.Now(), System: "tongxin by " + account(), Operation: operation, Outcome: audit.Allowed, Reason: reason,
		LegalBasis: "个保法56",
	}
}

// account is who runs this, as far as the machine knows.
func account() string {
	if a, err := user.Current(); err == nil {
		return cmp.Or(a.Username, "unknown")
	}
	return "unknown"
}

// withWriter opens database, keys and log for writing, also beside a running hub.
func withWriter(ctx context.Context, place config.Place, use func(retention.Database, *audit.Writer, *keyring.Ring) error) (err error) {
	ring, err := keyring.Open(place.Keys(), false)
	if err != nil {
		return err
	}
	verifier, err := note.NewVerifier(ring.VerifierKey())
	if err != nil {
		return fmt.Errorf("verifier key: %w", err)
	}
	address, stop, err := pglocal.Reach(ctx, place.DatabaseURL, place.DatabaseDir())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	pool, err := postgres.Open(ctx, address, postgres.Options{Application: "tongxin-retention", MaxConns: 2, StatementTimeout: -1})
	if err != nil {
		return err
	}
	defer pool.Close()
	writer, err := audit.Open(ctx, address, audit.Options{
		Origin: ring.Signer().Name(), Signer: ring.Signer(), Verifier: verifier, CheckpointFile: place.CheckpointFile(),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, writer.Close(context.WithoutCancel(ctx))) }()
	return use(pool, writer, ring)
}
