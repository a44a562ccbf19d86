package policy_test

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tongxin-hub/tongxin/policy"
)

// tree is a copy of the policy's files that a test may spoil.
func tree(t *testing.T) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	for _, glob := range []string{"model.conf", "*.csv", "lines/*.csv"} {
		files, err := fs.Glob(os.DirFS("."), glob)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			raw, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			out[f] = &fstest.MapFile{Data: raw}
		}
	}
	return out
}

func appendTo(fsys fstest.MapFS, file, text string) {
	fsys[file] = &fstest.MapFile{Data: append([]byte(string(fsys[file].Data)), text...)}
}

// TestOpen_RefusesWhatItCannotTrust: nothing is half-loaded.
func TestOpen_RefusesWhatItCannotTrust(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, add, want string }{
		"unknown role":               {"lines/everyone.csv", "p, boss, any, conflict, A.name, ANY, deny, x\n", "unknown role"},
		"unknown purpose":            {"lines/DIR.csv", "p, DIR, SNOOPING, own_village, A.name, FULL, allow, x\n", "unknown purpose"},
		"unknown basis":              {"lines/DIR.csv", "p, DIR, VISIT, curiosity, A.name, FULL, allow, x\n", "unknown basis"},
		"joined bases":               {"lines/DIR.csv", "p, DIR, VISIT, own_village+own_hand, A.name, FULL, allow, x\n", "unknown basis"},
		"unknown group":              {"lines/DIR.csv", "p, DIR, VISIT, own_village, A.shoe, FULL, allow, x\n", "unknown group"},
		"coordinate in a line":       {"lines/DIR.csv", "p, DIR, VISIT, own_village, Child.name, FULL, allow, x\n", "unknown group"},
		"unknown form":               {"lines/DIR.csv", "p, DIR, VISIT, own_village, A.name, full, allow, x\n", "unknown form"},
		"allow in any form":          {"lines/DIR.csv", "p, DIR, VISIT, own_village, A.name, ANY, allow, x\n", "unknown form"},
		"deny of one form":           {"lines/everyone.csv", "p, everyone, any, conflict, A.name, FULL, deny, x\n", "withholds ANY"},
		"unknown effect":             {"lines/DIR.csv", "p, DIR, VISIT, own_village, A.name, FULL, permit, x\n", "unknown effect"},
		"no ground":                  {"lines/DIR.csv", "p, DIR, VISIT, own_hand, A.name, FULL, allow, \n", "no ground"},
		"too few fields":             {"lines/DIR.csv", "p, DIR, VISIT, own_village, A.name, FULL, allow\n", "wrong number of fields"},
		"too many fields":            {"lines/DIR.csv", "p, DIR, VISIT, own_village, A.name, FULL, allow, x, y\n", "wrong number of fields"},
		"not a policy line":          {"lines/DIR.csv", "p2, DIR, VISIT, own_village, A.name, FULL, allow, x\n", "want p,"},
		"line twice":                 {"lines/DIR.csv", "p, DIR, VISIT, own_village, A.name, FULL, allow, x\n", "stands twice"},
		"line in a foreign file":     {"lines/DIR.csv", "p, SUP, VISIT_SUPERVISION, own_hand, A.name, FULL, allow, x\n", "in the file of"},
		"wildcard":                   {"lines/DIR.csv", "p, DIR, VISIT, own_village, *, FULL, allow, x\n", "unknown group"},
		"group with casbin's joiner": {"nesting.csv", "g2, A$$name, child\n", "malformed group"},
		"group with a colon pair":    {"nesting.csv", "g2, A::name, child\n", "malformed group"},
		"line break in a name":       {"nesting.csv", "g2, \"A.na\nme\", child\n", "line break"},
		"quote in a name":            {"nesting.csv", "g2, \"A.na\"\"me\", child\n", "quote"},
		"nested in a circle":         {"nesting.csv", "g2, A.birthDate, A.birthDate:band\n", "circle"},
		"nested twice":               {"nesting.csv", "g2, A.name, child\n", "stands twice"},
		"group without a label":      {"nesting.csv", "g2, A.shoeSize, child\n", "no label"},
		"coordinate twice":           {"groups.csv", "g2, Child.name, A.sex\n", "classified twice"},
		"coordinate in no group":     {"groups.csv", "g2, Child.shoeSize, A.shoeSize\n", "unknown group"},
		"coordinate named as group":  {"groups.csv", "g2, A.name, A.sex\n", "name of a group"},
		"coordinate with a joiner":   {"groups.csv", "g2, Child.na$$me, A.sex\n", "malformed coordinate"},
		"wildcard coordinate":        {"groups.csv", "g2, Child.*, A.sex\n", "malformed coordinate"},
		"not a group line":           {"groups.csv", "p, Child.shoeSize, A.sex\n", "want g2"},
		"role inherits from a role":  {"roles.csv", "g, HT, CM\n", "hand its rights"},
		"unknown inheriting role":    {"roles.csv", "g, BOSS, everyone\n", "unknown role"},
		"roles in a circle":          {"roles.csv", "g, everyone, operational\n", "circle"},
		"unknown implying basis":     {"bases.csv", "g3, curiosity, own_village\n", "unknown basis"},
		"basis with a plus":          {"bases.csv", "g3, own_village+x, own_village\n", "malformed basis"},
		"purpose twice":              {"purposes.csv", "VISIT, 走访, visit, x, DIR, , none, standing, 0, 0\n", "stands twice"},
		"purpose nobody knows":       {"purposes.csv", "SNOOPING, 窥探, snooping, x, DIR, , none, standing, 0, 0\n", "unknown"},
		"label twice":                {"labels.csv", "A.name, 名\n", "stands twice"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fsys := tree(t)
			appendTo(fsys, c.file, c.add)
			if _, err := policy.Open(fsys); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want an error with %q, got %v", c.want, err)
			}
		})
	}
}

