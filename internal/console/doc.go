// Package console is the hub's web pages. It is a client like any other: what a page
// shows comes from a named document that goes through the handler behind /graphql, so
// there is no second door to the data.
package console
