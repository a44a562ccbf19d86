// Package access is the register of rights as administrators see it: accounts, posts,
// contracts and clients, and every move that narrows one of them at once.
package access
