// Package readnotice tells the agency that a fact comes from who else reads it: what is
// highly sensitive each time, what was never read so before once, what the auditors'
// rules found, by the day. A notice names readers and fields, never a child or a value.
package readnotice
