// Package watch looks at every entry of the log behind the answers: it notes the facts
// of each access, runs the rules over them, and puts what they find on the review list.
package watch
