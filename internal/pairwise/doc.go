// Package pairwise turns internal ids into identifiers that are stable for one
// agency and cannot be joined with those of another.
package pairwise
