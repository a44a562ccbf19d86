package resolvers

import (
	"testing"

	"github.com/tongxin-hub/tongxin/graph"
)

func TestNewNode_knowsEveryTypeWithAnID(t *testing.T) {
	t.Parallel()
	schema := graph.NewExecutableSchema(graph.Config{Resolvers: &Resolver{}}).Schema()
	for _, def := range schema.PossibleTypes["Node"] {
		if newNode(def.Name) == nil {
			t.Errorf("%s implements Node: add it to newNode in resolvers/node.go", def.Name)
		}
	}
}
