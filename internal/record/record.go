package record

// Kind says how a type hangs on a child.
type Kind int

const (
	// Node stands on its own: divisions, schools, log entries.
	Node Kind = iota
	// Child is the child itself, the row that scope and bases are computed for.
	Child
	// Section is a part of the child's file, at most one row a child. It is always
	// present in an answer, so that its absence tells nothing.
	Section
	// OfChild is one of many rows of a child; its table has child_id.
	OfChild
	// Part is a row below an OfChild row.
	Part
)

// Columns maps a field, basis or filter member to SQL. In it {t} is the alias
// of the type's own table, {p} that of the row it hangs on, and {name} any
// parameter of the caller (see Params) or argument of the field ({arg.name}).
type Columns map[string]string

// Type says where one GraphQL type is stored.
type Type struct {
	Name, Table string
	Kind        Kind
	// Key is the unique column that names a row, "id" if empty.
	Key string
	// Order is the stable order of lists, ending in a unique column; the key if empty.
	Order string
	// Columns holds the fields whose SQL is not their own name in snake case.
	Columns Columns
	// Links holds the fields that lead to another type.
	Links Links
	// Bases are the record-level bases: what makes this one row the caller's own.
	Bases Columns
	// Keys is the order of pages: never-null keys, all in one direction, the last
	// of them unique.
	Keys []Order
	// About says, for rows that tell about parts of the file by a column section,
	// which type each part is: a row is listed where something of that part is open.
	About map[string]string
	// IDs names, for ID fields that hold another type's id, that type.
	IDs map[string]string
}

// ID is the column that names a row.
func (t Type) ID() string {
	if t.Key != "" {
		return t.Key
	}
	return "id"
}

// Written are the record-level bases of every row that names its author.
var Written = Columns{
	"own_hand":   "{t}.author_id = {staff}",
	"own_agency": "{t}.author_agency_id = {agency}",
}

// Link leads from one type to another.
type Link struct {
	Type string
	// Join is the condition between {t}, the row reached, and {p}, the row left.
	Join string
	// List: many rows; Paged: a connection. Neither: at most one row.
	List, Paged bool
	// OpenedBy are fields of the records that open the list by themselves: a right
	// to them would be worth nothing behind a list that stays shut.
	OpenedBy []string
	// Rescope: the row reached is a child whose bases must be computed anew.
	Rescope bool
}

// Links maps a field to where it leads.
type Links map[string]Link

// One leads to at most one row.
func One(typ, join string) Link { return Link{Type: typ, Join: join} }

// By names the fields of the records that open a list by themselves.
func (l Link) By(fields ...string) Link {
	l.OpenedBy = fields
	return l
}

// Many leads to a bounded list.
func Many(typ, join string) Link { return Link{Type: typ, Join: join, List: true} }

// Page leads to a connection.
func Page(typ, join string) Link { return Link{Type: typ, Join: join, Paged: true} }

// Root is a field of Query that starts a read.
type Root struct {
	Field, Type string
	// Keyed roots are asked for by ids: one id, or a list of ids when List is set.
	Keyed bool
	// List: a bounded list; Paged: a connection. Neither: at most one row.
	List, Paged bool
	// Where narrows the rows; it may use {arg.name} and the caller's parameters.
	Where string
	// Keys is the order of its pages where it is not the type's.
	Keys []Order
	// From replaces the type's table where rows come from a function, which has rights
	// of its own, or from a query in brackets, which has the caller's.
	From string
	// Filters maps members of the filter input to conditions on {v}, their value. A
	// Boolean member names two conditions, "member" for true and "!member" for
	// false, where an index should be found by either; "member=VALUE" stands for one
	// value, and "member@L4" for a coordinate of that class.
	Filters Columns
	// Postings find rows by what few of them have, in the order of pages.
	Postings Postings
	// Orders maps values of the order input to the key ordered by; the type's own
	// unique key follows it.
	Orders map[string]Order
}

// Postings is a table that names rows, in the order of pages, under what they can be
// found by. A page that is found there walks it and looks the rows up one by one, as
// far as the page goes: the planner, which takes the keys for independent, would
// rather read everything.
type Postings struct {
	// Table is called {k} in conditions and has the columns of the type's Keys.
	Table string
	// Match joins {t}, the row, to {k}.
	Match string
	// Key is the column under which postings stand, Time the one they are ordered by,
	// the newest first.
	Key, Time string
	// By are the members of the filter that find rows, the best first.
	By []Posting
	// Keyed are members whose condition is over the keys alone: it holds for {k}.
	// Newest is the one that says how new they are at most.
	Keyed  []string
	Newest string
	// Always is the condition on {k} where the root field itself names one.
	Always string
}

// Posting is one member of a filter, or "member=VALUE", with the condition on {k}
// and {v}; without one the row's own table has the better index.
type Posting struct {
	Member, Where string
	// Among is there instead of Where when rows stand under any of several keys: an
	// array in SQL over {v}. Their postings are merged in the order of pages.
	Among string
}

// Order is one key of a keyset: a never-null expression over {t} and its type.
type Order struct {
	SQL, Cast string
	Desc      bool
}

// ByID is the keyset of types without a better order.
func ByID() []Order { return []Order{{SQL: "{t}.id", Cast: "bigint"}} }

// Newest is the keyset of records from the newest on, by a date column.
func Newest(column string) []Order {
	return []Order{
		// Not coalesce: PostgreSQL takes that for a function that might tell on rows that
		// row security hides, and walks a page from the first row on.
		{SQL: "CASE WHEN {t}." + column + " IS NULL THEN '-infinity'::date ELSE {t}." + column + " END", Cast: "date", Desc: true},
		{SQL: "{t}.id", Cast: "bigint", Desc: true},
	}
}

// NodeRoots are node and nodes, which start from a thing of any type by id.
func NodeRoots() []Root {
	return []Root{
		{Field: "node", Type: "Node", Keyed: true},
		{Field: "nodes", Type: "Node", Keyed: true, List: true},
	}
}
