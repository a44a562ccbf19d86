package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
)

// baseline is the hub's CPU per request divided by that of the yardsticks: figures
// of one machine mean nothing on another, their quotients do.
type baseline map[string]float64

func (m *measurement) baseline() baseline {
	out := baseline{}
	clients := m.clients[0]
	for _, w := range m.workloads {
		for _, c := range m.contestants {
			if c.Name != "A" && c.Name != "B" {
				continue
			}
			r := m.compareCells(cellKey{w.code, clients, "HUB"}, cellKey{w.code, clients, c.Name}, sample.cpu)
			if r.rounds > 0 {
				out[w.code+"/"+c.Name] = r.value
			}
		}
	}
	return out
}

// gate holds this run against a stored one and keeps it as the next if asked. A
// ratio may be worse by the factor tolerance: shared machines are noisy, regressions
// are not small.
func (m *measurement) gate(against, keep string, tolerance float64, out *strings.Builder) error {
	now := m.baseline()
	if keep != "" {
		text, err := json.MarshalIndent(now, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(keep, append(text, '\n'), 0o644); err != nil { //nolint:gosec // a figure for everybody
			return err
		}
	}
	if against == "" {
		return nil
	}
	text, err := os.ReadFile(against) //nolint:gosec // the operator's file
	if err != nil {
		return err
	}
	var before baseline
	if err := json.Unmarshal(text, &before); err != nil {
		return fmt.Errorf("%s: %w", against, err)
	}
	var errs []error
	for key, value := range now {
		if was := before[key]; was > 0 && value > was*tolerance {
			errs = append(errs, fmt.Errorf("%s: the hub's CPU per request is %.2f times the yardstick's, it was %.2f", key, value, was))
		}
	}
	if len(errs) == 0 {
		fmt.Fprintf(out, "\nCPU per request holds the stored ratios of %s.\n", against)
	}
	return errors.Join(errs...)
}
