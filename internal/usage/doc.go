// Package usage counts behind the answers in which ways the log was asked and what was
// shown, by month and without a person or a child, and tells the ways of a period.
package usage
