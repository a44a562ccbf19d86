// Package conflict takes declarations of a conflict of interest with a child. What it
// answers never tells whether the hub knows the child.
package conflict
