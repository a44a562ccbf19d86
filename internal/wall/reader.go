package wall

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel/trace"

	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Caller is under whom statements run: a role of the policy, and the parameters
// that row security asks for.
type Caller struct {
	Role string
	// Key is equal for callers with equal parameters.
	Key [7]int64
	// Values are the parameters as text, "" for null, by name.
	Values func() [][2]string
}

// Statement is one SELECT with its arguments.
type Statement struct {
	SQL  string
	Args []any
}

// Rows are the rows of one statement, read once; a value is good until the next row.
type Rows interface {
	NextRow() bool
	Values() [][]byte
	FieldDescriptions() []pgconn.FieldDescription
}

// Reader sends statements under database roles. It has connections of its own:
// nothing else may run on a connection that bears a role.
type Reader struct {
	pool *pgxpool.Pool
	// spans are taken below a span that is recorded.
	spans trace.Tracer
}

// NewReader reads through a pool that is used for nothing else.
func NewReader(pool *pgxpool.Pool, traces trace.TracerProvider) *Reader {
	return &Reader{pool, traces.Tracer("tongxin/wall")}
}

// Read sends the statements in one round trip and hands over the rows of each, as
// text. The role is set in the same transaction: where that fails, nothing runs.
func (r *Reader) Read(ctx context.Context, c Caller, statements []Statement, each func(i int, rows Rows) error) error {
	if trace.SpanFromContext(ctx).IsRecording() {
		for _, st := range statements {
			_, span := r.spans.Start(ctx, postgres.StatementName(st.SQL), trace.WithSpanKind(trace.SpanKindClient))
			defer span.End()
		}
	}
	conn, err := r.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	raw := conn.Conn().PgConn()
	s := sessionOf(raw)
	if err := s.read(ctx, raw, c, statements, each); err != nil {
		// What the server has undone is not known here: the role must be set anew,
		// and statements must be prepared anew.
		s.forget(ctx, raw)
		return err
	}
	return nil
}

// session is what a connection has: its role and settings, its statements.
type session struct {
	role     string
	key      [7]int64
	prepared *lru.Cache[string, *pgconn.StatementDescription]
	// made counts the statements ever prepared: no two have one name.
	made int
	// dropped are statements to deallocate with the next round trip.
	dropped []string
}

// statementsKept bounds the prepared statements of a connection.
const statementsKept = 512

func sessionOf(conn *pgconn.PgConn) *session {
	if s, ok := conn.CustomData()["wall"].(*session); ok {
		return s
	}
	s := &session{}
	s.reset()
	conn.CustomData()["wall"] = s
	return s
}

func (s *session) reset() {
	s.role, s.dropped = "", nil
	s.prepared, _ = lru.NewWithEvict(statementsKept, func(_ string, d *pgconn.StatementDescription) { s.dropped = append(s.dropped, d.Name) }) // fails for sizes below one only
}

// forget makes the connection as good as new, or closes it.
func (s *session) forget(ctx context.Context, conn *pgconn.PgConn) {
	if conn.IsClosed() {
		return
	}
	s.reset()
	if _, err := conn.Exec(ctx, "DISCARD ALL").ReadAll(); err != nil {
		_ = conn.Close(context.WithoutCancel(ctx))
	}
}

func (s *session) read(ctx context.Context, conn *pgconn.PgConn, c Caller, statements []Statement, each func(int, Rows) error) (err error) {
	p := conn.StartPipeline(ctx)
	defer func() {
		if closed := p.Close(); err == nil {
			err = closed
		}
	}()
	before, err := s.queue(p, c, statements)
	if err != nil {
		return err
	}
	if err := p.Sync(); err != nil {
		return err
	}
	for _, d := range before {
		if err := done(p, d); err != nil {
			return err
		}
	}
	for i := range statements {
		results, err := p.GetResults()
		if err != nil {
			return err
		}
		rows, ok := results.(*pgconn.ResultReader)
		if !ok {
			return fmt.Errorf("read: unexpected %T", results)
		}
		if err := each(i, rows); err != nil {
			return err
		}
		if _, err := rows.Close(); err != nil {
			return err
		}
	}
	return done(p, nil)
}

// queue sends what the connection lacks and then the statements; before are the
// results that come first, with the descriptions that some of them fill.
func (s *session) queue(p *pgconn.Pipeline, c Caller, statements []Statement) (before []*pgconn.StatementDescription, err error) {
	for _, name := range s.dropped {
		p.SendDeallocate(name)
		before = append(before, nil)
	}
	s.dropped = s.dropped[:0]
	if s.role != c.Role || s.key != c.Key {
		sql, values := c.settings(s.role)
		d, fresh := s.statement(p, sql)
		if fresh {
			before = append(before, d)
		}
		s.execute(p, d, values, nil)
		s.role, s.key = c.Role, c.Key
		before = append(before, nil)
	}
	// A statement that has to make room for a later one is good for this round trip
	// still: it is dropped with the next.
	known := make([]*pgconn.StatementDescription, len(statements))
	for i, st := range statements {
		d, fresh := s.statement(p, st.SQL)
		if fresh {
			before = append(before, d)
		}
		known[i] = d
	}
	for i, st := range statements {
		values, formats, err := encode(st.Args)
		if err != nil {
			return before, err
		}
		s.execute(p, known[i], values, formats)
	}
	return before, nil
}

// statement is the prepared statement of sql, sent to be prepared where it is fresh.
func (s *session) statement(p *pgconn.Pipeline, sql string) (d *pgconn.StatementDescription, fresh bool) {
	if d, ok := s.prepared.Get(sql); ok {
		return d, false
	}
	s.made++
	d = &pgconn.StatementDescription{Name: "wall_" + strconv.Itoa(s.made)}
	p.SendPrepare(d.Name, sql, nil)
	s.prepared.Add(sql, d)
	return d, true
}

// execute sends the statement. With a description at hand the server need not
// describe the rows again.
func (s *session) execute(p *pgconn.Pipeline, d *pgconn.StatementDescription, values [][]byte, formats []int16) {
	if len(d.Fields) > 0 {
		p.SendQueryStatement(d, values, formats, textResults)
	} else {
		p.SendQueryPrepared(d.Name, values, formats, textResults)
	}
}

// textResults asks for every column as text.
var textResults = []int16{0}

// done takes a result that holds no rows of interest; what it says of a statement
// goes into the description.
func done(p *pgconn.Pipeline, into *pgconn.StatementDescription) error {
	results, err := p.GetResults()
	if err != nil {
		return err
	}
	switch r := results.(type) {
	case *pgconn.ResultReader:
		_, err = r.Close()
	case *pgconn.StatementDescription:
		into.Fields = r.Fields
	}
	return err
}

// settings is the statement that makes a connection of a role the caller's.
func (c Caller) settings(role string) (sql string, values [][]byte) {
	var b strings.Builder
	set := func(name, value string) {
		values = append(values, []byte(value))
		fmt.Fprintf(&b, ", set_config('%s', $%d, false)", name, len(values))
	}
	if role != c.Role {
		name := database(c.Role)
		set("role", name)
		set("search_path", name+", public")
	}
	for _, v := range c.Values() {
		set(setting(v[0]), v[1])
	}
	return "-- name: SetRole\nSELECT " + b.String()[2:], values
}
