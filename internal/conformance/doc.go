// Package conformance lets programs that nobody here wrote judge the hub: the
// audit suite of graphql-http, and the clients that partner systems use.
package conformance
