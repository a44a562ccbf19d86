// Package docs writes those pages under docs/ that the code already knows: the
// data dictionary, the minimisation matrix and the configuration table. Its
// tests hold the hand-written pages to the tree: a path, test or code that is
// named there exists.
package docs

//go:generate go run ./generate ../../docs
