package docs

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/tongxin-hub/tongxin/internal/config"
)

// Configuration is the table of everything an operator may set.
func Configuration() (string, error) {
	var c config.Config
	parser, err := kong.New(&c, kong.Name("tongxin"), kong.DefaultEnvars("TONGXIN"))
	if err != nil {
		return "", fmt.Errorf("read configuration: %w", err)
	}
	var out strings.Builder
	out.WriteString(notice + "# Configuration\n\n")
	out.WriteString("Read from `internal/config/config.go`. Every flag of `tongxin serve` is also an environment variable; the flag wins. " +
		"What is left out is safe. The hub prints its configuration at the start with passwords masked.\n\n")
	out.WriteString("| flag | environment variable | default | what it does |\n|---|---|---|---|\n")
	for _, flag := range parser.Model.Flags {
		if flag.Name == "help" {
			continue
		}
		standard := "–"
		if flag.Default != "" {
			standard = "`" + flag.Default + "`"
		}
		fmt.Fprintf(&out, "| `--%s` | `%s` | %s | %s |\n", flag.Name, strings.Join(flag.Envs, ", "), standard,
			cell(flag.Help))
	}
	return out.String(), nil
}
