package flow

import (
	"fmt"
	"strings"
)

// Markdown draws the machine: a diagram, and a table of its moves.
func (m Machine) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s %s\n\n```mermaid\nstateDiagram-v2\n", m.ZH, m.EN)
	fmt.Fprintf(&b, "    [*] --> %s\n", m.States[0].Code)
	for _, x := range m.Moves {
		for _, from := range x.From {
			fmt.Fprintf(&b, "    %s --> %s: %s\n", from, x.To, x.Name)
		}
	}
	for _, s := range m.States {
		if s.Final {
			fmt.Fprintf(&b, "    %s --> [*]\n", s.Code)
		}
	}
	b.WriteString("```\n\n| state | 状态 | meaning |\n|---|---|---|\n")
	for _, s := range m.States {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", s.Code, s.ZH, s.EN)
	}
	b.WriteString("\n| move | 操作 | from | to | who | deadline | basis |\n|---|---|---|---|---|---|---|\n")
	for _, x := range m.Moves {
		due := "–"
		if x.Due != "" {
			due = fmt.Sprintf("`%s` %s", x.Due, x.Unit)
		}
		fmt.Fprintf(&b, "| `%s` | %s %s | %s | %s | %s | %s | %s |\n", x.Name, x.ZH, x.EN,
			strings.Join(x.From, ", "), x.To, strings.Join(x.Roles, ", "), due, orDash(x.Basis))
	}
	return b.String()
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}
