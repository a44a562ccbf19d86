// Package ticket stores the work items that purposes hang on.
package ticket
