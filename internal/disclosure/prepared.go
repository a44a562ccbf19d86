package disclosure

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// Prepared is a document of the hub's own, by which it reads on a caller's behalf where a
// change needs to know something: the policy decides, and the log has it, as of any read.
type Prepared struct {
	doc  *ast.QueryDocument
	hash string
}

// Prepare parses and validates a document of one operation.
func (c *Catalog) Prepare(text string) (Prepared, error) {
	doc, err := gqlparser.LoadQueryWithRules(c.schema, text, rules.NewDefaultRules())
	if err != nil {
		return Prepared{}, fmt.Errorf("prepare: %w", err)
	}
	sum := sha256.Sum256([]byte(text))
	return Prepared{doc, "sha256:" + hex.EncodeToString(sum[:])}, nil
}

// ReadFor answers a prepared document for a caller whose operation is under way.
func (g *Gate) ReadFor(ctx context.Context, q *Question, a *Access, p Prepared, vars map[string]any) (Answer, error) {
	own := *q
	own.Doc, own.Op, own.Hash, own.Vars, own.Canonical = p.doc, p.doc.Operations[0], p.hash, vars, false
	return g.Read(ctx, &own, a)
}
