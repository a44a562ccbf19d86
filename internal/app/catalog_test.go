package app

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/graph"
	"github.com/tongxin-hub/tongxin/policy"
	"github.com/tongxin-hub/tongxin/resolvers"
)

func TestCatalog_schemaPolicyAndStoresAgree(t *testing.T) {
	t.Parallel()
	schema := graph.NewExecutableSchema(graph.Config{Resolvers: &resolvers.Resolver{}}).Schema()
	catalog, err := Catalog(schema)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	if err := classified(schema, catalog, loaded); err != nil {
		t.Fatal(err)
	}
}

func TestCatalog_rolesAndPurposesOfTheSchemaAreThoseOfThePolicy(t *testing.T) {
	t.Parallel()
	schema := graph.NewExecutableSchema(graph.Config{Resolvers: &resolvers.Resolver{}}).Schema()
	var roles, purposes []string
	for _, r := range policy.Roles() {
		roles = append(roles, string(r.Code))
	}
	for _, p := range policy.AllPurposes() {
		purposes = append(purposes, string(p))
	}
	for name, want := range map[string][]string{"Role": roles, "Purpose": purposes} {
		var got []string
		for _, v := range schema.Types[name].EnumValues {
			got = append(got, v.Name)
		}
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("enum %s of schema/agency.graphqls differs from policy/vocabulary.go (-policy +schema):\n%s", name, diff)
		}
	}
}
