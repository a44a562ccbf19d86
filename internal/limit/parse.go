package limit

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

// Parse reads a document of at most limits.Tokens tokens. It returns
// fault.CostLimit for a longer one and fault.BadRequest with line and column
// for one that is not GraphQL; neither repeats any of the text.
func Parse(query string, limits Limits) (*ast.QueryDocument, error) {
	if limits.Tokens <= 0 { // to the parser it would mean no limit
		return nil, bound{"tokens", "词法单元数", 0, 1}.refusal()
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: query}, limits.Tokens)
	if err == nil {
		return doc, nil
	}
	if strings.Contains(err.Error(), "exceeded token limit") {
		return nil, bound{"tokens", "词法单元数", limits.Tokens, limits.Tokens + 1}.refusal()
	}
	return nil, syntaxFault(err)
}

// syntaxFault keeps the place of a syntax error and drops its text, which
// quotes the caller's document.
func syntaxFault(err error) error {
	var where *gqlerror.Error
	if !errors.As(err, &where) || len(where.Locations) == 0 {
		return fault.New(fault.BadRequest,
			"查询语句不符合 GraphQL 语法。", "The document is not valid GraphQL.")
	}
	at := where.Locations[0]
	return fault.New(fault.BadRequest,
		fmt.Sprintf("查询语句第 %d 行第 %d 列不符合 GraphQL 语法。", at.Line, at.Column),
		fmt.Sprintf("The document is not valid GraphQL at line %d, column %d.", at.Line, at.Column))
}
