package policy

// SilentBases are the deny bases that must look like unknown data: whoever
// explains or counts removes them first.
func SilentBases() Bases { return silentBases() }

// LinesOf lists the lines that apply to a role acting for a purpose: what
// anybody may read of the rules.
func (p *Policy) LinesOf(pair Pair) []Line {
	out := make([]Line, 0, len(p.matched[pair]))
	for l := range p.matching(pair) {
		out = append(out, *l)
	}
	return out
}

// AllPurposes lists the closed list of purposes.
func AllPurposes() []Purpose { return purposeList() }

// AllReasons lists the withheld-reason codes.
func AllReasons() []ReasonCode {
	return []ReasonCode{
		NotNeededForPurpose, OutOfRole, Generalised, IsMasked, ConsentMissing,
		GrantRequired, GrantExpired, SmallCell, IsArchived, NeverShared,
	}
}
