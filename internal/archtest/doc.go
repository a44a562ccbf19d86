// Package archtest holds the rules of the tree that no compiler checks: which
// way imports point, who may speak to the database, how long a file may be.
// Each finding is a sentence that says what to do.
package archtest
