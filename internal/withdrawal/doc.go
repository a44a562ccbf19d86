// Package withdrawal lets a family take a consent back, and ends all that rests on it in
// the same transaction (个保法15–16).
package withdrawal
