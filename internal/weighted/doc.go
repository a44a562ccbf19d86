// Package weighted is a cache bounded by the memory of what it keeps, and not
// by its number: callers choose the size of one entry, so a number bounds
// nothing.
package weighted
