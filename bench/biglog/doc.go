// Package biglog makes a log of millions of entries and asks it the auditors'
// questions. The entries bear negative numbers and no real hashes: they stand
// outside the tree, which goes on to verify, and are read like any other.
package biglog
