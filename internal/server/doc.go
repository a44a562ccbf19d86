// Package server is the hub's HTTP face: it authenticates, limits, reads and
// answers GraphQL requests over a strict transport of its own, reports health,
// and stops without losing a request. It knows neither schema nor data; what a
// request may see is decided behind Graph.
package server
