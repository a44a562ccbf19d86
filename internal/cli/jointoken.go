package cli

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/keyring"
)

// jointokenCommand computes join tokens. The numbers come from standard input:
// arguments stand in the process list and in the shell's history.
type jointokenCommand struct {
	config.Place
	Agency string `required:"" help:"Code of the agency that the tokens are for."`
	Kind   string `default:"CITIZEN_ID" help:"Kind of number."`
}

// Run prints one token per line of input and never the number.
func (c *jointokenCommand) Run(e Environment) error {
	ring, err := keyring.Open(c.Keys(), false)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(e.In)
	for lines.Scan() {
		if number := strings.TrimSpace(lines.Text()); number != "" {
			fmt.Fprintln(e.Out, ring.JoinToken(c.Agency, c.Kind, number))
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read numbers: %w", err)
	}
	return nil
}
