package cli_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// commandLines are the commands of tongxin that a page names, in blocks and between
// backquotes, up to a comment, a pipe or a redirection.
func commandLines(page string) [][]string {
	var out [][]string
	for _, m := range regexp.MustCompile("(?m)(?:^|[`(])(?:bin/)?tongxin (-?[a-z][^`#|<>\n]*)").FindAllStringSubmatch(page, -1) {
		out = append(out, strings.Fields(m[1]))
	}
	return out
}

// isCommand looks a command line up in the command's own help.
func isCommand(t *testing.T, page string, words []string) {
	t.Helper()
	flags := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, "-") })
	if flags < 0 {
		flags = len(words)
	}
	got := command{}.run(t, append(words[:flags:flags], "--help")...)
	if got.Code != 0 {
		t.Errorf("%s: tongxin %s: %s", page, strings.Join(words, " "), got.Err)
		return
	}
	for _, word := range words[flags:] {
		flag, _, _ := strings.Cut(word, "=")
		if strings.HasPrefix(flag, "-") && !regexp.MustCompile(`(?m)`+regexp.QuoteMeta(flag)+`\b`).MatchString(strings.ReplaceAll(got.Out, "--[no-]", "--no-")) {
			t.Errorf("%s: tongxin %s: there is no %s", page, strings.Join(words, " "), flag)
		}
	}
}

// TestMarkdown_commands: whoever types a command as a page of this tree has it finds
// that command, with those flags.
func TestMarkdown_commands(t *testing.T) {
	t.Parallel()
	tree := os.DirFS("../..")
	tried := 0
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (name == "data" || name == "bin" || len(name) > 1 && strings.HasPrefix(path.Base(name), ".")):
			return fs.SkipDir
		case path.Ext(name) != ".md":
			return nil
		}
		page, err := fs.ReadFile(tree, name)
		for _, words := range commandLines(string(page)) {
			tried++
			isCommand(t, name, words)
		}
		return err
	})
	if err != nil || tried < 40 {
		t.Errorf("%d commands were found: %v", tried, err)
	}
}
