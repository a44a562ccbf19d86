// Package config is everything an operator may set, in one struct: a comment
// per field, safe when absent, checked before anything starts, and printed with
// its secrets masked.
package config
