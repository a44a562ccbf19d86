// Package traffic counts, where answers leave the hub, how many had an entry, so
// that the log can be held against a count that was not taken from it.
package traffic
