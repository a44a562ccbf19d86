package limit

import (
	"fmt"
	"math"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

// ceiling is where counting stops: sums and products stay at it instead of
// overflowing.
const ceiling = math.MaxInt32

// Limits are the largest values that one operation may reach. A zero limit
// allows nothing, so start from Defaults.
type Limits struct {
	// Body is the largest request body in bytes.
	Body int64
	// Tokens is the largest number of tokens of a document.
	Tokens int
	// Depth is how deep fields may nest, leaves included.
	Depth int
	// Aliases, RootFields and Directives count with fragments written out.
	Aliases, RootFields, Directives int
	// Fragments bounds the fragments of a document and how often they are used.
	Fragments int
	// Repeats is how often fields are asked again beside themselves: validation
	// compares each of them with all others.
	Repeats int
	// Nodes is the estimated number of records in the answer.
	Nodes int
	// Values is the estimated number of leaf values in the answer.
	Values int
	// First is the largest page, IDs the longest list of identifiers.
	First, IDs int
}

// Defaults returns the limits that the hub publishes.
func Defaults() Limits {
	return Limits{
		Body: 256 << 10, Tokens: 2000, Depth: 12, Aliases: 15, RootFields: 10,
		Directives: 20, Fragments: 50, Repeats: 200, Nodes: 10_000, Values: 100_000,
		First: 100, IDs: 500,
	}
}

// Cost is what one operation needs, in the units of Limits. Counts that have
// reached 2147483647 mean "that or more".
type Cost struct {
	Depth, Aliases, RootFields, Directives, Fragments, Repeats int
	// Nodes and Values are estimates of the records and leaf values returned.
	Nodes, Values int
	// First is the largest page asked for, IDs the longest list of identifiers.
	First, IDs int
}

// Check measures op, an operation of doc, and refuses it with fault.CostLimit
// naming the first limit it exceeds. It returns fault.ValidationFailed for
// fragments that contain themselves. The cost is complete in every case but
// that one. It changes neither schema nor doc and is safe for concurrent use.
func Check(
	schema *ast.Schema, doc *ast.QueryDocument, op *ast.OperationDefinition,
	vars map[string]any, limits Limits,
) (Cost, error) {
	return newWalker(schema, doc, op, vars, limits).check()
}

func (w *walker) check() (Cost, error) {
	cost := w.operation()
	if w.cyclic {
		return Cost{}, fault.New(fault.ValidationFailed,
			"查询中的片段引用了自身。", "A fragment of the document contains itself.")
	}
	for _, b := range bounds(w.limits, cost) {
		if b.need > b.max {
			return cost, b.refusal()
		}
	}
	return cost, nil
}

// CheckBody refuses a request body of more bytes than limits allow.
func CheckBody(size int64, limits Limits) error {
	if size <= limits.Body {
		return nil
	}
	return fault.New(fault.CostLimit,
		fmt.Sprintf("请求正文超出限额 body：最多 %d 字节。", limits.Body),
		fmt.Sprintf("The request body exceeds the limit body: at most %d bytes.", limits.Body))
}

// bound is one limit next to what the operation needs of it.
type bound struct {
	name, zh  string
	max, need int
}

// bounds lists the limits in the order in which they are reported.
func bounds(l Limits, c Cost) []bound {
	return []bound{
		{"fragments", "片段数", l.Fragments, c.Fragments},
		{"repeats", "重复字段数", l.Repeats, c.Repeats},
		{"depth", "嵌套层数", l.Depth, c.Depth},
		{"aliases", "别名数", l.Aliases, c.Aliases},
		{"rootFields", "根字段数", l.RootFields, c.RootFields},
		{"directives", "指令数", l.Directives, c.Directives},
		{"first", "每页条数", l.First, c.First},
		{"ids", "标识数", l.IDs, c.IDs},
		{"nodes", "预计记录数", l.Nodes, c.Nodes},
		{"values", "预计取值数", l.Values, c.Values},
	}
}

func (b bound) refusal() error {
	need := strconv.Itoa(b.need)
	if b.need >= ceiling {
		need += "+"
	}
	return fault.New(fault.CostLimit,
		fmt.Sprintf("查询超出限额 %s（%s）：最多 %d，本次需要 %s。", b.name, b.zh, b.max, need),
		fmt.Sprintf("The operation exceeds the limit %s: at most %d, needed %s.", b.name, b.max, need))
}
