// Package policy decides which coordinate is shown to whom, for which purpose,
// on which basis and in which form.
//
// The Casbin lines beside this file are the source of truth: model.conf,
// nesting.csv (which group contains which), groups.csv (which coordinate
// belongs to which group), bases.csv, roles.csv, purposes.csv and lines/*.csv
// (the minimisation matrix, each line with its ground). At load they are
// compiled into immutable tables, one per role and purpose, and only the
// tables are asked while requests run. A test compares the tables with the
// Casbin enforcer on every cell; testdata/matrix.golden is the whole matrix
// for a privacy officer to read.
//
// Whatever is unknown, unreadable or empty is denied. The package imports
// nothing of ours.
package policy
