package resolvers

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/99designs/gqlgen/graphql"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
)

// Operation is the operation that resolvers work for.
type Operation struct {
	Question *disclosure.Question
	Access   *disclosure.Access
	// Answers holds, for reads, what the gate answered, by alias of the root field.
	Answers map[string]json.RawMessage
	// Receipt of the operation; mutations put theirs here.
	Receipt disclosure.Receipt

	mu sync.Mutex
	// Missing: an explanation was asked of a child that is not in reach.
	Missing bool
	// Explained are the children whose bases were explained.
	Explained []audit.Disclosure
}

type operationKey struct{}

// With carries the operation to the resolvers.
func With(ctx context.Context, op *Operation) context.Context {
	return context.WithValue(ctx, operationKey{}, op)
}

func operation(ctx context.Context) *Operation {
	op, _ := ctx.Value(operationKey{}).(*Operation)
	return op
}

// answer is what the gate answered to the root field being resolved.
func answer[T any](ctx context.Context) (T, error) {
	var out T
	op, field := operation(ctx), graphql.GetFieldContext(ctx)
	if op == nil || op.Answers == nil {
		return out, fault.Public(nil)
	}
	if err := json.Unmarshal(op.Answers[field.Field.Alias], &out); err != nil {
		return out, fmt.Errorf("read answer of %s: %w", field.Field.Name, err)
	}
	return out, nil
}

// nodeAnswer is answer for fields of the interface type, which name their type.
func nodeAnswer(ctx context.Context) ([]model.Node, error) {
	raws, err := answer[json.RawMessage](ctx)
	if err != nil {
		return nil, err
	}
	var list []json.RawMessage
	if len(raws) == 0 || raws[0] != '[' {
		list = []json.RawMessage{raws}
	} else if err := json.Unmarshal(raws, &list); err != nil {
		return nil, err
	}
	out := make([]model.Node, len(list))
	for i, raw := range list {
		if out[i], err = decodeNode(raw); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func decodeNode(raw json.RawMessage) (model.Node, error) {
	var head struct {
		Typename string `json:"__typename"`
	}
	if err := json.Unmarshal(raw, &head); err != nil || head.Typename == "" {
		return nil, err
	}
	node := newNode(head.Typename)
	if node == nil {
		return nil, fault.Public(nil)
	}
	return node, json.Unmarshal(raw, node)
}
