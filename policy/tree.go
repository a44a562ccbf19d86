package policy

import (
	"io/fs"
	"path"
	"slices"
)

// Tree is a policy's text by file name, as a version in the database keeps it.
type Tree map[string]string

// Open is there because fs.FS asks for it; a policy is read by ReadFile and Glob.
func (t Tree) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
}

// ReadFile is the text of one file.
func (t Tree) ReadFile(name string) ([]byte, error) {
	text, ok := t[name]
	if !ok {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	return []byte(text), nil
}

// Glob lists the files that a pattern names, sorted.
func (t Tree) Glob(pattern string) ([]string, error) {
	var out []string
	for name := range t {
		fits, err := path.Match(pattern, name)
		if err != nil {
			return nil, err
		}
		if fits {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out, nil
}

// Texts is the whole text of the embedded policy by file name, to be kept with
// the version that it makes.
func Texts() (Tree, error) { return ReadTree(files) }

// ReadTree reads the files of a policy and nothing else.
func ReadTree(fsys fs.FS) (Tree, error) {
	out := Tree{}
	for _, glob := range []string{modelFile, "*.csv", linesGlob} {
		names, err := fs.Glob(fsys, glob)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			text, err := fs.ReadFile(fsys, name)
			if err != nil {
				return nil, err
			}
			out[name] = string(text)
		}
	}
	return out, nil
}
