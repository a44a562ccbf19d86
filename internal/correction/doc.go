// Package correction mends what is wrong: disputed where it is seen, answered by the
// agency that is its source, and told to everybody who was shown it.
package correction
