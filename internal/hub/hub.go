package hub

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/limit"
	"github.com/tongxin-hub/tongxin/internal/server"
	"github.com/tongxin-hub/tongxin/internal/weighted"
)

// Config is what may differ between a production hub and the demo.
type Config struct {
	Limits limit.Limits
	// Introspection answers __schema and __type; the demo only.
	Introspection bool
	// Anonymous allows operations without a name; production refuses them.
	Anonymous bool
	// Reference sends reads through the generated executor, for comparison.
	Reference bool
}

// Hub implements server.Graph.
type Hub struct {
	cfg    Config
	gate   *disclosure.Gate
	exec   graphql.ExecutableSchema
	schema *ast.Schema
	log    *slog.Logger
	docs   *weighted.Cache[string, *document]
	rules  *rules.Rules
	// ready says whether a root field is read through the gate.
	ready map[string]bool
}

// documents bounds the memory of parsed and validated documents.
const documents = 32 << 20

// New wires the gate and the generated executor.
func New(cfg Config, gate *disclosure.Gate, exec graphql.ExecutableSchema, log *slog.Logger) (*Hub, error) {
	docs, err := weighted.New[string, *document](documents)
	if err != nil {
		return nil, err
	}
	h := &Hub{cfg: cfg, gate: gate, exec: exec, schema: exec.Schema(), log: log, docs: docs, rules: rules.NewDefaultRules(), ready: map[string]bool{}}
	for _, f := range h.schema.Query.Fields {
		h.ready[f.Name] = gate.Catalog.Reads(f.Name)
	}
	return h, nil
}

// Serve answers one request. What it returns is on the record.
func (h *Hub) Serve(ctx context.Context, call server.Call) server.Reply {
	q, fields, err := h.read(&call)
	if err != nil {
		return h.refuse(ctx, q, nil, err)
	}
	kind, err := h.kind(q, fields)
	if err != nil {
		return h.refuse(ctx, q, nil, err)
	}
	if kind == infoOperation && forAll(fields) {
		// What the hub is may be asked before a purpose is known; it is the same
		// for everyone and shows nothing of a child.
		return h.execute(ctx, q, nil, kind)
	}
	access, err := h.gate.Open(ctx, q)
	if err != nil && !h.goesOn(ctx, q, kind, err) {
		return h.refuse(ctx, q, access, err)
	}
	if kind != dataOperation || h.cfg.Reference {
		return h.execute(ctx, q, access, kind)
	}
	answer, err := h.gate.Read(ctx, q, access)
	if err != nil {
		return h.refuse(ctx, q, access, err)
	}
	return server.Reply{Body: answer.Response(), Purpose: q.Purpose, Recorded: q.Recorded}
}

// goesOn reports an operation that is served although it has no ticket, or one that is
// closed by now.
func (h *Hub) goesOn(ctx context.Context, q *disclosure.Question, kind operationKind, err error) bool {
	code := fault.CodeOf(err)
	if code == fault.TicketRequired {
		return onlyOwnWork(q)
	}
	mutation, plain := q.Op.SelectionSet[0].(*ast.Field)
	return code == fault.TicketInvalid && kind == mutationOperation && plain && len(q.Op.SelectionSet) == 1 && h.gate.Repeats(ctx, q, mutation)
}

// forAll reports an operation that asks only what is the same for everyone.
func forAll(fields []string) bool {
	return !slices.ContainsFunc(fields, func(name string) bool {
		return !strings.HasPrefix(name, "__") && !slices.Contains([]string{"me", "purposes", "policy"}, name)
	})
}

// onlyOwnWork reports an operation that lists tickets or tasks without their
// children, answers for the own accesses, or holds the own system's receipts against
// the log: whoever lacks a ticket may do that still.
func onlyOwnWork(q *disclosure.Question) bool {
	for _, s := range q.Op.SelectionSet {
		f, ok := s.(*ast.Field)
		if !ok {
			return false
		}
		switch f.Name {
		case "myQuestions", "myEmergencies", "answerQuestion", "justifyEmergency", "reconcileReceipts":
			continue
		case "tickets", "inbox", "changes":
		default:
			return false
		}
		if !childless(f.SelectionSet) {
			return false
		}
	}
	return true
}

