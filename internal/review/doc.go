// Package review looks at every access behind the answers, puts those that need an
// explanation on a list, and keeps what became of them: questions, answers, rulings,
// and the reviews of break-glass accesses.
package review
