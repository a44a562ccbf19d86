package policy

import "io/fs"

// SilentBases are the deny bases that must look like unknown data: whoever
// explains or counts removes them first.
func SilentBases() Bases { return silentBases() }

// LinesOf lists the lines that apply to a role acting for a purpose: what
// anybody may read of the rules.
func (p *Policy) LinesOf(pair Pair) []Line { return p.matching(pair) }

// AllPurposes lists the closed list of purposes.
func AllPurposes() []Purpose { return purposeList() }

// AllReasons lists the withheld-reason codes.
func AllReasons() []ReasonCode {
	return []ReasonCode{
		NotNeededForPurpose, OutOfRole, Generalised, IsMasked, ConsentMissing,
		GrantRequired, GrantExpired, SmallCell, IsArchived, NeverShared,
	}
}

// Texts is the whole text of the embedded policy by file name, to be kept with
// the version that it makes.
func Texts() (map[string]string, error) {
	out := map[string]string{}
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, path)
		out[path] = string(text)
		return err
	})
	return out, err
}
