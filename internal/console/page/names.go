package page

import "strings"

// FieldsOf are the fields of a group of the matrix.
func (c *Site) FieldsOf(group string) []string {
	rules, err := c.Rules.Current()
	if err != nil {
		return nil
	}
	var out []string
	for _, coordinate := range rules.Coordinates() {
		if rules.Group(coordinate) == group && c.Lexicon.Coordinate("zh", coordinate) != coordinate {
			out = append(out, coordinate)
		}
	}
	return out
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
