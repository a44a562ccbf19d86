package e2e

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// block is a fenced block of a README; answers name the callers who get them.
var block = regexp.MustCompile("(?s)(?:<!-- answer: ([a-z -]+) -->\n)?```(graphql|json)\n(.*?)\n```")

// TestReadme_answers asks the questions of both READMEs as the callers they
// name. What a README shows must be in the answer; it may leave members out.
func TestReadme_answers(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"README.md", "README.zh-CN.md"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hub := hubtest.Start(t, hubtest.Options{})
			hub.Follow(t)
			text := file(t, "..", name)
			question, answers := "", 0
			for _, m := range block.FindAllStringSubmatch(string(text), -1) {
				if m[2] == "graphql" {
					question = m[3]
					continue
				}
				var want any
				if err := json.Unmarshal([]byte(m[3]), &want); err != nil {
					t.Fatalf("%v in\n%s", err, m[3])
				}
				for caller := range strings.FieldsSeq(m[1]) {
					answers++
					if problem := missing("answer", want, ask(t, hub, caller, question)); problem != "" {
						t.Errorf("%s: %s", caller, problem)
					}
				}
			}
			if answers < 8 {
				t.Errorf("only %d answers were compared", answers)
			}
		})
	}
}

// ask gives the whole answer of a ready-made caller.
func ask(t *testing.T, hub *hubtest.Hub, caller, question string) any {
	t.Helper()
	c := hub.Caller(t, caller)
	q := hubtest.Question{Query: question}
	if c.ChildID != 0 && strings.Contains(question, "$child") {
		q.Variables = map[string]any{"child": hub.ID(t, c, "Child", c.ChildID)}
	}
	var got any
	if err := json.Unmarshal(hub.Ask(t, c, q).Body, &got); err != nil {
		t.Fatal(err)
	}
	return got
}

// missing says what of want is not in got: members may be left out of an
// object, elements of a list if the order stays; an empty list means empty.
func missing(path string, want, got any) string {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return fmt.Sprintf("%s is %v, no object", path, got)
		}
		for name, value := range w {
			if problem := missing(path+"."+name, value, g[name]); problem != "" {
				return problem
			}
		}
		return ""
	case []any:
		g, ok := got.([]any)
		if !ok || len(w) == 0 && len(g) > 0 {
			return fmt.Sprintf("%s is %v, want the list %v", path, got, w)
		}
		return missingElements(path, w, g)
	}
	if want != got {
		return fmt.Sprintf("%s is %v, want %v", path, got, want)
	}
	return ""
}

func missingElements(path string, want, got []any) string {
	at := 0
	for i, value := range want {
		problem := "the list ends before"
		for ; problem != "" && at < len(got); at++ {
			problem = missing(fmt.Sprintf("%s[%d]", path, i), value, got[at])
		}
		if problem != "" {
			return fmt.Sprintf("%s[%d] is not there: %s", path, i, problem)
		}
	}
	return ""
}
