package archtest

import (
	"cmp"
	"slices"
)

// Finding is one broken rule.
type Finding struct {
	// Rule and Path identify the finding in the list of exceptions.
	Rule, Path string
	// Sentence says what is wrong and what to do.
	Sentence string
}

// Check applies every rule and returns what is broken, in a stable order.
func Check(t *Tree) []Finding {
	rules := []func(*Tree) []Finding{
		importsPointDown, areasAreDeaf, judgesStandAlone, storesSpeakSQL,
		filesAreShort, functionsAreShort, packagesSayTheirJob,
		testsAlwaysRun, nothingHidesInInit, nothingIsPutOff,
	}
	var findings []Finding
	for _, rule := range rules {
		findings = append(findings, rule(t)...)
	}
	slices.SortFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Sentence, b.Sentence))
	})
	return findings
}
