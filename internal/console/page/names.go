package page

import "strings"

// Remember makes something of the policy in force once for its version.
func (c *Site) Remember(version, what string, make func() any) any {
	key := version + " " + what
	if known, has := c.remembered.Load(key); has {
		return known
	}
	made, _ := c.remembered.LoadOrStore(key, make())
	return made
}

// FieldsOf are the fields of a group of the matrix.
func (c *Site) FieldsOf(group string) []string {
	rules, err := c.Rules.Current()
	if err != nil {
		return nil
	}
	groups, _ := c.Remember(rules.Version(), "groups", func() any {
		out := map[string][]string{}
		for _, coordinate := range rules.Coordinates() {
			if c.Lexicon.Coordinate("zh", coordinate) != coordinate {
				out[rules.Group(coordinate)] = append(out[rules.Group(coordinate)], coordinate)
			}
		}
		return out
	}).(map[string][]string)
	return groups[group]
}

// mostFields is how many fields name a group.
const mostFields = 4

// GroupName calls a group of the matrix by the fields that it holds; what is none is
// called by its own name.
func (c *Site) GroupName(lang, group string) string {
	var names []string
	for _, coordinate := range c.FieldsOf(group) {
		names = append(names, c.Lexicon.Named(lang, coordinate))
	}
	switch {
	case len(names) == 0:
		return c.Lexicon.Named(lang, group)
	case len(names) > mostFields:
		names = append(names[:mostFields], Pick(lang, "等", "…"))
	}
	return strings.Join(names, Pick(lang, "、", ", "))
}
