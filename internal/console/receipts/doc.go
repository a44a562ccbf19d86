// Package receipts reads the list of receipts that a partner hands in: every line of it
// is a receipt, one given before, no receipt, or empty, and none is lost.
package receipts