func TestOpen_RefusesWhatIsMissing(t *testing.T) {
	t.Parallel()
	for file := range tree(t) {
		if strings.HasPrefix(file, "lines/") {
			continue
		}
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			gone, empty := tree(t), tree(t)
			delete(gone, file)
			empty[file] = &fstest.MapFile{Data: []byte("# nothing\n")}
			for state, fsys := range map[string]fs.FS{"gone": gone, "empty": empty} {
				if _, err := policy.Open(fsys); err == nil {
					t.Errorf("opened with %s %s", file, state)
				}
			}
		})
	}
	t.Run("lines", func(t *testing.T) {
		t.Parallel()
		fsys := tree(t)
		for file := range fsys {
			if strings.HasPrefix(file, "lines/") {
				delete(fsys, file)
			}
		}
		if _, err := policy.Open(fsys); err == nil {
			t.Error("an empty policy opened")
		}
	})
}

func TestOpen_RefusesAModelThatFailsOpen(t *testing.T) {
	t.Parallel()
	for name, effect := range map[string]string{
		"deny override alone":  "!some(where (p.eft == deny))",
		"allow override alone": "some(where (p.eft == allow))",
		"priority":             "priority(p.eft) || deny",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fsys := tree(t)
			model := strings.Replace(string(fsys["model.conf"].Data),
				"some(where (p.eft == allow)) && !some(where (p.eft == deny))", effect, 1)
			fsys["model.conf"] = &fstest.MapFile{Data: []byte(model)}
			if _, err := policy.Open(fsys); err == nil {
				t.Error("opened")
			}
		})
	}
}

func TestOpen_VersionNamesTheRules(t *testing.T) {
	t.Parallel()
	open := func(fsys fs.FS) string {
		t.Helper()
		p, err := policy.Open(fsys)
		if err != nil {
			t.Fatal(err)
		}
		return p.Version()
	}
	built := load(t).Version()
	if got := open(tree(t)); got != built {
		t.Errorf("the built-in policy is %s, the files are %s", built, got)
	}
	comment := tree(t)
	appendTo(comment, "lines/DIR.csv", "\n# a remark\n")
	if got := open(comment); got != built {
		t.Error("a remark changes the version")
	}
	ground := tree(t)
	text := string(ground["lines/STA.csv"].Data)
	ground["lines/STA.csv"] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(text, "未保法13", "未保法14"))}
	if got := open(ground); got == built {
		t.Error("another ground keeps the version")
	}
}

func TestView_RefusesWhoMayNotAct(t *testing.T) {
	t.Parallel()
	p := load(t)
	for _, pair := range []policy.Pair{
		{Role: policy.HT, Purpose: policy.Statistics},
		{Role: policy.DIR, Purpose: "any"},
		{Role: "everyone", Purpose: policy.Visit},
		{Role: "operational", Purpose: policy.Visit},
		{Role: "", Purpose: ""},
		{Role: "DIR ", Purpose: policy.Visit},
		{Role: "dir", Purpose: policy.Visit},
	} {
		if _, err := p.View(pair.Role, pair.Purpose); !errors.Is(err, policy.ErrNotPermitted) {
			t.Errorf("%q: want ErrNotPermitted, got %v", pair, err)
		}
	}
}
