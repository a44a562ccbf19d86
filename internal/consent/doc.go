// Package consent keeps what guardians agreed to, or took back, where all of a child's
// consents stand.
package consent
