package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/bundle"
	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/cosignature"
)

// settled is how long a period must be over: entries of its last second may still
// be on their way.
const settled = time.Minute

// exportCommand writes a bundle.
type exportCommand struct {
	config.Place
	From        string `xor:"range" help:"Begin of the period: a day in China (2026-11-01) or an RFC 3339 time." placeholder:"TIME"`
	Until       string `help:"End of the period, not included." placeholder:"TIME"`
	Entries     string `xor:"range" help:"Numbers of the first and the last entry instead of a period." placeholder:"FIRST-LAST"`
	Cosigned    int    `help:"How many witnesses must have cosigned the checkpoint that the bundle rests on." placeholder:"N"`
	WithDetails bool   `help:"Add who asked what about which children, by their internal ids: for the supervising authority alone."`
}

// Run writes the bundle to standard output.
func (c *exportCommand) Run(ctx context.Context, e Environment) error {
	return withLog(ctx, c.Place, func(db audit.Beginner) error {
		return audit.Read(ctx, db, func(x *audit.Excerpt) error {
			from, to, err := c.entries(ctx, x)
			if err != nil {
				return err
			}
			o := bundle.Order{From: from, To: to, Cosigned: c.Cosigned, Details: c.WithDetails}
			return bundle.Export(ctx, x, e.Out, o)
		})
	})
}

// entries is the range that was asked for.
func (c *exportCommand) entries(ctx context.Context, x *audit.Excerpt) (from, to int64, err error) {
	if c.Entries != "" {
		var last int64
		_, err := fmt.Sscanf(c.Entries, "%d-%d", &from, &last)
		if err != nil || fmt.Sprintf("%d-%d", from, last) != c.Entries || last < from {
			return 0, 0, fmt.Errorf("--entries=%s is no range; write FIRST-LAST, such as 0-999", c.Entries)
		}
		return from, last + 1, nil
	}
	since, err := parseTime("--from", c.From)
	if err != nil {
		return 0, 0, err
	}
	until, err := parseTime("--until", c.Until)
	if err != nil {
		return 0, 0, err
	}
	if until.After(time.Now().Add(-settled)) {
		return 0, 0, errors.New("the period is not over, so the bundle would not stay the same; choose an earlier --until")
	}
	from, to, err = x.Period(ctx, since, until)
	if err == nil && from == to {
		err = errors.New("the log has no entry in this period")
	}
	return from, to, err
}

// parseTime reads a day in China, from its midnight, or a time.
func parseTime(flag, text string) (time.Time, error) {
	if day, err := time.ParseInLocation(time.DateOnly, text, chinatime.Zone()); err == nil {
		return day, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, fmt.Errorf("%s=%q is no time; write a day such as 2026-11-01, or 2026-11-01T08:00:00+08:00", flag, text)
	}
	return at, nil
}

// verifyBundle needs neither database nor network.
func (c *verifyCommand) verifyBundle(e Environment, verifier note.Verifier) error {
	keys := bundle.Keys{Log: verifier}
	var err error
	if keys.Trusted, err = c.checkpoints(); err != nil {
		return err
	}
	if keys.Witnesses, err = c.witnesses(); err != nil {
		return err
	}
	if c.Print {
		keys.Show = printer(e.Out)
	}
	in := e.In
	if c.Bundle != "-" {
		file, err := os.Open(c.Bundle)
		if err != nil {
			return fmt.Errorf("read bundle: %w", err)
		}
		defer file.Close() //nolint:errcheck // read only
		in = file
	}
	report, err := bundle.Verify(in, keys)
	if err != nil {
		return err
	}
	return c.print(e, &report, report.OK())
}

// witnesses are those of whom a bundle needs cosignatures.
func (c *verifyCommand) witnesses() (cosignature.Quorum, error) {
	var all []cosignature.Witness
	for _, path := range c.WitnessKey {
		text, err := os.ReadFile(path) //nolint:gosec // the operator's own choice
		if err != nil {
			return cosignature.Quorum{}, fmt.Errorf("read the key of a witness: %w", err)
		}
		w, err := cosignature.NewWitness(string(text))
		if err != nil {
			return cosignature.Quorum{}, fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, w)
	}
	if c.Quorum == 0 {
		c.Quorum = len(all)
	}
	return cosignature.NewQuorum(c.Quorum, all)
}

// printed is an entry of a bundle as a line of JSON.
type printed struct {
	Sequence int64     `json:"sequence"`
	At       time.Time `json:"at"`
	EntryID  string    `json:"entryId"`
	// Detail is there in a bundle with details; what was shown of each child stands
	// in Shown.
	Detail *audit.Entry `json:"detail,omitempty"`
	Shown  []shownOf    `json:"shown,omitempty"`
}

// shownOf is what was shown of a child.
type shownOf struct {
	ChildID     int64    `json:"childId"`
	Bases       []string `json:"bases"`
	Coordinates []string `json:"coordinates"`
}

// printer writes entries as lines of JSON.
func printer(w io.Writer) func(audit.Leaf, *audit.Entry) error {
	encoder := json.NewEncoder(w)
	return func(l audit.Leaf, detail *audit.Entry) error {
		line := printed{Sequence: l.Sequence, At: l.At, EntryID: l.EntryID, Detail: detail}
		if detail != nil {
			for _, d := range detail.Disclosures {
				of := shownOf{ChildID: d.ChildID, Bases: d.Bases}
				for _, s := range d.Shown.Shown() {
					of.Coordinates = append(of.Coordinates, s.Coordinate+"="+s.Form)
				}
				line.Shown = append(line.Shown, of)
			}
			detail.Disclosures = nil
		}
		return encoder.Encode(line)
	}
}
