package lexicon

import "strings"

// Kind is what a code stands for.
type Kind string

// The kinds of codes that people have a name for.
const (
	Plain  Kind = ""
	Person Kind = "person"
	Agency Kind = "agency"
	Place  Kind = "place"
	Role   Kind = "role"
	Move   Kind = "move"
)

// Stands says what the codes of a coordinate stand for, as its Chinese name says it. A code
// beside its own name, and the code of a record itself, are meant as codes.
func (l *Lexicon) Stands(coordinate string) Kind {
	typename, field, _ := strings.Cut(coordinate, ".")
	def := l.schema.Types[typename]
	if def == nil || field == "code" {
		return Plain
	}
	f := def.Fields.ForName(field)
	if f == nil || f.Type.Name() != "String" || def.Fields.ForName(strings.TrimSuffix(field, "Code")+"Name") != nil {
		return Plain
	}
	if field == "move" {
		return Move
	}
	name := Short(Pick("", f.Description))
	for end, kind := range map[string]Kind{"工号": Person, "机构代码": Agency, "地代码": Place, "镇街代码": Place} {
		if strings.HasSuffix(name, end) {
			return kind
		}
	}
	return Plain
}

// Begins says what the codes stand for with which the texts of a coordinate begin, as it
// says itself.
func (l *Lexicon) Begins(coordinate string) Kind {
	typename, field, _ := strings.Cut(coordinate, ".")
	def := l.schema.Types[typename]
	if def == nil {
		return Plain
	}
	f := def.Fields.ForName(field)
	switch {
	case f == nil || f.Type.Name() != "String":
		return Plain
	case strings.Contains(f.Description, "：工号、"):
		return Person
	case strings.Contains(f.Description, "：岗位、"):
		return Role
	}
	return Plain
}

// Called names a coordinate for whom its codes are called by their names.
func (l *Lexicon) Called(lang, coordinate string) string {
	label := l.Coordinate(lang, coordinate)
	if l.Stands(coordinate) == Plain {
		return label
	}
	if lang == english {
		return uncodedEnglish(label)
	}
	switch label {
	case "工号":
		return "人员"
	case "机构代码":
		return "单位"
	}
	return strings.TrimSuffix(strings.TrimSuffix(label, "工号"), "代码")
}

func uncodedEnglish(label string) string {
	switch label {
	case "Staff code":
		return "Person"
	case "Agency code", "Township code":
		return strings.TrimSuffix(label, " code")
	}
	for _, begin := range []string{"Staff codes of ", "Staff code of ", "Staff codes ", "Code of "} {
		if rest, cut := strings.CutPrefix(label, begin); cut {
			return Upper(rest)
		}
	}
	for _, end := range []string{"'s staff code", "' staff codes", ", by staff code", " code"} {
		if rest, cut := strings.CutSuffix(label, end); cut {
			return rest
		}
	}
	return label
}
