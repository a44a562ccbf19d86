// Package conflict takes declarations of a conflict of interest with a child, and ends
// them. What it answers never tells whether the hub knows the child.
package conflict
