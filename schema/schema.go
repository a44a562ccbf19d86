package schema

import (
	"embed"
	"io/fs"
	"strings"
)

//go:embed *.graphqls
var files embed.FS

// SDL is the whole published schema as one text, files in the order of names.
func SDL() string {
	var out strings.Builder
	names, err := fs.Glob(files, "*.graphqls")
	if err != nil {
		return "" // a constant pattern: cannot fail
	}
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			return "" // embedded: cannot fail
		}
		out.Write(text)
		out.WriteString("\n")
	}
	return out.String()
}
