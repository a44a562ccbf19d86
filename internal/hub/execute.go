package hub

import (
	"context"
	"encoding/json"
	"log/slog"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/server"
	"github.com/tongxin-hub/tongxin/resolvers"
)

// execute runs an operation through the generated executor: information about
// the hub, mutations, introspection, and reads when the reference is asked for.
func (h *Hub) execute(ctx context.Context, q *disclosure.Question, a *disclosure.Access, kind operationKind) server.Reply {
	op := &resolvers.Operation{Question: q, Access: a}
	var requested []string
	var err error
	switch kind {
	case dataOperation:
		err = h.readAhead(ctx, op)
	case infoOperation:
		requested, err = h.gate.About(a, rootFields(q.Doc, q.Op.SelectionSet, nil))
	case mutationOperation: // the gate decides in the resolver
	}
	if err != nil {
		return h.refuse(ctx, q, a, err)
	}
	data, errs := h.generated(resolvers.With(ctx, op), q)
	if len(errs) > 0 {
		return h.refuse(ctx, q, a, errs[0])
	}
	if op.Receipt.Entry == "" { // nothing recorded it yet
		if op.Receipt, err = h.gate.Note(ctx, q, a, disclosure.Noted{Requested: requested, Missing: op.Missing, Children: op.Explained}); err != nil {
			return h.refuse(ctx, q, a, err)
		}
	}
	return server.Reply{Body: op.Receipt.Response(data), Purpose: q.Purpose, Recorded: q.Recorded}
}

// readAhead reads all root fields through the gate and leaves them for the
// resolvers, by alias.
func (h *Hub) readAhead(ctx context.Context, op *resolvers.Operation) error {
	answer, err := h.gate.Read(ctx, op.Question, op.Access)
	if err != nil {
		return err
	}
	op.Receipt = answer.Receipt
	return json.Unmarshal(answer.Data(), &op.Answers)
}

// generated runs gqlgen's executor on the parsed operation.
func (h *Hub) generated(ctx context.Context, q *disclosure.Question) (json.RawMessage, []error) {
	oc := &graphql.OperationContext{
		OperationName: q.Op.Name, Variables: q.Vars, Doc: q.Doc, Operation: q.Op,
		DisableIntrospection: !h.cfg.Introspection,
		RecoverFunc: func(ctx context.Context, _ any) error {
			h.log.ErrorContext(ctx, "resolver panicked", slog.String("trace", q.TraceID))
			return fault.Public(nil)
		},
		ResolverMiddleware:     func(ctx context.Context, next graphql.Resolver) (any, error) { return next(ctx) },
		RootResolverMiddleware: func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler { return next(ctx) },
	}
	var failed []error
	present := func(_ context.Context, err error) *gqlerror.Error {
		failed = append(failed, err)
		return &gqlerror.Error{Message: fault.Public(err).Sentence()}
	}
	ctx = graphql.WithOperationContext(ctx, oc)
	ctx = graphql.WithResponseContext(ctx, present, oc.RecoverFunc)
	response := h.exec.Exec(ctx)(ctx)
	if response == nil {
		return nil, []error{fault.Public(nil)}
	}
	return response.Data, failed
}
