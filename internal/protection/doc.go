// Package protection stores protection, relief and joint work, as far as it is read.
package protection
