// Package granting is how anything that opens access comes about: one person proposes
// it with a reason, another approves, nobody does either for themselves.
package granting
