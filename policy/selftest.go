package policy

import "fmt"

// SelfTest asks Casbin that many questions, spread over the roles, purposes
// and groups, and fails at the first that the table answers otherwise. The hub
// runs it before it serves; the tests ask about every cell.
func (p *Policy) SelfTest(questions int) error {
	groups := p.Groups()
	stride := 131 // prime, so that the walk meets every group
	if len(groups)%stride == 0 {
		stride = 137
	}
	for i := range questions {
		pair := p.pairs[i%len(p.pairs)]
		group := groups[i*stride%len(groups)]
		cell := p.views[pair].GroupCell(group)
		b := cell.any()
		if i%3 == 0 {
			b |= cell.Deny & -cell.Deny // the lowest basis that denies
		}
		want, err := p.Decide(pair, b, group)
		if err != nil {
			return fmt.Errorf("self-test of the policy: %w", err)
		}
		if got := cell.Form(b); got != want {
			return fmt.Errorf("self-test of the policy: %v %s on %s: table %s, casbin %s", pair, group, b, got, want)
		}
	}
	return nil
}
