// Package statistics says where the district's figures and the suppressed counts
// of children come from, keeps the counts of the day made, and writes down the quarters.
package statistics
