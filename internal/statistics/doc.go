// Package statistics says where the district's figures and the suppressed counts
// of children come from, and keeps the counts of the day made.
package statistics
