package raw

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
)

// Options of a server.
type Options struct {
	Listen, DatabaseURL string
	// MaxConns is the size of the pool, the same as the hub's.
	MaxConns int32
	// Audit records every answer before it is sent: contestant B.
	Audit bool
}

// question is the body of a request.
type question struct {
	ID  int64   `json:"id"`
	IDs []int64 `json:"ids"`
	// On is the date of a cursor; ID is its number.
	On        string `json:"on"`
	Statement string `json:"statement"`
}

// server answers one path per workload.
type server struct {
	db         *pgxpool.Pool
	audit      *auditor
	statements map[string]*statement
	buffers    sync.Pool
}

// Serve runs the yardstick until ctx ends.
func Serve(ctx context.Context, o Options) (err error) {
	s := &server{buffers: sync.Pool{New: func() any { return new([]byte) }}}
	if s.statements, err = statements(); err != nil {
		return err
	}
	if s.db, err = open(ctx, o); err != nil {
		return err
	}
	defer s.db.Close()
	if err := prepareSchema(ctx, s.db); err != nil {
		return err
	}
	if o.Audit {
		if s.audit, err = newAuditor(ctx, o.DatabaseURL); err != nil {
			return err
		}
		defer s.audit.close(context.WithoutCancel(ctx))
	}
	mux := http.NewServeMux()
	for name, statement := range s.statements {
		mux.HandleFunc("POST /"+name, func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, statement) })
	}
	web := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", o.Listen)
	if err != nil {
		return err
	}
	stopped := make(chan struct{})
	go func() {
		<-ctx.Done()
		_ = web.Close()
		close(stopped)
	}()
	if err := web.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	<-stopped
	return nil
}

// open gives the pool the settings that the hub's has.
func open(ctx context.Context, o Options) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(o.DatabaseURL)
	if err != nil {
		return nil, err
	}
	config.MaxConns = o.MaxConns
	config.ConnConfig.RuntimeParams["application_name"] = "bench-raw"
	config.ConnConfig.RuntimeParams["timezone"] = "Asia/Shanghai"
	config.ConnConfig.RuntimeParams["plan_cache_mode"] = "force_generic_plan"
	config.ConnConfig.RuntimeParams["jit"] = "off"
	return pgxpool.NewWithConfig(ctx, config)
}

func prepareSchema(ctx context.Context, db *pgxpool.Pool) error {
	schema, err := files.ReadFile("sql/schema.sql")
	if err != nil {
		return err
	}
	// A and B start at the same moment; one of them makes the tables.
	return pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(20261123)"); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, string(schema))
		return err
	})
}

// arguments of a workload's statement, in its order.
func (q *question) arguments(s *statement, today string) []any {
	formats := pgx.QueryResultFormats{pgx.TextFormatCode}
	switch s.name {
	case "w5":
		return []any{formats, q.IDs, today}
	case "w6":
		return []any{formats, today}
	case "w3":
		return []any{formats, q.ID, q.On}
	case "w7":
		return []any{formats, q.ID, q.Statement}
	default:
		return []any{formats, q.ID, today}
	}
}

func (s *server) answer(w http.ResponseWriter, r *http.Request, st *statement) {
	var q question
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	buffer := s.buffers.Get().(*[]byte) // the pool holds nothing else
	defer s.buffers.Put(buffer)
	body, err := s.read(r.Context(), st, &q, (*buffer)[:0])
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	*buffer = body
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

// read runs the statement, writes the body and, with an auditor, waits until
// the record of the children in it is durable.
func (s *server) read(ctx context.Context, st *statement, q *question, out []byte) ([]byte, error) {
	today := chinatime.Day(time.Now())
	rows, err := s.db.Query(ctx, st.sql, q.arguments(st, today)...)
	if err != nil {
		return nil, err
	}
	if s.audit == nil {
		return st.write(out, rows, nil)
	}
	children := make([]int64, 0, pageSize)
	body, err := st.write(out, rows, func(id []byte) {
		if n, err := strconv.ParseInt(string(id), 10, 64); err == nil {
			children = append(children, n)
		}
	})
	if err != nil {
		return nil, err
	}
	if err := s.audit.append(ctx, event{operation: st.name, children: children}); err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	return body, nil
}
