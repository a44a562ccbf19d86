package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/policy"
)

// explainCommand explains one decision.
type explainCommand struct {
	config.Place
	Role       string   `arg:"" optional:"" help:"Role, such as HT."`
	Purpose    string   `arg:"" optional:"" help:"Purpose, such as CLASS_CARE."`
	Coordinate string   `arg:"" optional:"" help:"Coordinate of the schema, such as Child.birthDate."`
	Policy     string   `default:"built-in" help:"Directory, version, in-force or built-in." placeholder:"POLICY"`
	Entry      string   `help:"Decide this entry of the log again instead, under the version that it names." placeholder:"ID"`
	Basis      []string `help:"Bases that hold between caller and child, such as own_class." placeholder:"NAME"`
}

// Run prints form, lines, grounds and what would unlock more. It names rules
// only: no child is looked at.
func (c *explainCommand) Run(ctx context.Context, e Environment) error {
	if c.Entry != "" {
		return explainStored(ctx, e.Out, c.Place, c.Entry)
	}
	if c.Coordinate == "" {
		return errors.New("name role, purpose and coordinate, or --entry")
	}
	rules, err := source{c.Place}.open(ctx, c.Policy)
	if err != nil {
		return err
	}
	bases, err := parseBases(c.Basis)
	if err != nil {
		return err
	}
	pair := policy.Pair{Role: policy.Role(strings.ToUpper(c.Role)), Purpose: policy.Purpose(strings.ToUpper(c.Purpose))}
	answer, err := rules.Explain(pair, c.Coordinate, bases)
	if err != nil {
		return fmt.Errorf("explain %s for %s: %w", pair.Role, pair.Purpose, err)
	}
	out := e.Out
	fmt.Fprintf(out, "policy %s\n%s for %s sees %s: %s\n", rules.Version(), pair.Role, pair.Purpose, c.Coordinate, answer.Form)
	if answer.Group == "" {
		fmt.Fprintln(out, "group: none; an unclassified coordinate is shown to nobody")
	} else {
		fmt.Fprintf(out, "group: %s\n", strings.Join(append([]string{answer.Group}, answer.Wider...), " < "))
	}
	fmt.Fprintf(out, "statute of the purpose: %s\n", answer.Statute)
	switch {
	case answer.Reason.Silent:
		fmt.Fprintln(out, "reason: none is given; it looks unknown to the caller")
	case answer.Reason.Code != "":
		fmt.Fprintf(out, "reason: %s %s / %s\n", answer.Reason.Code, answer.Reason.Unlock.ZH, answer.Reason.Unlock.EN)
	}
	printLines(out, "decided by", answer.Matched)
	printLines(out, "more would be opened by", answer.Unlock)
	return nil
}

func printLines(out io.Writer, title string, lines []policy.Line) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintln(out, title+":")
	for _, l := range lines {
		fmt.Fprintf(out, "  %s %s for %s on basis %s: %s %s (%s) %s:%d\n",
			l.Effect, l.Role, l.Purpose, l.Basis, l.Group, l.Form, l.Ground, l.File, l.Number)
	}
}

// parseBases adds the basis caller, which always holds.
func parseBases(names []string) (policy.Bases, error) {
	list := []policy.Basis{policy.Caller}
	for _, name := range names {
		basis := policy.Basis(name)
		if !slices.Contains(policy.AllBases(), basis) {
			return 0, fmt.Errorf("there is no basis %q; the bases are %v", name, policy.AllBases())
		}
		list = append(list, basis)
	}
	return policy.Of(list...), nil
}

// tableCommand prints the compiled policy.
type tableCommand struct {
	config.Place
	Policy  string `default:"built-in" help:"Directory, version, in-force or built-in." placeholder:"POLICY"`
	Role    string `help:"Only this role." placeholder:"ROLE"`
	Purpose string `help:"Only this purpose." placeholder:"PURPOSE"`
}

// Run prints one line per role, purpose and group that is shown at all.
func (c *tableCommand) Run(ctx context.Context, e Environment) error {
	rules, err := source{c.Place}.open(ctx, c.Policy)
	if err != nil {
		return err
	}
	groups := map[string]bool{}
	for _, coordinate := range rules.Coordinates() {
		groups[rules.Group(coordinate)] = true
	}
	table := tabwriter.NewWriter(e.Out, 0, 8, 2, ' ', 0)
	fmt.Fprintf(table, "policy %s\nrole\tpurpose\tgroup\tfull\trevealable\tmasked\tdeny\n", rules.Version())
	for _, pair := range rules.Pairs() {
		if !matches(c.Role, string(pair.Role)) || !matches(c.Purpose, string(pair.Purpose)) {
			continue
		}
		view, err := rules.View(pair.Role, pair.Purpose)
		if err != nil {
			return err
		}
		for _, group := range slices.Sorted(maps.Keys(groups)) {
			cell := view.GroupCell(group)
			if cell.Full|cell.Revealable|cell.Masked == 0 {
				continue
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", pair.Role, pair.Purpose, group,
				bases(cell.Full), bases(cell.Revealable), bases(cell.Masked), bases(cell.Deny))
		}
	}
	return table.Flush()
}

func matches(wanted, value string) bool { return wanted == "" || strings.EqualFold(wanted, value) }

func bases(b policy.Bases) string {
	if b == 0 {
		return "-"
	}
	return b.String()
}