// childless reports a selection that reaches no child; what stands in fragments is
// not looked at.
func childless(set ast.SelectionSet) bool {
	for _, s := range set {
		if f, ok := s.(*ast.Field); !ok || f.Name == "child" || !childless(f.SelectionSet) {
			return false
		}
	}
	return true
}

// read turns the request into a question and lists its root fields. On failure
// the question holds as much as is known, for the record.
func (h *Hub) read(call *server.Call) (*disclosure.Question, []string, error) {
	doc, known, err := h.parse(call.Request.Query)
	q := &disclosure.Question{
		Caller: call.Caller, Hash: doc.hash, Vars: call.Request.Variables,
		ClientIP: call.ClientIP, TraceID: call.TraceID,
		Purpose: call.Request.Header.Purpose, Ticket: call.Request.Header.Ticket, Post: call.Request.Header.Post,
		Canonical: h.cfg.Reference,
	}
	if err != nil {
		return q, nil, err
	}
	q.Doc = doc.QueryDocument
	if q.Op = doc.Operations.ForName(call.Request.OperationName); q.Op == nil {
		return q, nil, fault.New(fault.BadRequest,
			"请指明要执行的操作（operationName）。", "Name the operation to execute (operationName).")
	}
	if q.Op.Name == "" && !h.cfg.Anonymous {
		return q, nil, fault.New(fault.BadRequest, "操作必须命名。", "Operations must have a name.")
	}
	op := doc.ops[q.Op]
	if err := op.cost.Check(h.schema, q.Doc, q.Op, q.Vars, h.cfg.Limits); err != nil {
		return q, nil, err
	}
	if !known {
		if err := h.validate(doc); err != nil {
			return q, nil, err
		}
	}
	if q.Vars, err = variables(h.schema, q.Op, q.Vars); err != nil {
		return q, nil, err
	}
	return q, op.fields, accessOf(q)
}

// accessOf reads @access(purpose:, ticket:, post:) of the operation; the
// document outranks the headers.
func accessOf(q *disclosure.Question) error {
	d := q.Op.Directives.ForName("access")
	if d == nil {
		return nil
	}
	for _, arg := range d.Arguments {
		v, err := arg.Value.Value(q.Vars)
		if err != nil {
			return fault.Wrap(fault.BadRequest, "@access 无法读取。", "@access cannot be read.", err)
		}
		if v == nil {
			continue
		}
		switch arg.Name {
		case "purpose":
			q.Purpose = fmt.Sprint(v)
		case "ticket":
			q.Ticket = fmt.Sprint(v)
		case "post":
			q.Post = fmt.Sprint(v)
		}
	}
	return nil
}

// operationKind says which way an operation takes.
type operationKind int

const (
	dataOperation operationKind = iota
	infoOperation
	mutationOperation
)

// kind refuses operations that mix data with information about the hub: each
// has its own way to the record.
func (h *Hub) kind(q *disclosure.Question, fields []string) (operationKind, error) {
	if q.Op.Operation == ast.Mutation {
		mutations := 0
		for _, name := range fields {
			if name != "__typename" {
				mutations++
			}
		}
		if mutations > 1 {
			return 0, fault.New(fault.BadRequest,
				"一次操作只能做一项更改或查看一条内容。", "One operation makes one change or reveals one value.")
		}
		return mutationOperation, nil
	}
	data, info := false, false
	for _, name := range fields {
		switch {
		case name == "__typename":
		case strings.HasPrefix(name, "__"):
			if !h.cfg.Introspection {
				return 0, fault.New(fault.Forbidden,
					"此环境不提供内省，请使用发布的 /schema.graphql。", "Introspection is off here; use the published /schema.graphql.")
			}
			info = true
		case h.ready[name]:
			data = true
		default:
			info = true
		}
	}
	switch {
	case data && info:
		return 0, fault.New(fault.BadRequest,
			"请将数据查询与枢纽信息查询分开发送。", "Ask for data and for information about the hub in separate operations.")
	case info:
		return infoOperation, nil
	}
	return dataOperation, nil
}

func rootFields(doc *ast.QueryDocument, set ast.SelectionSet, out []string) []string {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			out = append(out, s.Name)
		case *ast.InlineFragment:
			out = rootFields(doc, s.SelectionSet, out)
		case *ast.FragmentSpread:
			if def := doc.Fragments.ForName(s.Name); def != nil {
				out = rootFields(doc, def.SelectionSet, out)
			}
		}
	}
	return out
}
