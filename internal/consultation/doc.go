// Package consultation lets agencies come together about one child: what is wanted is
// asked of each source agency, and opens to named people for a few days at most.
package consultation
