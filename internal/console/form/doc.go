// Package form makes the form of a move from its input in the schema, and the input
// from what was filled in.
package form
