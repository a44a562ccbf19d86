// Package resolvers turns fields of the schema into calls of the hub: reads take
// what the gate has already answered, information about the hub comes from the
// policy and the caller, mutations call the gate.
package resolvers
