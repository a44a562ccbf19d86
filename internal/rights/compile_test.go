package rights

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tongxin-hub/tongxin/policy"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestGroups_everyGroupIsDecided: a group of the matrix that the desk does not know
// would be told to nobody; somebody has to decide.
func TestGroups_everyGroupIsDecided(t *testing.T) {
	t.Parallel()
	known, err := groups()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for _, g := range rules.Groups() {
		base, _, _ := strings.Cut(g, ":")
		if base != "root" && !strings.HasPrefix(base, "root.") {
			want[base] = true
		}
	}
	for g := range want {
		if known[g].kind == "" && len(rules.Within(g)) <= 1 {
			t.Errorf("groups.csv says nothing of %s", g)
		}
	}
	for g := range known {
		if !want[g] {
			t.Errorf("groups.csv knows %s, the policy does not", g)
		}
	}
}

func TestFlow(t *testing.T) {
	t.Parallel()
	if err := Flow().Check(); err != nil {
		t.Error(err)
	}
}

// drawAccess makes any access.
func drawAccess(r *rapid.T, names []string) access {
	return access{
		Day:    time.Date(2026, 1, rapid.IntRange(1, 4).Draw(r, "day"), 0, 0, 0, 0, time.UTC),
		Agency: rapid.SampledFrom([]string{"甲", "乙"}).Draw(r, "agency"), Role: rapid.SampledFrom([]string{"DIR", "CM"}).Draw(r, "role"),
		Purpose:     rapid.SampledFrom([]string{"VISIT", "TEMP_RELIEF"}).Draw(r, "purpose"),
		Groups:      rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 4, rapid.ID[string]).Draw(r, "groups"),
		UnderMatter: rapid.IntRange(0, 3).Draw(r, "under") == 0, OfAnother: rapid.IntRange(0, 5).Draw(r, "another") == 0,
	}
}

// TestCompile_random: nothing about others, nothing that waits, and nothing unknown
// is ever in an answer; taking away what waits changes no byte of it; and once no
// matter is live everything that waited is there.
func TestCompile_random(t *testing.T) {
	t.Parallel()
	known, err := groups()
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"?", "new.group"}
	for g := range known {
		names = append(names, g)
	}
	slices.Sort(names)
	rapid.Check(t, func(r *rapid.T) {
		list := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) access { return drawAccess(r, names) }), 0, 12).Draw(r, "accesses")
		s := Scene{Matter: rapid.Bool().Draw(r, "matter"), Relief: rapid.Bool().Draw(r, "relief")}
		lines, waiting := compile(list, s, known)
		for _, l := range lines {
			for _, f := range l.Fields {
				kind := known[f].kind
				if kind != shown && kind != relief && kind != protected || kind == relief && !s.Relief || kind == protected && s.Matter {
					r.Fatalf("%s of kind %q is told", f, kind)
				}
			}
			if l.Purpose == "TEMP_RELIEF" && !s.Relief {
				r.Fatal("somebody else's application is told")
			}
		}
		without := slices.DeleteFunc(slices.Clone(list), func(a access) bool {
			return a.OfAnother || a.UnderMatter || slices.ContainsFunc(a.Groups, func(g string) bool { return known[g].kind == protected })
		})
		if s.Matter {
			same, none := compile(without, Scene{Relief: s.Relief}, known)
			if d := cmp.Diff(same, lines); d != "" || none != 0 {
				r.Fatalf("the answer shows that something waits: %s", d)
			}
		} else if waiting != 0 {
			r.Fatal("something waits without a matter")
		}
		later, left := compile(list, Scene{Relief: s.Relief}, known)
		if left != 0 || s.Matter && waiting == 0 && len(later) != len(lines) || s.Matter && waiting > 0 && cmp.Equal(later, lines) && !covered(list, lines, known) {
			r.Fatalf("what waited is not told later: %v %v", lines, later)
		}
	})
}

// covered reports whether every access that waits says nothing that a line does not
// say already.
func covered(list []access, lines []Line, known map[string]group) bool {
	for _, a := range list {
		told, _ := a.told(Scene{Relief: true}, known)
		i := slices.IndexFunc(lines, func(l Line) bool {
			return l.Day.Equal(a.Day) && l.Agency == a.Agency && l.Role == a.Role && l.Purpose == a.Purpose
		})
		for _, g := range told {
			if known[g].kind != relief && (i < 0 || !slices.Contains(lines[i].Fields, g)) && !a.OfAnother && a.Purpose != "TEMP_RELIEF" {
				return false
			}
		}
	}
	return true
}

// TestStatement_Golden: the pages as they are handed out.
func TestStatement_Golden(t *testing.T) {
	t.Parallel()
	known, err := groups()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	names := NamesOf(policy.Roles(), rules.Purposes())
	day := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	q := inquiry{Relation: "MOTHER", Received: day.AddDate(0, 0, -3)}
	lines := []Line{
		{day.AddDate(0, 0, -4), "示范镇人民政府", "SUP", "VISIT_SUPERVISION", []string{"A.name", "D.plan"}},
		{day.AddDate(0, 0, -9), "<示范>村民委员会", "DIR", "VISIT", []string{"A.address", "A.birthDate", "A.name"}},
	}
	refusal := page{
		Refused: true, Relation: Relations()["PATERNAL_GRANDMOTHER"], Received: "2026-11-20", Day: "2026-11-23",
		Reason: reasons()["NOT_ENTITLED"], Explanation: "请母亲签署授权书<后>再来",
	}
	for name, p := range map[string]page{
		"answer": answerPage(q, day, lines, names, known), "nothing": answerPage(q, day, nil, names, known), "refusal": refusal,
	} {
		got, err := render(p)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", name+".html")
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}
