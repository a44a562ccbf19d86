// Package onesource holds the program to 一数一源: what an agency is the source of,
// nobody but its own roles may change, unless policy/testdata/sources.csv says why.
package onesource
