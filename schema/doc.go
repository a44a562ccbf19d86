// Package schema holds the public contract of the hub: the GraphQL schema, one
// file per area.
package schema
