package main

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/policy"
)

// withLines is the shipped policy cut down to the lines of one role, and filled up
// with lines of others until there are n.
func withLines(tb testing.TB, n int) *policy.Policy {
	tb.Helper()
	texts, err := policy.Texts()
	check(tb, err)
	count := strings.Count(texts["lines/DPS.csv"], "\np, ")
	tree := fstest.MapFS{}
	for path, text := range texts {
		role, isLines := strings.CutPrefix(path, "lines/")
		if isLines && role != "DPS.csv" {
			more := fill(strings.TrimSuffix(role, ".csv"), n-count)
			text = strings.Join(append([]string{"# none"}, more...), "\n") + "\n"
			count += len(more)
		}
		tree[path] = &fstest.MapFile{Data: []byte(text)}
	}
	p, err := policy.Open(tree)
	check(tb, err)
	tb.Logf("%d lines", count)
	return p
}

// fill is at most n lines of a role.
func fill(role string, n int) (lines []string) {
	if role == "everyone" {
		return nil
	}
	for _, purpose := range policy.AllPurposes() {
		for _, group := range []string{"A.name", "A.sex", "C.workplace", "E.school", "E.enrolment"} {
			for _, basis := range []policy.Basis{policy.Caller, policy.LedgerOpen, "ledger_closed", "compulsory_age", "own_village"} {
				if len(lines) < n {
					lines = append(lines, fmt.Sprintf("p, %s, %s, %s, %s, FULL, allow, benchmark", role, purpose, basis, group))
				}
			}
		}
	}
	return lines
}

// BenchmarkServe_lines is one child asked for under a small policy and a large
// one. A request asks the compiled table, which has no lines.
func BenchmarkServe_lines(b *testing.B) {
	at := newBench(b)
	for _, n := range []int{0, 5000} {
		deps := at.gate.Deps
		deps.Policies = inForce{withLines(b, n)}
		gate, err := disclosure.NewGate(deps)
		check(b, err)
		at.gate = gate
		serve := at.resolved(b)["w1"]
		b.Run(fmt.Sprintf("more=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				serve()
			}
		})
	}
}
