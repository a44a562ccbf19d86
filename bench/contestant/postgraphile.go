package contestant

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/bench/load"
	"github.com/tongxin-hub/tongxin/bench/process"
)

//go:embed postgraphile/package.json
var packageJSON []byte

//go:embed postgraphile/package-lock.json
var packageLock []byte

//go:embed postgraphile/server.mjs
var serverJS []byte

//go:embed postgraphile/roles.sql
var rolesSQL string

// copyName is P's copy of the database: its role, views and row security stay out
// of the others' way.
const copyName = "bench_p"

// postgraphile is contestant P with its cursors.
type postgraphile struct {
	*Contestant
	env        *Environment
	queries    map[string]string
	afterCases []string
	afterDeep  string
}

// PreparePostgraphile installs PostGraphile from npm and copies the database. The
// error of an install (no network, no npm) leaves P out of the run.
func PreparePostgraphile(ctx context.Context, e *Environment) error {
	dir := e.packages()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for name, content := range map[string][]byte{"package.json": packageJSON, "package-lock.json": packageLock, "server.mjs": serverJS} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return err
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "postgraphile")); err != nil {
		install := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund")
		install.Dir = dir
		if out, err := install.CombinedOutput(); err != nil {
			return fmt.Errorf("npm ci: %w: %.500s", err, out)
		}
	}
	url, err := e.Set.Copy(ctx, copyName)
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx) //nolint:errcheck // nothing was left open
	_, err = conn.PgConn().Exec(ctx, rolesSQL).ReadAll()
	return err
}

// packages is where npm puts PostGraphile, once for all districts.
func (e *Environment) packages() string {
	return filepath.Join(filepath.Dir(e.Dir), "bench-postgraphile")
}

// node is the Node.js that PostGraphile asks for, or the system's.
func node(dir string) string {
	own := filepath.Join(dir, "node_modules", ".bin", "node")
	if exec.Command(own, "--version").Run() == nil { //nolint:gosec,noctx // a path of our own
		return own
	}
	return "node"
}

// StartPostgraphile starts contestant P.
func StartPostgraphile(ctx context.Context, e *Environment) (*Contestant, error) {
	p := &postgraphile{
		Contestant: &Contestant{Name: "P", Canonical: func(id string) string { return id }}, env: e, queries: map[string]string{},
	}
	p.What = fmt.Sprintf("PostGraphile 5 from npm, production mode, %d workers, row security and column grants of a role", e.Workers)
	p.Request = p.request
	var err error
	if p.Addr, err = process.FreeAddr(ctx); err != nil {
		return nil, err
	}
	dir := e.packages()
	began := time.Now()
	p.Process, err = process.Start(process.Command{
		Name: "postgraphile", Path: node(dir), Args: []string{"server.mjs"}, Dir: dir, LogDir: e.Dir + "/log",
		Env: []string{
			"GRAPHILE_ENV=production", "NODE_ENV=production", "LISTEN=" + p.Addr, "WORKERS=" + strconv.Itoa(e.Workers),
			"DB_SOCKET=" + e.Set.Socket(), "DB_USER=tongxin", "DB_NAME=" + copyName, "MAX_CONNS=" + strconv.Itoa(e.MaxConns), "TZ=Asia/Shanghai",
		},
	})
	if err != nil {
		return nil, err
	}
	if err := p.firstAnswer(ctx, began, Key{ID: e.Subjects.Children[0]}); err != nil {
		return nil, errors.Join(err, p.Process.Stop())
	}
	if err := p.walk(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("walk pages: %w", err), p.Process.Stop())
	}
	return p.Contestant, nil
}

func (p *postgraphile) request(workload string, k Key) (load.Request, error) {
	name := workload
	variables := map[string]any{}
	switch workload {
	case "w1", "w2":
		variables["id"] = strconv.FormatInt(k.ID, 10)
	case "w3":
		if k.Page > 0 {
			variables["after"] = p.afterCases[k.Page-1]
		}
	case "w4a", "w4b":
		name = "w4"
		if workload == "w4b" {
			variables["after"] = p.afterDeep
		}
	case "w5":
		ids := make([]string, len(k.IDs))
		for i, id := range k.IDs {
			ids[i] = strconv.FormatInt(id, 10)
		}
		variables["ids"] = ids
	case "w7":
		variables["id"], variables["statement"] = strconv.FormatInt(k.ID, 10), k.Statement
	}
	return p.post(name, variables)
}

func (p *postgraphile) post(name string, variables map[string]any) (load.Request, error) {
	if p.queries[name] == "" {
		query, err := Document("postgraphile", name)
		if err != nil {
			return nil, err
		}
		p.queries[name] = query
	}
	body, err := graphql(p.queries[name], variables)
	return load.Post(p.Addr, "/graphql", nil, body), err
}

// walk finds the cursors of the pages that the hub settled on.
func (p *postgraphile) walk(ctx context.Context) error {
	type info struct{ PageInfo struct{ EndCursor string } }
	variables := map[string]any{}
	for range p.env.Pages - 1 {
		var page struct{ DropoutCases info }
		if err := p.fetch(ctx, "w3walk", variables, &page); err != nil {
			return err
		}
		variables["after"] = page.DropoutCases.PageInfo.EndCursor
		p.afterCases = append(p.afterCases, page.DropoutCases.PageInfo.EndCursor)
	}
	var page struct{ Children info }
	if err := p.fetch(ctx, "w4walk", map[string]any{"offset": max(0, (p.env.Deep-1)*pageSize-1)}, &page); err != nil {
		return err
	}
	p.afterDeep = page.Children.PageInfo.EndCursor
	return nil
}

func (p *postgraphile) fetch(ctx context.Context, name string, variables map[string]any, into any) error {
	request, err := p.post(name, variables)
	if err != nil {
		return err
	}
	body, err := p.Send(ctx, request)
	if err != nil {
		return err
	}
	return decode(body, into)
}
