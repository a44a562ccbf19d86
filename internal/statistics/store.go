package statistics

import "github.com/tongxin-hub/tongxin/internal/record"

// Records says where each type of schema/statistics.graphqls is stored. Both come
// from functions of the database (see Roots), which suppress small cells before
// a number reaches the process. A field that is not listed is the column of its
// own name in snake case.
func Records() []record.Type {
	return []record.Type{
		{Name: "Figure", Table: "figure", Kind: record.Node},
		{Name: "ChildCount", Table: "child_counts", Kind: record.Node},
	}
}

// Roots are the root fields that statistics answers.
func Roots() []record.Root {
	return []record.Root{
		{
			Field: "figures", Type: "Figure", List: true,
			From: "figure({today}::date)",
		},
		{
			Field: "childCounts", Type: "ChildCount", List: true,
			From: "child_counts({today}::date, {arg.population}::text, {arg.by}::text)",
		},
	}
}
