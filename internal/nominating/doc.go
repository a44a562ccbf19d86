// Package nominating takes nominations of children of whom nobody knows whether there is
// a file, and has a supervisor decide what may be two files of one child.
package nominating
