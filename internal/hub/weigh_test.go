package hub

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/tongxin-hub/tongxin/internal/limit"
	"github.com/tongxin-hub/tongxin/schema"
)

// TestWeigh holds the estimate against what documents really keep in memory.
func TestWeigh(t *testing.T) { //nolint:paralleltest // it measures memory
	s := gqlparser.MustLoadSchema(&ast.Source{Input: schema.SDL()})
	for name, body := range map[string]string{
		"fields":  "child(id: \"x\") {" + strings.Repeat(" id name sex", 180) + "}",
		"values":  "childrenByIds(ids: [" + strings.Repeat(` "x"`, 480) + "]) { id }",
		"records": "child(id: \"x\") {" + strings.Repeat(" guardians { relation person: name }", 150) + "}",
	} {
		const copies = 50
		keep := make([]*ast.QueryDocument, copies)
		before := heap()
		weight := 0
		for i := range keep {
			text := fmt.Sprintf("query Q%d { %s }", i, body)
			doc, err := limit.Parse(text, limit.Defaults())
			if err != nil {
				t.Fatal(err)
			}
			_ = validator.ValidateWithRules(s, doc, nil)
			keep[i], weight = doc, weight+len(text)+weigh(doc)
		}
		real := heap() - before
		runtime.KeepAlive(keep)
		if weight < real/2 || weight > real*3 {
			t.Errorf("%s: estimated %d KB, really %d KB", name, weight>>10/copies, real>>10/copies)
		}
	}
}

func heap() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
