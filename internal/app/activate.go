package app

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/graph"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/policyversion"
	"github.com/tongxin-hub/tongxin/policy"
	"github.com/tongxin-hub/tongxin/resolvers"
)

// Activate puts the built-in policy in force, with its whole text, and makes the
// database's roles and row security those of it. It returns the version.
func Activate(ctx context.Context, db *pgxpool.Pool, by string) (string, error) {
	rules, err := policy.Load()
	if err != nil {
		return "", err
	}
	exec := graph.NewExecutableSchema(graph.Config{Resolvers: &resolvers.Resolver{}})
	catalog, err := Catalog(exec.Schema())
	if err != nil {
		return "", err
	}
	return rules.Version(), activate(ctx, db, catalog, rules, by)
}

func activate(ctx context.Context, db *pgxpool.Pool, catalog *disclosure.Catalog, rules *policy.Policy, by string) error {
	texts, err := policy.Texts()
	if err != nil {
		return fmt.Errorf("read policy: %w", err)
	}
	w, err := catalog.Wall(rules)
	if err != nil {
		return err
	}
	return policyversion.Activate(ctx, db, policyversion.Release{
		Version: rules.Version(), Files: texts, Wall: w, Coordinates: coordinates(catalog, rules), By: by,
	})
}

// coordinates lists what the schema classifies, with the groups of the matrix.
func coordinates(catalog *disclosure.Catalog, rules *policy.Policy) []policyversion.Coordinate {
	var out []policyversion.Coordinate
	for _, c := range catalog.Classified() {
		out = append(out, policyversion.Coordinate{
			Name: c.Name, Class: c.Class, Owner: c.Owner, Label: c.Label, Group: rules.Group(c.Name),
		})
	}
	return out
}
