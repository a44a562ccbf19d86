// Package statistics says where the district's figures and the suppressed counts
// of children come from.
package statistics
