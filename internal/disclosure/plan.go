package disclosure

import (
	"sync"
	"sync/atomic"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/record"
	"github.com/tongxin-hub/tongxin/policy"
)

// Plan is one operation compiled for one role, purpose and policy version. It
// holds no caller's data and is shared by all callers that ask the same.
type Plan struct {
	roots []*start
	// Requested are the governed coordinates of the selection, root fields first.
	Requested []string
	nodes     []*node
	memo      memo
	// perRow is the length of the last answer by its rows.
	perRow atomic.Int64
	// tail is the length of the last receipt.
	tail atomic.Int64
}

// start is one root field of the operation, or __typename (field empty).
type start struct {
	key   []byte
	field string
	root  record.Root
	// args are the argument values with variables unresolved.
	args args
	// bodies holds the compiled selection by type name; one entry but for node(id:).
	bodies map[string]*fetch
}

// fetch is one statement below a list of parents (or below the operation).
type fetch struct {
	stmt *statement
	// sql is the finished statement, but for pages, whose text each request makes.
	sql string
	// frame is what is known of the bases of the rows of a root.
	frame frame
	body  *node
	conn  *connection
	link  *field
	cell  policy.Cell
	// perRecord: rows are filtered by record-level bases in SQL.
	perRecord bool
	// listed stands for the list itself where only some of its records are shown.
	listed *node
	list   bool
	args   args
	// parentID is the parent's column that rows hang on.
	parentID int
	// rootBound is the bound of a root list; rootName its coordinate.
	rootBound int
	rootName  string
	// perRow is the length of a row, by the rows of the last answer.
	perRow atomic.Int64
}

// name is the coordinate that led here.
func (f *fetch) name() string {
	if f.link != nil {
		return f.link.coordinate
	}
	return f.rootName
}

// node is one object of the selection.
type node struct {
	index int
	obj   *object
	// own columns of the statement: the row's id, its bases, the child it belongs
	// to; -1 where not selected.
	id, bases, child int
	// presence: the row may be missing (an inlined link).
	inlined bool
	entries []entry
	fetches []*fetch
	cells   []policy.Cell
	coords  []*field
}

// entryKind says how one response key is written.
type entryKind int

const (
	entryTypename entryKind = iota
	entryColumn
	entryObject
	entryFetch
	entryNull
)

// entry is one response key of an object.
type entry struct {
	key    []byte // `"alias":`
	kind   entryKind
	column int
	out    output
	idType string
	node   *node
	fetch  *fetch
}

// connection is the selection on a connection type, in the order asked.
type connection struct {
	typename string
	// row is the row of the page, whatever is selected of it.
	row     *node
	entries []connEntry
	nodes   []*node
	orders  []record.Order
}

// connEntry is one key of a connection, edge or page-info object.
type connEntry struct {
	key   []byte
	field string // edges, nodes, pageInfo, cursor, node, __typename, hasNextPage …
	node  *node
	sub   []connEntry
	text  string
}

// memo remembers what a node shows under a set of bases.
type memo struct {
	sync.Mutex
	faces map[faceKey]*face
	sets  map[string]*audit.Set
}

type faceKey struct {
	node  int
	bases policy.Bases
}

// face is what one node shows to one set of bases.
type face struct {
	shown map[string]policy.Form
	// short are the coordinates that were not shown in full, with the reason.
	short []withheldAs
}

type withheldAs struct {
	coordinate string
	reason     policy.Reason
	form       policy.Form
}
