// Package pairing pairs a vetted volunteer with a child by the guardian's consent, for
// the days of a contract and not one longer.
package pairing
