package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tongxin-hub/tongxin/internal/app"
	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/pglocal"
	"github.com/tongxin-hub/tongxin/internal/policychange"
	"github.com/tongxin-hub/tongxin/internal/policyversion"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/policy"
)

// The names that stand for a policy beside directories and versions.
const (
	builtIn       = "built-in"
	policyInForce = "in-force"
)

// withPool opens the database, also beside a running hub.
func withPool(ctx context.Context, place config.Place, use func(db app.Pool) error) (err error) {
	address, stop, err := pglocal.Reach(ctx, place.DatabaseURL, place.DatabaseDir())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	pool, err := postgres.Open(ctx, address, postgres.Options{Application: "tongxin-policy", MaxConns: 2, StatementTimeout: -1})
	if err != nil {
		return err
	}
	defer pool.Close()
	return use(pool)
}

// source is where policies are looked for.
type source struct{ place config.Place }

// open compiles a policy: "built-in", "in-force", a version, or a directory.
func (s source) open(ctx context.Context, name string) (*policy.Policy, error) {
	text, err := s.text(ctx, name)
	if err != nil {
		return nil, err
	}
	rules, err := policy.Open(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return rules, nil
}

func (s source) text(ctx context.Context, name string) (policy.Tree, error) {
	if name == builtIn {
		return policy.Texts()
	}
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return policy.ReadTree(os.DirFS(filepath.Clean(name)))
	}
	var out policy.Tree
	err := withPool(ctx, s.place, func(db app.Pool) (err error) {
		out, err = stored(ctx, db, name)
		return err
	})
	return out, err
}

// stored finds a version in the database.
func stored(ctx context.Context, db policyversion.Database, name string) (policy.Tree, error) {
	if name == policyInForce {
		now, err := policyversion.InForce(ctx, db)
		if err == nil && now.ID == 0 {
			err = errors.New("no policy is in force in this database")
		}
		return now.Files, err
	}
	kept, err := policyversion.Kept(ctx, db, name)
	if err != nil || kept.ID != 0 {
		return kept.Files, err
	}
	proposed, err := policychange.ProposedText(ctx, db, name)
	if err == nil && proposed == nil {
		err = fmt.Errorf("%s is no directory, and neither a version that is kept nor one that was proposed", name)
	}
	return proposed, err
}
