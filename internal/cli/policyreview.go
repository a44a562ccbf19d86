package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/tongxin-hub/tongxin/internal/app"
	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/minimisation"
	"github.com/tongxin-hub/tongxin/internal/policydesk"
	"github.com/tongxin-hub/tongxin/internal/replay"
	"github.com/tongxin-hub/tongxin/policy"
)

// testCommand holds a policy against the worked cases.
type testCommand struct {
	config.Place
	Policy string `arg:"" default:"built-in" help:"Directory, version, in-force or built-in."`
	Cases  string `help:"Directory with worked cases (*.yaml) instead of those built in." type:"existingdir" placeholder:"DIR"`
}

// Run prints the cases that do not hold and fails when there are any.
func (c *testCommand) Run(ctx context.Context, e Environment) error {
	rules, err := source{c.Place}.open(ctx, c.Policy)
	if err != nil {
		return err
	}
	cases, err := policy.Cases()
	if c.Cases != "" {
		cases, err = policy.ReadCases(os.DirFS(c.Cases))
	}
	if err != nil {
		return err
	}
	failed := 0
	for i := range cases {
		if wrong := cases[i].Check(rules); len(wrong) > 0 {
			failed++
			fmt.Fprintf(e.Out, "%s/%s\n  %s\n", cases[i].File, cases[i].Name, strings.Join(wrong, "\n  "))
		}
	}
	fmt.Fprintf(e.Out, "policy %s: %d of %d worked cases hold\n", rules.Version(), len(cases)-failed, len(cases))
	if failed > 0 {
		return errSilent
	}
	return nil
}

// diffCommand compares two policies.
type diffCommand struct {
	config.Place
	From string `arg:"" help:"Directory, version, in-force or built-in."`
	To   string `arg:"" help:"The same; what it does differently is printed."`
}

// Run prints the cells of the matrix that differ, the lines, and other files.
func (c *diffCommand) Run(ctx context.Context, e Environment) error {
	from, err := source{c.Place}.open(ctx, c.From)
	if err != nil {
		return err
	}
	to, err := source{c.Place}.open(ctx, c.To)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.Out, "policy %s -> %s\n", from.Version(), to.Version())
	for _, d := range policy.Diff(from, to) {
		fmt.Fprintln(e.Out, d)
	}
	change, others := policy.Between(from, to)
	for _, l := range change.Remove {
		fmt.Fprintln(e.Out, "-", l.Text())
	}
	for _, l := range change.Add {
		fmt.Fprintln(e.Out, "+", l.Text())
	}
	for _, file := range others {
		fmt.Fprintf(e.Out, "! %s differs: it comes with the program and is not proposed\n", file)
	}
	return nil
}

// span is a period; both ends may be left out.
type span struct {
	Since time.Time `help:"From when on (RFC 3339); 30 days before the end by default." placeholder:"TIME"`
	Until time.Time `help:"Until when; now by default." placeholder:"TIME"`
}

func (s span) period() replay.Period {
	p := replay.Period(s)
	if p.Until.IsZero() {
		p.Until = time.Now()
	}
	if p.Since.IsZero() {
		p.Since = p.Until.AddDate(0, 0, -30)
	}
	return p
}

// withDesk opens the database with what answers about changes.
func withDesk(ctx context.Context, place config.Place, use func(desk *policydesk.Desk) error) error {
	return withPool(ctx, place, func(db app.Pool) error {
		desk, err := app.Desk(ctx, db)
		if err != nil {
			return err
		}
		return use(desk)
	})
}

// replayCommand replays the log.
type replayCommand struct {
	config.Place
	span
	Policy string `arg:"" help:"Directory, version (also a proposed one), in-force or built-in."`
}

// Run prints what the policy would have opened or closed, and for whom.
func (c *replayCommand) Run(ctx context.Context, e Environment) error {
	rules, err := source{c.Place}.open(ctx, c.Policy)
	if err != nil {
		return err
	}
	var report replay.Report
	err = withDesk(ctx, c.Place, func(desk *policydesk.Desk) error {
		report, err = replay.Run(ctx, desk.DB, c.period(), replay.Rules{Policy: rules, Catalog: desk.Catalog}, desk.Version)
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(e.Out, "policy %s: %d entries, %d replayed; not replayed: %d refused, %d not found, %d destroyed, %d of unknown versions\n",
		rules.Version(), report.Entries, report.Replayed, report.Refused, report.NotFound, report.Destroyed, report.Unknown)
	table := tabwriter.NewWriter(e.Out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "turn\trole\tpurpose\tagency\tcoordinate\tbefore\tafter\tpersons\tentries\tchildren")
	for _, x := range report.Changes {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%d\n", x.Turn, x.Role, x.Purpose, x.Agency, x.Coordinate,
			x.Before, x.After, x.Persons, x.Entries, x.Children)
	}
	return table.Flush()
}

// unusedCommand prints what nobody needed.
type unusedCommand struct {
	config.Place
	span
	Role    string `help:"Only this role." placeholder:"ROLE"`
	Purpose string `help:"Only this purpose." placeholder:"PURPOSE"`
}

// Run prints the policy lines that no disclosure of the period needed, as a proposal
// takes them.
func (c *unusedCommand) Run(ctx context.Context, e Environment) error {
	p := c.period()
	q := minimisation.Question{Since: p.Since, Until: p.Until, Role: policy.Role(strings.ToUpper(c.Role)), Purpose: policy.Purpose(strings.ToUpper(c.Purpose))}
	return withDesk(ctx, c.Place, func(desk *policydesk.Desk) error {
		version, report, err := desk.Measure(ctx, q)
		if err != nil {
			return err
		}
		fmt.Fprintf(e.Out, "# policy %s, %d entries: lines that nothing needed\n", version, report.Entries)
		for _, l := range report.Unneeded {
			fmt.Fprintln(e.Out, "-", l.Text())
		}
		return nil
	})
}

// explainStored decides one entry again.
func explainStored(ctx context.Context, out io.Writer, place config.Place, entry string) error {
	return withDesk(ctx, place, func(desk *policydesk.Desk) error {
		got, err := desk.Explain(ctx, entry)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "entry %s, number %d of %s: %s for %s of %s, %s, under policy %s\n", entry, got.Sequence,
			got.At.Format(time.RFC3339), got.Role, got.Purpose, got.Agency, got.Outcome, got.Version)
		for _, x := range got.Explanations {
			fmt.Fprintf(out, "%d children on %s\n", x.Children, strings.Join(x.Bases, " "))
			for _, j := range x.Judged {
				fmt.Fprintf(out, "  %-11s %s: recorded %s, by the rules %s %s\n", j.Verdict, j.Coordinate, j.Recorded, j.Computed, j.Reason)
				for _, l := range j.Lines {
					fmt.Fprintf(out, "    %s (%s:%d)\n", l.Text(), l.File, l.Number)
				}
			}
		}
		return nil
	})
}
