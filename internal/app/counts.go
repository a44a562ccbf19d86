package app

import (
	"context"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/graph"
	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/statistics"
	"github.com/tongxin-hub/tongxin/resolvers"
)

// keepCounts starts making the counts that the schema offers.
func (p *parts) keepCounts(ctx context.Context) error {
	schema := offered()
	keeper := statistics.NewKeeper(ctx, statistics.Deps{
		DB: p.db, Populations: valuesOf(schema, "CountPopulation"), Dimensions: valuesOf(schema, "CountDimension"),
		Today: func() string { return chinatime.Day(p.now()) }, Log: p.telemetry.Log, Every: statistics.Every,
	})
	p.later(keeper.Close)
	return nil
}

// offered is the schema as callers see it.
func offered() *ast.Schema {
	return graph.NewExecutableSchema(graph.Config{Resolvers: &resolvers.Resolver{}}).Schema()
}

// valuesOf are the values of an enum, in their order.
func valuesOf(schema *ast.Schema, enum string) []string {
	var out []string
	for _, v := range schema.Types[enum].EnumValues {
		out = append(out, v.Name)
	}
	return out
}
