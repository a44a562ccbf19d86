// Package operations holds the console's named documents: genqlient types and checks
// them against the schema, pages that show facts walk them.
package operations

//go:generate go tool -modfile=../../../tools/go.mod genqlient
